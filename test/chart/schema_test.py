"""What is written down about the chart agrees with it, and wrong values are refused before anything happens."""

import subprocess
import sys
import unittest

import support
from sets import SETS
from support import CHART, ROOT, HelmError, render


def ran(*command):
    return subprocess.run([sys.executable, "-B", *command], check=False, text=True, capture_output=True)


class Drift(unittest.TestCase):
    def test_schema_readme_and_crd_are_those_of_values_and_crds(self):
        done = ran(ROOT / "charts/generate", "--check")
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)

    def test_deploy_is_what_the_chart_makes(self):
        done = ran(ROOT / "charts/render", "--check")
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)

    def test_the_crd_of_the_chart_is_the_crd(self):
        self.assertEqual((ROOT / "crds/harborpull.io_harborregistries.yaml").read_bytes(),
                         (CHART / "files/crd.yaml").read_bytes())

    def test_the_chart_is_for_the_version_that_is_built(self):
        chart = support.yaml.safe_load((CHART / "Chart.yaml").read_text())
        self.assertIn(f"VERSION {chart['appVersion']} ", (ROOT / "CMakeLists.txt").read_text())

    def test_the_linter_of_helm_finds_nothing(self):
        for name, values in SETS.items():
            with self.subTest(name):
                support.run_helm("lint", "--strict", CHART, values=values)


    def test_the_package_of_the_chart_renders_as_its_folder_does(self):
        with support.tempfile.TemporaryDirectory() as folder:
            support.run_helm("package", CHART, "--destination", folder)
            package, = support.Path(folder).iterdir()
            self.assertEqual(render(apis=[support.POLICY]).text, render(apis=[support.POLICY], chart=package).text)


class Refused(unittest.TestCase):
    def assert_refused(self, values, *words, apis=()):
        with self.assertRaises(HelmError) as caught:
            render(values, apis)
        for word in words:
            self.assertIn(word, str(caught.exception))

    def test_a_value_that_does_not_exist(self):
        self.assert_refused({"replicas": 2}, "replicas")
        self.assert_refused({"image": {"tagg": "1"}}, "image", "tagg")
        self.assert_refused({"metrics": {"serviceMonitor": {"enable": True}}}, "serviceMonitor", "enable")
        self.assert_refused({"networkPolicy": {"harbor": {"port": 443}}}, "harbor", "port")

    def test_a_value_of_the_wrong_type(self):
        self.assert_refused({"replicaCount": "two"}, "replicaCount")
        self.assert_refused({"highAvailability": {"enabled": "yes"}}, "highAvailability")
        self.assert_refused({"secretNames": "harbor-pull"}, "secretNames")

    def test_a_value_out_of_its_range(self):
        for values in ({"workers": 65}, {"workers": 0}, {"secretNames": []}, {"secretNames": ["Harbor"]},
                       {"secretNames": ["a'b"]}, {"log": {"level": "trace"}}, {"admissionPolicy": {"enabled": "auto"}},
                       {"image": {"digest": "sha256:abc"}}, {"robotCleanupTimeout": "10 minutes"},
                       {"imageNamespace": "/infra"}, {"metrics": {"serviceMonitor": {"renderMode": "maybe"}}},
                       {"podDisruptionBudget": {"minAvailable": "half"}}, {"containerPort": 80}):
            with self.subTest(values):
                self.assert_refused(values, next(iter(values)))

    def test_a_kubernetes_that_is_too_old(self):
        for version, served in (("1.29.9", False), ("1.30.0", True), ("1.31.2-gke.1", True)):
            arguments = ["template", support.NAME, CHART, "--kube-version", version]
            if served:
                self.assertIn("kind: Deployment", support.run_helm(*arguments))
            else:
                with self.assertRaisesRegex(HelmError, "1.30"):
                    support.run_helm(*arguments)

    def test_two_writers_without_a_lease(self):
        self.assert_refused({"leaderElection": {"enabled": False}, "replicaCount": 2}, "leaderElection.enabled")
        self.assert_refused({"leaderElection": {"enabled": False}, "highAvailability": {"enabled": True}},
                            "leaderElection.enabled")

    def test_a_policy_that_the_cluster_does_not_serve(self):
        self.assert_refused({"admissionPolicy": {"enabled": "Enabled"}}, support.POLICY, "1.36")

    def test_a_budget_with_two_limits(self):
        self.assert_refused({"podDisruptionBudget": {"enabled": True, "minAvailable": 0, "maxUnavailable": 1}},
                            "podDisruptionBudget")

    def test_a_monitor_with_nothing_to_scrape(self):
        self.assert_refused({"metrics": {"service": {"enabled": False}, "serviceMonitor": {"enabled": True}}},
                            "metrics.service.enabled", apis=support.MONITORING)

    def test_a_monitor_that_must_be_there_and_cannot(self):
        for kind in ("serviceMonitor", "prometheusRule"):
            self.assert_refused({"metrics": {kind: {"enabled": True, "renderMode": "failIfMissing"}}},
                                "monitoring.coreos.com/v1/" + kind[0].upper() + kind[1:])

    def test_an_alert_that_does_not_exist(self):
        self.assert_refused({"metrics": {"prometheusRule": {"enabled": True, "disabled": ["Typo"]}}}, "Typo",
                            apis=support.MONITORING)


if __name__ == "__main__":
    unittest.main()
