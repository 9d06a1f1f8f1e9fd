"""The workflows are well formed, run only what was reviewed, and may do only what they need."""

import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((PROJECT / ".github/workflows").glob("*.yml"))
USES = re.compile(r"^\s*(?:- )?uses:\s*(\S+)(.*)$", re.MULTILINE)


def unpinned(text):
    """What is used from elsewhere without a whole commit, or without the version that the commit is."""
    wrong = []
    for used, comment in USES.findall(text):
        if used.startswith("./"):
            continue
        if not re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", used) or not re.fullmatch(r" # v\d+\.\d+\.\d+", comment):
            wrong.append(used + comment)
    return wrong


def careless(text):
    """A sentence for everything that a workflow grants or risks without need."""
    workflow, wrong = yaml.safe_load(text), []
    if workflow.get("permissions") not in ({}, {"contents": "read"}):
        wrong.append("the workflow grants more than reading to every job")
    if "concurrency" not in workflow:
        wrong.append("two runs may race")
    if "pull_request_target" in (workflow.get("on") or workflow[True]):
        wrong.append("strangers' pull requests run with our rights")
    for name, job in workflow["jobs"].items():
        wrong += [f"{name}: {fault}" for fault in careless_job(job)]
    return wrong


def careless_job(job):
    if not isinstance(job.get("permissions"), dict):
        yield "does not say what it may do"
    if "uses" in job:
        return
    if "timeout-minutes" not in job:
        yield "has no timeout"
    if "latest" in str(job["runs-on"]):
        yield "runs on whatever is latest"
    for step in job["steps"]:
        if "${{" in step.get("run", ""):
            yield "puts an expression into a script; pass it through env"
        checkout = step.get("uses", "").startswith("actions/checkout@")
        if checkout and step.get("with", {}).get("persist-credentials") is not False:
            yield "leaves the token in the clone"


CARELESS = """\
on: [push, pull_request_target]
permissions: write-all
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: echo "${{ github.event.issue.title }}"
"""


class TheWorkflows(unittest.TestCase):
    def each(self):
        self.assertGreaterEqual({file.name for file in WORKFLOWS}, {"ci.yml", "release.yml"})
        for file in WORKFLOWS:
            with self.subTest(file.name):
                yield file.read_text("utf-8")

    def test_every_action_is_pinned_by_commit_with_its_version_beside_it(self):
        for text in self.each():
            self.assertTrue(USES.search(text))
            self.assertEqual([], unpinned(text))

    def test_a_commit_is_called_the_same_version_everywhere(self):
        called = {}
        for text in self.each():
            for used, comment in USES.findall(text):
                called.setdefault(used, set()).add(comment)
        self.assertEqual({}, {used: names for used, names in called.items() if len(names) > 1})

    def test_one_version_of_an_action_is_used(self):
        commits = {}
        for text in self.each():
            for used, _ in USES.findall(text):
                commits.setdefault("/".join(used.split("@")[0].split("/")[:2]), set()).add(used.rpartition("@")[2])
        self.assertEqual({}, {name: found for name, found in commits.items() if len(found) > 1})

    def test_they_may_do_only_what_they_need(self):
        for text in self.each():
            self.assertEqual([], careless(text))

    def test_only_the_job_that_publishes_can_sign_and_only_the_page_can_write_a_release(self):
        jobs = yaml.safe_load((PROJECT / ".github/workflows/release.yml").read_text("utf-8"))["jobs"]
        rights = {name: {right for right, level in job["permissions"].items() if level == "write"}
                  for name, job in jobs.items()}
        self.assertEqual({"test": set(), "image": set(), "publish": {"packages", "id-token", "attestations"},
                          "page": {"contents"}}, rights)

    def test_these_checks_notice_a_careless_workflow(self):
        self.assertEqual(["actions/checkout@v4"], unpinned(CARELESS))
        self.assertEqual(["a/b@" + "0" * 40], unpinned("- uses: a/b@" + "0" * 40))
        self.assertEqual([], unpinned("- uses: a/b@" + "0" * 40 + " # v1.2.3"))
        self.assertEqual([
            "the workflow grants more than reading to every job", "two runs may race",
            "strangers' pull requests run with our rights", "one: does not say what it may do", "one: has no timeout",
            "one: runs on whatever is latest", "one: leaves the token in the clone",
            "one: puts an expression into a script; pass it through env"], careless(CARELESS))


class ActionlintReadsThem(unittest.TestCase):
    """Without shellcheck: which one the machine has must not decide; `./dev lint` has one of its own for scripts."""

    @classmethod
    def setUpClass(cls):
        built = subprocess.run([PROJECT / "test/cluster/build", "actionlint"], check=True, text=True,
                               stdout=subprocess.PIPE)
        cls.program = built.stdout.split()[-1]

    def findings(self, *files):
        done = subprocess.run([self.program, "-no-color", "-shellcheck=", "-pyflakes=", *files], check=False, text=True,
                              capture_output=True, cwd=PROJECT)
        return done.stdout + done.stderr

    def test_it_finds_nothing(self):
        self.assertEqual("", self.findings(*WORKFLOWS))

    def test_it_notices_an_output_that_nobody_makes(self):
        text = (PROJECT / ".github/workflows/release.yml").read_text("utf-8")
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            file.write(text.replace("needs.publish.outputs.version", "needs.publish.outputs.nothing"))
            file.flush()
            self.assertIn('property "nothing" is not defined', self.findings(file.name))


class WhatElseGitHubReads(unittest.TestCase):
    def test_every_file_is_yaml(self):
        files = list((PROJECT / ".github").rglob("*.yml"))
        self.assertGreater(len(files), len(WORKFLOWS))
        for file in files:
            self.assertIsInstance(yaml.safe_load(file.read_text("utf-8")), dict, file)

    def test_updates_are_asked_for_in_folders_that_have_something_to_update(self):
        wanted = {"gomod": "go.mod", "docker": "Dockerfile", "github-actions": ".github/workflows/ci.yml"}
        updates = yaml.safe_load((PROJECT / ".github/dependabot.yml").read_text("utf-8"))["updates"]
        self.assertEqual(set(wanted), {update["package-ecosystem"] for update in updates})
        for update in updates:
            for folder in update.get("directories", [update.get("directory")]):
                found = list(PROJECT.glob(f"{folder.strip('/')}/{wanted[update['package-ecosystem']]}".lstrip("/")))
                self.assertTrue(found, folder)


if __name__ == "__main__":
    unittest.main()
