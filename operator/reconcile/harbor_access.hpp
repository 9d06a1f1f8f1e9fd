// The connections to Harbors: one for each registry, made anew when its address or its CA changes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "api/harbor_registry.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "harbor/api.hpp"
#include "reconcile/world.hpp"

namespace reconcile {

/// Where a Harbor is and what proves that it is the one.
struct HarborAddress {
  std::string endpoint = {};  ///< scheme://host[:port]
  std::string ca_pem = {};    ///< empty: the system's authorities
  bool insecure = false;      ///< accept any certificate
  bool operator==(const HarborAddress&) const = default;
};

/// Makes a client that owns all it needs. Fails with kInvalid for an address or a CA that cannot be used.
using HarborFactory = std::function<base::Result<std::shared_ptr<harbor::Api>>(const HarborAddress&)>;

/// Thread-safe.
class HarborAccess {
 public:
  HarborAccess(const World& world, HarborFactory factory) : world_(world), factory_(std::move(factory)) {}

  /// Fails with kTls when the CA that the registry names is not there or cannot be read, with the remedy.
  [[nodiscard]] base::Result<std::shared_ptr<harbor::Api>> to(const api::HarborRegistry& registry) EXCLUDES(mutex_);
  /// The basic-auth Secret of that name in the operator's namespace. Fails with kInvalid and a reason of
  /// plan/reasons.hpp.
  [[nodiscard]] base::Result<harbor::Account> account(const std::string& secret_name) const;
  void forget(const std::string& registry) EXCLUDES(mutex_);

 private:
  [[nodiscard]] base::Result<std::string> ca_of(const api::TlsSpec& tls) const;

  struct Link {
    HarborAddress address = {};
    std::shared_ptr<harbor::Api> api = {};
  };
  const World& world_;
  const HarborFactory factory_;
  base::Mutex mutex_;
  std::map<std::string, Link> links_ GUARDED_BY(mutex_);
};

}  // namespace reconcile
