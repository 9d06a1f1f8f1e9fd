// What the admission policy adds to the creation of a ServiceAccount and of a Pod, beside the same without it.
#include <array>

#include "bench/figures.hpp"
#include "bench/sample.hpp"
#include "support/control_plane.hpp"
#include "support/deploy_option.hpp"

namespace bench {
namespace {

using Steady = std::chrono::steady_clock;
using support::Json;
using support::Millis;

constexpr int kWarmUp = 20;
constexpr const char* kNs = "admission";

/// What is created, each time without being stored: the disk and the size of the store are not in the figure.
enum What { kAccount, kPlainPod, kRewrittenPod, kKinds };
constexpr std::array<const char*, kKinds> kNames = {"ServiceAccount", "Pod that needs nothing",
                                                    "Pod that is rewritten"};

Json object_of(What what) {
  if (what == kAccount) return {{"apiVersion", "v1"}, {"kind", "ServiceAccount"}, {"metadata", {{"name", "made"}}}};
  const auto* image = what == kPlainPod ? "quay.io/team/app:1" : "nginx:1.27";
  Json containers = Json::array();
  for (const auto* name : {"app", "sidecar"}) containers.push_back({{"name", name}, {"image", image}});
  return {{"apiVersion", "v1"},
          {"kind", "Pod"},
          {"metadata", {{"name", "made"}}},
          {"spec", {{"containers", containers}, {"imagePullSecrets", {{{"name", "other"}}}}}}};
}

/// They select the same namespace; the first one rewrites.
Json registry_of(int number) {
  const auto host = "harbor-" + std::to_string(number) + ".example.com";
  Json made = {{"apiVersion", "harborpull.io/v1alpha1"}, {"kind", "HarborRegistry"}};
  made["metadata"]["name"] = "admission-" + std::to_string(number);
  made["spec"] = {{"host", host},
                  {"credential", {{"secretRef", {{"name", "none"}}}}},
                  {"namespaces", {{"selector", {{"matchLabels", {{"env", "bench"}}}}}, {"names", {"adm*", "team-*"}}}},
                  {"serviceAccounts", {{"names", {"*"}}}}};
  if (number == 0) made["spec"]["images"]["rewrites"] = {{{"from", "docker.io"}, {"to", host + "/hub"}}};
  return made;
}

class Admission {
 public:
  Admission() : plane_({.audit = false}) {
    support::install(plane_);
    admin().create("/api/v1/namespaces", support::namespace_object(kNs, {{"env", "bench"}})).require();
    support::eventually("there is a default ServiceAccount", Millis{20'000},
                        [&] { return admin().get(support::service_account_path(kNs, "default")).ok(); });
  }

  /// Makes the registries up to that number.
  void registries(int count) {
    for (; made_ < count; ++made_) {
      const auto object = registry_of(made_);
      admin().apply(support::registry_path(object["metadata"]["name"].get<std::string>()), object).require();
    }
  }

  void policy(bool on) {
    on ? support::apply_option(plane_, "admission") : support::delete_option(plane_, "admission");
    support::eventually("the policy follows", Millis{20'000},
                        [&] { return create(kRewrittenPod).contains("metadata") && rewritten() == on; });
  }

  /// Milliseconds of each of `count` creations.
  std::vector<double> times(What what, int count) {
    std::vector<double> all;
    for (int i = 0; i < count + kWarmUp; ++i) {
      const auto begin = Steady::now();
      (void)create(what);
      const auto took = std::chrono::duration<double, std::milli>(Steady::now() - begin).count();
      if (i >= kWarmUp) all.push_back(took);
    }
    return all;
  }

 private:
  [[nodiscard]] const support::Client& admin() const { return plane_.client(); }
  Json create(What what) const {
    const std::string plural = what == kAccount ? "/serviceaccounts" : "/pods";
    return admin().create(support::namespace_path(kNs) + plural + "?dryRun=All", object_of(what)).require();
  }
  [[nodiscard]] bool rewritten() const {
    return create(kRewrittenPod).at("spec").at("containers").at(0).at("image") != "nginx:1.27";
  }

  support::ControlPlane plane_;
  int made_ = 0;
};

using Times = std::array<std::vector<double>, kKinds>;

void add(Times& to, Admission& admission, int count) {
  for (const auto what : {kAccount, kPlainPod, kRewrittenPod}) {
    const auto more = admission.times(what, count);
    auto& all = to.at(what);
    all.insert(all.end(), more.begin(), more.end());
  }
}

}  // namespace

void measure_admission(const Options& options, Report& report) {
  say("admission: " + std::to_string(options.latency_count) + " creations of each kind and round ...");
  Admission admission;
  for (const int registries : {1, 10}) {
    admission.registries(registries);
    Times with;
    Times without;
    for (int round = 0; round < options.rounds; ++round) {  // in turn, so that drift hits both alike
      add(without, admission, options.latency_count);
      admission.policy(true);
      add(with, admission, options.latency_count);
      admission.policy(false);
    }
    for (const auto what : {kAccount, kPlainPod, kRewrittenPod}) {
      const auto ours = summarize(with.at(what));
      const auto floor = summarize(without.at(what));
      report.add({"policy, " + std::to_string(registries) + (registries == 1 ? " registry: " : " registries: ") +
                      kNames.at(what) + ", min / median / p99 / max, ms",
                  text(ours), text(floor), "+ " + fixed(ours.median - floor.median, 2) + " ms at the median"});
    }
  }
}

}  // namespace bench
