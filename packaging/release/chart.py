"""The chart as it is released: pulls the published image, and says what changed and which images it runs."""

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pack
from refusal import Refusal

NAME = "harbor-pull-operator"
# In the tree the chart names the image that `./dev image` makes. The registry of a release is put below `global`, where
# both imageRegistry and a parent chart's global.imageRegistry replace it.
DEFAULTS = {("global", "imageRegistry"): 0, ("imageNamespace",): 1}


def once(text, expression, new, what):
    """`text` with the one match replaced; no match, or two, mean that the chart has changed its form."""
    changed, count = re.subn(expression, lambda match: match[1] + new, text, flags=re.MULTILINE)
    if count != 1:
        raise Refusal(f"{what} is not where packaging/release/chart.py looks for it ({count} places)")
    return changed


def point_to(folder, repository):
    """Values, their schema and their table, with the registry and the namespace of the published image."""
    registry, namespace, name = repository.split("/", 2) if repository.count("/") > 1 else (*repository.split("/"), "")
    if not name:
        namespace, name = "", namespace
    if name != NAME:
        raise Refusal(f"--repository {repository} must end in /{NAME}")
    values, table = folder / "values.yaml", folder / "README.md"
    schema = json.loads((folder / "values.schema.json").read_text("utf-8"))
    for path, part in DEFAULTS.items():
        said, key, dotted = (registry, namespace)[part], path[-1], ".".join(path)
        indent = "  " * (len(path) - 1)
        text = once(values.read_text("utf-8"), rf'^({indent}{key}: )""$', json.dumps(said), f"{dotted} of values.yaml")
        values.write_text(text, "utf-8")
        text = once(table.read_text("utf-8"), rf'^(\| `{re.escape(dotted)}` \| string \| )`""`',
                    f"`{json.dumps(said)}`", f"{dotted} of README.md")
        table.write_text(text, "utf-8")
        where = schema
        for step in path:
            where = where["properties"][step]
        where["default"] = said
    (folder / "values.schema.json").write_text(json.dumps(schema, indent=2) + "\n", "utf-8")


def annotate(folder, annotations):
    """Chart.yaml with these annotations, in place of those of the same name; each value is a block of YAML."""
    file = folder / "Chart.yaml"
    text = file.read_text("utf-8")
    for name in annotations:
        text = re.sub(rf"^  {re.escape(name)}:.*\n(?:(?:    .*)?\n)*", "", text, flags=re.MULTILINE)
    if len(re.findall(r"^annotations:$", text, re.MULTILINE)) != 1:
        raise Refusal("Chart.yaml of the chart has no `annotations:` of its own line")
    blocks = "".join(f"  {name}: |\n" + "".join(f"    {line}\n" for line in value.splitlines())
                     for name, value in annotations.items())
    file.write_text(re.sub(r"^annotations:\n", lambda match: match[0] + blocks, text, flags=re.MULTILINE), "utf-8")


def images_annotation(reference, architectures):
    platforms = "".join(f"    - linux/{arch}\n" for arch in architectures)
    return f"- name: {NAME}\n  image: {reference}\n  platforms:\n{platforms}"


def package(source, repository, annotations, helm, epoch):
    """(name, bytes) of the package. Helm takes over the times of the files, so it is packed once more."""
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work) / NAME
        shutil.copytree(source, folder)
        point_to(folder, repository)
        annotate(folder, annotations)
        done = subprocess.run([helm, "package", folder, "--destination", work], check=False, text=True,
                              capture_output=True)
        if done.returncode:
            raise Refusal(f"helm package: {done.stderr.strip()}")
        made = next(Path(work).glob("*.tgz"))
        return made.name, pack.tgz(pack.untar(made), epoch)
