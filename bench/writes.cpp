// The two writes, and then the one of a changed credential, in namespaces that are all there: the operator's part
// without the server's work of making namespaces.
#include <algorithm>

#include "bench/figures.hpp"
#include "bench/floor.hpp"
#include "bench/parallel.hpp"
#include "bench/sample.hpp"

namespace bench {
namespace {

using support::Json;

constexpr Millis kSettle{500};  // late events of what was swept away
constexpr const char* kStem = "ns";

/// Namespaces a second.
struct Rates {
  std::vector<double> first;
  std::vector<double> rotation;
};

/// Requests of the operator for one changed credential.
struct Asked {
  double patches = 0;
  double gets = 0;
  double others = 0;
};

class Writes {
 public:
  explicit Writes(int count) : count_(count), floor_(scene_) {
    scene_.make_namespaces(names(kStem, count), selected());
    for (const auto& account : scene_.default_accounts(kStem, names(kStem, count).size())) {
      const auto ns = account["metadata"].value("namespace", "");
      namespaces_.push_back(ns);
      patches_.push_back(Floor::account_request(ns, account["metadata"].value("uid", "")));
    }
    ours_.emplace(scene_.admin(), kSecretName);
    theirs_.emplace(scene_.admin(), kFloorSecretName);
  }

  void floor_round(int concurrency, Rates& rates);
  void operator_round(Rates& rates);

  Asked asked;  ///< of the last round
  double status_writes = 0;

 private:
  /// From now until `done` says.
  template <class Act, class Done>
  double rate(Act act, Done done) {
    const auto begin = Steady::now();
    act();
    const Steady::time_point end = done();
    return static_cast<double>(count_) / std::chrono::duration<double>(end - begin).count();
  }
  [[nodiscard]] std::vector<http::Request> secrets(const std::string& password, bool force) const;
  void sweep_floor() const;

  const int count_;
  int passwords_ = 0;
  Scene scene_;
  Floor floor_;
  std::vector<std::string> namespaces_;
  std::vector<http::Request> patches_;
  std::optional<Observer> ours_;
  std::optional<Observer> theirs_;
};

std::vector<http::Request> Writes::secrets(const std::string& password, bool force) const {
  std::vector<http::Request> made;
  for (const auto& ns : namespaces_) {
    made.push_back(Floor::secret_request(ns, password, force));
  }
  return made;
}

void Writes::floor_round(int concurrency, Rates& rates) {
  const auto wait = patience(count_);
  const auto before = password(++passwords_);
  const auto after = password(++passwords_);
  std::vector<http::Request> both;
  const auto applies = secrets(before, false);
  for (std::size_t i = 0; i < applies.size(); ++i) {
    both.push_back(applies[i]);
    both.push_back(patches_[i]);
  }
  floor_.warm_up(concurrency);
  auto mark = theirs_->mark();
  rates.first.push_back(rate([&] { floor_.send_all(both, concurrency); },
                             [&] { return theirs_->all_right(namespaces_.size(), before, mark, wait); }));
  const auto forced = secrets(after, true);
  std::this_thread::sleep_for(kSettle);
  mark = theirs_->mark();
  rates.rotation.push_back(rate([&] { floor_.send_all(forced, concurrency); },
                                [&] { return theirs_->secrets_right(namespaces_.size(), after, mark, wait); }));
  sweep_floor();
}

/// As it was before the round.
void Writes::sweep_floor() const {
  const Json bare = {{"imagePullSecrets", nullptr}, {"metadata", {{"annotations", nullptr}}}};
  in_parallel(namespaces_.size(), kCreators, [&](std::size_t i) {
    scene_.admin().merge_patch(support::service_account_path(namespaces_[i], "default"), bare).require();
    scene_.admin().remove(support::secret_path(namespaces_[i], kFloorSecretName)).require();
  });
  std::this_thread::sleep_for(kSettle);
}

Asked asked_so_far(const support::Operator& op) {
  const auto text = op.metrics();
  const auto sum = [&](const char* part) { return metric_sum(text, "rest_client_requests_total", part); };
  const double patches = metric_sum(text, "harborpull_writes_total", "kind=\"secret\"");
  return {patches, sum("method=\"GET\""), sum("method=\"PATCH\"") - patches};
}

void Writes::operator_round(Rates& rates) {
  const auto wait = patience(count_);
  const auto before = password(++passwords_);
  const auto after = password(++passwords_);
  scene_.set_password(before);
  scene_.start_operator();
  auto mark = ours_->mark();
  rates.first.push_back(
      rate([&] { scene_.apply_registry(); }, [&] { return ours_->all_right(namespaces_.size(), before, mark, wait); }));
  std::this_thread::sleep_for(Millis{2'000});  // its last status is written
  const auto earlier = asked_so_far(scene_.op());
  mark = ours_->mark();
  rates.rotation.push_back(rate([&] { scene_.set_password(after); },
                                [&] { return ours_->secrets_right(namespaces_.size(), after, mark, wait); }));
  std::this_thread::sleep_for(kSettle);
  const auto later = asked_so_far(scene_.op());
  asked = {later.patches - earlier.patches, later.gets - earlier.gets, later.others - earlier.others};
  scene_.remove_registry(wait);
  scene_.stop_operator();
  std::this_thread::sleep_for(kSettle);
}

/// The floor at one concurrency.
struct Level {
  int concurrency = 1;
  Rates rates;
};

const Level& best(const std::vector<Level>& levels, std::vector<double> Rates::*which) {
  return *std::max_element(levels.begin(), levels.end(), [&](const Level& a, const Level& b) {
    return median(a.rates.*which) < median(b.rates.*which);
  });
}

void report_rates(const std::string& figure, const Rates& ours, const std::vector<Level>& levels,
                  std::vector<double> Rates::*which, Report& report) {
  const auto& level = best(levels, which);
  const double mine = median(ours.*which);
  const double floor = median(level.rates.*which);
  report.add({figure + ", namespaces/s", fixed(mine, 0), fixed(floor, 0), fixed(100 * mine / floor, 0) + " %", "≥ 80 %",
              mine >= 0.8 * floor});
  std::string rounds = figure + ", each round: operator " + each(ours.*which, 0) + "; floor";
  for (const auto& one : levels) {
    rounds.append(" ")
        .append(each(one.rates.*which, 0))
        .append(" at ")
        .append(std::to_string(one.concurrency))
        .append(";");
  }
  report.note(rounds + " the best median counts");
}

void report_requests(int count, const Asked& asked, Report& report) {
  report.add({"… requests: Secrets written / read", fixed(asked.patches, 0) + " / " + fixed(asked.gets, 0),
              std::to_string(count) + " / 0", "", "one write each, no read",
              asked.patches == count && asked.gets == 0});
  report.note("changed credential: beside the Secrets the operator wrote its status " + fixed(asked.others, 0) +
              " times (/metrics, last round)");
}

}  // namespace

void measure_writes(const Options& options, Report& report) {
  const int count = options.namespaces;
  say("writes: making " + std::to_string(count) + " namespaces ...");
  Writes writes(count);
  std::vector<Level> levels;
  for (const int concurrency : options.concurrencies) {
    levels.push_back({concurrency, {}});
  }
  Rates ours;
  for (int round = 1; round <= options.rounds; ++round) {
    say("writes: round " + std::to_string(round) + " of " + std::to_string(options.rounds) + " ...");
    for (auto& level : levels) {
      writes.floor_round(level.concurrency, level.rates);
    }
    writes.operator_round(ours);
  }
  const auto number = std::to_string(count);
  report_rates("registry made for " + number + " namespaces", ours, levels, &Rates::first, report);
  report_rates("credential changed in " + number + " namespaces", ours, levels, &Rates::rotation, report);
  report_requests(count, writes.asked, report);
}

}  // namespace bench
