"""One version in the whole tree."""

import re
import unittest

from support import PROJECT
import versions


class TheTreeAgreesOnItsVersion(unittest.TestCase):
    def setUp(self):
        header = (PROJECT / "operator/base/version.hpp").read_text("utf-8")
        self.version = re.search(r'kVersion = "([^"]+)"', header)[1]

    def test_every_place_says_what_the_program_says(self):
        self.assertEqual([], versions.disagreements(PROJECT, self.version))

    def test_the_places_are_those_that_we_think_of(self):
        files = {place.split(":")[0] for place, said in versions.places(PROJECT) if said}
        self.assertLessEqual({"CMakeLists.txt", "operator/base/version.hpp", "charts/harbor-pull-operator/Chart.yaml",
                              "deploy/deployment.yaml", "Dockerfile"}, files)
        chart = [place for place, said in versions.places(PROJECT) if place.startswith("charts/")]
        self.assertEqual(2, len(chart), "version and appVersion")

    def test_no_other_file_that_is_shipped_says_it(self):
        known = {place.split(":")[0] for place, _ in versions.places(PROJECT)}
        spoken = re.compile(rf"(?<![\d.]){re.escape(self.version)}(?![\d.])")
        for folder in ("operator", "charts", "deploy", "crds", "packaging", "cmake"):
            for file in (PROJECT / folder).rglob("*"):
                if not file.is_file() or "__pycache__" in file.parts:
                    continue
                if spoken.search(file.read_text("utf-8")):
                    self.assertIn(str(file.relative_to(PROJECT)), known)

    def test_the_changelog_has_a_section_for_it(self):
        text = (PROJECT / "CHANGELOG.md").read_text("utf-8")
        number = re.escape(self.version)
        self.assertRegex(text, rf"(?m)^## \[({number}\] - \d{{4}}-\d\d-\d\d|Unreleased\]: {number})$")


if __name__ == "__main__":
    unittest.main(verbosity=2)
