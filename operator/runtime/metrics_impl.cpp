#include "runtime/metrics_impl.hpp"

namespace runtime {
namespace {

double seconds(std::chrono::steady_clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

MetricFamily family(const char* name, const char* help, MetricType type) {
  MetricFamily made;
  made.name = name;
  made.help = help;
  made.type = type;
  return made;
}

void add_sample(MetricFamily& to, std::vector<prometheus::ClientMetric::Label> labels, double value) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  if (to.type == MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  to.metric.push_back(std::move(metric));
}

void Metrics::Impl::collect_queues(std::vector<MetricFamily>& into) {
  auto depth = family("workqueue_depth", "Keys that are due and wait.", MetricType::Gauge);
  auto adds = family("workqueue_adds_total", "Adds that made a key due.", MetricType::Counter);
  auto unfinished =
      family("workqueue_unfinished_work_seconds", "Sum of the ages of the runs under way.", MetricType::Gauge);
  auto longest = family("workqueue_longest_running_processor_seconds", "Age of the oldest run.", MetricType::Gauge);
  const base::MutexLock lock(watch_mutex);
  for (const auto& [name, queue] : queues) {
    const auto stats = queue->stats();
    const std::vector<prometheus::ClientMetric::Label> labels{{"name", name}, {"controller", name}};
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
  auto expiry = family("harborpull_credential_expiry_timestamp_seconds",
                       "When the first of a HarborRegistry's robots expires.", MetricType::Gauge);
  const base::MutexLock lock(mutex);
  for (const auto& [name, state] : registries) {
    const auto count = [&, &of = name](const char* which, std::int64_t value) {
      add_sample(namespaces, {{"registry", of}, {"state", which}}, static_cast<double>(value));
    };
    count("selected", state.selected);
    count("synced", state.synced);
    count("failed", state.failed);
    add_sample(ready, {{"registry", name}}, state.ready ? 1 : 0);
    if (state.expiry) add_sample(expiry, {{"registry", name}}, *state.expiry);
  }
  into.push_back(std::move(namespaces));
  into.push_back(std::move(ready));
  into.push_back(std::move(expiry));
}

}  // namespace runtime
