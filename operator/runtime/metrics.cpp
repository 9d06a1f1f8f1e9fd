#include "runtime/metrics.hpp"

#include <prometheus/text_serializer.h>

#include "base/version.hpp"
#include "runtime/metrics_impl.hpp"
#include "runtime/process_stats.hpp"

namespace runtime {
namespace {

// Every bound is one of the originals', so queries over both stay exact; there are fewer, because each is a line a
// scrape. controller-runtime pkg/internal/controller/metrics/metrics.go (40 bounds).
const Histogram::BucketBoundaries kReconcileSeconds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
// controller-runtime pkg/metrics/workqueue.go (1e-8 to 1e3); we measure milliseconds.
const Histogram::BucketBoundaries kQueueSeconds{0.001, 0.01, 0.1, 1, 10, 100, 1000};
// kubernetes component-base metrics/prometheus/restclient/metrics.go (12 bounds).
const Histogram::BucketBoundaries kRequestSeconds{0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60};

constexpr const char* kResults[] = {"success", "error", "requeue_after", "requeue"};

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

}  // namespace

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

// NOLINTNEXTLINE(readability-function-size): the counters of one gauge family
void Metrics::set_registry(const std::string& registry, std::int64_t selected, std::int64_t synced, std::int64_t failed,
                           bool ready) {
  const base::MutexLock lock(impl_->mutex);
  auto& state = impl_->registries[registry];
  state = {selected, synced, failed, ready, state.expiry};
}

void Metrics::set_credential_expiry(const std::string& registry, std::optional<double> seconds) {
  const base::MutexLock lock(impl_->mutex);
  impl_->registries[registry].expiry = seconds;
}

void Metrics::rotation_done(const std::string& registry, std::string_view result) {
  impl_->rotations.Add({{"registry", registry}, {"result", std::string(result)}}).Increment();
}

void Metrics::eviction_done(const std::string& registry, std::string_view result) {
  impl_->evictions.Add({{"registry", registry}, {"result", std::string(result)}}).Increment();
}

void Metrics::harbor_request_done(std::string_view operation, int status, base::Millis took) {
  const std::string code = status == 0 ? "<error>" : std::to_string(status);
  impl_->harbor_requests.Add({{"operation", std::string(operation)}, {"code", code}}).Increment();
  impl_->observe(impl_->harbor_time, {{"operation", std::string(operation)}}, kRequestSeconds, took);
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
