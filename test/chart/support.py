"""Renders the chart as its users do, with the real Helm, and looks into what comes out."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "charts"))

import yaml  # noqa: E402
from chart_files import helm  # noqa: E402

CHART = ROOT / "charts/harbor-pull-operator"
NAME, NAMESPACE = "harbor-pull-operator", "harbor-pull-system"
POLICY = "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy"
MONITORING = ["monitoring.coreos.com/v1/ServiceMonitor", "monitoring.coreos.com/v1/PrometheusRule"]
OPENSHIFT = "security.openshift.io/v1"


class HelmError(Exception):
    """What Helm said when it failed."""


def run_helm(*arguments, values=None):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(values or {}, file)
        file.flush()
        command = [helm(), *map(str, arguments)]
        if values is not None:
            command += ["--values", file.name]
        done = subprocess.run(command, check=False, text=True, capture_output=True)
    if done.returncode:
        raise HelmError(done.stderr)
    return done.stdout


class Rendered:
    """The objects of a release, by kind and name."""

    def __init__(self, text):
        self.text = text
        self.all = [one for one in yaml.safe_load_all(text) if one]

    def kinds(self):
        return sorted({one["kind"] for one in self.all})

    def of(self, kind):
        return [one for one in self.all if one["kind"] == kind]

    def get(self, kind, name=None):
        found = [one for one in self.of(kind) if name is None or one["metadata"]["name"] == name]
        if len(found) != 1:
            raise AssertionError(f"{len(found)} objects {kind} {name or ''}: {[o['metadata']['name'] for o in found]}")
        return found[0]

    @property
    def deployment(self):
        return self.get("Deployment")

    @property
    def pod(self):
        return self.deployment["spec"]["template"]["spec"]

    @property
    def container(self):
        return self.pod["containers"][0]


def render(values=None, apis=(), release=NAME, namespace=NAMESPACE, chart=CHART):
    """What `helm template` gives for a cluster that serves `apis` besides the usual."""
    arguments = ["template", release, chart, "--namespace", namespace]
    for api in apis:
        arguments += ["--api-versions", api]
    return Rendered(run_helm(*arguments, values=values or {}))


def notes(values=None):
    """What Helm prints after an installation; without a cluster, so of what only that knows nothing."""
    text = run_helm("install", NAME, CHART, "--namespace", NAMESPACE, "--dry-run=client", values=values or {})
    return text.partition("NOTES:\n")[2]
