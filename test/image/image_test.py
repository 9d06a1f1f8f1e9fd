"""The operator's image as packaging/image/build made it: what is in it, how it is hardened, what its papers say.

Run with HARBOR_PULL_IMAGE, the folder with rootfs/, image.tar, digest and sbom.spdx.json.
"""
import hashlib
import json
import os
import re
import stat
import subprocess
import tarfile
import tempfile
import unittest
from pathlib import Path

IMAGE = Path(os.environ["HARBOR_PULL_IMAGE"])
ROOT = IMAGE / "rootfs"
BINARY = ROOT / "usr/bin/harbor-pull"
PROJECT = Path(__file__).resolve().parents[2]


def said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def files() -> list[Path]:
    return [path for path in ROOT.rglob("*") if path.is_file() and not path.is_symlink()]


def blobs() -> dict[str, bytes]:
    with tarfile.open(IMAGE / "image.tar") as tar:
        return {member.name: tar.extractfile(member).read() for member in tar.getmembers()}


def blob(all_blobs: dict[str, bytes], digest: str) -> bytes:
    return all_blobs["blobs/sha256/" + digest.removeprefix("sha256:")]


class TheBinaryIsHardened(unittest.TestCase):
    def test_it_is_position_independent(self):
        self.assertRegex(said("readelf", "-hW", str(BINARY)), r"Type:\s+DYN \(Position-Independent Executable file\)")

    def test_its_relocations_are_read_only_and_bound_at_start(self):
        self.assertIn("GNU_RELRO", said("readelf", "-lW", str(BINARY)))
        self.assertRegex(said("readelf", "-dW", str(BINARY)), r"\(FLAGS_1\).*NOW")

    def test_its_stack_is_not_executable(self):
        self.assertRegex(said("readelf", "-lW", str(BINARY)), r"GNU_STACK(\s+0x[0-9a-f]+){5}\s+RW\s")

    def test_it_watches_over_its_stack_and_its_buffers(self):
        imported = said("nm", "-D", "--undefined-only", str(BINARY))
        self.assertIn("__stack_chk_fail", imported)
        self.assertRegex(imported, r"__\w+_chk@")

    @unittest.skipUnless(os.uname().machine == "x86_64", "control-flow enforcement is a matter of x86-64")
    def test_its_returns_are_protected_by_a_shadow_stack_and_its_jumps_land_on_marks(self):
        self.assertRegex(said("readelf", "-nW", str(BINARY)), r"x86 feature:.*SHSTK")
        self.assertGreater(said("objdump", "-d", "--no-show-raw-insn", str(BINARY)).count("endbr64"), 3000)

    def test_it_looks_for_libraries_only_where_the_system_has_them(self):
        self.assertNotRegex(said("readelf", "-dW", str(BINARY)), r"R(UN)?PATH")

    def test_it_has_no_symbols_and_no_path_of_the_machine_that_built_it(self):
        self.assertEqual("", said("nm", str(BINARY)))
        self.assertNotIn(str(PROJECT).encode(), BINARY.read_bytes())


class TheFileSystemHoldsOnlyWhatTheBinaryNeeds(unittest.TestCase):
    def test_it_is_below_forty_mebibytes(self):
        size = sum(path.stat().st_size for path in files())
        packed = (IMAGE / "image.tar").stat().st_size
        print(f"\nimage: {size / 2**20:.1f} MiB unpacked, {packed / 2**20:.1f} MiB as an archive")
        self.assertLess(size, 40 * 2**20)
        self.assertGreater(size, 2**20)

    def test_it_does_not_depend_on_the_umask_of_who_makes_it(self):
        with tempfile.TemporaryDirectory() as folder:
            prints = []
            for umask in (0o022, 0o077):
                root, out = f"{folder}/{umask}", f"{folder}/{umask}.tar"
                subprocess.run([PROJECT / "packaging/image/rootfs", BINARY, root], check=True, umask=umask)
                for name in ("usr/lib64/ld-linux-x86-64.so.2", "usr/bin/harbor-pull"):
                    self.assertIn(Path(root, name).stat().st_mode & 0o777, (0o755,), name)
                self.assertEqual(0o644, Path(root, "etc/passwd").stat().st_mode & 0o777)
                prints.append(said(str(PROJECT / "packaging/image/archive"), "--root", root, "--name", "a:1", "--out", out))
            self.assertEqual(prints[0], prints[1])

    def test_the_only_program_is_ours_and_the_loader(self):
        programs = {str(path.relative_to(ROOT)) for path in files() if path.stat().st_mode & 0o111 and ".so" not in path.name}
        self.assertEqual({"usr/bin/harbor-pull"}, programs)

    def test_nothing_runs_as_somebody_else_and_nothing_is_writable_by_others(self):
        for path in ROOT.rglob("*"):
            if path.is_symlink():
                continue
            self.assertFalse(path.stat().st_mode & (stat.S_ISUID | stat.S_ISGID | stat.S_IWOTH), path)

    def test_every_library_that_is_loaded_is_inside(self):
        needed = set(re.findall(r"\(NEEDED\).*\[(.+)\]", said("readelf", "-dW", str(BINARY))))
        self.assertIn("libcpprest.so.2.10", needed)
        inside = {path.name for path in files()}
        seen = set()
        while needed - seen:
            name = (needed - seen).pop()
            seen.add(name)
            self.assertIn(name, inside)
            library = next(path for path in files() if path.name == name)
            needed |= set(re.findall(r"\(NEEDED\).*\[(.+)\]", said("readelf", "-dW", str(library))))

    def test_the_certificates_of_the_system_are_where_its_openssl_looks_for_them(self):
        folder = re.search(r'OPENSSLDIR: "(.+)"', said("openssl", "version", "-d")).group(1)
        link = os.readlink(ROOT / folder.lstrip("/") / "cert.pem")
        bundle = (ROOT / link.lstrip("/")).read_text()
        self.assertGreater(bundle.count("BEGIN CERTIFICATE"), 100)

    @unittest.skipUnless(os.geteuid() == 0, "chroot needs root")
    def test_it_runs_there_as_nobody_and_tells_version_commit_and_libraries(self):
        text = said("chroot", "--userspec=65532:65532", str(ROOT), "/usr/bin/harbor-pull", "--version")
        version = re.search(r"VERSION ([\d.]+)", (PROJECT / "CMakeLists.txt").read_text().split("project(")[1]).group(1)
        self.assertRegex(text, rf"^harbor-pull {re.escape(version)}\ncommit \S+\nbuilt with GNU \S+, Release\nlibraries: ")
        for library in ("cpprestsdk 2.", "nlohmann_json 3.", "simdjson ", "yaml-cpp ", "spdlog ", "absl ", "OpenSSL 3."):
            self.assertIn(library, text)


class TheArchiveIsAnImage(unittest.TestCase):
    def setUp(self):
        self.blobs = blobs()
        self.index = json.loads(self.blobs["index.json"])
        self.manifest = json.loads(blob(self.blobs, self.index["manifests"][0]["digest"]))
        self.config = json.loads(blob(self.blobs, self.manifest["config"]["digest"]))

    def test_every_blob_is_what_its_name_says(self):
        named = [name for name in self.blobs if name.startswith("blobs/")]
        self.assertEqual(3, len(named))
        for name in named:
            self.assertEqual(name.rsplit("/", 1)[1], hashlib.sha256(self.blobs[name]).hexdigest())

    def test_the_digest_beside_it_is_that_of_its_manifest(self):
        self.assertEqual((IMAGE / "digest").read_text().strip(), self.index["manifests"][0]["digest"])

    def test_docker_finds_the_same_image_in_it(self):
        entry = json.loads(self.blobs["manifest.json"])[0]
        self.assertEqual("blobs/sha256/" + self.manifest["config"]["digest"].removeprefix("sha256:"), entry["Config"])
        full = self.index["manifests"][0]["annotations"]["io.containerd.image.name"]
        self.assertRegex(full, r"^[^/]+[.][^/]+/")
        self.assertTrue(full.endswith(entry["RepoTags"][0]), full)

    def test_it_runs_the_controller_as_nobody_without_a_shell(self):
        settings = self.config["config"]
        self.assertEqual(["/usr/bin/harbor-pull"], settings["Entrypoint"])
        self.assertEqual(["controller"], settings["Cmd"])
        self.assertEqual("65532:65532", settings["User"])

    def test_its_labels_say_what_it_is_and_of_which_commit(self):
        labels = self.config["config"]["Labels"]
        for name in ("title", "description", "version", "revision", "created", "licenses", "source", "documentation"):
            self.assertTrue(labels["org.opencontainers.image." + name], name)

    def test_files_belong_to_root(self):
        layer = blob(self.blobs, self.manifest["layers"][0]["digest"])
        with tempfile.NamedTemporaryFile() as packed:
            packed.write(layer)
            packed.flush()
            with tarfile.open(packed.name) as tar:
                self.assertEqual({(0, 0)}, {(member.uid, member.gid) for member in tar.getmembers()})

    def test_the_same_file_system_gives_the_same_bytes(self):
        with tempfile.TemporaryDirectory() as folder:
            prints = []
            for number in (1, 2):
                out = f"{folder}/{number}.tar"
                said(str(PROJECT / "packaging/image/archive"), "--root", str(ROOT), "--name", "again:1", "--out", out)
                prints.append(hashlib.sha256(Path(out).read_bytes()).hexdigest())
            self.assertEqual(prints[0], prints[1])


class TheBillOfMaterialsIsComplete(unittest.TestCase):
    def setUp(self):
        self.sbom = json.loads((IMAGE / "sbom.spdx.json").read_text())
        self.packages = {package["name"]: package for package in self.sbom["packages"]}

    def test_it_is_of_this_image(self):
        self.assertEqual("SPDX-2.3", self.sbom["spdxVersion"])
        digest = (IMAGE / "digest").read_text().strip().removeprefix("sha256:")
        self.assertEqual(digest, self.packages["harbor-pull-operator"]["checksums"][0]["checksumValue"])
        self.assertEqual(hashlib.sha256(BINARY.read_bytes()).hexdigest(),
                         self.packages["harbor-pull"]["checksums"][0]["checksumValue"])

    def test_every_library_belongs_to_a_package_that_it_names(self):
        for path in files():
            if ".so" not in path.name:
                continue
            inside = "/" + str(path.relative_to(ROOT))
            real = os.path.realpath(inside)
            asked = subprocess.run(["dpkg-query", "-S", real, real.removeprefix("/usr")], capture_output=True, text=True,
                                   check=False).stdout
            owner = asked.split(":")[0]
            self.assertIn(owner, self.packages, inside)

    def test_every_package_has_what_scanners_and_the_standard_ask_for(self):
        for package in self.sbom["packages"]:
            for field in ("SPDXID", "name", "versionInfo", "downloadLocation", "licenseConcluded", "copyrightText"):
                self.assertTrue(package[field], package)
        purls = [ref["referenceLocator"] for package in self.sbom["packages"] for ref in package.get("externalRefs", [])]
        self.assertTrue(any(purl.startswith("pkg:deb/debian/libssl3@3.") for purl in purls))

    def test_every_relation_is_between_things_that_are_there(self):
        known = {package["SPDXID"] for package in self.sbom["packages"]} | {"SPDXRef-DOCUMENT"}
        self.assertEqual(len(known), len(self.sbom["packages"]) + 1)
        related = set()
        for relation in self.sbom["relationships"]:
            related |= {relation["spdxElementId"], relation["relatedSpdxElement"]}
        self.assertEqual(known, related)


if __name__ == "__main__":
    unittest.main(verbosity=2)
