"""Reads values.yaml of the chart with its comments: what every value is for and what a schema says of it."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

CHART = Path(__file__).resolve().parent / "harbor-pull-operator"
HEADING = re.compile(r"# ---- (.+?) -*$")
TYPES = {str: "string", bool: "boolean", int: "integer", list: "array", dict: "object"}


class Wrong(Exception):
    """Something in the chart that is to be mended there."""


@dataclass
class Value:
    """A value, or a group of values when it has children."""

    path: str
    default: object = None
    text: str = ""
    schema: dict = field(default_factory=dict)  # what the comment adds to what the default tells
    heading: str = ""
    children: list = field(default_factory=list)

    @property
    def name(self):
        return self.path.rpartition(".")[2]


def comment_above(lines, line):
    """The lines of the comment that ends right above `line`, without their number signs."""
    found = []
    while line > 0 and lines[line - 1].lstrip().startswith("#") and not HEADING.match(lines[line - 1]):
        line -= 1
        found.insert(0, lines[line].lstrip()[1:].strip())
    return found


def heading_above(lines, line):
    for at in range(line, -1, -1):
        if match := HEADING.match(lines[at]):
            return match[1]
    return ""


def split_comment(comment, path):
    """The sentence and the schema of a comment."""
    at = next((i for i, line in enumerate(comment) if line.startswith("@schema")), len(comment))
    schema = " ".join(comment[at:]).removeprefix("@schema")
    try:
        return " ".join(comment[:at]).strip(), json.loads(schema) if schema else {}
    except json.JSONDecodeError as error:
        raise Wrong(f"values.yaml: @schema of {path}: {error}") from error


def read_mapping(node, lines, prefix):
    values = []
    for key, content in node.value:
        path = prefix + key.value
        text, schema = split_comment(comment_above(lines, key.start_mark.line), path)
        value = Value(path, yaml.safe_load(yaml.serialize(content)), text, schema,
                      heading_above(lines, key.start_mark.line))
        if is_group(content, lines):
            value.children = read_mapping(content, lines, path + ".")
        elif not text:
            raise Wrong(f"values.yaml: {path} has no comment above it")
        values.append(value)
    return values


def is_group(node, lines):
    """A map is a group of values when one of its keys, at any depth, has a comment; else it is one value."""
    return isinstance(node, yaml.MappingNode) and any(
        comment_above(lines, key.start_mark.line) or is_group(content, lines) for key, content in node.value)


def read(file=CHART / "values.yaml"):
    text = Path(file).read_text(encoding="utf-8")
    return read_mapping(yaml.compose(text), text.splitlines(), "")


def leaves(values):
    for value in values:
        yield from leaves(value.children) if value.children else [value]


def schema_of(value):
    """JSON Schema of a value: the type of its default, and what its comment adds."""
    found = {"description": value.text} if value.text else {}
    if value.children:
        found |= {"type": "object", "additionalProperties": False,
                  "properties": {child.name: schema_of(child) for child in value.children}}
    else:
        if type(value.default) not in TYPES:
            raise Wrong(f"values.yaml: {value.path} has no type: {value.default!r}")
        found |= {"type": TYPES[type(value.default)], "default": value.default}
    return found | value.schema


def schema(values):
    properties = {value.name: schema_of(value) for value in values}
    properties["enabled"] = {"type": "boolean",
                             "description": "Not read here: a condition of a chart that has this one as a subchart."}
    return {"$schema": "http://json-schema.org/draft-07/schema#", "title": "Values of harbor-pull-operator",
            "type": "object", "additionalProperties": False, "properties": properties}


def kind_of(value):
    if "enum" in value.schema:
        return ", ".join(f"`{one}`" for one in value.schema["enum"] if one != "")
    kinds = schema_of(value)["type"]
    return " or ".join(kinds) if isinstance(kinds, list) else kinds


def table(values):
    """Markdown: a table for each heading of values.yaml."""
    lines, heading = [], None
    for top in values:
        if top.heading != heading:
            heading = top.heading
            lines += ["", f"### {heading[0].upper()}{heading[1:]}", "", "| value | type | default | what it is for |",
                      "|---|---|---|---|"]
        for value in leaves([top]):
            default = json.dumps(value.default, ensure_ascii=False)
            cells = [f"`{value.path}`", kind_of(value), f"`{default}`", value.text]
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines[1:]) + "\n"


def uses(templates):
    """Path of a value to the template that reads it first."""
    found = {}
    for file in sorted(templates):
        text = re.sub(r"\{\{-?\s*/\*.*?\*/\s*-?\}\}", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
        if match := re.search(r"\.Values(?!\.[A-Za-z])", text):
            raise Wrong(f"{file.name}: .Values as a whole cannot be followed: ...{text[match.start():][:40]!r}")
        for path in re.findall(r"\.Values\.([A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)", text):
            found.setdefault(path, file.name)
    return found


def check_uses(values, templates):
    """Every value is read by a template, and no template reads what values.yaml does not have."""
    known = {value.path for value in leaves(values)}
    read_there = uses(templates)
    wrong = [f"values.yaml: no template reads {path}" for path in sorted(known - read_there.keys())]
    wrong += [f"{read_there[path]}: values.yaml does not document {path}" for path in sorted(read_there.keys() - known)]
    if wrong:
        raise Wrong("\n".join(wrong))
