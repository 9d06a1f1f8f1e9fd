"""What a bare `helm install` gives, and what the program itself says about that."""

import json
import re
import unittest

import support
from support import CHART, NAME, NAMESPACE, POLICY, ROOT, render


def flags_of_the_docs():
    """Flag to default, by the table of docs/operations.md."""
    text = (ROOT / "docs/operations.md").read_text()
    return dict(re.findall(r"^\| `(--[a-z-]+)[^`]*`[^|]*\|[^|]*\| `?:?([^ `;.|]+)", text, flags=re.MULTILINE))


class Defaults(unittest.TestCase):
    def setUp(self):
        self.made = render(apis=[POLICY])

    def test_a_bare_release_has_these_objects(self):
        self.assertEqual(
            sorted([
                "ClusterRole/harbor-pull-operator", "ClusterRole/harbor-pull-operator-view",
                "ClusterRoleBinding/harbor-pull-operator", "CustomResourceDefinition/harborregistries.harborpull.io",
                "Deployment/harbor-pull-operator", "MutatingAdmissionPolicy/harbor-pull-operator",
                "MutatingAdmissionPolicyBinding/harbor-pull-operator", "Pod/harbor-pull-operator-check",
                "Role/harbor-pull-operator", "RoleBinding/harbor-pull-operator",
                "Service/harbor-pull-operator-metrics", "ServiceAccount/harbor-pull-operator",
                *(f"{kind}/harbor-pull-operator-guard-{what}"
                  for kind in ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
                  for what in ("secrets", "serviceaccounts", "registries"))]),
            sorted(f"{one['kind']}/{one['metadata']['name']}" for one in self.made.all))

    def test_without_the_kind_there_is_no_policy(self):
        kinds = render().kinds()
        self.assertNotIn("MutatingAdmissionPolicy", kinds)
        self.assertNotIn("MutatingAdmissionPolicyBinding", kinds)

    def test_a_bare_release_says_nothing_that_the_program_knows_by_itself(self):
        self.assertEqual(["controller"], self.made.container["args"])
        self.assertNotIn("env", self.made.container)

    def test_the_defaults_of_values_are_those_of_the_program(self):
        flags = flags_of_the_docs()
        self.assertGreater(len(flags), 8)
        values = support.yaml.safe_load((CHART / "values.yaml").read_text())
        self.assertEqual(
            [flags["--secret-name"], flags["--listen"], flags["--workers"], flags["--robot-cleanup-timeout"],
             flags["--leader-elect"], flags["--log-level"], flags["--log-format"]],
            [values["secretNames"][0], str(values["containerPort"]), str(values["workers"]),
             values["robotCleanupTimeout"], json.dumps(values["leaderElection"]["enabled"]), values["log"]["level"],
             values["log"]["format"]])
        self.assertEqual("off", flags["--create-default-service-account"])
        self.assertFalse(values["defaultServiceAccount"]["create"])

    def test_labels_are_those_that_kubernetes_recommends_and_selectors_hold_no_version(self):
        for one in self.made.all:
            labels = one["metadata"]["labels"]
            self.assertEqual([NAME, NAME, NAME, "Helm"], [labels["app.kubernetes.io/" + key] for key in (
                "name", "instance", "part-of", "managed-by")], one["kind"])
            self.assertEqual("harbor-pull-operator-0.1.0", labels["helm.sh/chart"])
        selector = self.made.deployment["spec"]["selector"]["matchLabels"]
        self.assertEqual({"name": NAME, "instance": NAME, "component": "controller"},
                         {key.removeprefix("app.kubernetes.io/"): value for key, value in selector.items()})
        self.assertLessEqual(selector.items(), self.made.deployment["spec"]["template"]["metadata"]["labels"].items())
        self.assertEqual(selector, self.made.get("Service")["spec"]["selector"])

    def test_the_pod_of_the_test_is_no_pod_of_the_operator(self):
        pod = self.made.get("Pod")
        self.assertEqual("check", pod["metadata"]["labels"]["app.kubernetes.io/component"])
        self.assertEqual({"helm.sh/hook": "test", "helm.sh/hook-delete-policy": "before-hook-creation,hook-succeeded"},
                         pod["metadata"]["annotations"])

    def test_the_pod_of_the_test_is_as_the_operator_and_asks_it_to_check(self):
        pod, own = self.made.get("Pod")["spec"], self.made.pod
        for key in ("serviceAccountName", "automountServiceAccountToken", "securityContext", "volumes"):
            self.assertEqual(own[key], pod[key])
        self.assertEqual("Never", pod["restartPolicy"])
        self.assertEqual(["check"], pod["containers"][0]["args"])
        for key in ("image", "securityContext", "volumeMounts"):
            self.assertEqual(self.made.container[key], pod["containers"][0][key])

    def test_the_crd_is_as_written_and_stays(self):
        written = support.yaml.safe_load((CHART / "files/crd.yaml").read_text())
        crd = self.made.get("CustomResourceDefinition")
        self.assertEqual(written["spec"], crd["spec"])
        self.assertEqual({"helm.sh/resource-policy": "keep"}, crd["metadata"]["annotations"])

    def test_the_policy_leaves_the_release_alone_and_deploy_is_the_same(self):
        policy = self.made.get("MutatingAdmissionPolicy")["spec"]
        names = policy["matchConstraints"]["namespaceSelector"]["matchExpressions"][0]["values"]
        self.assertEqual(["kube-system", "kube-public", "kube-node-lease", NAMESPACE], names)
        shipped = list(support.yaml.safe_load_all((ROOT / "deploy/admission/policy.yaml").read_text()))
        self.assertEqual(shipped[0]["spec"], policy)

    def test_what_helm_prints_can_be_pasted(self):
        text = support.notes()
        pasted = text.partition("<<'YAML'\n")[2].partition("YAML\n")[0]
        secret, registry = support.yaml.safe_load_all(pasted)
        self.assertEqual(NAMESPACE, secret["metadata"]["namespace"])
        self.assertEqual(secret["metadata"]["name"], registry["spec"]["credential"]["secretRef"]["name"])
        self.assertEqual("HarborRegistry", registry["kind"])
        self.assertIn("kubectl get hreg", text)

    def test_what_helm_prints_warns(self):
        for words, values in (
                ("one replica", {}), ("does not serve MutatingAdmissionPolicy", {}),
                ("crds.enabled is false", {"crds": {"enabled": False}}),
                ("rbac.create is false", {"rbac": {"create": False}}),
                ("guard.enabled is false", {"guard": {"enabled": False}}),
                ("policy is disabled", {"admissionPolicy": {"enabled": "Disabled"}}),
                ("ServiceMonitor kind", {"metrics": {"serviceMonitor": {"enabled": True}}}),
                ("PrometheusRule kind", {"metrics": {"prometheusRule": {"enabled": True}}})):
            self.assertIn(words, " ".join(support.notes(values).split()))
        calm = support.notes({"highAvailability": {"enabled": True}, "admissionPolicy": {"enabled": "Disabled"}})
        self.assertNotIn("one replica", calm)
        self.assertNotIn("crds.enabled", calm)
        self.assertNotIn("guard.enabled", calm)

    def test_another_secret_name_stands_in_what_is_pasted(self):
        self.assertIn("\n  secretName: other\n", support.notes({"secretNames": ["other", "harbor-pull"]}))
        self.assertNotIn("secretName", support.notes())


if __name__ == "__main__":
    unittest.main()
