"""Files that a script makes: written, or compared with what is there."""

import difflib
import functools
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def bring(files, check, by):
    """Writes {path: text}; with `check` only says what would change. The exit code: 1 when something would."""
    changed = {path: text for path, text in files.items() if not path.exists() or path.read_text("utf-8") != text}
    for path, text in changed.items():
        name = str(path.relative_to(ROOT))
        if check:
            there = path.read_text("utf-8") if path.exists() else ""
            print(f"{name} is not what {by} makes; run it, and commit what it changes:")
            sys.stdout.writelines(list(difflib.unified_diff(
                there.splitlines(True), text.splitlines(True), name, f"{name} (made now)"))[:40])
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"{by}: wrote {name}")
    return 1 if check and changed else 0


@functools.cache
def helm():
    """The program: $HELM, or the one that the test bed builds."""
    if found := os.environ.get("HELM"):
        return found
    built = subprocess.run([ROOT / "test/cluster/build", "helm"], check=False, text=True, stdout=subprocess.PIPE)
    if built.returncode:
        sys.exit("no helm: set HELM to the program, or see what test/cluster/build says above")
    return built.stdout.split()[-1]
