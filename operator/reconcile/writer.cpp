#include "reconcile/writer.hpp"

#include <algorithm>

#include "api/names.hpp"
#include "base/contains.hpp"
#include "kube/ingest.hpp"
#include "kube/request.hpp"
#include "plan/documents.hpp"
#include "plan/redact.hpp"

namespace reconcile {
namespace {

using base::contains;
using base::ErrorKind;
using base::fail;
using base::Status;
using kube::Content;

constexpr int kEditAttempts = 8;  // against writers that never rest; then the queue's back-off takes over

/// The docker configuration inside a Secret as the API server sends it.
base::Result<plan::Auths> auths_of(std::string_view secret_json) {
  const auto secret = kube::parse_source_secret(secret_json);
  if (!secret) return fail(secret.error());
  const auto* config = secret->find(api::kDockerConfigKey);
  if (config == nullptr) return fail(ErrorKind::kInvalid, "the Secret has no .dockerconfigjson");
  return plan::parse_docker_config(config->reveal());
}

}  // namespace

kube::DigestDockerConfig docker_config_digester(const plan::DigestKeys& keys) {
  return [&keys](std::string_view bytes) {
    return kube::DockerConfigFacts{plan::digest_bytes(bytes, keys), plan::digest_auths(bytes, keys)};
  };
}

base::Result<plan::Auths> NamespaceWriter::carried_over(const std::string& ns, const plan::WriteSecret& step) {
  if (step.keep_hosts.empty()) return plan::Auths{};
  const auto answer = api_.call(kube::get(kube::secret_path(ns, step.secret_name)), Content::kSecret, {kWriteDeadline});
  if (!answer) return fail(answer.error());
  auto auths = auths_of(*answer);
  if (!auths) return fail(std::move(auths.error()));
  std::erase_if(*auths, [&](const auto& entry) { return !contains(step.keep_hosts, entry.first); });
  // Losing a share that we promised to keep is worse than not writing.
  if (auths->size() != step.keep_hosts.size())
    return fail(ErrorKind::kConflict, "the Secret changed while it was read");
  return auths;
}

Status NamespaceWriter::write(const std::string& ns, const plan::WriteSecret& step, const plan::Book& book) {
  auto auths = carried_over(ns, step);
  if (!auths) return fail(std::move(auths.error()));
  for (const auto& source : step.sources) {
    const auto* entry = book.find(source);
    if (entry == nullptr || !entry->credential) return fail(ErrorKind::kInternal, "no credential for " + source);
    (*auths)[entry->host] = *entry->credential;
  }
  const auto document = plan::secret_document({ns, step.secret_name, step.uid, step.registries, *auths}, keys_);
  const bool force = !step.uid.empty();
  const auto request = kube::apply(kube::secret_path(ns, step.secret_name), std::string(document.reveal()), force);
  auto answer = api_.call(request, Content::kSecret, {kWriteDeadline});
  metrics_.write_done("secret", force ? "update" : "create", answer ? "success" : "error");
  if (!answer) {
    answer.error().message = plan::redact(std::move(answer.error().message), *auths);
    return fail(std::move(answer.error()));
  }
  auto written = kube::parse_pull_secret(*answer, docker_config_digester(keys_));
  if (!written) return fail(std::move(written.error()));
  world_.pull_secrets.at(step.secret_name).absorb(std::move(*written));
  return {};
}

Status NamespaceWriter::remove(const std::string& ns, const plan::DeleteSecret& step) {
  const auto request = kube::remove(kube::secret_path(ns, step.secret_name), step.uid, step.resource_version);
  const auto answer = api_.call(request, Content::kSecret, {kWriteDeadline});
  const bool gone = answer || answer.error().kind == ErrorKind::kNotFound;
  metrics_.write_done("secret", "delete", gone ? "success" : "error");
  if (!gone) return fail(answer.error());
  world_.pull_secrets.at(step.secret_name).remove(ns, step.secret_name, step.resource_version);
  return {};
}

Status NamespaceWriter::attach(const plan::Attach& step) {
  return edit({step.seen, step.secret_name, plan::attach_document, true});
}

Status NamespaceWriter::detach(const plan::Detach& step) {
  return edit({step.seen, step.secret_name, plan::detach_document, false});
}

Status NamespaceWriter::make_account(const std::string& ns, const plan::MakeAccount& step) {
  const auto request = kube::create(kube::service_accounts_path(ns), plan::account_document(ns, step.secret_names));
  const auto answer = api_.call(request, Content::kPlain, {kWriteDeadline});
  const bool there = !answer && answer.error().kind == ErrorKind::kConflict;
  metrics_.write_done("serviceaccount", "create", answer || there ? "success" : "error");
  if (there) return {};  // somebody was quicker; the watch shows it, and it is attached to
  if (!answer) return fail(answer.error());
  if (auto written = kube::parse_service_account(*answer)) world_.accounts.absorb(std::move(*written));
  return {};
}

base::Result<bool> NamespaceWriter::look_again(Edit& edit) {
  const auto& meta = edit.seen.meta;
  const auto answer =
      api_.call(kube::get(kube::service_account_path(meta.ns, meta.name)), Content::kPlain, {kWriteDeadline});
  if (!answer && answer.error().kind == ErrorKind::kNotFound) return false;
  if (!answer) return fail(answer.error());
  auto now = kube::parse_service_account(*answer);
  if (!now) return fail(std::move(now.error()));
  const bool same_object = now->meta.uid == meta.uid && !now->terminating;
  const bool present = contains(now->pull_secrets, edit.secret_name);
  const bool owned = contains(now->attached, edit.secret_name);
  world_.accounts.absorb(*now);
  edit.seen = std::move(*now);
  return same_object && (edit.attach ? !present && !edit.seen.ignored : owned);
}

Status NamespaceWriter::patch(const Edit& edit) {
  const auto path = kube::service_account_path(edit.seen.meta.ns, edit.seen.meta.name);
  const auto request = kube::json_patch(path, edit.document(edit.seen, edit.secret_name));
  const auto answer = api_.call(request, Content::kPlain, {kWriteDeadline});
  metrics_.write_done("serviceaccount", edit.attach ? "attach" : "detach", answer ? "success" : "error");
  if (!answer) return fail(answer.error());
  if (auto written = kube::parse_service_account(*answer)) world_.accounts.absorb(std::move(*written));
  return {};
}

Status NamespaceWriter::edit(Edit edit) {
  Status status;
  for (int attempt = 0; attempt < kEditAttempts; ++attempt) {
    status = patch(edit);
    if (status || status.error().kind == ErrorKind::kNotFound) return {};
    if (status.error().kind != ErrorKind::kConflict) return status;
    const auto sensible = look_again(edit);
    if (!sensible) return fail(sensible.error());
    if (!*sensible) return {};
  }
  return status;
}

}  // namespace reconcile
