"""Archives whose bytes depend on nothing but what is in them."""

import gzip
import hashlib
import io
import tarfile


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def tar(files, epoch):
    """{name: bytes}, in the order given, as a tar of plain files that belong to root."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as out:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode = len(data), epoch, 0o644
            out.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def untar(path):
    """{name: bytes} of the plain files of a tar, compressed or not, in its order."""
    with tarfile.open(path) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive if member.isfile()}


def tgz(files, epoch):
    return gzip.compress(tar(files, epoch), compresslevel=9, mtime=0)
