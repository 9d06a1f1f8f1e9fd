// The metrics registry: names as controller-runtime's and client-go's, plus harborpull_*. Over prometheus-cpp's core.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace runtime {

class Queue;

/// Thread-safe. Labels are from closed sets (never a namespace, never a name that users choose, except a
/// HarborRegistry's).
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // controller_runtime_reconcile_total{controller,result=success|error|requeue_after|requeue}, _errors_total,
  // _time_seconds, _terminal_errors_total, _panics_total, controller_runtime_max_concurrent_reconciles,
  // controller_runtime_active_workers
  void set_workers(std::string_view controller, int workers);
  void reconcile_started(std::string_view controller);
  enum class Ended { kSuccess, kRequeueAfter, kError, kTerminal, kPanic };
  void reconcile_ended(std::string_view controller, Ended how, base::Millis took);

  // workqueue_{depth,adds_total,queue_duration_seconds,work_duration_seconds,unfinished_work_seconds,
  // longest_running_processor_seconds,retries_total}{name,controller}; gauges are read from the queue when scraped.
  // `queue` must live until unwatch_queue (which waits for a scrape under way) or the end of the Metrics.
  void watch_queue(std::string_view name, const Queue& queue);
  void unwatch_queue(std::string_view name);
  void key_taken(std::string_view name, base::Millis waited);
  void key_done(std::string_view name, base::Millis worked);
  void key_retried(std::string_view name);

  // rest_client_requests_total{code,method,host}, rest_client_request_duration_seconds{verb,host}; status 0 (no answer)
  // is the code
  // "<error>", as in client-go.
  void request_done(std::string_view method, int status, std::string_view host, base::Millis took);

  // leader_election_master_status{name}
  void set_leader(std::string_view lease, bool leader);

  // harborpull_registry_namespaces{registry,state=selected|synced|failed}, harborpull_registry_ready{registry}
  void set_registry(const std::string& registry, std::int64_t selected, std::int64_t synced, std::int64_t failed,
                    bool ready);
  // harborpull_credential_expiry_timestamp_seconds{registry}: of several robots the earliest; nullopt: no such time
  void set_credential_expiry(const std::string& registry, std::optional<double> seconds);
  void forget_registry(const std::string& registry);
  // harborpull_rotations_total{registry,result=success|error}
  void rotation_done(const std::string& registry, std::string_view result);
  // harborpull_pod_evictions_total{registry,result=success|held|error}; held: the server said later (429)
  void eviction_done(const std::string& registry, std::string_view result);
  // harborpull_harbor_requests_total{operation,code}, harborpull_harbor_request_duration_seconds{operation}; status 0
  // is "<error>"
  void harbor_request_done(std::string_view operation, int status, base::Millis took);
  // harborpull_writes_total{kind=secret|serviceaccount|status|event|finalizer|state,action,result}
  void write_done(std::string_view kind, std::string_view action, std::string_view result);
  // harborpull_cached_objects{kind}: read when scraped, on the scraping thread; `size` must not call watch_* or
  // expose().
  void watch_store(std::string_view kind, std::function<double()> size);
  // harborpull_build_info{version}; process_* (cpu, resident memory, open files, start time), see process_stats.hpp.

  /// Text exposition format 0.0.4.
  [[nodiscard]] std::string expose();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace runtime
