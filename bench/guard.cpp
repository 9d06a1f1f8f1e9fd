// What the guard of deploy/ adds to a new namespace, which the operator writes to, and to a write of anybody else.
#include "bench/figures.hpp"
#include "bench/observer.hpp"
#include "bench/sample.hpp"
#include "bench/scene.hpp"
#include "support/deploy_option.hpp"

namespace bench {
namespace {

using support::Json;

constexpr Millis kPause{100};  // as for `latency`
constexpr int kWarmUp = 3;     // of each round: the server compiles the expressions anew

double milliseconds(Steady::duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

class Guard {
 public:
  Guard() : observer_(scene_.admin(), kSecretName) {
    scene_.set_password(password(0));
    scene_.start_operator();
    scene_.apply_registry();
  }

  void turn(bool on) {
    support::require_kubectl(scene_.plane(), {on ? "apply" : "delete", "-f", support::deploy_folder("guard.yaml")});
    const auto client = scene_.admin().with_token(
        scene_.admin().token_for(support::kOperatorNamespace, support::kOperatorServiceAccount));
    const Json denied = {
        {"apiVersion", "v1"}, {"kind", "Secret"}, {"metadata", {{"name", kSecretName}}}, {"type", "Opaque"}};
    support::eventually("the guard follows", Millis{20'000}, [&] {
      return client.apply(support::secret_path("default", kSecretName) + "?dryRun=All", denied, false).ok() != on;
    });
  }

  /// Milliseconds of each of `count` namespaces, one at a time.
  std::vector<double> namespaces(int count) {
    std::vector<double> all;
    for (int i = 0; i < count + kWarmUp; ++i) {
      std::this_thread::sleep_for(kPause);
      const auto name = "guarded-" + std::to_string(made_++);
      const auto mark = observer_.mark();
      const auto begin = Steady::now();
      scene_.make_namespace(name, selected());
      const auto took = milliseconds(observer_.right(name, password(0), mark, patience(1)) - begin);
      if (i >= kWarmUp) all.push_back(took);
    }
    return all;
  }

  /// Milliseconds of each of `count` creations of a Secret by somebody else, none of which is stored.
  std::vector<double> others(int count) const {
    const auto path = support::namespace_path("default") + "/secrets?dryRun=All";
    const Json object = {{"apiVersion", "v1"}, {"kind", "Secret"}, {"metadata", {{"name", "other"}}}};
    std::vector<double> all;
    for (int i = 0; i < count + kWarmUp; ++i) {
      const auto begin = Steady::now();
      (void)scene_.admin().create(path, object).require();
      if (i >= kWarmUp) all.push_back(milliseconds(Steady::now() - begin));
    }
    return all;
  }

 private:
  Scene scene_;
  Observer observer_;
  int made_ = 0;
};

void append(std::vector<double>& to, const std::vector<double>& more) { to.insert(to.end(), more.begin(), more.end()); }

void add(Report& report, const std::string& what, const std::vector<double>& with, const std::vector<double>& without) {
  const auto ours = summarize(with);
  const auto floor = summarize(without);
  report.add({"guard: " + what + ", min / median / p99 / max, ms", text(ours), text(floor),
              "+ " + fixed(ours.median - floor.median, 2) + " ms at the median"});
}

}  // namespace

void measure_guard(const Options& options, Report& report) {
  say("guard: " + std::to_string(options.latency_count) + " namespaces and as many other writes, in each round ...");
  Guard guard;
  guard.namespaces(options.latency_count);  // nobody is to pay for the server's first requests
  guard.others(options.latency_count);
  std::vector<double> namespaces[2];
  std::vector<double> others[2];
  for (int round = 0; round < options.rounds; ++round) {
    for (const bool on : {true, false}) {  // in turn, so that drift hits both alike
      guard.turn(on);
      append(namespaces[on ? 0 : 1], guard.namespaces(options.latency_count));
      append(others[on ? 0 : 1], guard.others(options.latency_count));
    }
  }
  add(report, "new namespace, idle", namespaces[0], namespaces[1]);
  add(report, "a Secret of somebody else", others[0], others[1]);
}

}  // namespace bench
