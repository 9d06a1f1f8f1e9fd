"""deploy/ as one file, for those who have neither the tree nor Helm."""

import re

from refusal import Refusal

HEADER = """\
# Harbor Pull Operator {version}: kubectl apply -f this file. Optional parts are in deploy/ of the tree.
# Where the image was loaded into the nodes from its archive, take "@sha256:..." off the image, see NOTES.md.
"""


def resources(folder):
    """The files that a kustomization names, in its order. One that does more than name files is refused."""
    lines = (folder / "kustomization.yaml").read_text("utf-8").splitlines()
    code = [line for line in lines if line.strip() and not line.startswith("#")]
    keys = [line.split(":")[0] for line in code if not line.startswith((" ", "-"))]
    if keys != ["apiVersion", "kind", "resources"]:
        raise Refusal(f"{folder.name}/kustomization.yaml has more than resources, which "
                      "packaging/release/manifests.py does not know")
    found = []
    for line in code:
        if not line.lstrip().startswith("- "):
            continue
        path = (folder / line.lstrip()[2:].strip()).resolve()
        found += resources(path) if path.is_dir() else [path]
    return found


def install(root, version, reference):
    """Every resource of deploy/, with the image by its digest."""
    texts = [path.read_text("utf-8") for path in resources(root / "deploy")]
    documents = [re.sub(r"\A---\n", "", text).rstrip("\n") + "\n" for text in texts]
    named = rf"^(\s*(?:- )?image: )\S*harbor-pull-operator:{re.escape(version)}$"
    text, count = re.subn(named, rf"\g<1>{reference}", "---\n".join(documents), flags=re.MULTILINE)
    if count != 1:
        raise Refusal(f"deploy/ names the image harbor-pull-operator:{version} {count} times; once is expected")
    return HEADER.format(version=version) + "---\n" + text
