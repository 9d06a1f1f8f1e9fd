// Helpers of the tests that disturb: an outage that ends with its scope, and a diary of what happened to the pull
// Secrets.
#pragma once

#include <map>
#include <set>

#include "integration/scene.hpp"
#include "support/watcher.hpp"

namespace integration {

using Clock = std::chrono::steady_clock;

inline Millis since(Clock::time_point begin) { return std::chrono::duration_cast<Millis>(Clock::now() - begin); }

/// Writes without a Lease: for tests in which a lease that runs out would only cost time.
inline support::OperatorOptions alone() {
  support::OperatorOptions options;
  options.args = {"--leader-elect=false"};
  return options;
}

/// Whether that became true in time.
template <class Fn>
bool within(Millis patience, Fn fn) {
  try {
    eventually("", patience, fn);
    return true;
  } catch (const support::Failure&) {
    return false;
  }
}

/// A component that is away until end(), or until the scope ends, also by a failure: the control plane is shared.
class Outage {
 public:
  enum class Kind { kStopped, kKilled, kPaused };
  Outage(const Scene& scene, support::Component component, Kind kind)
      : cluster_(scene.cluster()), component_(component), kind_(kind) {
    switch (kind) {
      case Kind::kStopped: cluster_.stop(component); break;
      case Kind::kKilled: cluster_.kill(component); break;
      case Kind::kPaused: cluster_.pause(component); break;
    }
  }
  ~Outage() {
    try {
      end();
    } catch (const std::exception& error) {
      FAIL_CHECK("ending an outage: " << error.what());
    }
  }
  Outage(const Outage&) = delete;
  Outage& operator=(const Outage&) = delete;

  void end() {
    if (over_) return;
    over_ = true;
    kind_ == Kind::kPaused ? cluster_.resume(component_) : cluster_.start(component_);
  }

 private:
  support::ControlPlane& cluster_;
  support::Component component_;
  Kind kind_;
  bool over_ = false;
};

/// Every pull Secret that ever was in the namespaces of a scene, by an observer of its own.
class Diary {
 public:
  explicit Diary(const Scene& scene)
      : admin_(scene.admin()),
        stem_("-" + scene.id() + "-"),
        watcher_(scene.admin(), "/api/v1/secrets?fieldSelector=metadata.name%3Dharbor-pull") {}

  /// The uids that were seen in each namespace.
  [[nodiscard]] std::map<std::string, std::set<std::string>> uids() const {
    std::map<std::string, std::set<std::string>> found;
    for (const auto& event : watcher_.events()) {
      if (mine(event)) found[event.ns()].insert(event.object.at("metadata").at("uid").get<std::string>());
    }
    return found;
  }

  /// What the Secret of each namespace held, write by write. Credentials: do not print them.
  [[nodiscard]] std::map<std::string, std::vector<std::string>> written() const {
    std::map<std::string, std::map<std::uint64_t, std::string>> by_version;  // a list after a lost watch tells it again
    for (const auto& event : watcher_.events()) {
      if (!mine(event) || event.type == "DELETED") continue;
      const auto version = std::stoull(event.object.at("metadata").at("resourceVersion").get<std::string>());
      by_version[event.ns()][version] = event.object.value("data", Json::object()).dump();
    }
    std::map<std::string, std::vector<std::string>> found;
    for (const auto& [ns, contents] : by_version) {
      for (const auto& [version, content] : contents) found[ns].push_back(content);
    }
    return found;
  }

  [[nodiscard]] std::vector<std::string> deleted() const {
    std::vector<std::string> found;
    for (const auto& event : watcher_.events()) {
      if (mine(event) && event.type == "DELETED") found.push_back(event.ns());
    }
    return found;
  }

  /// In each of these namespaces there is a Secret, it is the first one, and none was deleted.
  void check_made_once(const std::vector<std::string>& namespaces) const {
    eventually("the diary tells of every namespace", kSoon, [&]() -> Seen {
      return {uids().size() >= namespaces.size(), std::to_string(uids().size()) + " namespaces"};
    });
    const auto seen = uids();
    for (const auto& ns : namespaces) {
      INFO(ns);
      const auto secret = admin_.get(support::secret_path(ns, "harbor-pull")).require();
      REQUIRE(seen.count(ns) == 1);
      CHECK(seen.at(ns) == std::set<std::string>{secret.at("metadata").at("uid").get<std::string>()});
    }
    CHECK(deleted().empty());
  }

 private:
  [[nodiscard]] bool mine(const support::Event& event) const {
    return event.object.is_object() && event.ns().find(stem_) != std::string::npos;
  }

  const Client& admin_;
  const std::string stem_;
  support::Watcher watcher_;
};

}  // namespace integration
