"""What values make of the Pod, of how many there are, and of what stands around them."""

import re
import unittest

import support
from sets import APIS, SETS
from support import CHART, MONITORING, POLICY, ROOT, render


def made(name):
    return render(SETS[name], APIS.get(name, [POLICY]))


class Replicas(unittest.TestCase):
    def test_one_switch_gives_two_replicas_a_budget_and_a_spread(self):
        there = made("high-availability")
        self.assertEqual(2, there.deployment["spec"]["replicas"])
        budget = there.get("PodDisruptionBudget")["spec"]
        self.assertEqual(1, budget["maxUnavailable"])
        selector = there.deployment["spec"]["selector"]
        self.assertEqual(selector, budget["selector"])
        spread = there.pod["topologySpreadConstraints"]
        self.assertEqual([("kubernetes.io/hostname", selector)],
                         [(one["topologyKey"], one["labelSelector"]) for one in spread])

    def test_more_replicas_are_kept_and_a_budget_of_ones_own_counts(self):
        there = render({"highAvailability": {"enabled": True}, "replicaCount": 3})
        self.assertEqual(3, there.deployment["spec"]["replicas"])
        budget = made("everything").get("PodDisruptionBudget")["spec"]
        self.assertEqual("50%", budget["minAvailable"])
        self.assertNotIn("maxUnavailable", budget)
        nothing = render({"podDisruptionBudget": {"enabled": True, "maxUnavailable": 0}})
        self.assertEqual(0, nothing.get("PodDisruptionBudget")["spec"]["maxUnavailable"])
        self.assertEqual(1, nothing.deployment["spec"]["replicas"])

    def test_alone_there_is_neither_budget_nor_spread(self):
        there = made("defaults")
        self.assertEqual([], there.of("PodDisruptionBudget"))
        self.assertNotIn("topologySpreadConstraints", there.pod)
        self.assertEqual(0, render({"replicaCount": 0}).deployment["spec"]["replicas"])


class Pod(unittest.TestCase):
    def test_flags_are_given_where_a_value_is_not_the_programs_own(self):
        self.assertEqual(["controller", "--workers=8", "--robot-cleanup-timeout=1h30m", "--log-level=debug",
                          "--log-format=json", "--kubeconfig="], made("every-pod-field").container["args"])
        self.assertEqual(["controller", "--leader-elect=false"], made("one-replica-without-lease").container["args"])

    def test_every_field_arrives(self):
        values, there = SETS["every-pod-field"], made("every-pod-field")
        for key in ("hostAliases", "dnsPolicy", "dnsConfig", "tolerations", "affinity", "priorityClassName",
                    "terminationGracePeriodSeconds"):
            self.assertEqual(values[key], there.pod[key], key)
        self.assertEqual({"disk": "ssd", "kubernetes.io/os": "linux"}, there.pod["nodeSelector"])
        self.assertEqual(values["extraEnv"], there.container["env"])
        self.assertEqual(values["extraEnvFrom"], there.container["envFrom"])
        self.assertEqual(["before"], [one["name"] for one in there.pod["initContainers"]])
        self.assertEqual(["controller", "extra"], [one["name"] for one in there.pod["containers"]])
        self.assertEqual({"type": "Recreate"}, there.deployment["spec"]["strategy"])
        self.assertEqual(0, there.deployment["spec"]["revisionHistoryLimit"])
        self.assertEqual({"one", "two"}, {one["metadata"]["name"] for one in there.of("ConfigMap")})

    def test_the_proxies_become_variables_before_ones_own(self):
        proxy = {"https": "http://proxy.example.com:3128", "noProxy": ".internal,10.0.0.0/8"}
        own = [{"name": "HTTP_PROXY", "valueFrom": {"secretKeyRef": {"name": "proxy", "key": "url"}}}]
        there = render({"proxy": proxy, "extraEnv": own})
        self.assertEqual([{"name": "HTTPS_PROXY", "value": proxy["https"]}, {"name": "NO_PROXY", "value": proxy["noProxy"]},
                          *own], there.container["env"])
        self.assertEqual([{"name": "HTTP_PROXY", "value": "http://p:1"}],
                         render({"proxy": {"http": "http://p:1"}}).container["env"])
        self.assertNotIn("env", made("defaults").container)

    def test_a_password_of_a_proxy_is_refused_among_the_values(self):
        for key in ("https", "http"):
            with self.assertRaises(support.HelmError):
                render({"proxy": {key: "http://user:password@proxy.example.com:3128"}})

    def test_another_strategy_and_another_probe_take_the_place_of_ours(self):
        there = render({"deploymentStrategy": {"type": "Recreate"}, "livenessProbe": {"tcpSocket": {"port": "http"}}})
        self.assertEqual({"type": "Recreate"}, there.get("Deployment")["spec"]["strategy"])
        self.assertEqual({"port": "http"}, there.container["livenessProbe"]["tcpSocket"])
        self.assertNotIn("httpGet", there.container["livenessProbe"])
        self.assertIn("httpGet", there.container["readinessProbe"])

    def test_without_a_lease_one_pod_ends_before_the_next_begins(self):
        there = made("one-replica-without-lease")
        self.assertEqual({"type": "Recreate"}, there.get("Deployment")["spec"]["strategy"])
        self.assertEqual(["check", "--leader-elect=false"], there.get("Pod")["spec"]["containers"][0]["args"])

    def test_annotations_of_the_pod_reach_the_pods_of_test_and_uninstall(self):
        values = {"podAnnotations": {"sidecar.istio.io/inject": "false"}, "podLabels": {"tier": "infra"},
                  "uninstall": {"deleteRegistries": True}}
        there = render(values)
        for metadata in (there.get("Pod")["metadata"], there.get("Job")["spec"]["template"]["metadata"]):
            self.assertEqual("false", metadata["annotations"]["sidecar.istio.io/inject"])
            self.assertEqual("infra", metadata["labels"]["tier"])

    def test_more_volumes_stand_beside_the_token(self):
        there = made("every-pod-field")
        self.assertEqual(["service-account", "ca"], [one["name"] for one in there.pod["volumes"]])
        self.assertEqual(["/var/run/secrets/kubernetes.io/serviceaccount", "/etc/ssl/certs"],
                         [one["mountPath"] for one in there.container["volumeMounts"]])

    def test_labels_and_annotations_for_all_and_for_the_pod(self):
        there = made("every-pod-field")
        self.assertEqual({"platform"}, {one["metadata"]["labels"]["team"] for one in there.all
                                        if one["kind"] != "ConfigMap"})
        template = there.deployment["spec"]["template"]["metadata"]
        self.assertEqual(["platform", "infra"], [template["labels"][key] for key in ("team", "tier")])
        self.assertEqual({"scrape": "yes", "kubectl.kubernetes.io/default-container": "controller"},
                         template["annotations"])
        self.assertEqual("platform", there.get("CustomResourceDefinition")["metadata"]["annotations"]["owner"])
        self.assertEqual("me", render({"commonLabels": {"app.kubernetes.io/created-by": "me"}}).deployment[
            "metadata"]["labels"]["app.kubernetes.io/created-by"])
        self.assertNotIn("team", there.deployment["spec"]["selector"]["matchLabels"])

    def test_own_labels_cannot_break_the_selector(self):
        wrong = {"app.kubernetes.io/name": "other", "app.kubernetes.io/component": "other"}
        there = render({"commonLabels": wrong, "podLabels": wrong})
        self.assertLessEqual(there.deployment["spec"]["selector"]["matchLabels"].items(),
                             there.deployment["spec"]["template"]["metadata"]["labels"].items())

    def test_on_the_nodes_network_names_and_ports_follow(self):
        there = made("on-the-node")
        self.assertEqual([True, "ClusterFirstWithHostNet"], [there.pod[key] for key in ("hostNetwork", "dnsPolicy")])
        self.assertEqual(["controller", "--listen=:18080"], there.container["args"])
        self.assertEqual(18080, there.container["ports"][0]["containerPort"])
        self.assertNotIn("hostNetwork", made("defaults").pod)

    def test_a_spread_of_ones_own_gets_the_selector_of_the_pod(self):
        one = made("every-pod-field").pod["topologySpreadConstraints"][0]
        self.assertEqual("DoNotSchedule", one["whenUnsatisfiable"])
        self.assertEqual(made("every-pod-field").deployment["spec"]["selector"], one["labelSelector"])
        own = {"maxSkew": 2, "topologyKey": "rack", "whenUnsatisfiable": "DoNotSchedule",
               "labelSelector": {"matchLabels": {"a": "b"}}}
        there = render({"topologySpreadConstraints": [own], "highAvailability": {"enabled": True}})
        self.assertEqual("b", there.pod["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"]["a"])
        self.assertEqual(1, len(there.pod["topologySpreadConstraints"]))


class Network(unittest.TestCase):
    def test_only_dns_the_api_server_harbor_and_metrics(self):
        policy = made("network-policy").get("NetworkPolicy")["spec"]
        ports = [[(one["protocol"], one["port"]) for one in rule.get("ports", [])] for rule in policy["egress"]]
        self.assertEqual([[("UDP", 53), ("TCP", 53)], [("TCP", 443), ("TCP", 6443)], [("TCP", 443), ("TCP", 8443)],
                          []], ports)
        self.assertEqual(["10.1.0.0/16", "fd00::/8"], [one["ipBlock"]["cidr"] for one in policy["egress"][2]["to"]])
        self.assertEqual("http", policy["ingress"][0]["ports"][0]["port"])
        self.assertIn("namespaceSelector", policy["ingress"][0]["from"][0])
        self.assertEqual(2, len(policy["ingress"]))
        self.assertEqual(["Ingress", "Egress"], policy["policyTypes"])

    def test_without_addresses_any_will_do_and_by_default_there_is_none(self):
        rules = render({"networkPolicy": {"enabled": True}}).get("NetworkPolicy")["spec"]["egress"]
        self.assertEqual([False] * 3, ["to" in rule for rule in rules])
        self.assertEqual([], made("defaults").of("NetworkPolicy"))


class Monitoring(unittest.TestCase):
    def test_the_monitor_finds_the_service(self):
        there = made("everything")
        monitor, service = there.get("ServiceMonitor")["spec"], there.get("Service")
        self.assertLessEqual(monitor["selector"]["matchLabels"].items(), service["metadata"]["labels"].items())
        endpoint = monitor["endpoints"][0]
        self.assertEqual(service["spec"]["ports"][0]["name"], endpoint["port"])
        self.assertEqual(["30s", "10s"], [endpoint[key] for key in ("interval", "scrapeTimeout")])
        self.assertEqual(["cluster"], [one["targetLabel"] for one in endpoint["relabelings"]])
        self.assertEqual(["drop"], [one["action"] for one in endpoint["metricRelabelings"]])

    def test_kinds_that_are_missing_are_left_out_or_rendered_as_told(self):
        for key, kind in (("serviceMonitor", "ServiceMonitor"), ("prometheusRule", "PrometheusRule")):
            for mode, wanted in (("skipIfMissing", 0), ("alwaysRender", 1)):
                values = {"metrics": {key: {"enabled": True, "renderMode": mode}}}
                self.assertEqual(wanted, len(render(values).of(kind)), (kind, mode))
                self.assertEqual(1, len(render(values, MONITORING).of(kind)), (kind, mode))

    def test_alerts_can_be_left_out_and_added(self):
        rules = made("everything").get("PrometheusRule")["spec"]["groups"][0]["rules"]
        names = [rule["alert"] for rule in rules]
        self.assertIn("HarborPullRegistryNotReady", names)
        self.assertNotIn("HarborPullThrottled", names)
        self.assertEqual("Mine", names[-1])
        alone = render(SETS["one-replica-without-lease"] | {"metrics": {"prometheusRule": {"enabled": True}}}, MONITORING)
        self.assertIn("HarborPullForbidden", alone.text)
        self.assertNotIn("HarborPullNoLeader", alone.text)

    def test_alerts_look_at_this_operator_alone(self):
        for rule in made("everything").get("PrometheusRule")["spec"]["groups"][0]["rules"][:-1]:
            self.assertIn('namespace="harbor-pull-system"', rule["expr"], rule["alert"])
            self.assertIn(rule["labels"]["severity"], ("info", "warning", "critical"))
            self.assertTrue(rule["annotations"]["summary"] and rule["annotations"]["description"])

    def test_the_dashboard_is_found_by_the_sidecar_and_is_the_one_of_the_chart(self):
        there = made("everything").get("ConfigMap")
        self.assertEqual("1", there["metadata"]["labels"]["grafana_dashboard"])
        self.assertEqual("Harbor", there["metadata"]["annotations"]["grafana_folder"])
        shown = support.json.loads(there["data"]["harbor-pull-operator.json"])
        self.assertEqual(support.json.loads((CHART / "files/dashboard.json").read_text()), shown)
        self.assertGreater(len(shown["panels"]), 20)

    def test_when_expiry_is_an_alert_can_be_said(self):
        rules = render({"metrics": {"prometheusRule": {"enabled": True, "expiryHours": 6}}}, MONITORING)
        self.assertIn("- time() < 6 * 3600", str(rules.get("PrometheusRule")))

    def test_a_request_without_an_answer_is_looked_for_by_the_code_that_it_gets(self):
        source = (ROOT / "operator/runtime/metrics.cpp").read_text()
        self.assertIn('status == 0 ? "<error>"', source)
        rules = str(made("everything").get("PrometheusRule"))
        self.assertIn('code=~"<error>|5.."', rules)
        self.assertNotIn("Code 0", rules + (CHART / "files/dashboard.json").read_text())

    def test_every_metric_that_is_looked_at_exists(self):
        source = "".join(file.read_text() for file in (ROOT / "operator/runtime").glob("*.?pp"))
        name = r"(?:harborpull|controller_runtime|workqueue|rest_client|leader_election|process)_\w+"
        known = set(re.findall(f'"({name})"', source))
        looked_at = set()
        for file in ("files/alerts.yaml", "files/dashboard.json"):
            looked_at |= {one.removesuffix("_bucket") for one in re.findall(rf"\b{name}", (CHART / file).read_text())}
        self.assertGreater(len(looked_at), 15)
        self.assertEqual(set(), looked_at - known)


if __name__ == "__main__":
    unittest.main()
