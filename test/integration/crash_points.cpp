#include "integration/crash_points.hpp"

#include <iostream>

namespace integration {
namespace {

constexpr Millis kRest{30'000};  // until quiet: a restart, and back-offs that began before it

/// `text` with each `from` replaced.
std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/// The tellings of one story, and what they have met so far.
class Tour {
 public:
  Tour(const CrashOptions& options, const Story& story, const Story& check)
      : options_(options), story_(story), check_(check) {}

  /// Whether it crashed.
  bool tell(const CrashTarget& target) {
    const auto begin = Clock::now();
    CrashPoint point(options_, target);
    const auto when = (target.write > 0 ? "write " + std::to_string(target.write) : target.name) + ", " +
                      std::string(support::name_of(target.mode)) + " ";
    INFO(when << "it");
    story_(point);
    point.wait_quiet();
    INFO("it was " << point.died_at());
    const bool crashed = point.crashed();  // now: `check` may write, too
    const auto at = point.died_at();
    for (auto& name : point.writes()) names_.insert(std::move(name));
    CHECK(point.starts() == (crashed && target.mode != support::FaultMode::kLoseReply ? 2 : 1));
    check_(point);
    const auto took = since(begin);
    CHECK(took < options_.bound);
    // flushed: a telling that hangs is the next
    std::cout << when << (crashed ? at : "nothing") << ": " << took.count() << " ms" << std::endl;
    if (crashed) met_.emplace(at, target.mode);
    crashes_ += crashed ? 1 : 0;
    return crashed;
  }

  /// False when there is no end of writes.
  bool by_number() {
    for (int write = 1; write <= options_.most_writes; ++write) {
      const int before = crashes_;
      for (const auto mode : options_.modes) tell({.write = write, .mode = mode});
      if (crashes_ == before) return true;
    }
    return false;
  }

  void by_name() {
    for (const auto& name : std::set<std::string>(names_)) {
      for (const auto mode : options_.modes) {
        if (met_.count({name, mode}) == 0) tell({.name = name, .mode = mode});
      }
    }
  }

  [[nodiscard]] int crashes() const { return crashes_; }

 private:
  const CrashOptions& options_;
  const Story& story_;
  const Story& check_;
  std::set<std::string> names_;
  std::set<std::pair<std::string, support::FaultMode>> met_;
  int crashes_ = 0;
};

}  // namespace

CrashPoint::CrashPoint(const CrashOptions& options, CrashTarget target)
    : options_(options), target_(std::move(target)), plan_(std::make_shared<support::FaultPlan>(options.counts)) {
  call("-" + scene_.id() + "-", "-*-");
  const auto& cluster = scene_.cluster();
  stand_before({.upstream = cluster.server(), .upstream_ca = support::read_file(cluster.ca_file())});
}

CrashPoint::~CrashPoint() {
  if (!operator_) return;
  auto told = operator_->stop();
  for (auto& log : told.logs) scene_.heard(std::move(log));
  for (const auto& trouble : told.troubles) FAIL_CHECK(trouble);
}

support::FaultProxy& CrashPoint::stand_before(support::FaultProxyOptions server) {
  server.plan = plan_;
  return *proxies_.emplace_back(std::make_unique<support::FaultProxy>(std::move(server)));
}

void CrashPoint::start(support::OperatorOptions options) {
  options.server = proxy().url();
  options.ca_pem = proxy().ca_pem();
  operator_.emplace(scene_.cluster(), std::move(options));
}

void CrashPoint::arm() {
  armed_at_ = plan_->writes().size();
  support::Fault fault{.mode = target_.mode, .hook = [this] { operator_->kill(); }};
  if (target_.write > 0) {
    plan_->at_write(target_.write, std::move(fault));
  } else {
    plan_->at_write_named(real_name(target_.name), std::move(fault));
  }
}

void CrashPoint::wait_quiet() {
  auto quiet_since = Clock::now();
  std::pair<int, std::size_t> last;
  eventually("the operator is ready and writes no more", kRest, [&]() -> Seen {
    const std::pair now{operator_->starts(), plan_->writes().size()};
    if (now != last || !operator_->ready()) {
      last = now;
      quiet_since = Clock::now();
    }
    return {since(quiet_since) >= options_.quiet,
            std::to_string(now.first) + " starts, " + std::to_string(now.second) + " writes"};
  });
}

std::string CrashPoint::told_name(std::string name) const {
  for (const auto& [here, everywhere] : aliases_) name = replaced(std::move(name), here, everywhere);
  return name;
}

std::string CrashPoint::real_name(std::string name) const {
  for (const auto& [here, everywhere] : aliases_) name = replaced(std::move(name), everywhere, here);
  return name;
}

std::string CrashPoint::died_at() const {
  const auto fired = plan_->fired();
  return fired.empty() ? "" : told_name(fired.front());
}

std::vector<std::string> CrashPoint::writes() const {
  const auto all = plan_->writes();
  const auto last = died_at();
  std::vector<std::string> found;
  for (auto at = armed_at_; at < all.size() && (found.empty() || found.back() != last); ++at) {
    found.push_back(told_name(all[at]));
  }
  return found;
}

int each_crash_point(const CrashOptions& options, const Story& story, const Story& check) {
  Tour tour(options, story, check);
  if (!tour.by_number()) {
    FAIL("the story makes more than " << options.most_writes << " writes: it does not come to rest");
  }
  tour.by_name();
  return tour.crashes();
}

}  // namespace integration
