// What the operator asks for and holds when little or nothing happens, by the server's own record.
#include <algorithm>
#include <map>

#include "bench/figures.hpp"
#include "bench/machine.hpp"
#include "bench/observer.hpp"
#include "bench/parallel.hpp"
#include "bench/sample.hpp"
#include "bench/scene.hpp"
#include "support/audit.hpp"

namespace bench {
namespace {

using support::Json;
using support::Requests;

constexpr int kNewNamespaces = 10;
constexpr double kStartTarget = 2;  // seconds

std::size_t count_if(const Requests& requests, bool (*wanted)(const support::Request&)) {
  return static_cast<std::size_t>(std::count_if(requests.begin(), requests.end(), wanted));
}

/// "3 update leases, 1 watch secrets".
std::string by_kind(const Requests& requests) {
  std::map<std::string, int> counts;
  for (const auto& request : requests) {
    const auto part = request.subresource.empty() ? "" : "/" + request.subresource;
    ++counts[request.verb + " " + request.resource + part];
  }
  std::string all;
  for (const auto& [what, times] : counts) {
    all += (all.empty() ? "" : ", ") + std::to_string(times) + " " + what;
  }
  return all.empty() ? "none" : all;
}

/// "10.7 (3.8)".
std::string text(const Memory& memory) { return fixed(memory.all, 1) + " (" + fixed(memory.own, 1) + ")"; }

class SteadyState {
 public:
  SteadyState(const Options& options, Report& report)
      : options_(options), report_(report), audit_(scene_.plane().audit_log()) {}

  void run() {
    idle_memory();
    fill();
    new_namespaces();
    quiet();
    memory();
    start();
  }

 private:
  void idle_memory();
  void fill();
  void new_namespaces();
  void quiet();
  void memory();
  void make_foreign_secrets() const;
  void start();
  void report_start(double ready, double looked);

  [[nodiscard]] Memory memory_now() { return memory_of(scene_.op().process().pid()); }
  [[nodiscard]] std::string count_text() const { return std::to_string(options_.namespaces) + " namespaces"; }
  void settle() const { std::this_thread::sleep_for(options_.settle); }

  const Options& options_;
  Report& report_;
  Scene scene_{Record::kAudit};
  support::Audit audit_;
  Memory fresh_;  ///< just started
  Memory idle_;
};

void SteadyState::idle_memory() {
  scene_.start_operator();
  fresh_ = memory_now();
  settle();
  idle_ = memory_now();
}

void SteadyState::fill() {
  const auto all = names("ns", options_.namespaces);
  const Observer observer(scene_.admin(), kSecretName);
  scene_.set_password(password(0));
  scene_.apply_registry();
  scene_.make_namespaces(all, selected());
  (void)observer.all_right(all.size(), password(0), {}, patience(options_.namespaces));
  std::this_thread::sleep_for(Millis{2'000});  // the last status is written
}

void SteadyState::new_namespaces() {
  const Observer observer(scene_.admin(), kSecretName);
  audit_.mark();
  for (const auto& ns : names("new", kNewNamespaces)) {
    const auto mark = observer.mark();
    scene_.make_namespace(ns, selected());
    (void)observer.right(ns, password(0), mark, patience(1));
  }
  auto requests = support::without_leases(audit_.settled(Millis{2'000}));
  const auto in_them = std::partition(requests.begin(), requests.end(),
                                      [](const auto& request) { return request.ns.starts_with("new-"); });
  const Requests elsewhere(in_them, requests.end());
  requests.erase(in_them, requests.end());
  const auto applies = count_if(requests, [](const auto& request) { return request.is_apply(); });
  const auto patches = count_if(requests, [](const auto& request) {
    return request.verb == "patch" && request.resource == "serviceaccounts" && request.code == 200;
  });
  const auto others = requests.size() - applies - patches;
  const auto number = static_cast<std::size_t>(kNewNamespaces);
  report_.add({"requests of " + std::to_string(kNewNamespaces) + " new namespaces: apply / patch / other",
               std::to_string(applies) + " / " + std::to_string(patches) + " / " + std::to_string(others),
               "10 / 10 / 0", "", "one apply, one patch, no read",
               applies == number && patches == number && others == 0});
  report_.note("new namespaces, requests elsewhere: " + by_kind(elsewhere));
}

void SteadyState::quiet() {
  say("steady: " + std::to_string(options_.quiet.count()) + " s of quiet ...");
  audit_.mark();
  const auto cpu = scene_.op().process().cpu_time();
  std::this_thread::sleep_for(options_.quiet);
  const auto used = scene_.op().process().cpu_time() - cpu;
  const auto requests = audit_.settled();
  const auto writes = support::writes(support::without_leases(requests)).size();
  const auto length = std::to_string(options_.quiet.count()) + " s";
  report_.add({"nothing changes, " + count_text() + ", " + length + ": writes but the lease", std::to_string(writes),
               "0", "", "0", writes == 0});
  report_.add({"… processor time of the operator, ms", std::to_string(used.count())});
  report_.note("nothing changes, all requests in " + length + ": " + by_kind(requests));
}

void SteadyState::memory() {
  settle();
  const auto before = memory_now();
  make_foreign_secrets();
  settle();
  const auto after = memory_now();
  constexpr double kNoise = 0.25;  // MiB: a page here and there
  const auto foreign = std::to_string(options_.foreign_secrets) + " foreign Secrets";
  const double added = after.own - before.own;
  report_.add({"resident memory idle (own), MiB", text(idle_), "", "", "≤ 12", idle_.all <= 12});
  report_.add(
      {"… at " + count_text() + " with " + foreign + " (own), MiB", text(after), "", "", "≤ 16", after.all <= 16});
  report_.add(
      {"… what the foreign Secrets added to its own, MiB", fixed(added, 2), "", "", "0 (± 0.25)", added <= kNoise});
  report_.note("resident memory (own), MiB: " + text(fresh_) + " just started; " + text(idle_) + " idle; " +
               text(before) + " before the foreign Secrets, " + text(after) + " after; peak " +
               fixed(static_cast<double>(scene_.op().process().peak_rss_kib()) / 1024, 1));
}

void SteadyState::make_foreign_secrets() const {
  say("steady: " + std::to_string(options_.foreign_secrets) + " foreign Secrets ...");
  const std::string content(1024, 'x');
  in_parallel(static_cast<std::size_t>(options_.foreign_secrets), kCreators, [&](std::size_t i) {
    const auto ns = "ns-" + std::to_string(i % static_cast<std::size_t>(options_.namespaces));
    const Json secret = {{"apiVersion", "v1"},
                         {"kind", "Secret"},
                         {"metadata", {{"name", "foreign-" + std::to_string(i)}}},
                         {"stringData", {{"content", content}}}};
    scene_.admin().create(support::namespace_path(ns) + "/secrets", secret).require();
  });
}

void SteadyState::start() {
  scene_.stop_operator();
  audit_.mark();
  const auto begin = Steady::now();
  const double ready = static_cast<double>(scene_.start_operator().count()) / 1000;
  support::eventually("every namespace was looked at", patience(options_.namespaces), [&] {
    const auto text = scene_.op().metrics();
    const auto looked = metric_sum(text, "controller_runtime_reconcile_total", "controller=\"namespace\"");
    return looked >= options_.namespaces && metric_sum(text, "workqueue_depth", "name=\"namespace\"") == 0;
  });
  const double looked = std::chrono::duration<double>(Steady::now() - begin).count();
  settle();
  report_start(ready, looked);
}

void SteadyState::report_start(double ready, double looked) {
  const auto requests = audit_.settled();
  const auto writes = support::writes(support::without_leases(requests));
  report_.add(
      {"start with " + count_text() + " right: ready, s", fixed(ready, 2), "", "", "≤ 2", ready <= kStartTarget});
  report_.add({"… every one looked at, s", fixed(looked, 2)});
  report_.add({"… writes but the lease", std::to_string(writes.size()), "0", "", "0", writes.empty()});
  report_.note("start, all requests: " + by_kind(requests) + "; resident memory (own) then " + text(memory_now()) +
               " MiB");
}

}  // namespace

void measure_steady(const Options& options, Report& report) {
  say("steady: idle, " + std::to_string(options.namespaces) + " namespaces, quiet, memory, start ...");
  SteadyState(options, report).run();
}

}  // namespace bench
