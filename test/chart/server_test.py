"""The chart on a real API server: it takes every set of values, and releases come and go as they should."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import support
from sets import SETS
from support import CHART, NAME, NAMESPACE, ROOT, Rendered

VERSION = os.environ.get("HARBOR_PULL_TEST_KUBERNETES", "1.37")
CRD = "harborregistries.harborpull.io"
# The kinds of the Prometheus operator, as far as a chart that only makes objects of them can tell.
FOREIGN_CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: {plural}.monitoring.coreos.com}}
spec:
  group: monitoring.coreos.com
  scope: Namespaced
  names: {{kind: {kind}, plural: {plural}, singular: {singular}}}
  versions:
    - {{name: v1, served: true, storage: true,
        schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}}}
"""


class Server:
    """A control plane in a folder of its own."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="harbor-pull-chart-")
        self.dir = Path(self.folder.name) / "cluster"
        subprocess.run([ROOT / "test/cluster/up", self.dir, VERSION, "--no-audit", "--parent", str(os.getpid())],
                       check=True, stdout=subprocess.DEVNULL)
        self.kubeconfig = self.dir / "kubeconfig"
        binaries = subprocess.run([ROOT / "test/cluster/build", VERSION], check=True, text=True, stdout=subprocess.PIPE)
        self.program = Path(binaries.stdout.split()[-1]) / "kubectl"

    def down(self):
        subprocess.run([ROOT / "test/cluster/down", self.dir], check=True, stdout=subprocess.DEVNULL)
        self.folder.cleanup()

    def kubectl(self, *arguments, stdin=None, check=True):
        done = subprocess.run([self.program, "--kubeconfig", self.kubeconfig, *arguments], check=False,
                              text=True, input=stdin, capture_output=True)
        if check and done.returncode:
            raise AssertionError(f"kubectl {' '.join(arguments)}: {done.stderr}")
        return done.stdout + done.stderr

    def helm(self, *arguments, values=None):
        return support.run_helm(*arguments, "--kubeconfig", self.kubeconfig, values=values)


def setUpModule():
    global server
    server = Server()
    for name in (NAMESPACE, "elsewhere", "second"):
        server.kubectl("create", "namespace", name)
    server.kubectl("label", "namespace", NAMESPACE, "pod-security.kubernetes.io/enforce=restricted")


def tearDownModule():
    server.down()


class DryRun(unittest.TestCase):
    def render(self, values):
        """As Helm renders for this cluster, with what it serves."""
        return Rendered(server.helm("template", NAME, CHART, "--namespace", NAMESPACE, "--dry-run=server",
                                    values=values))

    def make_accounts(self):
        """The Pod of `helm test` is refused without its account, and a dry run makes none. Helm, asked to render over
        accounts that are not its own, refuses too; so this comes after rendering."""
        for namespace, account in ((NAMESPACE, NAME), ("elsewhere", NAME), (NAMESPACE, "mine")):
            server.kubectl("create", "serviceaccount", account, "-n", namespace)
            self.addCleanup(server.kubectl, "delete", "serviceaccount", account, "-n", namespace)

    def test_the_server_takes_every_set_of_values(self):
        made = {name: self.render(values).text for name, values in SETS.items()}
        self.make_accounts()
        for name, text in made.items():
            with self.subTest(name):
                said = server.kubectl("apply", "--server-side", "--force-conflicts", "--dry-run=server", "-f", "-",
                                      stdin=text, check=name != "on-the-node")
                self.assertIn("deployment.apps/harbor-pull-operator serverside-applied", said)
                # In a Deployment a breach of the standard is only warned of; the Pod itself is refused.
                self.assertEqual(name == "on-the-node", "would violate PodSecurity" in said, said)

    def test_the_policy_comes_exactly_where_it_is_served(self):
        served = "mutatingadmissionpolicies" in server.kubectl(
            "api-resources", "--api-group=admissionregistration.k8s.io", "-o", "name")
        self.assertEqual(VERSION == "1.37", served)
        self.assertEqual(served, "MutatingAdmissionPolicy" in self.render({}).kinds())

    def test_monitors_are_left_out_until_their_kinds_are_there(self):
        values = SETS["everything"]
        self.assertEqual(set(), {"ServiceMonitor", "PrometheusRule"} & set(self.render(values).kinds()))
        crds = "---".join(FOREIGN_CRD.format(kind=kind, plural=kind.lower() + "s", singular=kind.lower())
                          for kind in ("ServiceMonitor", "PrometheusRule"))
        server.kubectl("apply", "-f", "-", stdin=crds)
        self.addCleanup(server.kubectl, "delete", "--wait=false", "-f", "-", stdin=crds)
        server.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=30s")
        there = self.render(values)
        self.assertLessEqual({"ServiceMonitor", "PrometheusRule"}, set(there.kinds()))
        self.make_accounts()
        server.kubectl("apply", "--server-side", "--force-conflicts", "--dry-run=server", "-f", "-", stdin=there.text)
        server.kubectl("apply", "--dry-run=server", "-k", str(ROOT / "deploy/monitoring"))


class Release(unittest.TestCase):
    def names(self, kind):
        return server.kubectl("get", kind, "-A", "-l", "app.kubernetes.io/part-of=harbor-pull-operator", "-o",
                              "jsonpath={.items[*].metadata.name}").split()

    def tearDown(self):
        for release, namespace in ((NAME, NAMESPACE), ("second", "second")):
            server.helm("uninstall", release, "--namespace", namespace, "--ignore-not-found")
        # The kind stays, as it does with users: a server may take minutes to let go of one that it has just got.

    def install(self, release=NAME, namespace=NAMESPACE, values=None):
        return server.helm("install", release, CHART, "--namespace", namespace, values=values or {})

    def test_a_release_comes_changes_and_goes_and_the_kind_stays(self):
        self.install()
        self.assertEqual([NAME], self.names("deployment"))
        server.kubectl("wait", "--for=condition=Established", "crd", CRD, "--timeout=30s")
        server.helm("upgrade", NAME, CHART, "--namespace", NAMESPACE,
                    values={"highAvailability": {"enabled": True}, "podRecovery": {"enabled": True}})
        self.assertEqual("2", server.kubectl("get", "deployment", NAME, "-n", NAMESPACE, "-o",
                                             "jsonpath={.spec.replicas}"))
        self.assertIn(NAME + "-pod-recovery", self.names("clusterrole"))
        server.helm("upgrade", NAME, CHART, "--namespace", NAMESPACE, "--reset-values", values={})
        self.assertNotIn(NAME + "-pod-recovery", self.names("clusterrole"))
        server.helm("uninstall", NAME, "--namespace", NAMESPACE)
        for kind in ("deployment", "clusterrole", "clusterrolebinding", "role", "rolebinding", "serviceaccount"):
            self.assertEqual([], self.names(kind), kind)
        self.assertIn(CRD, server.kubectl("get", "crd", CRD, "-o", "name"))

    def test_a_release_takes_up_the_kind_that_an_earlier_one_left(self):
        self.install()
        server.helm("uninstall", NAME, "--namespace", NAMESPACE)
        self.install()
        self.assertEqual([NAME], self.names("deployment"))

    def test_who_installed_with_kubectl_goes_on_with_helm(self):
        server.kubectl("apply", "-k", str(ROOT / "deploy"))
        with self.assertRaises(support.HelmError):
            self.install()
        server.helm("install", NAME, CHART, "--namespace", NAMESPACE, "--take-ownership", "--force-conflicts",
                    values={"highAvailability": {"enabled": True}})
        self.assertEqual("2", server.kubectl("get", "deployment", NAME, "-n", NAMESPACE, "-o",
                                             "jsonpath={.spec.replicas}"))

    def test_a_second_release_stands_beside_the_first(self):
        self.install()
        with self.assertRaises(support.HelmError) as caught:
            self.install("second", "second")
        self.assertIn(CRD, str(caught.exception))  # the kind belongs to the first
        server.helm("uninstall", "second", "--namespace", "second", "--ignore-not-found")
        self.install("second", "second", {"crds": {"enabled": False}, "secretNames": ["second"]})
        self.assertEqual({NAME, "second-harbor-pull-operator"}, set(self.names("deployment")))

    def test_the_account_of_a_release_has_its_rights_and_no_others(self):
        self.install(values={"secretNames": ["one", "two"]})
        account = f"system:serviceaccount:{NAMESPACE}:{NAME}"
        for allowed, question in (
                (True, ["patch", "secret/two", "-n", "default"]), (False, ["get", "secret/other", "-n", "default"]),
                (False, ["patch", "secret/harbor-pull", "-n", "default"]),
                (True, ["get", "secret/other", "-n", NAMESPACE]),
                (False, ["list", "pods", "-n", "default"]), (False, ["create", "serviceaccounts", "-n", "default"])):
            said = server.kubectl("auth", "can-i", "--as", account, *question, check=False)
            self.assertEqual("yes" if allowed else "no", said.split()[0], question)


if __name__ == "__main__":
    unittest.main()
