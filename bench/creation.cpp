// All namespaces made at once. The server makes them while the writes come, so this is mostly the server's time; the
// clean ratio is in writes.cpp.
#include <algorithm>

#include "bench/figures.hpp"
#include "bench/floor.hpp"
#include "bench/sample.hpp"

namespace bench {
namespace {

double seconds(Steady::duration time) { return std::chrono::duration<double>(time).count(); }

struct Ours {
  double seconds = 0;
  double cpu_ms = 0;
};

Ours operator_run(int count) {
  Scene scene;
  scene.set_password(password(0));
  scene.start_operator();
  scene.apply_registry();
  const Observer observer(scene.admin(), kSecretName);
  const auto all = names("burst", count);
  const auto cpu = scene.op().process().cpu_time();
  const auto begin = Steady::now();
  scene.make_namespaces(all, selected());
  const auto end = observer.all_right(all.size(), password(0), {}, patience(count));
  return {seconds(end - begin), static_cast<double>((scene.op().process().cpu_time() - cpu).count())};
}

double floor_run(int count, int concurrency) {
  Scene scene;
  const Floor floor(scene);
  const Observer observer(scene.admin(), kFloorSecretName);
  const auto all = names("burst", count);
  Reactor reactor(floor, all, password(0), concurrency);
  const auto begin = Steady::now();
  scene.make_namespaces(all, {}, [&](const std::string& ns) { reactor.namespace_made(ns); });
  try {
    return seconds(observer.all_right(all.size(), password(0), {}, patience(count)) - begin);
  } catch (const support::Failure& failure) {
    throw support::Failure(std::string(failure.what()) + "; " + reactor.failure());
  }
}

}  // namespace

void measure_creation(const Options& options, Report& report) {
  const int count = options.namespaces;
  say("creation: " + std::to_string(count) + " namespaces at once ...");
  const auto ours = operator_run(count);
  std::string tried;
  double best = 0;
  for (const int concurrency : options.concurrencies) {
    const double rate = count / floor_run(count, concurrency);
    tried.append(" ").append(fixed(rate, 0)).append(" at ").append(std::to_string(concurrency)).append(",");
    best = std::max(best, rate);
  }
  const double rate = count / ours.seconds;
  report.add({std::to_string(count) + " namespaces made at once, namespaces/s", fixed(rate, 0), fixed(best, 0),
              fixed(100 * rate / best, 0) + " %", "≥ 80 %", rate >= 0.8 * best});
  report.add({"… processor time of the operator, ms", fixed(ours.cpu_ms, 0)});
  report.note("made at once: operator " + fixed(ours.seconds, 2) +
              " s from the first request to the last effect; floor" + tried +
              " each once, on a control plane of its own");
}

}  // namespace bench
