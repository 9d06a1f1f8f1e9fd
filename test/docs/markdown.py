"""As much of GitHub's Markdown as the tests of documents need: headings and their anchors, code, tables, links."""
import re
from dataclasses import dataclass, field

FENCE = re.compile(r"^\s*(```+|~~~+)\s*(.*)$")
HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
ANCHOR = re.compile(r'<a\s+(?:id|name)="([^"]+)"\s*>')
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\s*\[[^\]]+\]:\s+(\S+)", re.MULTILINE)
COMMENT = re.compile(r"(^|\s)#.*$")


@dataclass
class Heading:
    level: int
    text: str
    before: str  # the last line before it that is not empty


@dataclass
class Page:
    headings: list = field(default_factory=list)
    code: list = field(default_factory=list)  # (what the fence says, lines) of each block
    tables: list = field(default_factory=list)  # (rows, columns) of each
    prose: str = ""  # all but code blocks, without what is in code style
    anchors: set = field(default_factory=set)


def plain(text):
    """A heading's text without markup."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"[`*]|\\(?=[^\w\s])|<[^>]+>", "", text)


def slug(text):
    """The anchor that GitHub gives to the first heading with this text."""
    return re.sub(r"[^\w\- ]", "", plain(text).strip().lower()).replace(" ", "-")


def slugs(headings):
    """The anchors of a page's headings in order: the second one of a name ends in -1, and so on."""
    seen, found = {}, []
    for heading in headings:
        anchor = slug(heading.text)
        count = seen.get(anchor, 0)
        seen[anchor] = count + 1
        found.append(f"{anchor}-{count}" if count else anchor)
    return found


def columns(row):
    return len(re.findall(r"(?<!\\)\|", re.sub(r"`[^`]*`", "", row).strip().strip("|"))) + 1


def parse(text):
    """The parts of a page."""
    page, prose, last, fence, rows = Page(), [], "", "", []
    for line in [*text.splitlines(), ""]:
        if fence:
            if line.strip() == fence:
                fence = ""
            else:
                page.code[-1][1].append(line)
            continue
        if rows and not line.lstrip().startswith("|"):
            page.tables.append((len(rows), columns(rows[0])))
            rows = []
        opened, heading = FENCE.match(line), HEADING.match(line)
        if opened:
            fence = opened.group(1)
            page.code.append((opened.group(2), []))
        elif heading:
            page.headings.append(Heading(len(heading.group(1)), heading.group(2), last))
            prose.append(line)
        else:
            rows += [line] if line.lstrip().startswith("|") else []
            prose.append(line)
        last = line.strip() or last
    page.prose = re.sub(r"`[^`\n]*`", "", "\n".join(prose))
    page.anchors = set(slugs(page.headings)) | set(ANCHOR.findall(page.prose))
    return page


def links(page):
    """Targets of the links that lead to files of ours or to anchors."""
    found = [one or other for one, other in LINK.findall(page.prose)]
    return [target for target in found if not re.match(r"[a-z][a-z0-9+.-]*:", target)]


def without_comments(lines):
    """Lines of code without comments, and without the lines that held nothing else."""
    stripped = [COMMENT.sub("", line).rstrip() for line in lines]
    return [line for line in stripped if line]
