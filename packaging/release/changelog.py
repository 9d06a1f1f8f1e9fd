"""The section of CHANGELOG.md for one version, and what Artifact Hub and a release's page make of it."""

import json
import re
from datetime import date

from refusal import Refusal

KINDS = ("added", "changed", "deprecated", "removed", "fixed", "security")


def section(text, version, unreleased=False):
    """(date or None, body) of `## [VERSION] - DATE`, or, when asked for, of `## [Unreleased]`."""
    heading = rf"^## \[{re.escape(version)}\] - (?P<day>\S+)$"
    if unreleased:
        heading = rf"^## \[Unreleased\](?:: {re.escape(version)})?(?P<day>)$"
    found = list(re.finditer(heading, text, re.MULTILINE))
    wanted = "## [Unreleased]" if unreleased else f"## [{version}] - YYYY-MM-DD"
    if len(found) != 1:
        count = f"{len(found)} sections" if found else "no section"
        raise Refusal(f'CHANGELOG.md has {count} "{wanted}"; it needs one')
    day = found[0]["day"] or None
    if day is not None:
        check_day(day)
    # Up to the next section, or to the links' targets that close the file.
    body = re.split(r"^## |^\[[^\]]+\]: ", text[found[0].end():], maxsplit=1, flags=re.MULTILINE)[0].strip()
    if not changes(body):
        raise Refusal(f'the section "{wanted}" of CHANGELOG.md lists nothing')
    return day, body + "\n"


def check_day(day):
    try:
        if date.fromisoformat(day).isoformat() == day:
            return
    except ValueError:
        pass
    raise Refusal(f"CHANGELOG.md dates the section with {day}, which is no date like 2026-01-31")


def changes(body):
    """[(kind, text)] of the entries below the headings of Keep a Changelog; Markdown's marks are taken off."""
    found, kind, entry = [], None, None
    for line in body.splitlines() + [""]:
        if line.startswith("- ") and kind in KINDS:
            entry = [line[2:]]
            found.append((kind, entry))
        elif entry is not None and line.startswith("  "):
            entry.append(line)
        else:
            entry = None
        if line.startswith("### "):
            kind = line[4:].strip().lower()
            if kind not in KINDS:
                raise Refusal(f'CHANGELOG.md has the heading "{line}"; those are: {", ".join(KINDS)}')
    return [(kind, plain(" ".join(part.strip() for part in lines))) for kind, lines in found]


def plain(markdown):
    without_links = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", markdown)
    return without_links.replace("`", "").replace("**", "")


def artifacthub(body):
    """The annotation artifacthub.io/changes: YAML, whose strings may be written as JSON has them."""
    return "".join(f"- kind: {kind}\n  description: {json.dumps(text, ensure_ascii=False)}\n"
                   for kind, text in changes(body))


def absolute(body, base):
    """Links into this tree, as they work on a page outside of it."""
    return re.sub(r"\]\((?![a-z]+:|#)([^)]+)\)", rf"]({base}/\1)", body)
