#!/usr/bin/env python3
"""What releases stored is taken by today's CRD, and crds/compatible finds what would break it.

stored/VERSION/ has the CRD of a release and HarborRegistries as people write them for it. When a version is released,
copy crds/ once more and leave the folder alone from then on; the first change of the schema after that begins a new one.
"""
import copy
import functools
import importlib.machinery
import importlib.util
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import yaml

from structural import faults, with_defaults

ROOT = Path(__file__).resolve().parents[2]
STORED = ROOT / "test/manifests/stored"
NOW = ROOT / "crds/harborpull.io_harborregistries.yaml"
RELEASES = sorted((path for path in STORED.iterdir() if path.is_dir()),
                  key=lambda path: [int(part) for part in path.name.split(".")])

loader = importlib.machinery.SourceFileLoader("compatible", str(ROOT / "crds/compatible"))
compatible = importlib.util.module_from_spec(importlib.util.spec_from_loader("compatible", loader))
loader.exec_module(compatible)


@functools.cache
def text_of(path):
    return json.dumps(yaml.safe_load(path.read_text()))


def crd_of(path):
    """The CRD as a value of its own, in which nothing is shared: in the file it is, by anchors."""
    return json.loads(text_of(path))


def schema_of(crd):
    return crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]


def objects_of(release):
    for path in sorted(release.glob("*.yaml")):
        if path.name != "crd.yaml":
            yield from ((f"{path.name} {one['metadata']['name']}", one) for one in yaml.safe_load_all(path.read_text()))


def check(value, schema):
    """Faults of spec and status; metadata is the server's business."""
    return [fault for part in ("spec", "status") if part in value
            for fault in faults(schema["properties"][part], value[part], part)]


def leaves(schema, path):
    """(path, schema) of everything that is neither object nor list, and of lists and maps themselves."""
    inner = schema.get("properties")
    if inner is None:
        yield path, schema
    for name, one in (inner or {}).items():
        yield from leaves(one, f"{path}.{name}")
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from leaves(schema[key], path + "[]")


def values_at(value, path):
    """What an object has at a path as leaves() gives it."""
    if not path:
        yield value
        return
    head, rest = path[0], path[1:]
    if head == "[]":
        for one in value.values() if isinstance(value, dict) else value:
            yield from values_at(one, rest)
    elif isinstance(value, dict) and head in value:
        yield from values_at(value[head], rest)


class Stored(unittest.TestCase):
    def test_there_is_a_release(self):
        self.assertTrue(RELEASES)

    def test_what_a_release_stored_is_taken_today(self):
        for release in RELEASES:
            for name, written in objects_of(release):
                with self.subTest(f"{release.name} {name}"):
                    then, now = schema_of(crd_of(release / "crd.yaml")), schema_of(crd_of(NOW))
                    self.assertEqual(check(with_defaults(then, copy.deepcopy(written)), then), [], "then")
                    self.assertEqual(check(with_defaults(then, copy.deepcopy(written)), now), [], "as it was stored")
                    self.assertEqual(check(with_defaults(now, copy.deepcopy(written)), now), [], "as it is in Git")

    def test_every_field_and_every_word_of_an_enum_is_in_some_object(self):
        for release in RELEASES:
            written = [one for _, one in objects_of(release)]
            schema = schema_of(crd_of(release / "crd.yaml"))
            parts = [leaves(schema["properties"][part], part) for part in ("spec", "status")]
            for path, leaf in (leaf for part in parts for leaf in part):
                found = self.found(written, path)
                with self.subTest(f"{release.name} {path}"):
                    self.assertTrue(found)
                    self.assertLessEqual(set(leaf.get("enum", [])), {str(one) for one in found})

    def test_every_bound_of_the_spec_is_reached_by_some_object(self):
        for release in RELEASES:
            written = [one for _, one in objects_of(release)]
            for path, leaf in leaves(schema_of(crd_of(release / "crd.yaml"))["properties"]["spec"], "spec"):
                found = self.found(written, path)
                for key, reached in self.extremes(leaf, found):
                    with self.subTest(f"{release.name} {path} {key}"):
                        self.assertEqual(reached, leaf[key])

    @staticmethod
    def found(written, path):
        steps = path.replace("[]", ".[]").split(".")
        return [value for one in written for value in values_at(one, steps)]

    @staticmethod
    def extremes(leaf, found):
        for kind in ("Length", "Items", "Properties"):
            for key, most in (("max" + kind, max), ("min" + kind, min)):
                # a rule in CEL may allow less than these two do
                if key in leaf and not (key == "minLength" and "x-kubernetes-validations" in leaf):
                    yield key, most(len(one) for one in found)
        for key, most in (("maximum", max), ("minimum", min)):
            if key in leaf:
                yield key, most(found)


class TheCrd(unittest.TestCase):
    def test_nothing_breaks_between_the_newest_release_and_today(self):
        done = subprocess.run([sys.executable, "-B", ROOT / "crds/compatible", RELEASES[-1] / "crd.yaml", NOW,
                               STORED / "accepted.txt"], capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_the_copy_of_a_version_that_is_not_released_is_up_to_date(self):
        newest = RELEASES[-1]
        if f"[Unreleased]: {newest.name}" in (ROOT / "CHANGELOG.md").read_text():
            self.assertEqual(crd_of(newest / "crd.yaml"), crd_of(NOW), f"copy crds/ to {newest}/crd.yaml")


SPEC = ["spec", "versions", 0, "schema", "openAPIV3Schema", "properties", "spec"]
HOST = [*SPEC, "properties", "host"]
RULE = "x-kubernetes-validations"
VERSION = SPEC[:3]


def changed(path, value):
    """The CRD with a value put at a path, or what is there taken away when the value is None."""
    crd = crd_of(NOW)
    at = crd
    for step in path[:-1]:
        at = at[step]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return crd


def found_in(*change):
    return list(compatible.breaks(crd_of(NOW), changed(*change)))


class Breaks(unittest.TestCase):
    """Each kind of change that breaks something is named, with its field."""

    def test_a_changed_name_or_scope(self):
        self.assertEqual(found_in(["spec", "scope"], "Namespaced"), ["scope Cluster -> Namespaced"])
        self.assertEqual(found_in(["spec", "group"], "other.io"), ["group harborpull.io -> other.io"])
        self.assertIn("names.plural", found_in(["spec", "names", "plural"], "others")[0])
        self.assertIn("names.shortNames", found_in(["spec", "names", "shortNames"], None)[0])

    def test_a_version_that_is_gone_or_not_served(self):
        self.assertEqual(found_in([*VERSION, "name"], "v1"), ["version v1alpha1 is gone"])
        self.assertEqual(found_in([*VERSION, "served"], False), ["version v1alpha1 is not served any more"])

    def test_a_status_or_a_selectable_field_that_is_gone(self):
        self.assertIn("subresource status is gone", found_in([*VERSION, "subresources"], {})[0])
        self.assertIn("selectable field .spec.host is gone",
                      found_in([*VERSION, "selectableFields", 0, "jsonPath"], ".a")[0])

    def test_a_field_that_is_gone(self):
        self.assertEqual(found_in([*SPEC, "properties", "suspend"], None), ["spec.suspend: field is gone"])

    def test_another_type_or_format(self):
        self.assertIn("spec.host: type string -> integer", found_in([*HOST, "type"], "integer"))
        self.assertEqual(found_in([*HOST, "format"], "date-time"), ["spec.host: format none -> date-time"])

    def test_a_field_that_becomes_required(self):
        self.assertEqual(found_in([*SPEC, "required"], ["host", "credential", "namespaces", "endpoint"]),
                         ["spec: endpoint becomes required"])

    def test_a_narrower_enum(self):
        policy = [*SPEC, "properties", "deletionPolicy", "enum"]
        self.assertEqual(found_in(policy, ["Delete"]), ["spec.deletionPolicy: enum loses Retain"])
        self.assertEqual(found_in([*HOST, "enum"], ["a.b"]), ["spec.host: enum loses any other value"])

    def test_a_new_or_changed_pattern(self):
        self.assertEqual(found_in([*HOST, "pattern"], "^a"), ["spec.host: pattern none -> ^a"])

    def test_narrower_and_new_bounds(self):
        names = [*SPEC, "properties", "namespaces", "properties", "names"]
        days = [*SPEC, "properties", "credential", "properties", "robot", "properties", "lifetimeDays"]
        for path, value, told in (
                ([*HOST, "maxLength"], 258, "spec.host: maxLength 259 -> 258"),
                ([*HOST, "minLength"], 2, "spec.host: minLength 1 -> 2"),
                ([*names, "maxItems"], 99, "spec.namespaces.names: maxItems 100 -> 99"),
                ([*names, "minItems"], 2, "spec.namespaces.names: minItems 1 -> 2"),
                ([*names, "items", "maxLength"], 62, "spec.namespaces.names[]: maxLength 63 -> 62"),
                ([*days, "minimum"], 1, "spec.credential.robot.lifetimeDays: minimum -1 -> 1"),
                ([*days, "maximum"], 365, "spec.credential.robot.lifetimeDays: maximum 3650 -> 365"),
                ([*SPEC, "maxProperties"], 9, "spec: maxProperties none -> 9")):
            self.assertEqual(found_in(path, value), [told])

    def test_a_default_that_is_gone_or_another(self):
        interval = [*SPEC, "properties", "interval", "default"]
        self.assertEqual(found_in(interval, None), ["spec.interval: default 10m -> none"])
        self.assertEqual(found_in(interval, "5m"), ["spec.interval: default 10m -> 5m"])
        self.assertEqual(found_in([*SPEC, "properties", "suspend", "default"], None),
                         ["spec.suspend: default False -> none"])

    def test_a_list_that_is_merged_in_another_way(self):
        names = [*SPEC, "properties", "namespaces", "properties", "names", "x-kubernetes-list-type"]
        self.assertEqual(found_in(names, "atomic"), ["spec.namespaces.names: x-kubernetes-list-type set -> atomic"])

    def test_a_new_or_changed_rule(self):
        rule = {"rule": "self != 'a.b'", "message": "no"}
        rules = schema_of(crd_of(NOW))["properties"]["spec"]["properties"]["host"][RULE]
        self.assertEqual(found_in([*HOST, RULE], [*rules, rule]), ["spec.host: rule is new or changed: self != 'a.b'"])
        self.assertEqual(found_in([*HOST, RULE], [{**rules[0], "message": "other words"}, *rules[1:]]), [])

    def test_anything_else_that_is_not_known(self):
        self.assertIn("spec.host: not none -> ", found_in([*HOST, "not"], {"enum": ["a.b"]})[0])

    def test_only_what_is_accepted_passes_and_what_is_accepted_must_be_there(self):
        finding = "spec.interval: default 10m -> 5m"
        for accepted, code in (([finding], 0), ([], 1), ([finding, "x"], 1)):
            with self.subTest(accepted):
                self.assertEqual(self.run_with(accepted), code)

    @staticmethod
    def run_with(accepted):
        with tempfile.TemporaryDirectory() as folder:
            new, file = Path(folder, "new.yaml"), Path(folder, "accepted.txt")
            new.write_text(yaml.safe_dump(changed([*SPEC, "properties", "interval", "default"], "5m")))
            file.write_text("# meant\n" + "\n".join(accepted))
            return subprocess.run([sys.executable, "-B", ROOT / "crds/compatible", NOW, new, file],
                                  stdout=subprocess.DEVNULL, timeout=60).returncode


class Keeps(unittest.TestCase):
    """What a schema may do at any time."""

    def test_more_than_before_breaks_nothing(self):
        required = [*SPEC, "required"]
        for path, value in (
                ([*SPEC, "properties", "fresh"], {"type": "string", "maxLength": 5, "pattern": "^a"}),
                ([*HOST, "maxLength"], 300), ([*HOST, "maxLength"], None), ([*HOST, "minLength"], None),
                ([*HOST, "description"], "other words"), ([*HOST, RULE], None), ([*SPEC, "minProperties"], 0),
                ([*SPEC, "properties", "deletionPolicy", "enum"], ["Delete", "Retain", "Orphan"]),
                ([*SPEC, "properties", "endpoint", "default"], "https://a.b"),
                (required, ["host", "credential"]), (required, ["host", "credential", "namespaces", "interval"])):
            with self.subTest(f"{path[-2:]} {value}"):
                self.assertEqual(found_in(path, value), [])


class Structural(unittest.TestCase):
    """The checks above see a fault where there is one."""

    def test_a_value_that_the_server_would_refuse_is_refused(self):
        schema = schema_of(crd_of(NOW))
        good = {name: one for name, one in objects_of(RELEASES[0])}["every-field.yaml given"]
        for path, value, told in (
                (["spec", "host"], 5, "spec.host: is no string"), (["spec", "host"], "", "spec.host: has 0"),
                (["spec", "unknown"], 1, "spec.unknown: is not known"), (["spec", "suspend"], "no", "is no boolean"),
                (["spec", "tls", "verification"], "Some", "is none of"),
                (["spec", "namespaces", "names"], ["a", "a"], "has an entry twice"),
                (["spec", "namespaces", "names"], [], "has 0"),
                (["spec", "credential", "secretRef"], {}, "name is missing"),
                (["spec", "images", "rewrites"], [{"from": "a.b", "to": "c"}] * 2, "has an entry twice"),
                (["status", "selected"], -1, "out of bounds"),
                (["status", "credential", "contentHash"], "x", "does not match"),
                (["status", "conditions", 0, "lastTransitionTime"], "today", "is no time")):
            bad = copy.deepcopy(good)
            at = bad
            for step in path[:-1]:
                at = at[step]
            at[path[-1]] = value
            with self.subTest(told):
                self.assertIn(told, " ".join(check(bad, schema)))


if __name__ == "__main__":
    unittest.main()
