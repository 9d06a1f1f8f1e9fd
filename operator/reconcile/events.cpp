#include "reconcile/events.hpp"

#include <nlohmann/json.hpp>

#include "api/names.hpp"
#include "base/digest.hpp"
#include "kube/request.hpp"

namespace reconcile {
namespace {

constexpr std::size_t kMaxWaiting = 1000;
constexpr std::size_t kMaxNote = 1000;  // the API allows 1 kB
constexpr std::chrono::minutes kRepeatAfter{10};
constexpr std::chrono::milliseconds kPace{20};  // 50 a second: a burst of failures must not crowd out the work

std::string identity(const Event& event) {
  return event.regarding.kind + "/" + event.regarding.ns + "/" + event.regarding.name + "/" + event.reason + "/" +
         event.note;
}

std::string document(const Event& event, const std::string& ns, const std::string& time, const std::string& instance) {
  const auto suffix = base::random_bytes(5);
  std::string name = event.regarding.name + ".";
  for (const char c : suffix) name += "0123456789abcdef"[static_cast<unsigned char>(c) & 15U];
  nlohmann::json regarding = {{"apiVersion", event.regarding.api_version},
                              {"kind", event.regarding.kind},
                              {"name", event.regarding.name},
                              {"uid", event.regarding.uid}};
  if (!event.regarding.ns.empty()) regarding["namespace"] = event.regarding.ns;
  return nlohmann::json{{"apiVersion", "events.k8s.io/v1"},
                        {"kind", "Event"},
                        {"metadata", {{"name", name}, {"namespace", ns}}},
                        {"eventTime", time},
                        {"reportingController", "harborpull.io/controller"},
                        {"reportingInstance", instance},
                        {"action", event.action},
                        {"reason", event.reason},
                        {"regarding", std::move(regarding)},
                        {"note", event.note.substr(0, kMaxNote)},
                        {"type", event.warning ? "Warning" : "Normal"}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Regarding regarding(const api::HarborRegistry& registry) {
  return {std::string(api::kApiVersion), std::string(api::kKind), "", registry.meta.name, registry.meta.uid};
}

EventRecorder::EventRecorder(kube::Api& api, const base::Clock& clock, base::Log log, runtime::Metrics& metrics,
                             std::string instance)
    : api_(api), clock_(clock), log_(std::move(log)), metrics_(metrics), instance_(std::move(instance)) {}

void EventRecorder::record(Event event) {
  const auto now = clock_.steady();
  const base::MutexLock lock(mutex_);
  std::erase_if(sent_, [&](const auto& sent) { return sent.second + kRepeatAfter <= now; });
  if (waiting_.size() >= kMaxWaiting || sent_.size() >= 4 * kMaxWaiting) return;
  if (!sent_.emplace(identity(event), now).second) return;
  waiting_.push_back(std::move(event));
  changed_.notify_one();
}

std::optional<Event> EventRecorder::next(const std::stop_token& stop) {
  const base::MutexLock lock(mutex_);
  const bool some = changed_.wait(mutex_, stop, [&]() REQUIRES(mutex_) { return !waiting_.empty(); });
  if (!some) return std::nullopt;
  Event event = std::move(waiting_.front());
  waiting_.pop_front();
  return event;
}

void EventRecorder::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto event = next(stop);
    if (!event) return;
    send(*event);
    base::sleep_for(kPace, stop);
  }
}

void EventRecorder::send(const Event& event) {
  const std::string ns = event.regarding.ns.empty() ? "default" : event.regarding.ns;
  const auto body = document(event, ns, base::rfc3339_micro(clock_.now()), instance_);
  const auto sent = api_.call(kube::create(kube::events_path(ns), body), kube::Content::kPlain, {base::Millis{5'000}});
  metrics_.write_done("event", "create", sent ? "success" : "error");
  if (!sent) log_.debug("event not sent", {{"reason", event.reason}, {"error", sent.error().message}});
}

}  // namespace reconcile
