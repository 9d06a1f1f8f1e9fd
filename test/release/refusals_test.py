"""What stops a release, and that it says so."""

import tempfile
import unittest
from pathlib import Path

from support import IMAGE, Tree, image


class Refusals(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.tree = Tree(self.folder)
        self.image = image(self.folder / "image", self.tree.head[:12])

    def refused(self, *arguments, version="0.1.0"):
        """What is said, a line each, by a release that must fail and leave nothing."""
        done = self.tree.release(*arguments, "--image", self.image, version=version)
        self.assertEqual(1, done.returncode, done.stderr)
        self.assertFalse(self.tree.out.exists())
        return [line.removeprefix("release: ") for line in done.stderr.splitlines()]

    def test_nothing_speaks_against_a_tree_in_order(self):
        self.assertIn("SHA256SUMS", self.tree.released("--image", self.image))

    def test_a_version_is_semantic_and_fits_into_a_tag(self):
        for version in ("0.1", "v0.1.0", "01.2.3", "1.2.3-", "1.2.3-01", "1.2.3+build", "1.2.3\n"):
            with self.subTest(version):
                self.assertIn("is no version of Semantic Versioning", " ".join(self.refused(version=version)))

    def test_every_place_that_says_another_version_is_named(self):
        said = self.refused(version="0.2.0")
        for place in ("CMakeLists.txt:2", "operator/base/version.hpp:8", "charts/harbor-pull-operator/Chart.yaml:5",
                      "charts/harbor-pull-operator/Chart.yaml:6"):
            self.assertIn(f"{place} says 0.1.0, not 0.2.0", said)
        for place in ("deploy/deployment.yaml:", "Dockerfile:"):
            self.assertTrue([line for line in said if line.startswith(place)], place)

    def test_a_place_that_no_longer_says_a_version_is_named(self):
        self.tree.change("operator/base/version.hpp", "kVersion", "kOther")
        self.tree.commit()
        self.assertEqual(["operator/base/version.hpp says no version, not 0.1.0"], self.refused())

    def test_a_pre_release_needs_only_the_numbers_in_cmake(self):
        said = self.refused(version="0.1.0-rc.1")
        self.assertFalse([line for line in said if line.startswith("CMakeLists.txt")])
        self.assertIn("operator/base/version.hpp:8 says 0.1.0, not 0.1.0-rc.1", said)

    def test_a_changelog_without_a_section_is_refused(self):
        self.tree.change("CHANGELOG.md", "## [0.1.0] - 2026-01-31", "## [Unreleased]: 0.1.0")
        self.tree.commit()
        self.assertEqual(['CHANGELOG.md has no section "## [0.1.0] - YYYY-MM-DD"; it needs one'], self.refused())

    def test_an_unreleased_section_is_taken_when_asked_for(self):
        self.tree.change("CHANGELOG.md", "## [0.1.0] - 2026-01-31", "## [Unreleased]: 0.1.0")
        self.tree.commit()
        now = image(self.folder / "now", self.tree.head[:12])
        files = self.tree.released("--image", now, "--allow-unreleased")
        self.assertIn("`one` thing", files["NOTES.md"].decode())

    def test_an_unreleased_section_for_another_version_is_refused(self):
        self.tree.change("CHANGELOG.md", "## [0.1.0] - 2026-01-31", "## [Unreleased]: 0.3.0")
        self.tree.commit()
        self.assertEqual(['CHANGELOG.md has no section "## [Unreleased]"; it needs one'],
                         self.refused("--allow-unreleased"))

    def test_a_section_with_no_entry_a_strange_date_or_heading_is_refused(self):
        for old, new, expected in (
                ("- `one` thing,\n  on two lines", "One thing", None), ("2026-01-31", "2026-02-30", "no date"),
                ("### Security", "### Secrets", '"### Secrets"')):
            with self.subTest(new):
                self.tree.change("CHANGELOG.md", old, new)
                if expected is None:
                    self.tree.change("CHANGELOG.md", "- Another", "Another")
                self.tree.commit()
                self.assertIn(expected or "lists nothing", " ".join(self.refused()))
                self.tree.git("revert", "--no-edit", "HEAD")

    def test_a_tree_with_changes_is_refused_unless_allowed(self):
        self.tree.change("README.md", "# Harbor", "# The Harbor")
        self.assertEqual(["the working tree has changes that are not committed (1 files)"], self.refused())
        self.tree.released("--image", self.image, "--allow-dirty")

    def test_a_file_that_git_does_not_know_is_a_change(self):
        (self.tree.root / "charts/harbor-pull-operator/templates/mine.yaml").write_text("a: b\n")
        self.assertIn("not committed", " ".join(self.refused()))

    def test_an_image_of_another_commit_or_version_is_refused(self):
        head = self.tree.head[:12]
        for name, made in (("dirty", {"revision": head + "-dirty"}), ("other", {"revision": "0123456789ab"}),
                           ("none", {"revision": ""}), ("old", {"revision": head, "version": "0.0.9"})):
            with self.subTest(name):
                self.image = image(self.folder / name, **made)
                self.assertRegex(self.refused()[0], "^the image for amd64 is of (commit|version) .*; make it again$")

    def test_an_image_that_is_damaged_or_put_together_wrongly_is_refused(self):
        (self.image / "digest").write_text("sha256:" + "0" * 64 + "\n")
        self.assertIn("is not that of image.tar", self.refused()[0])
        (self.image / "digest").write_text((IMAGE / "digest").read_text())
        (self.image / "image.tar").write_bytes((IMAGE / "image.tar").read_bytes())
        self.assertIn("is of another image", self.refused()[0])
        data = bytearray((IMAGE / "image.tar").read_bytes())
        data[5000] ^= 1
        (self.image / "image.tar").write_bytes(data)
        self.assertIn("is damaged", self.refused()[0])
        (self.image / "sbom.spdx.json").unlink()
        self.assertIn("has no sbom.spdx.json", self.refused()[0])

    def test_two_images_of_one_architecture_are_refused(self):
        self.assertEqual(["two images are for amd64; one for each architecture"], self.refused("--image", self.image))

    def test_a_folder_with_something_else_is_left_alone(self):
        self.tree.out.mkdir()
        (self.tree.out / "mine").write_text("kept")
        done = self.tree.release("--image", self.image)
        self.assertEqual(1, done.returncode)
        self.assertIn("holds something that is no release", done.stderr)
        self.assertEqual("kept", (self.tree.out / "mine").read_text())


if __name__ == "__main__":
    unittest.main(verbosity=2)
