"""An image as an OCI layout, with the index that `docker load` wants beside it: what both an image and a release write."""

import json

import pack

MANIFEST, INDEX = "application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json"


def compact(value):
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def digest(data):
    return "sha256:" + pack.sha256(data)


def blob_name(of):
    """The path in a layout of what has this digest."""
    return "blobs/sha256/" + of.removeprefix("sha256:")


def full_name(name):
    """As container runtimes complete what is written short: nginx:1 is docker.io/library/nginx:1."""
    first, slash, _ = name.partition("/")
    if not slash:
        return "docker.io/library/" + name
    return name if "." in first or ":" in first or first == "localhost" else "docker.io/" + name


def layout(blobs, top, name):
    """Files of a layout whose one entry is `top`, a descriptor. One of a manifest is for docker load, too."""
    # What containerd names the image by, in full as it looks images up, and what the layout's standard calls its tag.
    names = {"io.containerd.image.name": full_name(name), "org.opencontainers.image.ref.name": name.rsplit(":", 1)[-1]}
    index = compact({"schemaVersion": 2, "mediaType": INDEX, "manifests": [top | {"annotations": names}]})
    files = dict(blobs) | {"index.json": index, "oci-layout": compact({"imageLayoutVersion": "1.0.0"})}
    if top["mediaType"] == MANIFEST:
        manifest = json.loads(blobs[blob_name(top["digest"])])
        files["manifest.json"] = compact([{
            "Config": blob_name(manifest["config"]["digest"]), "RepoTags": [name],
            "Layers": [blob_name(layer["digest"]) for layer in manifest["layers"]]}])
    return {key: files[key] for key in sorted(files)}
