#include "plan/pod_recovery.hpp"

#include <catch2/catch.hpp>
#include <functional>

#include "unit/plan/fixtures.hpp"

namespace {

using Kind = plan::PodVerdict::Kind;

constexpr auto kHost = "harbor.example.com";
constexpr auto kRefused = "pull access denied, repository does not exist or may require authorization";

/// All that a decision reads, each part to be changed. As it stands, eviction helps.
struct Case {
  api::Pod pod = {.meta = {"team-a", "app-1", "uid-1", 1},
                  .owner_uid = "uid-rs",
                  .owner = "ReplicaSet app",
                  .account = "default",
                  .waits = {{std::string(kHost) + "/team/app:1", "ErrImagePull", kRefused}}};
  std::optional<api::Namespace> ns = api::Namespace{.meta = {"", "team-a", "uid-ns", 1}};
  std::optional<api::ServiceAccount> account = fixtures::account("default", {"harbor-pull"}, {"harbor-pull"});
  plan::Book book = {};
  std::vector<std::string> policy = {};  ///< registries for which it is in force

  Case() {
    book.entries = {fixtures::entry("prod", kHost)};
    entry().evicts_pods = true;
  }
  plan::Entry& entry() { return book.entries.front(); }
  [[nodiscard]] plan::PodVerdict judge() const {
    return plan::judge_pod({pod, ns, account, book, "harbor-pull-system", policy});
  }
};

struct Row {
  const char* what;
  std::function<void(Case&)> change;
  Kind wanted;
  const char* cure = "";
};

void check(const std::vector<Row>& rows) {
  for (const auto& row : rows) {
    INFO(row.what);
    Case made;
    row.change(made);
    const auto verdict = made.judge();
    CHECK(static_cast<int>(verdict.kind) == static_cast<int>(row.wanted));
    CHECK((verdict.entry == nullptr) == (row.wanted == Kind::kNone));
    CHECK((verdict.cure.empty() ? "" : verdict.cure).find(row.cure) != std::string::npos);
    CHECK(verdict.cure.empty() == (row.wanted != Kind::kBeyond));
  }
}

}  // namespace

TEST_CASE("a Pod that is older than the reference of its ServiceAccount is cured by eviction", "[plan]") {
  CHECK(Case().judge().kind == Kind::kEvict);
  CHECK(Case().judge().entry->name == "prod");
}

TEST_CASE("a Pod is none of our business for each of these reasons", "[plan]") {
  check({
      {"terminating", [](Case& c) { c.pod.terminating = true; }, Kind::kNone},
      {"ignored", [](Case& c) { c.pod.ignored = true; }, Kind::kNone},
      {"a mirror of a Node's file", [](Case& c) { c.pod.owner = "Node node-1"; }, Kind::kNone},
      {"namespace gone", [](Case& c) { c.ns.reset(); }, Kind::kNone},
      {"namespace terminating", [](Case& c) { c.ns->terminating = true; }, Kind::kNone},
      {"namespace ignored", [](Case& c) { c.ns->ignored = true; }, Kind::kNone},
      {"namespace not selected", [](Case& c) { c.entry().namespaces.exclude = {"team-*"}; }, Kind::kNone},
      {"always excluded", [](Case& c) { c.ns->meta.name = "kube-system"; }, Kind::kNone},
      {"recovery None", [](Case& c) { c.entry().evicts_pods = false; }, Kind::kNone},
      {"held", [](Case& c) { c.entry().standing = plan::Standing::kHeld; }, Kind::kNone},
      {"suspended", [](Case& c) { c.entry().standing = plan::Standing::kFrozen; }, Kind::kNone},
      {"leaving", [](Case& c) { c.entry().standing = plan::Standing::kLeaving; }, Kind::kNone},
      {"names the Secret",
       [](Case& c) {
         c.pod.pull_secrets = {"x", "harbor-pull"};
       },
       Kind::kNone},
      {"another host", [](Case& c) { c.pod.waits[0].image = "other.example.com/team/app:1"; }, Kind::kNone},
      {"another port", [](Case& c) { c.pod.waits[0].image = "harbor.example.com:8443/app"; }, Kind::kNone},
      {"another error", [](Case& c) { c.pod.waits[0].message = "not found"; }, Kind::kNone},
      {"no cause yet", [](Case& c) { c.pod.waits[0].message = ""; }, Kind::kNone},
      {"waits for nothing", [](Case& c) { c.pod.waits.clear(); }, Kind::kNone},
  });
}

TEST_CASE("one refused image among several is enough", "[plan]") {
  Case made;
  made.pod.waits.insert(made.pod.waits.begin(), {"nginx", "ErrImagePull", kRefused});
  made.pod.waits.insert(made.pod.waits.begin(), {std::string(kHost) + "/a", "ErrImagePull", "not found"});
  CHECK(made.judge().kind == Kind::kEvict);
}

TEST_CASE("of two registries with the host the older one decides", "[plan]") {
  Case made;
  auto older = fixtures::entry("older", kHost);
  older.evicts_pods = false;
  made.book.entries.insert(made.book.entries.begin(), older);
  CHECK(made.judge().kind == Kind::kNone);
  made.book.entries.front().namespaces.exclude = {"team-a"};
  CHECK(made.judge().kind == Kind::kEvict);
  made.book.entries.front().namespaces.exclude.clear();
  made.book.entries.front().standing = plan::Standing::kLeaving;
  CHECK(made.judge().kind == Kind::kEvict);
}

TEST_CASE("whom eviction does not help is told what does", "[plan]") {
  const auto own_list = [](Case& c) { c.pod.pull_secrets = {"theirs"}; };
  check({
      {"bare", [](Case& c) { c.pod.owner_uid.clear(); }, Kind::kBeyond, "delete it and create it again"},
      {"own list", own_list, Kind::kBeyond, "imagePullSecrets of its own"},
      {"account not selected",
       [](Case& c) {
         c.account->pull_secrets.clear();
         c.entry().service_accounts.names = {"other"};
       },
       Kind::kBeyond, "HarborRegistry prod select it"},
      {"account ignored",
       [](Case& c) {
         c.account->pull_secrets.clear();
         c.account->ignored = true;
       },
       Kind::kBeyond, "ServiceAccount default"},
      {"own list, policy in force",
       [&](Case& c) {
         own_list(c);
         c.policy = {"other", "prod"};
       },
       Kind::kEvict},
      {"own list, policy in force for another registry",
       [&](Case& c) {
         own_list(c);
         c.policy = {"other"};
       },
       Kind::kBeyond, "imagePullSecrets of its own"},
      {"own list, policy in force, account ignored",
       [&](Case& c) {
         own_list(c);
         c.policy = {"prod"};
         c.account->ignored = true;
       },
       Kind::kBeyond, "imagePullSecrets of its own"},
      {"own list, policy in force, accounts by label",
       [&](Case& c) {
         own_list(c);
         c.policy = {"prod"};
         c.entry().service_accounts.selector = api::LabelSelector{};
       },
       Kind::kBeyond, "imagePullSecrets of its own"},
      {"of a Job", [](Case& c) { c.pod.owner = "Job migrate"; }, Kind::kBeyond, "Job migrate takes a Pod that goes"},
      {"of a workflow", [](Case& c) { c.pod.owner = "TaskRun t"; }, Kind::kBeyond, "run it again"},
  });
}

TEST_CASE("a reference that is on its way is waited for", "[plan]") {
  check({
      {"not attached yet", [](Case& c) { c.account->pull_secrets.clear(); }, Kind::kLater},
      {"no account", [](Case& c) { c.account.reset(); }, Kind::kLater},
  });
}

TEST_CASE("a list that is its ServiceAccount's is no list of its own", "[plan]") {
  Case made;
  made.account->pull_secrets = {"theirs", "harbor-pull"};
  made.pod.pull_secrets = {"theirs"};
  CHECK(made.judge().kind == Kind::kEvict);
  made.pod.pull_secrets = {"theirs", "and-mine"};
  CHECK(made.judge().kind == Kind::kBeyond);
}
