"""Sets of values that users may have: rendered by values_test, put to a real API server by server_test."""

from support import MONITORING, POLICY

EXTRA = {"name": "extra", "image": "example.com/extra:1", "securityContext": {
    "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}}

SETS = {
    "defaults": {},
    "two-secret-names": {"secretNames": ["harbor-pull", "harbor-pull.old"]},
    "high-availability": {"highAvailability": {"enabled": True}},
    "namespace-override": {"namespaceOverride": "elsewhere"},
    "mirror": {
        "imageRegistry": "mirror.example.com:5000", "imageNamespace": "infra/tools",
        "image": {"tag": "1.2.3", "digest": "sha256:" + "a" * 64}, "imagePullSecrets": [{"name": "mirror"}]},
    "gone-without-a-trace": {"crds": {"keep": False}, "uninstall": {"deleteRegistries": True, "timeoutSeconds": 90}},
    "no-crds": {"crds": {"enabled": False}},
    "no-rbac": {"rbac": {"create": False}, "podRecovery": {"enabled": True}, "defaultServiceAccount": {"create": True}},
    "own-account": {
        "serviceAccount": {"create": False, "name": "mine"}, "imagePullSecrets": [{"name": "mirror"}]},
    "no-policy": {"admissionPolicy": {"enabled": "Disabled"}},
    "no-guard": {"guard": {"enabled": False}},
    "network-policy": {"networkPolicy": {
        "enabled": True, "harbor": {"cidrs": ["10.1.0.0/16", "fd00::/8"], "ports": [443, 8443]},
        "apiServer": {"cidrs": ["10.0.0.1/32"]},
        "metrics": {"from": [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}]},
        "extraIngress": [{"from": [{"podSelector": {}}]}], "extraEgress": [{"to": [{"podSelector": {}}]}]}},
    "one-replica-without-lease": {"leaderElection": {"enabled": False}},
    "on-the-node": {"hostNetwork": True, "containerPort": 18080},
    "every-pod-field": {
        "commonLabels": {"team": "platform"}, "commonAnnotations": {"owner": "platform"},
        "podLabels": {"tier": "infra"}, "podAnnotations": {"scrape": "yes"},
        "extraArgs": ["--kubeconfig="], "extraEnv": [{"name": "HARBOR_PULL_CONTEXT", "value": ""}],
        "extraEnvFrom": [{"configMapRef": {"name": "env", "optional": True}}],
        "extraVolumes": [{"name": "ca", "configMap": {"name": "ca"}}],
        "extraVolumeMounts": [{"name": "ca", "mountPath": "/etc/ssl/certs", "readOnly": True}],
        "extraInitContainers": [dict(EXTRA, name="before")], "extraContainers": [EXTRA],
        "extraObjects": [
            {"apiVersion": "v1", "kind": "ConfigMap",
             "metadata": {"name": "one", "namespace": "{{ .Release.Namespace }}"}},
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: two, namespace: '{{ .Release.Namespace }}'}"],
        "hostAliases": [{"ip": "10.0.0.9", "hostnames": ["harbor.internal"]}], "dnsPolicy": "None",
        "dnsConfig": {"nameservers": ["10.0.0.10"]}, "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"key": "infra", "operator": "Exists"}], "affinity": {"podAntiAffinity": {}},
        "topologySpreadConstraints": [
            {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule"}],
        "priorityClassName": "system-cluster-critical", "terminationGracePeriodSeconds": 5,
        "deploymentStrategy": {"type": "Recreate"}, "revisionHistoryLimit": 0,
        "workers": 8, "robotCleanupTimeout": "1h30m", "log": {"level": "debug", "format": "json"}},
    "everything": {
        "highAvailability": {"enabled": True}, "podDisruptionBudget": {"minAvailable": "50%"},
        "podRecovery": {"enabled": True}, "defaultServiceAccount": {"create": True},
        "networkPolicy": {"enabled": True}, "serviceAccount": {"annotations": {"a": "b"}},
        "crds": {"annotations": {"argocd.argoproj.io/sync-options": "ServerSideApply=true"}},
        "metrics": {
            "service": {"labels": {"l": "m"}, "annotations": {"prometheus.io/scrape": "true"}},
            "serviceMonitor": {
                "enabled": True, "labels": {"release": "prometheus"}, "interval": "30s", "scrapeTimeout": "10s",
                "relabelings": [{"targetLabel": "cluster", "replacement": "one"}],
                "metricRelabelings": [{"action": "drop", "sourceLabels": ["le"], "regex": "0.001"}]},
            "prometheusRule": {
                "enabled": True, "labels": {"release": "prometheus"}, "disabled": ["HarborPullThrottled"],
                "additionalRules": [{"alert": "Mine", "expr": "vector(1) > 2"}]},
            "grafanaDashboard": {"enabled": True, "annotations": {"grafana_folder": "Harbor"}}}},
}

APIS = {"everything": [POLICY, *MONITORING]}
