#!/usr/bin/env python3
"""The field reference: docs/generate --check on this tree, and on copies of it in which something is out of step."""
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
CRD = "crds/harborpull.io_harborregistries.yaml"
READ_AND_WRITTEN = ["docs/generate", "docs/reference.yaml", "docs/reference.md", "docs/zh/reference.yaml",
                    "docs/zh/reference.md", CRD]


def generate(root, *arguments):
    return subprocess.run([sys.executable, "-B", root / "docs/generate", *arguments], capture_output=True, text=True,
                          timeout=60)


class OnThisTree(unittest.TestCase):
    def test_the_pages_are_what_the_schema_and_the_texts_give(self):
        done = generate(ROOT, "--check")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def prose(self, part):
        return set(yaml.safe_load((ROOT / "docs/reference.yaml").read_text())[part])

    def test_every_label_annotation_and_finalizer_of_the_operator_is_on_the_page(self):
        names = (ROOT / "operator/api/names.hpp").read_text()
        known = set(re.findall(r'k\w*(?:Label|Annotation|Prefix|Finalizer) = "([^"]+)"', names))
        self.assertGreater(len(known), 8)
        told = self.prose("annotation") | self.prose("mark")
        missing = {name for name in known if not any(one == name or one.startswith(name + "<") for one in told)}
        self.assertEqual(missing, set())

    def test_every_name_on_the_page_is_one_that_the_operator_or_the_policy_knows(self):
        code = (ROOT / "operator/api/names.hpp").read_text() + (ROOT / "deploy/admission/policy.yaml").read_text()
        unknown = {name for name in self.prose("annotation") | self.prose("mark") if name.split("<")[0] not in code}
        self.assertEqual(unknown, set())

    def test_the_conditions_on_the_page_are_those_that_the_operator_sets(self):
        set_ = re.findall(r'finish\("(\w+)"', (ROOT / "operator/plan/status_plan.cpp").read_text())
        self.assertGreater(len(set_), 3)
        self.assertEqual(self.prose("condition"), set(set_))


class OnACopy(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for name in READ_AND_WRITTEN:
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.root / name)

    def change(self, name, old, new):
        text = (self.root / name).read_text()
        self.assertIn(old, text)
        (self.root / name).write_text(text.replace(old, new, 1))

    def assert_complaint(self, *words):
        done = generate(self.root, "--check")
        self.assertEqual(done.returncode, 1)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_a_copy_is_as_good_as_the_tree(self):
        self.assertEqual(generate(self.root, "--check").returncode, 0)

    def test_a_page_edited_by_hand_is_found_in_either_language(self):
        for page in ("docs/reference.md", "docs/zh/reference.md"):
            self.change(page, "spec.host", "spec.hosts")
            self.assert_complaint(page + " is not what docs/generate writes")
            self.assertEqual(generate(self.root, "--chek").returncode, 1, "an argument that is not known is refused")
            self.assertEqual(generate(self.root).returncode, 0)
            self.assertEqual(generate(self.root, "--check").returncode, 0)

    def test_a_bound_that_changes_in_the_schema_is_found(self):
        self.change(CRD, "maxLength: 259", "maxLength: 260")
        self.assert_complaint("docs/reference.md is not", "docs/zh/reference.md is not")

    def test_a_description_that_changes_needs_its_chinese_looked_at_again(self):
        self.change(CRD, "deletionPolicy:\n                  description: >-\n                    What happens",
                    "deletionPolicy:\n                  description: >-\n                    Whatever happens")
        self.assert_complaint("the English of spec.deletionPolicy has changed", "Whatever happens")

    def test_a_new_field_needs_a_chinese_text(self):
        self.change(CRD, "                suspend:\n",
                    "                fresh:\n                  description: A new one.\n                  type: string\n"
                    "                suspend:\n")
        self.assert_complaint("no Chinese for spec.fresh: A new one.")

    def test_a_text_of_a_field_that_is_gone_is_found(self):
        self.change("docs/zh/reference.yaml", "spec.host:\n", "spec.hosts:\n")
        self.assert_complaint("no Chinese for spec.host:", "has spec.hosts, which is not there any more")

    def test_new_prose_needs_a_chinese_text(self):
        self.change("docs/reference.yaml", "annotation:\n", "annotation:\n  harborpull.io/new: It is new.\n")
        self.assert_complaint("no Chinese for annotation harborpull.io/new: It is new.")

    def test_a_rule_of_an_inner_field_stands_at_that_field(self):
        page = (self.root / "docs/reference.md").read_text()
        section = page.split("### spec.images.rewrites\n")[1].split("\n### ")[0]
        self.assertIn("every to begins with spec.host and a slash", section)
        self.assertNotIn("every to begins with spec.host", page.replace(section, ""))


if __name__ == "__main__":
    unittest.main()
