#include "runtime/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <utility>
#include <vector>

#include "base/mutex.hpp"
#include "base/version.hpp"
#include "runtime/process_stats.hpp"
#include "runtime/queue.hpp"

namespace runtime {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Labels;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Label = prometheus::ClientMetric::Label;

// Every bound is one of the originals', so queries over both stay exact; there are fewer, because each is a line a
// scrape. controller-runtime pkg/internal/controller/metrics/metrics.go (40 bounds).
const Histogram::BucketBoundaries kReconcileSeconds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
// controller-runtime pkg/metrics/workqueue.go (1e-8 to 1e3); we measure milliseconds.
const Histogram::BucketBoundaries kQueueSeconds{0.001, 0.01, 0.1, 1, 10, 100, 1000};
// kubernetes component-base metrics/prometheus/restclient/metrics.go (12 bounds).
const Histogram::BucketBoundaries kRequestSeconds{0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60};

constexpr const char* kResults[] = {"success", "error", "requeue_after", "requeue"};

double seconds(std::chrono::steady_clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

Labels controller_label(std::string_view name) { return {{"controller", std::string(name)}}; }
Labels queue_labels(std::string_view name) { return {{"name", std::string(name)}, {"controller", std::string(name)}}; }

const char* result_label(Metrics::Ended how) {
  switch (how) {
    case Metrics::Ended::kSuccess: return "success";
    case Metrics::Ended::kRequeueAfter: return "requeue_after";
    case Metrics::Ended::kError:
    case Metrics::Ended::kTerminal:
    case Metrics::Ended::kPanic: return "error";
  }
  return "error";
}

/// A family that is made for one scrape.
MetricFamily family(const char* name, const char* help, MetricType type) {
  MetricFamily made;
  made.name = name;
  made.help = help;
  made.type = type;
  return made;
}

void add_sample(MetricFamily& to, std::vector<Label> labels, double value) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  if (to.type == MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  to.metric.push_back(std::move(metric));
}

struct RegistryState {
  std::int64_t selected = 0;
  std::int64_t synced = 0;
  std::int64_t failed = 0;
  bool ready = false;
};

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry;

  Family<Counter>& counter(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  Family<Gauge>& gauge(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  }
  Family<Histogram>& histogram(const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }

  Family<Counter>& reconciles =
      counter("controller_runtime_reconcile_total", "Reconciliations by controller and result.");
  Family<Counter>& errors = counter("controller_runtime_reconcile_errors_total", "Reconciliations that failed.");
  Family<Counter>& terminal =
      counter("controller_runtime_terminal_reconcile_errors_total", "Reconciliations that failed and are not retried.");
  Family<Counter>& panics = counter("controller_runtime_reconcile_panics_total", "Reconciliations that threw.");
  Family<Histogram>& reconcile_time =
      histogram("controller_runtime_reconcile_time_seconds", "Time of a reconciliation.");
  Family<Gauge>& workers = gauge("controller_runtime_max_concurrent_reconciles", "Workers of a controller.");
  Family<Gauge>& active = gauge("controller_runtime_active_workers", "Workers that reconcile now.");
  Family<Histogram>& queue_time = histogram("workqueue_queue_duration_seconds", "Time a key waits until it is taken.");
  Family<Histogram>& work_time = histogram("workqueue_work_duration_seconds", "Time to process a key.");
  Family<Counter>& retries = counter("workqueue_retries_total", "Keys put back after a failure.");
  Family<Counter>& requests = counter("rest_client_requests_total", "HTTP requests by code, method and host.");
  Family<Histogram>& request_time = histogram("rest_client_request_duration_seconds", "Time of a request.");
  Family<Gauge>& leader = gauge("leader_election_master_status", "1 if this process leads, else 0.");
  Family<Counter>& writes = counter("harborpull_writes_total", "Writes by kind, action and result.");

  // Family::Add builds its buckets before it looks, so histograms are looked up here.
  base::Mutex mutex;
  std::map<std::pair<const void*, Labels>, Histogram*> histograms GUARDED_BY(mutex);
  std::map<std::string, RegistryState> registries GUARDED_BY(mutex);

  // Held while a scrape calls into queues and stores, so apart from the lock that the hot paths take.
  base::Mutex watch_mutex;
  std::map<std::string, const Queue*, std::less<>> queues GUARDED_BY(watch_mutex);
  std::map<std::string, std::function<double()>, std::less<>> stores GUARDED_BY(watch_mutex);

  void observe(Family<Histogram>& in, const Labels& labels, const Histogram::BucketBoundaries& bounds,
               base::Millis took) {
    Histogram* found = nullptr;
    {
      const base::MutexLock lock(mutex);
      Histogram*& slot = histograms[{&in, labels}];
      if (slot == nullptr) slot = &in.Add(labels, bounds);
      found = slot;
    }
    found->Observe(seconds(took));
  }

  void collect_queues(std::vector<MetricFamily>& into);
  void collect_stores(std::vector<MetricFamily>& into);
  void collect_registries(std::vector<MetricFamily>& into);
};

void Metrics::Impl::collect_queues(std::vector<MetricFamily>& into) {
  auto depth = family("workqueue_depth", "Keys that are due and wait.", MetricType::Gauge);
  auto adds = family("workqueue_adds_total", "Adds that made a key due.", MetricType::Counter);
  auto unfinished =
      family("workqueue_unfinished_work_seconds", "Sum of the ages of the runs under way.", MetricType::Gauge);
  auto longest = family("workqueue_longest_running_processor_seconds", "Age of the oldest run.", MetricType::Gauge);
  const base::MutexLock lock(watch_mutex);
  for (const auto& [name, queue] : queues) {
    const auto stats = queue->stats();
    const std::vector<Label> labels{{"name", name}, {"controller", name}};
    add_sample(depth, labels, static_cast<double>(stats.depth));
    add_sample(adds, labels, static_cast<double>(stats.adds));
    add_sample(unfinished, labels, seconds(stats.unfinished));
    add_sample(longest, labels, seconds(stats.longest_running));
  }
  for (auto* made : {&depth, &adds, &unfinished, &longest}) into.push_back(std::move(*made));
}

void Metrics::Impl::collect_stores(std::vector<MetricFamily>& into) {
  auto cached = family("harborpull_cached_objects", "Objects in a cache.", MetricType::Gauge);
  const base::MutexLock lock(watch_mutex);
  for (const auto& [kind, size] : stores) add_sample(cached, {{"kind", kind}}, size());
  into.push_back(std::move(cached));
}

void Metrics::Impl::collect_registries(std::vector<MetricFamily>& into) {
  auto namespaces = family("harborpull_registry_namespaces", "Namespaces of a HarborRegistry.", MetricType::Gauge);
  auto ready = family("harborpull_registry_ready", "1 if the HarborRegistry is ready.", MetricType::Gauge);
  const base::MutexLock lock(mutex);
  for (const auto& [name, state] : registries) {
    const auto count = [&, &of = name](const char* which, std::int64_t value) {
      add_sample(namespaces, {{"registry", of}, {"state", which}}, static_cast<double>(value));
    };
    count("selected", state.selected);
    count("synced", state.synced);
    count("failed", state.failed);
    add_sample(ready, {{"registry", name}}, state.ready ? 1 : 0);
  }
  into.push_back(std::move(namespaces));
  into.push_back(std::move(ready));
}

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {
  impl_->gauge("harborpull_build_info", "1, labelled with the version.")
      .Add({{"version", std::string(base::kVersion)}})
      .Set(1);
}
Metrics::~Metrics() = default;

void Metrics::set_workers(std::string_view controller, int workers) {
  const Labels labels = controller_label(controller);
  impl_->workers.Add(labels).Set(workers);
  impl_->active.Add(labels);  // a series that is there from the start lets rate() see its first step
  for (const char* result : kResults)
    impl_->reconciles.Add({{"controller", labels.at("controller")}, {"result", result}});
  for (auto* counter : {&impl_->errors, &impl_->terminal, &impl_->panics}) counter->Add(labels);
}

void Metrics::reconcile_started(std::string_view controller) {
  impl_->active.Add(controller_label(controller)).Increment();
}

void Metrics::reconcile_ended(std::string_view controller, Ended how, base::Millis took) {
  const Labels labels = controller_label(controller);
  impl_->active.Add(labels).Decrement();
  impl_->reconciles.Add({{"controller", labels.at("controller")}, {"result", result_label(how)}}).Increment();
  impl_->observe(impl_->reconcile_time, labels, kReconcileSeconds, took);
  if (how == Ended::kSuccess || how == Ended::kRequeueAfter) return;
  impl_->errors.Add(labels).Increment();
  if (how == Ended::kTerminal) impl_->terminal.Add(labels).Increment();
  if (how == Ended::kPanic) impl_->panics.Add(labels).Increment();
}

void Metrics::watch_queue(std::string_view name, const Queue& queue) {
  impl_->retries.Add(queue_labels(name));
  const base::MutexLock lock(impl_->watch_mutex);
  impl_->queues.insert_or_assign(std::string(name), &queue);
}

void Metrics::unwatch_queue(std::string_view name) {
  const base::MutexLock lock(impl_->watch_mutex);
  if (const auto at = impl_->queues.find(name); at != impl_->queues.end()) impl_->queues.erase(at);
}

void Metrics::key_taken(std::string_view name, base::Millis waited) {
  impl_->observe(impl_->queue_time, queue_labels(name), kQueueSeconds, waited);
}

void Metrics::key_done(std::string_view name, base::Millis worked) {
  impl_->observe(impl_->work_time, queue_labels(name), kQueueSeconds, worked);
}

void Metrics::key_retried(std::string_view name) { impl_->retries.Add(queue_labels(name)).Increment(); }

void Metrics::request_done(std::string_view method, int status, std::string_view host, base::Millis took) {
  const std::string code = status == 0 ? "<error>" : std::to_string(status);
  impl_->requests.Add({{"code", code}, {"method", std::string(method)}, {"host", std::string(host)}}).Increment();
  impl_->observe(impl_->request_time, {{"verb", std::string(method)}, {"host", std::string(host)}}, kRequestSeconds,
                 took);
}

void Metrics::set_leader(std::string_view lease, bool leader) {
  impl_->leader.Add({{"name", std::string(lease)}}).Set(leader ? 1 : 0);
}

void Metrics::set_registry(const std::string& registry, std::int64_t selected, std::int64_t synced, std::int64_t failed,
                           bool ready) {
  const base::MutexLock lock(impl_->mutex);
  impl_->registries.insert_or_assign(registry, RegistryState{selected, synced, failed, ready});
}

void Metrics::forget_registry(const std::string& registry) {
  const base::MutexLock lock(impl_->mutex);
  impl_->registries.erase(registry);
}

void Metrics::write_done(std::string_view kind, std::string_view action, std::string_view result) {
  impl_->writes.Add({{"kind", std::string(kind)}, {"action", std::string(action)}, {"result", std::string(result)}})
      .Increment();
}

void Metrics::watch_store(std::string_view kind, std::function<double()> size) {
  const base::MutexLock lock(impl_->watch_mutex);
  impl_->stores.insert_or_assign(std::string(kind), std::move(size));
}

std::string Metrics::expose() {
  std::vector<MetricFamily> families = impl_->registry.Collect();
  impl_->collect_queues(families);
  impl_->collect_stores(families);
  impl_->collect_registries(families);
  for (const ProcessReading& reading : read_process()) {
    auto made = family(reading.name, reading.help, reading.counter ? MetricType::Counter : MetricType::Gauge);
    add_sample(made, {}, reading.value);
    families.push_back(std::move(made));
  }
  std::erase_if(families, [](const MetricFamily& made) { return made.metric.empty(); });
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace runtime
