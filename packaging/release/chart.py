"""The chart as it is released: it says what changed and which images it runs."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pack
from refusal import Refusal

NAME = "harbor-pull-operator"


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


def package(source, annotations, helm, epoch):
    """(name, bytes) of the package. Helm takes over the times of the files, so it is packed once more."""
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work) / NAME
        shutil.copytree(source, folder)
        annotate(folder, annotations)
        done = subprocess.run([helm, "package", folder, "--destination", work], check=False, text=True,
                              capture_output=True)
        if done.returncode:
            raise Refusal(f"helm package: {done.stderr.strip()}")
        made = next(Path(work).glob("*.tgz"))
        return made.name, pack.tgz(pack.untar(made), epoch)
