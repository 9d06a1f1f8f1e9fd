"""A tree of its own for each test, with what a release reads of this one, and images to release."""

import functools
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

sys.dont_write_bytecode = True
PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT / "packaging/release"), str(PROJECT / "packaging")]

IMAGE = Path(os.environ.get("HARBOR_PULL_IMAGE", PROJECT / "build/image"))
VERSION = "0.1.0"
READ = ("CHANGELOG.md", "CMakeLists.txt", "Dockerfile", "README.md", "charts", "crds", "deploy", "operator/base",
        "packaging")
CHANGELOG = """\
# Changelog

## [0.2.0] - 2026-03-04

### Added

- What comes later.

## [0.1.0] - 2026-01-31

### Added

- `one` thing,
  on two lines ([docs/one.md](docs/one.md)).

### Security

- Another "thing": with a colon.

## [0.0.9] - 2025-12-24

### Fixed

- What came earlier.

[0.1.0]: https://example.com/0.1.0
"""


def run(*command, **more):
    return subprocess.run([str(part) for part in command], check=False, text=True, capture_output=True, **more)


def output(*command, **more):
    done = run(*command, **more)
    if done.returncode:
        raise AssertionError(f"{command}: {done.stderr}")
    return done.stdout


@functools.cache
def tool(name):
    """A program of the test bed."""
    if name == "kubectl":
        return output(PROJECT / "test/cluster/build", "1.37").split()[-1] + "/kubectl"
    return os.environ.get("HELM") or output(PROJECT / "test/cluster/build", name).split()[-1]


class Tree:
    """A copy of what a release reads, committed, with a changelog of three versions."""

    def __init__(self, folder):
        self.root = Path(folder) / "tree"
        self.out = Path(folder) / "out"
        for name in READ:
            copy = shutil.copytree if (PROJECT / name).is_dir() else shutil.copy
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            copy(PROJECT / name, self.root / name)
        (self.root / "CHANGELOG.md").write_text(CHANGELOG, "utf-8")
        self.git("init", "--quiet")
        self.commit()

    def git(self, *arguments):
        return output("git", "-c", "user.name=test", "-c", "user.email=test@example.com", "-C", self.root, *arguments)

    def commit(self):
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", "A tree", "--date", "2026-01-01T00:00:00Z")
        self.head = self.git("rev-parse", "HEAD").strip()

    def change(self, path, old, new):
        file = self.root / path
        text = file.read_text("utf-8")
        if old not in text:
            raise AssertionError(f"{path} does not hold {old!r}")
        file.write_text(text.replace(old, new), "utf-8")

    def release(self, *arguments, version=VERSION):
        return run(self.root / "packaging/release/build", version, "--out", self.out, *arguments,
                   env=os.environ | {"HELM": tool("helm")})

    def released(self, *arguments, version=VERSION):
        """{name: bytes} of what a release that must succeed leaves."""
        done = self.release(*arguments, version=version)
        if done.returncode:
            raise AssertionError(done.stderr)
        return {file.name: file.read_bytes() for file in self.out.iterdir()}


def members(data):
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive if member.isfile()}


def image(folder, revision, arch="amd64", version=VERSION):
    """The image of this build as if it were of another commit, architecture or version, in a folder of its own."""
    files = members((IMAGE / "image.tar").read_bytes())
    index = json.loads(files.pop("index.json"))

    def take(descriptor):
        return files.pop("blobs/sha256/" + descriptor["digest"][7:])

    def put(descriptor, data):
        descriptor |= {"digest": "sha256:" + hashlib.sha256(data).hexdigest(), "size": len(data)}
        files["blobs/sha256/" + descriptor["digest"][7:]] = data

    old = index["manifests"][0]["digest"]
    manifest = json.loads(take(index["manifests"][0]))
    config = json.loads(take(manifest["config"]))
    config["architecture"] = arch
    label = "org.opencontainers.image."
    config["config"]["Labels"] |= {label + "revision": revision, label + "version": version}
    put(manifest["config"], json.dumps(config).encode())
    put(index["manifests"][0], json.dumps(manifest).encode())
    files["index.json"] = json.dumps(index).encode()
    folder.mkdir(parents=True)
    with tarfile.open(folder / "image.tar", "w") as out:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))
    digest = index["manifests"][0]["digest"]
    (folder / "digest").write_text(digest + "\n")
    sbom = (IMAGE / "sbom.spdx.json").read_text("utf-8")
    (folder / "sbom.spdx.json").write_text(sbom.replace(old[7:], digest[7:]), "utf-8")
    return folder
