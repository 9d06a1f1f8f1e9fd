// Namespace created -> Secret there and `default` references it, on an idle cluster.
#include "bench/figures.hpp"
#include "bench/floor.hpp"
#include "bench/sample.hpp"

namespace bench {
namespace {

using support::Failure;

constexpr double kMedianTarget = 5;  // ms above the floor
constexpr double kP99Target = 100;   // ms
/// The controller manager has other work with a new namespace; the next one is not to pay for it.
constexpr Millis kPause{100};
constexpr int kWarmUp = 3;  // of each: connections, caches of the server

double milliseconds(Steady::duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

/// Both sides on one control plane, so that its drift hits both alike.
class Latency {
 public:
  /// `makes_accounts`: the operator makes ServiceAccount default itself.
  Latency(int count, bool makes_accounts)
      : floor_(scene_),
        count_(count + kWarmUp),
        ours_(scene_.admin(), kSecretName),
        theirs_(scene_.admin(), kFloorSecretName),
        reactor_(floor_, names("floor", count_), password(0), 2) {
    scene_.set_password(password(0));
    if (makes_accounts) scene_.make_default_accounts();
    scene_.start_operator();
    scene_.apply_registry();
  }

  void run() {
    for (int i = 0; i < count_; ++i) {
      const auto ours = one(ours_, "ours-" + std::to_string(i), selected(), [](const std::string&) {});
      const auto theirs = one(theirs_, "floor-" + std::to_string(i), {},
                              [this](const std::string& ns) { reactor_.namespace_made(ns); });
      if (i >= kWarmUp) {
        operator_times.push_back(ours);
        floor_times.push_back(theirs);
      }
    }
  }

  std::vector<double> operator_times;
  std::vector<double> floor_times;

 private:
  template <class Made>
  double one(const Observer& observer, const std::string& ns, const support::Labels& labels, Made made) {
    std::this_thread::sleep_for(kPause);
    const auto mark = observer.mark();
    const auto begin = Steady::now();
    scene_.make_namespace(ns, labels);
    made(ns);
    try {
      return milliseconds(observer.right(ns, password(0), mark, patience(1)) - begin);
    } catch (const Failure& failure) {
      throw Failure(std::string(failure.what()) + "; " + reactor_.failure());
    }
  }

  Scene scene_;
  Floor floor_;
  const int count_;
  Observer ours_;
  Observer theirs_;
  Reactor reactor_;
};

}  // namespace

void measure_latency(const Options& options, Report& report) {
  say("latency: " + std::to_string(options.latency_count) +
      " namespaces, one at a time, and as many for the floor ...");
  Latency latency(options.latency_count, false);
  latency.run();
  const auto ours = summarize(latency.operator_times);
  const auto floor = summarize(latency.floor_times);
  const double above = ours.median - floor.median;
  report.add({"new namespace, idle: min / median / p99 / max, ms", text(ours), text(floor),
              fixed(above, 1) + " ms at the median", "median ≤ floor + 5 ms", above <= kMedianTarget});
  report.add({"… its p99, ms", fixed(ours.p99, 1), fixed(floor.p99, 1), "", "≤ 100", ours.p99 <= kP99Target});
  Latency making(options.latency_count, true);
  making.run();
  const auto made = summarize(making.operator_times);
  const auto beside = summarize(making.floor_times);
  report.add({"… with --create-default-service-account: min / median / p99 / max, ms", text(made), text(beside),
              fixed(made.median - beside.median, 1) + " ms at the median"});
  report.note("latency: " + std::to_string(ours.count) + " samples each, operator and floor in turn");
}

}  // namespace bench
