// What is behind Metrics: the families, and what is read only when somebody asks. Inner part of metrics.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.hpp"
#include "runtime/metrics.hpp"
#include "runtime/queue.hpp"

namespace runtime {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Labels;
using prometheus::MetricFamily;
using prometheus::MetricType;

/// A family that is made for one scrape.
[[nodiscard]] MetricFamily family(const char* name, const char* help, MetricType type);
void add_sample(MetricFamily& to, std::vector<prometheus::ClientMetric::Label> labels, double value);

struct RegistryState {
  std::int64_t selected = 0;
  std::int64_t synced = 0;
  std::int64_t failed = 0;
  bool ready = false;
  std::optional<double> expiry = {};  ///< of its credential, seconds since 1970
};

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
  Family<Counter>& rotations = counter("harborpull_rotations_total", "Robots that followed another, by result.");
  Family<Counter>& evictions =
      counter("harborpull_pod_evictions_total", "Pods evicted so that they are made again, by result.");
  Family<Counter>& harbor_requests =
      counter("harborpull_harbor_requests_total", "Requests to Harbors by operation and code.");
  Family<Histogram>& harbor_time =
      histogram("harborpull_harbor_request_duration_seconds", "Time of a request to a Harbor.");

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
    found->Observe(std::chrono::duration<double>(took).count());
  }

  void collect_queues(std::vector<MetricFamily>& into);
  void collect_stores(std::vector<MetricFamily>& into);
  void collect_registries(std::vector<MetricFamily>& into);
};

}  // namespace runtime
