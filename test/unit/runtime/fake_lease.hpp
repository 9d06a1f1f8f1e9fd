// One Lease in memory behind kube::Api, with the faults of a network and of a server. Held to what the real API server
// does with optimistic concurrency and server-side apply, no more.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.hpp"
#include "kube/api.hpp"
#include "kube/request.hpp"

class FakeLease final : public kube::Api {
 public:
  enum class Fault {
    kNone,
    kUnavailable,  // 500, nothing done
    kHangs,        // no answer before the deadline, nothing done
    kLostReply,    // done, but no answer before the deadline
  };

  /// `pass` makes time go by: what a call waits for in vain.
  explicit FakeLease(std::function<void(base::Millis)> pass) : pass_(std::move(pass)) {}

  base::Result<std::string> call(const http::Request& request, kube::Content, const http::Limits& limits) override {
    if (limits.stop.stop_requested()) return base::fail(base::ErrorKind::kCancelled, "stopping");
    deadlines.push_back(limits.deadline);
    const auto script = fault_of;  // a copy, because a script may replace itself
    const Fault fault = script ? script(request) : Fault::kNone;
    if (fault == Fault::kUnavailable) return base::fail(base::ErrorKind::kUnavailable, "500");
    if (fault == Fault::kHangs) return time_out(limits);
    auto answer = handle(request);
    if (fault == Fault::kLostReply) return time_out(limits);
    if (replied) replied();
    return answer;
  }

  /// What another client does to the object, seen by ours as a changed resourceVersion.
  void edit(const std::function<void(nlohmann::json&)>& change) {
    const base::MutexLock lock(mutex_);
    if (!object_) object_ = nlohmann::json{{"metadata", {{"name", "election"}}}, {"spec", nlohmann::json::object()}};
    change(*object_);
    store();
  }
  void remove() {
    const base::MutexLock lock(mutex_);
    object_.reset();
  }

  [[nodiscard]] nlohmann::json spec() {
    const base::MutexLock lock(mutex_);
    return object_ ? object_->at("spec") : nlohmann::json::object();
  }
  [[nodiscard]] std::string holder() { return spec().value("holderIdentity", ""); }
  /// The methods of all calls so far, "GET PATCH PUT"; forgets them.
  [[nodiscard]] std::string take_methods() {
    const base::MutexLock lock(mutex_);
    std::string all;
    for (const auto& method : methods_) all += (all.empty() ? "" : " ") + method;
    methods_.clear();
    return all;
  }

  std::function<Fault(const http::Request&)> fault_of;  ///< called before anything is done
  std::function<void()> replied;                        ///< called when it is done, before the caller sees the answer
  std::vector<base::Millis> deadlines;

 private:
  base::Result<std::string> time_out(const http::Limits& limits) {
    pass_(limits.deadline);
    return base::fail(base::ErrorKind::kTimeout, "no answer");
  }

  base::Result<std::string> handle(const http::Request& request) {
    const base::MutexLock lock(mutex_);
    methods_.push_back(request.method);
    if (request.method == "GET" && !object_) return base::fail(base::ErrorKind::kNotFound, "no such lease");
    if (request.method == "PATCH") apply(request);
    if (request.method == "PUT") {
      const auto body = nlohmann::json::parse(request.body);
      if (!object_) return base::fail(base::ErrorKind::kNotFound, "no such lease");
      if (body.at("metadata").at("resourceVersion") != object_->at("metadata").at("resourceVersion")) {
        return base::fail(base::ErrorKind::kConflict, "the object has been modified");
      }
      object_ = body;
      store();
    }
    return object_->dump();
  }

  /// An apply of what is there already changes nothing, not even the resourceVersion.
  void apply(const http::Request& request) {
    if (request.target.find("force=true") != std::string::npos) throw std::logic_error("the lease must not be forced");
    const auto body = nlohmann::json::parse(request.body);
    if (object_ && !body.contains("spec")) return;
    if (!object_) object_ = nlohmann::json{{"spec", nlohmann::json::object()}};
    object_->merge_patch(body);
    store();
  }

  void store() { (*object_)["metadata"]["resourceVersion"] = std::to_string(++version_); }

  const std::function<void(base::Millis)> pass_;
  base::Mutex mutex_;
  std::optional<nlohmann::json> object_;
  std::vector<std::string> methods_;
  int version_ = 100;
};
