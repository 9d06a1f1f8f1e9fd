// A control plane with everything installed, and what a measurement does to it as an administrator.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/control_plane.hpp"
#include "support/operator.hpp"

namespace bench {

using support::Millis;

inline constexpr const char* kHost = "harbor.example.com";
inline constexpr const char* kSecretName = "harbor-pull";
/// All passwords are as long as each other, so that every write is of one size.
[[nodiscard]] std::string password(int number);
/// What the registry selects.
[[nodiscard]] support::Labels selected();
/// "stem-0" and so on.
[[nodiscard]] std::vector<std::string> names(const std::string& stem, int count);
/// For something done in `namespaces` namespaces on a machine that has other work.
[[nodiscard]] Millis patience(int namespaces);

enum class Record { kNo, kAudit };

/// Not thread-safe, but for admin().
class Scene {
 public:
  explicit Scene(Record record = Record::kNo);
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  [[nodiscard]] const support::ControlPlane& plane() const { return plane_; }
  [[nodiscard]] const support::Client& admin() const { return plane_.client(); }
  [[nodiscard]] support::Operator& op() { return *operator_; }

  /// Returns when it leads; tells how long it took to be ready.
  Millis start_operator();
  /// The operator, once started, makes ServiceAccount default of new namespaces itself; gives it the right.
  void make_default_accounts();
  void stop_operator();

  void set_password(const std::string& value);
  void apply_registry();
  /// Returns when the operator has taken everything away.
  void remove_registry(Millis patience);

  void make_namespace(const std::string& name, const support::Labels& labels) const;
  /// On kCreators threads; `made` is called on them after each.
  void make_namespaces(const std::vector<std::string>& names, const support::Labels& labels,
                       const std::function<void(const std::string&)>& made = nullptr) const;
  /// The ServiceAccounts `default` of that many namespaces that begin with `stem`, once they are all there.
  [[nodiscard]] std::vector<support::Json> default_accounts(const std::string& stem, std::size_t count) const;

 private:
  support::ControlPlane plane_;
  support::OperatorOptions options_;
  std::optional<support::Operator> operator_;
};

/// The sum of the samples of that metric whose line has `part` in it: metric(text, "rest_client_requests_total",
/// "PATCH").
[[nodiscard]] double metric_sum(const std::string& metrics, const std::string& name, const std::string& part = "");

}  // namespace bench
