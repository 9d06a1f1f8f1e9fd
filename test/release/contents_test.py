"""What a release consists of, and that its parts fit together."""

import gzip
import hashlib
import json
import re
import shutil
import subprocess
import tarfile
import tempfile
import unittest
from pathlib import Path

import yaml
from support import IMAGE, PROJECT, VERSION, Tree, image, members, output, tool

NAME = "harbor-pull-operator"
PUBLISHED = f"ghcr.io/harbor-pull/{NAME}:{VERSION}"


class Released(unittest.TestCase):
    """One release for one architecture and one for two, made once."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.tree = Tree(cls.folder)
        cls.images = {arch: image(cls.folder / arch, cls.tree.head[:12], arch) for arch in ("amd64", "arm64")}
        cls.digests = {arch: (made / "digest").read_text().strip() for arch, made in cls.images.items()}
        cls.two = cls.tree.released("--image", cls.images["arm64"], "--image", cls.images["amd64"])
        cls.both = f"{cls.folder}/both"
        cls.tree.out.rename(cls.both)
        cls.one = cls.tree.released("--image", cls.images["amd64"])

    def chart(self, name="Chart.yaml"):
        return members(self.two[f"{NAME}-{VERSION}.tgz"])[f"{NAME}/{name}"].decode()

    def layout(self, arch):
        return members(self.two[f"{NAME}-{VERSION}-linux-{arch}.tar"])

    @property
    def digest(self):
        return self.two[f"{NAME}-{VERSION}.digest"].decode().strip()


class Files(Released):
    def test_the_files_are_these(self):
        stem = f"{NAME}-{VERSION}"
        common = {"NOTES.md", "SHA256SUMS", f"{stem}.digest", f"{stem}.tgz", f"harborpull-crds-{VERSION}.yaml",
                  f"install-{VERSION}.yaml"}
        amd64 = {f"{stem}-linux-amd64.{kind}" for kind in ("tar", "digest", "spdx.json")}
        arm64 = {name.replace("amd64", "arm64") for name in amd64}
        self.assertEqual(common | amd64, set(self.one))
        self.assertEqual(common | amd64 | arm64 | {f"{stem}-linux-all.tar"}, set(self.two))

    def test_the_sums_are_of_every_file_and_sha256sum_agrees(self):
        listed = {line.split("  ")[1] for line in self.two["SHA256SUMS"].decode().splitlines()}
        self.assertEqual(set(self.two) - {"SHA256SUMS"}, listed)
        output("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=self.both)

    def test_a_changed_byte_breaks_the_sums(self):
        copy = self.folder / "changed"
        shutil.copytree(self.both, copy)
        (copy / f"install-{VERSION}.yaml").write_bytes(self.two[f"install-{VERSION}.yaml"] + b"#")
        done = subprocess.run(["sha256sum", "--check", "--status", "SHA256SUMS"], cwd=copy, check=False)
        self.assertEqual(1, done.returncode)

    def test_two_runs_give_the_same_bytes_whatever_the_times_of_the_files(self):
        for file in (self.tree.root / "charts").rglob("*"):
            file.touch()
        again = self.tree.released("--image", self.images["amd64"])
        self.assertEqual([], [name for name in self.one if self.one[name] != again.get(name)])
        self.assertEqual(set(self.one), set(again))


class Images(Released):
    def test_each_archive_holds_the_image_as_it_was_made_under_its_published_name(self):
        for arch, digest in self.digests.items():
            files = self.layout(arch)
            entry = json.loads(files["index.json"])["manifests"][0]
            self.assertEqual(digest, entry["digest"])
            self.assertEqual(PUBLISHED, entry["annotations"]["io.containerd.image.name"])
            self.assertEqual([PUBLISHED], json.loads(files["manifest.json"])[0]["RepoTags"])
            made = members((self.images[arch] / "image.tar").read_bytes())
            blobs = {name for name in made if name.startswith("blobs/")}
            self.assertEqual({name: made[name] for name in blobs}, {name: files[name] for name in blobs})
            self.assertEqual(digest, self.two[f"{NAME}-{VERSION}-linux-{arch}.digest"].decode().strip())

    def test_the_archive_loads_as_docker_saves_them(self):
        files = self.layout("arm64")
        entry = json.loads(files["manifest.json"])[0]
        self.assertEqual("arm64", json.loads(files[entry["Config"]])["architecture"])
        layer = gzip.decompress(files[entry["Layers"][0]])
        self.assertEqual(["sha256:" + hashlib.sha256(layer).hexdigest()],
                         json.loads(files[entry["Config"]])["rootfs"]["diff_ids"])

    def test_one_digest_stands_for_both_architectures(self):
        files = members(self.two[f"{NAME}-{VERSION}-linux-all.tar"])
        top = json.loads(files["index.json"])["manifests"][0]
        self.assertEqual(self.digest, top["digest"])
        index = json.loads(files["blobs/sha256/" + top["digest"][7:]])
        self.assertEqual("application/vnd.oci.image.index.v1+json", index["mediaType"])
        self.assertEqual([("amd64", self.digests["amd64"]), ("arm64", self.digests["arm64"])],
                         [(entry["platform"]["architecture"], entry["digest"]) for entry in index["manifests"]])
        self.assertEqual(VERSION, index["annotations"]["org.opencontainers.image.version"])

    def test_every_blob_is_there_and_is_what_its_name_says(self):
        files = members(self.two[f"{NAME}-{VERSION}-linux-all.tar"])
        for name, data in files.items():
            if name.startswith("blobs/"):
                self.assertEqual(name.rsplit("/", 1)[1], hashlib.sha256(data).hexdigest())
        for digest in set(re.findall(rb'"digest": ?"sha256:([0-9a-f]{64})"', b"".join(
                data for data in files.values() if data.startswith(b"{")))):
            self.assertIn("blobs/sha256/" + digest.decode(), files)

    def test_alone_an_architecture_keeps_its_own_digest(self):
        self.assertEqual(self.digests["amd64"], self.one[f"{NAME}-{VERSION}.digest"].decode().strip())

    def test_the_bill_of_materials_is_of_the_image_beside_it(self):
        for arch, digest in self.digests.items():
            sbom = json.loads(self.two[f"{NAME}-{VERSION}-linux-{arch}.spdx.json"])
            self.assertEqual(digest[7:], sbom["packages"][0]["checksums"][0]["checksumValue"])


class Chart(Released):
    def test_helm_finds_nothing_wrong_with_it(self):
        said = output(tool("helm"), "lint", "--strict", f"{self.both}/{NAME}-{VERSION}.tgz")
        self.assertIn("0 chart(s) failed", said)

    def test_it_says_what_changed_in_this_version_only(self):
        changes = yaml.safe_load(yaml.safe_load(self.chart())["annotations"]["artifacthub.io/changes"])
        self.assertEqual([{"kind": "added", "description": "one thing, on two lines (docs/one.md)."},
                          {"kind": "security", "description": 'Another "thing": with a colon.'}], changes)

    def test_it_says_which_image_it_runs(self):
        images = yaml.safe_load(yaml.safe_load(self.chart())["annotations"]["artifacthub.io/images"])
        self.assertEqual([{"name": NAME, "image": f"{PUBLISHED}@{self.digest}",
                           "platforms": ["linux/amd64", "linux/arm64"]}], images)

    def test_nothing_else_of_its_metadata_changes(self):
        theirs = yaml.safe_load((PROJECT / "charts" / NAME / "Chart.yaml").read_text("utf-8"))
        ours = yaml.safe_load(self.chart())
        for chart in (theirs, ours):
            for name in ("changes", "images"):
                chart["annotations"].pop(f"artifacthub.io/{name}", None)
        self.assertEqual(theirs, ours)

    def image_of(self, *settings):
        text = output(tool("helm"), "template", "x", f"{self.both}/{NAME}-{VERSION}.tgz", "--show-only",
                      "templates/deployment.yaml", *[part for setting in settings for part in ("--set", setting)])
        return yaml.safe_load(text)["spec"]["template"]["spec"]["containers"][0]["image"]

    def test_it_pulls_the_published_image_and_any_registry_can_take_its_place(self):
        self.assertEqual(PUBLISHED, self.image_of())
        elsewhere = f"example.com/harbor-pull/{NAME}:{VERSION}"
        self.assertEqual(elsewhere, self.image_of("imageRegistry=example.com"))
        self.assertEqual(elsewhere, self.image_of("global.imageRegistry=example.com"))

    def test_its_files_belong_to_nobody_in_particular(self):
        with tarfile.open(f"{self.both}/{NAME}-{VERSION}.tgz") as archive:
            kinds = {(entry.uid, entry.gid, entry.uname, entry.mode, entry.mtime) for entry in archive}
        self.assertEqual(1, len(kinds))
        self.assertEqual((0, 0, "", 0o644), list(kinds)[0][:4])


class Manifests(Released):
    def test_the_crds_are_those_of_the_tree(self):
        self.assertEqual((PROJECT / "crds/harborpull.io_harborregistries.yaml").read_bytes(),
                         self.two[f"harborpull-crds-{VERSION}.yaml"])

    def test_install_is_what_kustomize_makes_of_deploy_but_for_the_image(self):
        folder = self.folder / "kustomized"
        folder.mkdir()
        (folder / "install.yaml").write_bytes(self.two[f"install-{VERSION}.yaml"])
        (folder / "kustomization.yaml").write_text("resources: [install.yaml]\n")
        ours = output(tool("kubectl"), "kustomize", folder)
        theirs = output(tool("kubectl"), "kustomize", self.tree.root / "deploy")
        self.assertIn(f"image: {PUBLISHED}@{self.digest}\n", ours)
        self.assertEqual(theirs, ours.replace(f"{PUBLISHED}@{self.digest}", PUBLISHED))

    def test_a_kustomization_that_does_more_than_name_files_is_refused(self):
        other = Tree(self.folder / "patched")
        other.change("deploy/kustomization.yaml", "resources:", "namePrefix: my-\nresources:")
        done = other.release("--image", IMAGE, "--allow-dirty")
        self.assertEqual(1, done.returncode)
        self.assertIn("deploy/kustomization.yaml has more than resources", done.stderr)


class Notes(Released):
    def setUp(self):
        self.notes = self.two["NOTES.md"].decode()

    def test_they_hold_the_section_of_this_version(self):
        for line in ("Released 2026-01-31.", "### Added", "- `one` thing,", "### Security",
                     '- Another "thing": with a colon.'):
            self.assertIn(line + "\n", self.notes)

    def test_they_hold_nothing_of_other_versions_nor_of_the_end_of_the_file(self):
        for text in ("0.2.0", "0.0.9", "comes later", "came earlier", "example.com/0.1.0", "Unreleased"):
            self.assertNotIn(text, self.notes)

    def test_links_into_the_tree_work_from_outside_of_it(self):
        self.assertIn(f"(https://github.com/harbor-pull/{NAME}/blob/v{VERSION}/docs/one.md)", self.notes)
        self.assertEqual([], re.findall(r"\]\((?!https://)[^)]*\)", self.notes))

    def test_they_name_every_digest_and_every_archive(self):
        self.assertIn(f"{PUBLISHED}@{self.digest}\n", self.notes)
        for arch, digest in self.digests.items():
            self.assertIn(f"| linux/{arch} | `{digest}` | `{NAME}-{VERSION}-linux-{arch}.tar` |", self.notes)

    def test_every_file_that_they_name_is_there(self):
        named = re.findall(r"[\w.-]+-0\.1\.0[\w.-]*\.(?:tar|tgz|yaml)|SHA256SUMS", self.notes)
        self.assertGreater(len(set(named)), 5)
        self.assertEqual(set(), set(named) - set(self.two))

    def test_the_command_that_takes_the_digest_off_does_so(self):
        script = re.search(r"sed '([^']+)' install-", self.notes)[1]
        text = output("sed", script, f"{self.both}/install-{VERSION}.yaml")
        self.assertIn(f"image: {PUBLISHED}\n", text)
        self.assertNotIn("image: ghcr.io/harbor-pull/harbor-pull-operator:0.1.0@", text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
