"""What each value changes: names, image, rights, replicas, Pod."""

import unittest

import support
from sets import APIS, SETS
from support import NAME, NAMESPACE, OPENSHIFT, POLICY, render


def made(name, **options):
    return render(SETS[name], APIS.get(name, [POLICY]), **options)


class Names(unittest.TestCase):
    def test_every_set_names_every_object_once_and_for_one_namespace(self):
        for name in SETS:
            with self.subTest(name):
                keys = [(one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"])
                        for one in made(name).all]
                self.assertEqual(len(keys), len(set(keys)))
                wanted = SETS[name].get("namespaceOverride", NAMESPACE)
                self.assertEqual({wanted}, {key[1] for key in keys} - {None})

    def test_two_releases_share_no_name_in_the_cluster_but_the_crd(self):
        def cluster_wide(release):
            return {(one["kind"], one["metadata"]["name"]) for one in made("everything", release=release).all
                    if "namespace" not in one["metadata"]}
        self.assertEqual({("CustomResourceDefinition", "harborregistries.harborpull.io")},
                         cluster_wide("one") & cluster_wide("two"))

    def test_a_second_release_finds_only_its_own_pods(self):
        one, two = made("defaults", release="one"), made("defaults", release="two")
        self.assertNotEqual(one.deployment["spec"]["selector"], two.deployment["spec"]["selector"])

    def test_a_release_that_is_not_called_as_the_chart_has_both_in_its_names(self):
        self.assertEqual("prod-harbor-pull-operator", render(release="prod").deployment["metadata"]["name"])
        self.assertEqual("prod-pull", render({"nameOverride": "pull"}, release="prod").deployment["metadata"]["name"])
        self.assertEqual("pull", render({"fullnameOverride": "pull"}).deployment["metadata"]["name"])

    def test_long_names_are_cut_and_stay_apart(self):
        everything = render(SETS["everything"] | {"fullnameOverride": "x" * 63}, APIS["everything"])
        names = [(one["kind"], one["metadata"]["name"]) for one in everything.all]
        self.assertEqual(len(names), len(set(names)))
        self.assertLessEqual(max(len(name) for kind, name in names), 63)

    def test_the_lease_and_the_state_are_called_as_the_program_calls_them(self):
        rules = render(release="prod").get("Role")["rules"]
        self.assertEqual([["harbor-pull-operator-state"], ["harbor-pull-operator"]],
                         [rule["resourceNames"] for rule in rules if "resourceNames" in rule])

    def test_another_namespace_is_everywhere(self):
        there = made("namespace-override")
        self.assertNotIn(NAMESPACE, there.text)
        for binding in there.of("ClusterRoleBinding") + there.of("RoleBinding"):
            self.assertEqual("elsewhere", binding["subjects"][0]["namespace"])
        policy = there.get("MutatingAdmissionPolicy")["spec"]["matchConstraints"]["namespaceSelector"]
        self.assertIn("elsewhere", policy["matchExpressions"][0]["values"])


class Image(unittest.TestCase):
    def image(self, **values):
        return render(values).container["image"]

    def test_the_default_is_the_version_of_the_chart(self):
        self.assertEqual("ghcr.io/harbor-pull/harbor-pull-operator:0.1.0", self.image())

    def test_a_mirror_a_namespace_a_tag_and_a_digest_all_count(self):
        there = made("mirror")
        wanted = "mirror.example.com:5000/infra/tools/harbor-pull-operator:1.2.3@sha256:" + "a" * 64
        self.assertEqual([wanted, wanted],
                         [there.container["image"], there.get("Pod")["spec"]["containers"][0]["image"]])

    def test_a_digest_alone_needs_no_tag(self):
        digest = "sha256:" + "b" * 64
        self.assertEqual(f"ghcr.io/harbor-pull/harbor-pull-operator@{digest}", self.image(image={"digest": digest}))

    def test_pull_secrets_stand_on_the_account_or_else_on_the_pod(self):
        there = made("mirror")
        self.assertEqual([{"name": "mirror"}], there.get("ServiceAccount")["imagePullSecrets"])
        self.assertNotIn("imagePullSecrets", there.pod)
        self.assertEqual([{"name": "mirror"}], made("own-account").pod["imagePullSecrets"])


class Rights(unittest.TestCase):
    def test_secret_names_reach_flags_role_and_policy_alike(self):
        there = made("two-secret-names")
        self.assertEqual(["controller", "--secret-name=harbor-pull", "--secret-name=harbor-pull.old"],
                         there.container["args"])
        self.assertEqual(["check", "--secret-name=harbor-pull", "--secret-name=harbor-pull.old"],
                         there.get("Pod")["spec"]["containers"][0]["args"])
        self.assertEqual(["harbor-pull", "harbor-pull.old"],
                         there.get("ClusterRole", NAME)["rules"][0]["resourceNames"])
        condition = there.get("MutatingAdmissionPolicy")["spec"]["matchConditions"][0]["expression"]
        self.assertIn("params.spec.secretName in ['harbor-pull', 'harbor-pull.old'] &&", condition)

    def test_the_optional_rights_come_only_when_asked_for(self):
        bare = {one["metadata"]["name"] for one in made("defaults").of("ClusterRole")}
        self.assertEqual({NAME, NAME + "-view"}, bare)
        for values, name, rule in (
                ({"podRecovery": {"enabled": True}}, NAME + "-pod-recovery", ["pods/eviction"]),
                ({"defaultServiceAccount": {"create": True}}, NAME + "-default-service-account", ["serviceaccounts"])):
            there = render(values)
            self.assertEqual(bare | {name}, {one["metadata"]["name"] for one in there.of("ClusterRole")})
            self.assertEqual(rule, there.get("ClusterRole", name)["rules"][-1]["resources"])
            self.assertEqual(NAME, there.get("ClusterRoleBinding", name)["subjects"][0]["name"])

    def test_an_uninstall_deletes_registries_only_when_asked_to_or_when_their_kind_goes(self):
        self.assertEqual([], made("defaults").of("Job"))
        for values in ({"uninstall": {"deleteRegistries": True}}, {"crds": {"keep": False}}):
            there = render(values)
            job = there.get("Job")
            self.assertEqual("pre-delete", job["metadata"]["annotations"]["helm.sh/hook"])
            pod = job["spec"]["template"]["spec"]
            self.assertEqual(NAME + "-cleanup", pod["serviceAccountName"])
            self.assertEqual(["cleanup", "--timeout=240s"], pod["containers"][0]["args"])
            self.assertEqual(300, job["spec"]["activeDeadlineSeconds"])
            rule = there.get("ClusterRole", NAME + "-cleanup")["rules"]
            self.assertEqual([["list", "delete"]], [one["verbs"] for one in rule])
        self.assertEqual([], render({"crds": {"enabled": False, "keep": False}}).of("Job"))
        self.assertEqual([], render({"uninstall": {"deleteRegistries": True}, "replicaCount": 0}).of("Job"))
        bare = render({"uninstall": {"deleteRegistries": True}, "rbac": {"create": False}})
        self.assertEqual([], bare.of("ClusterRole"))
        self.assertEqual(1, len(bare.of("Job")))

    def test_only_what_makes_default_accounts_is_told_to(self):
        self.assertIn("--create-default-service-account", made("everything").container["args"])
        self.assertEqual(["controller"], render({"podRecovery": {"enabled": True}}).container["args"])

    def test_without_rbac_no_right_is_given(self):
        for kind in ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"):
            self.assertEqual([], made("no-rbac").of(kind))

    def test_the_view_of_people_can_be_left_out(self):
        view = made("defaults").get("ClusterRole", NAME + "-view")
        self.assertEqual("true", view["metadata"]["labels"]["rbac.authorization.k8s.io/aggregate-to-view"])
        there = render({"rbac": {"aggregateToView": False}})
        self.assertEqual([NAME], [one["metadata"]["name"] for one in there.of("ClusterRole")])

    def test_an_account_of_ones_own_is_used_and_not_made(self):
        there = made("own-account")
        self.assertEqual([], there.of("ServiceAccount"))
        self.assertEqual("mine", there.pod["serviceAccountName"])
        self.assertEqual({"mine"}, {one["subjects"][0]["name"] for one in
                                    there.of("RoleBinding") + there.of("ClusterRoleBinding")})

    def guards(self, there):
        return {one["metadata"]["name"]: one["spec"] for one in there.of("ValidatingAdmissionPolicy")}

    def test_the_guard_holds_the_account_that_the_pod_runs_as(self):
        for name, user in (("defaults", f"{NAMESPACE}:{NAME}"), ("namespace-override", f"elsewhere:{NAME}"),
                           ("own-account", f"{NAMESPACE}:mine"), ("no-rbac", f"{NAMESPACE}:{NAME}")):
            guards = self.guards(made(name))
            self.assertEqual(3, len(guards))
            for spec in guards.values():
                self.assertEqual(f"request.userInfo.username == 'system:serviceaccount:{user}'",
                                 spec["matchConditions"][0]["expression"])
        variables = self.guards(made("namespace-override"))[NAME + "-guard-secrets"]["variables"]
        said = {one["name"]: one["expression"] for one in variables}
        self.assertEqual("request.namespace == 'elsewhere'", said["isOwnNamespace"])

    def test_the_guard_knows_every_secret_name_and_each_policy_is_bound(self):
        there = render(SETS["two-secret-names"], release="prod")
        guards = self.guards(there)
        self.assertEqual({"prod-harbor-pull-operator-guard-" + what for what in
                          ("secrets", "serviceaccounts", "registries")}, set(guards))
        self.assertEqual(set(guards), {one["spec"]["policyName"] for one in
                                       there.of("ValidatingAdmissionPolicyBinding")})
        names = "['harbor-pull', 'harbor-pull.old']"
        self.assertIn("object.metadata.name in " + names,
                      guards["prod-harbor-pull-operator-guard-secrets"]["validations"][0]["expression"])
        self.assertIn({"name": "secretNames", "expression": names},
                      guards["prod-harbor-pull-operator-guard-serviceaccounts"]["variables"])

    def test_the_guard_can_be_left_out(self):
        kinds = render({"guard": {"enabled": False}}).kinds()
        self.assertNotIn("ValidatingAdmissionPolicy", kinds)
        self.assertNotIn("ValidatingAdmissionPolicyBinding", kinds)
        self.assertIn("ClusterRole", kinds)

    def test_no_crd_and_no_policy_when_they_are_not_wanted(self):
        self.assertNotIn("CustomResourceDefinition", made("no-crds").kinds())
        self.assertNotIn("MutatingAdmissionPolicy", made("no-policy").kinds())
        self.assertIn("MutatingAdmissionPolicy", render({"admissionPolicy": {"enabled": "Enabled"}}, [POLICY]).kinds())

    def test_a_crd_that_does_not_stay_and_its_annotations(self):
        self.assertNotIn("annotations", render({"crds": {"keep": False}}).get("CustomResourceDefinition")["metadata"])
        self.assertEqual({"helm.sh/resource-policy": "keep", "argocd.argoproj.io/sync-options": "ServerSideApply=true"},
                         made("everything").get("CustomResourceDefinition")["metadata"]["annotations"])


class Subchart(unittest.TestCase):
    def umbrella(self, values):
        """A chart that has this one as its only subchart."""
        with support.tempfile.TemporaryDirectory() as folder:
            chart = support.Path(folder)
            (chart / "charts").mkdir()
            (chart / "charts/harbor-pull-operator").symlink_to(support.CHART)
            (chart / "Chart.yaml").write_text(
                "apiVersion: v2\nname: umbrella\nversion: 1.0.0\ndependencies:\n"
                "  - {name: harbor-pull-operator, version: 0.1.0, condition: harbor-pull-operator.enabled}\n")
            return render(values, release="platform", chart=chart)

    def test_what_is_global_counts_and_unknown_globals_are_no_trouble(self):
        there = self.umbrella({
            "global": {"imageRegistry": "mirror.example.com", "imagePullSecrets": ["one", {"name": "two"}], "more": 1},
            "harbor-pull-operator": {"enabled": True, "imagePullSecrets": [{"name": "two"}, {"name": "three"}]}})
        self.assertEqual("mirror.example.com/harbor-pull/harbor-pull-operator:0.1.0", there.container["image"])
        self.assertEqual(["two", "three", "one"],
                         [one["name"] for one in there.get("ServiceAccount")["imagePullSecrets"]])

    def test_a_value_of_its_own_goes_before_a_global_one(self):
        there = self.umbrella({"global": {"imageRegistry": "a.example.com"},
                               "harbor-pull-operator": {"imageRegistry": "b.example.com"}})
        self.assertEqual("b.example.com/harbor-pull/harbor-pull-operator:0.1.0", there.container["image"])

    def test_the_condition_leaves_it_out(self):
        self.assertEqual([], self.umbrella({"harbor-pull-operator": {"enabled": False}}).all)


class OpenShift(unittest.TestCase):
    def test_fixed_users_are_left_out_and_the_rest_stays(self):
        own = {"podSecurityContext": {"fsGroup": 1}, "securityContext": {"runAsUser": 7}}
        usual, there = render(own), render(own, [OPENSHIFT])
        self.assertEqual({"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
                         there.pod["securityContext"])
        self.assertNotIn("runAsUser", there.container["securityContext"])
        self.assertEqual({"drop": ["ALL"]}, there.container["securityContext"]["capabilities"])
        self.assertEqual([65532, 1], [usual.pod["securityContext"][key] for key in ("runAsUser", "fsGroup")])


if __name__ == "__main__":
    unittest.main()
