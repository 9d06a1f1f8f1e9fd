"""Images as packaging/image/build leaves them: read, named, and put together into one for several architectures."""

import json
from dataclasses import dataclass

import oci
import pack
from oci import blob_name
from refusal import Refusal

LABEL = "org.opencontainers.image."
# Of one build, so neither of the image for all architectures.
NOT_SHARED = (LABEL + "created",)


@dataclass
class Image:
    """One architecture: its blobs by name, the descriptor of its manifest, its labels, its bill of materials."""
    arch: str
    blobs: dict
    manifest: dict
    labels: dict
    sbom: bytes

    @property
    def digest(self):
        return self.manifest["digest"]


def read(folder):
    """The image in a folder with image.tar, digest and sbom.spdx.json; refused when these do not belong together."""
    for name in ("image.tar", "digest", "sbom.spdx.json"):
        if not (folder / name).is_file():
            raise Refusal(f"{folder} has no {name}; `./dev image` makes an image")
    files = pack.untar(folder / "image.tar")
    blobs = {name: data for name, data in files.items() if name.startswith("blobs/")}
    for name, data in blobs.items():
        if name != blob_name(pack.sha256(data)):
            raise Refusal(f"{folder}/image.tar is damaged: {name} holds something else")
    manifest = json.loads(files["index.json"])["manifests"][0]
    if (folder / "digest").read_text().strip() != manifest["digest"]:
        raise Refusal(f"{folder}/digest is not that of image.tar; make the image again")
    sbom = (folder / "sbom.spdx.json").read_bytes()
    described = [checksum for package in json.loads(sbom)["packages"] for checksum in package.get("checksums", [])]
    if manifest["digest"].removeprefix("sha256:") not in [checksum["checksumValue"] for checksum in described]:
        raise Refusal(f"{folder}/sbom.spdx.json is of another image; make the image again")
    config = json.loads(blobs[blob_name(json.loads(blobs[blob_name(manifest["digest"])])["config"]["digest"])])
    bare = {key: manifest[key] for key in ("mediaType", "digest", "size")}
    return Image(config["architecture"], blobs, bare, config["config"]["Labels"], sbom)


def read_all(folders):
    images = sorted((read(folder) for folder in folders), key=lambda image: image.arch)
    for one, next_one in zip(images, images[1:]):
        if one.arch == next_one.arch:
            raise Refusal(f"two images are for {one.arch}; one for each architecture")
    return images


def objections(images, version, commit):
    """A sentence for each image that is not of this version, or, when a commit is given, of that commit."""
    wrong = []
    for image in images:
        said, revision = image.labels[LABEL + "version"], image.labels[LABEL + "revision"]
        if said != version:
            wrong.append(f"the image for {image.arch} is of version {said}, not {version}; make it again")
        if commit and not (len(revision) >= 7 and commit.startswith(revision)):
            wrong.append(f"the image for {image.arch} is of commit {revision}, not {commit[:12]}; make it again")
    return wrong


def archive(image, name):
    """One architecture, for docker load, podman load and ctr images import."""
    return oci.layout(image.blobs, image.manifest, name)


def together(images, name):
    """(files, digest): all architectures behind one digest, which a push that copies it as it is does not change."""
    described = [image.manifest | {"platform": {"os": "linux", "architecture": image.arch}} for image in images]
    shared = {key: value for key, value in images[0].labels.items() if key not in NOT_SHARED}
    index = oci.compact({"schemaVersion": 2, "mediaType": oci.INDEX, "manifests": described, "annotations": shared})
    digest = oci.digest(index)
    blobs = {blob_name(digest): index}
    for image in images:
        blobs |= image.blobs
    return oci.layout(blobs, {"mediaType": oci.INDEX, "digest": digest, "size": len(index)}, name), digest
