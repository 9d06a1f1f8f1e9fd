#!/usr/bin/env python3
"""The health script for Argo CD on the objects beside it and on changes of them; what carries it; the recipes for Flux."""
import copy
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy/argocd"
SCRIPT = FOLDER / "health.lua"


def lua_of(value):
    """A value of YAML as Lua source."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"[{lua_of(key)}] = {lua_of(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "{" + ", ".join(lua_of(one) for one in value) + "}"
    if isinstance(value, str):
        return '"' + "".join(f"\\{byte:03}" for byte in value.encode()) + '"'
    return {None: "nil", True: "true", False: "false"}.get(value, repr(value))


def health(value):
    """(status, message) of an object, by the script."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write("return " + lua_of(value))
        file.flush()
        done = subprocess.run(["lua5.4", ROOT / "test/manifests/run_health.lua", SCRIPT, file.name],
                              capture_output=True, text=True, timeout=20)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return tuple(done.stdout.rstrip("\n").split("\n", 1))


def stored(name):
    return yaml.safe_load((FOLDER / "testdata" / f"{name}.yaml").read_text())


class Health(unittest.TestCase):
    def test_each_object_has_the_health_that_its_test_names(self):
        tests = yaml.safe_load((FOLDER / "health_test.yaml").read_text())["tests"]
        for test in tests:
            with self.subTest(test["inputPath"]):
                value = yaml.safe_load((FOLDER / test["inputPath"]).read_text())
                self.assertEqual(health(value), (test["healthStatus"]["status"], test["healthStatus"]["message"]))
        named = sorted(test["inputPath"] for test in tests)
        self.assertEqual(named, sorted(f"testdata/{path.name}" for path in (FOLDER / "testdata").glob("*.yaml")))
        self.assertEqual({test["healthStatus"]["status"] for test in tests},
                         {"Healthy", "Progressing", "Degraded", "Suspended"})

    def test_the_objects_have_the_conditions_that_the_operator_sets_today(self):
        code = (ROOT / "operator/plan/status_plan.cpp").read_text()
        reasons = (ROOT / "operator/plan/reasons.hpp").read_text()
        for path in (FOLDER / "testdata").glob("*.yaml"):
            with self.subTest(path.name):
                for condition in stored(path.stem)["status"].get("conditions", []):
                    self.assertIn(f'finish("{condition["type"]}"', code)
                    self.assertIn(f'= "{condition["reason"]}"', reasons)

    def test_an_object_without_any_status_is_progressing(self):
        value = stored("not-yet-observed")
        del value["status"]
        self.assertEqual(health(value)[0], "Progressing")

    def test_what_was_healthy_is_progressing_from_the_moment_of_a_change(self):
        value = stored("healthy")
        value["metadata"]["generation"] += 1
        self.assertEqual(health(value)[0], "Progressing")

    def test_what_was_degraded_is_progressing_from_the_moment_of_a_change(self):
        value = stored("degraded-credential-rejected")
        value["metadata"]["generation"] += 1
        self.assertEqual(health(value)[0], "Progressing")

    def test_a_registry_that_is_suspended_is_so_before_the_operator_has_seen_it(self):
        for name in ("healthy", "degraded-project-missing", "not-yet-observed"):
            value = stored(name)
            value["spec"]["suspend"] = True
            self.assertEqual(health(value)[0], "Suspended", name)

    def test_the_order_of_conditions_does_not_matter(self):
        for name in ("healthy", "degraded-one-namespace", "progressing-harbor-unreachable"):
            value = stored(name)
            turned = copy.deepcopy(value)
            turned["status"]["conditions"].reverse()
            self.assertEqual(health(turned), health(value), name)

    def test_without_ready_it_is_progressing(self):
        value = stored("healthy")
        value["status"]["conditions"] = [one for one in value["status"]["conditions"] if one["type"] != "Ready"]
        self.assertEqual(health(value), ("Progressing", "waiting for the condition Ready"))


class TheConfigMap(unittest.TestCase):
    data = yaml.safe_load((FOLDER / "argocd-cm.yaml").read_text())["data"]

    def test_it_carries_the_script_as_it_is(self):
        self.assertEqual(self.data["resource.customizations.health.harborpull.io_HarborRegistry"], SCRIPT.read_text())

    def test_its_rule_for_service_accounts_is_that_of_the_document(self):
        rule = yaml.safe_load(self.data["resource.customizations.ignoreDifferences.ServiceAccount"])
        self.assertEqual(list(rule), ["jqPathExpressions"])
        document = (ROOT / "docs/gitops.md").read_text()
        for expression in rule["jqPathExpressions"]:
            self.assertIn(f"- {expression}\n", document)


class Flux(unittest.TestCase):
    @staticmethod
    def objects(name):
        return list(yaml.safe_load_all((ROOT / "deploy/flux" / name).read_text()))

    def blocks_of_the_document(self):
        """The YAML of docs/gitops.md."""
        parts = (ROOT / "docs/gitops.md").read_text().split("```yaml\n")[1:]
        return [yaml.safe_load(part.split("\n```")[0]) for part in parts if "---" not in part.split("```")[0]]

    def test_the_rules_for_service_accounts_are_those_of_the_document(self):
        told = [block["spec"] for block in self.blocks_of_the_document() if "spec" in block]
        kustomization, = self.objects("service-accounts-kustomization.yaml")
        release, = self.objects("service-accounts-helmrelease.yaml")
        self.assertIn({"ignore": kustomization["spec"]["ignore"]}, told)
        self.assertIn({"driftDetection": release["spec"]["driftDetection"]}, told)

    def test_each_step_waits_for_the_one_before_it_and_is_waited_for(self):
        steps = self.objects("order.yaml")
        for earlier, later in zip(steps, steps[1:]):
            self.assertEqual(later["spec"]["dependsOn"], [{"name": earlier["metadata"]["name"]}])
            self.assertIs(earlier["spec"]["wait"], True)

    def test_the_release_is_in_the_namespace_of_the_operator_and_takes_the_chart_beside_it(self):
        namespace, chart, release = self.objects("operator.yaml")
        self.assertIn(f'kDefaultNamespace = "{namespace["metadata"]["name"]}"',
                      (ROOT / "operator/api/names.hpp").read_text())
        self.assertEqual({chart["metadata"]["namespace"], release["metadata"]["namespace"]},
                         {namespace["metadata"]["name"]})
        self.assertEqual(release["spec"]["chartRef"], {"kind": chart["kind"], "name": chart["metadata"]["name"]})


if __name__ == "__main__":
    unittest.main()
