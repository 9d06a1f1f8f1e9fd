#include "reconcile/harbor_access.hpp"

#include "api/names.hpp"
#include "plan/docker_config.hpp"
#include "plan/reasons.hpp"

namespace reconcile {
namespace {

using base::ErrorKind;
using base::fail;

}  // namespace

base::Result<std::string> HarborAccess::ca_of(const api::TlsSpec& tls) const {
  if (!tls.ca_ref) return std::string();
  const auto& ref = *tls.ca_ref;
  const bool map = ref.kind == api::CaRef::Kind::kConfigMap;
  const std::string where =
      std::string(map ? "ConfigMap " : "Secret ") + world_.own_namespace + "/" + ref.name + " (spec.tls.caRef) ";
  const auto missing = [&](const std::string& what) {
    return fail(ErrorKind::kTls, plan::kTlsUntrusted, where + what);
  };
  if (map) {
    const auto found = world_.config_maps.get(world_.own_namespace, ref.name);
    if (!found) return missing("does not exist");
    const auto* value = found->find(ref.key);
    return value == nullptr ? missing("has no key " + ref.key) : base::Result<std::string>(*value);
  }
  const auto found = world_.sources.get(world_.own_namespace, ref.name);
  if (!found) return missing("does not exist");
  const auto* value = found->find(ref.key);
  return value == nullptr ? missing("has no key " + ref.key) : base::Result<std::string>(std::string(value->reveal()));
}

base::Result<std::shared_ptr<harbor::Api>> HarborAccess::to(const api::HarborRegistry& registry) {
  const auto& spec = registry.spec;
  auto ca = ca_of(spec.tls);
  if (!ca) return fail(std::move(ca.error()));
  HarborAddress address{api::endpoint_of(spec), std::move(*ca),
                        spec.tls.verification == api::TlsVerification::kInsecure};
  const base::MutexLock lock(mutex_);
  auto& link = links_[registry.meta.name];
  if (link.api && link.address == address) return link.api;
  auto made = factory_(address);
  if (!made) {
    const bool with_ca = spec.tls.ca_ref.has_value();
    return fail(ErrorKind::kTls, with_ca ? plan::kTlsUntrusted : plan::kRegistryUnreachable,
                std::string(with_ca ? "spec.tls.caRef: " : "spec.endpoint: ") + made.error().message);
  }
  link = {std::move(address), std::move(*made)};
  return link.api;
}

base::Result<harbor::Account> HarborAccess::account(const std::string& secret_name) const {
  const std::string where = "Secret " + world_.own_namespace + "/" + secret_name + " (spec.credential.robot.adminRef) ";
  const auto secret = world_.sources.get(world_.own_namespace, secret_name);
  if (!secret) {
    return fail(ErrorKind::kInvalid, plan::kCredentialSecretMissing,
                where + "does not exist; create it with type kubernetes.io/basic-auth");
  }
  if (secret->type != api::kBasicAuthType) {
    return fail(ErrorKind::kInvalid, plan::kCredentialInvalid,
                where + "is of type " + secret->type + "; make it again with type kubernetes.io/basic-auth");
  }
  auto credential = plan::read_credential(*secret, "");
  if (!credential) {
    return fail(ErrorKind::kInvalid, plan::kCredentialInvalid, where + "cannot be used: " + credential.error().message);
  }
  return harbor::Account{std::string(credential->username.reveal()), std::move(credential->password)};
}

void HarborAccess::forget(const std::string& registry) {
  const base::MutexLock lock(mutex_);
  links_.erase(registry);
}

}  // namespace reconcile
