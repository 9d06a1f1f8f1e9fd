"""A value against a structural schema, as the API server checks it but for the rules in CEL."""
import re

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}
DATE_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")


def with_defaults(schema, value):
    """As the server fills them in, from the outside to the inside. Returns the value, changed in place."""
    if isinstance(value, dict):
        for name, inner in schema.get("properties", {}).items():
            if name not in value and "default" in inner:
                value[name] = type(inner["default"])(inner["default"])
            if name in value:
                with_defaults(inner, value[name])
    if isinstance(value, list):
        for one in value:
            with_defaults(schema.get("items", {}), one)
    return value


def scalar_faults(schema, value):
    if "enum" in schema and value not in schema["enum"]:
        yield f"{value!r} is none of {schema['enum']}"
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{value!r} does not match {schema['pattern']}"
        if schema.get("format") == "date-time" and not DATE_TIME.match(value):
            yield f"{value!r} is no time"
    elif isinstance(value, int) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{value} is out of bounds"


def size_faults(schema, value):
    if isinstance(value, bool) or not isinstance(value, (str, list, dict)):
        return
    kind = {str: "Length", list: "Items", dict: "Properties"}[type(value)]
    if not schema.get("min" + kind, 0) <= len(value) <= schema.get("max" + kind, len(value)):
        yield f"has {len(value)}, {schema.get('min' + kind, 0)} to {schema.get('max' + kind, 'any')} are allowed"


def list_faults(schema, value):
    kind = schema.get("x-kubernetes-list-type")
    keys = schema.get("x-kubernetes-list-map-keys", [])
    seen = [[one.get(key) for key in keys] if kind == "map" else one for one in value]
    if kind in ("map", "set") and any(one in seen[:at] for at, one in enumerate(seen)):
        yield "has an entry twice"


def child_faults(schema, value, path):
    if isinstance(value, dict):
        for name in schema.get("required", []):
            if name not in value:
                yield f"{path}: {name} is missing"
        for name, one in value.items():
            inner = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
            if inner is None:
                yield f"{path}.{name}: is not known"
            else:
                yield from faults(inner, one, f"{path}.{name}")
    if isinstance(value, list):
        for at, one in enumerate(value):
            yield from faults(schema["items"], one, f"{path}[{at}]")


def faults(schema, value, path):
    """What is wrong with a value, as sentences that begin with the path."""
    kind = TYPES[schema["type"]]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        yield f"{path}: is no {schema['type']}"
        return
    for check in (scalar_faults, size_faults):
        yield from (f"{path}: {fault}" for fault in check(schema, value))
    if isinstance(value, list):
        yield from (f"{path}: {fault}" for fault in list_faults(schema, value))
    yield from child_faults(schema, value, path)
