// The writes of one namespace, one function a step. Each takes the answer into the store, so that the next decision
// knows it.
#pragma once

#include <string>

#include "base/result.hpp"
#include "kube/api.hpp"
#include "kube/ingest.hpp"
#include "plan/book.hpp"
#include "plan/step.hpp"
#include "reconcile/world.hpp"
#include "runtime/metrics.hpp"

namespace reconcile {

/// Bounds of a write. Not tied to the stop token: on shutdown a write under way is finished, not abandoned with an
/// unknown effect.
inline constexpr std::chrono::milliseconds kWriteDeadline{10'000};

/// Thread-safe; blocks. Errors are the API server's, never with a credential in the message; kConflict: look again.
class NamespaceWriter {
 public:
  NamespaceWriter(kube::Api& api, World& world, const plan::DigestKeys& keys, runtime::Metrics& metrics)
      : api_(api), world_(world), keys_(keys), metrics_(metrics) {}

  [[nodiscard]] base::Status write(const std::string& ns, const plan::WriteSecret& step, const plan::Book& book);
  [[nodiscard]] base::Status remove(const std::string& ns, const plan::DeleteSecret& step);
  /// A ServiceAccount that others change meanwhile is read again and patched again, a few times, as long as the step
  /// still makes sense. One that vanished is fine.
  [[nodiscard]] base::Status attach(const plan::Attach& step);
  [[nodiscard]] base::Status detach(const plan::Detach& step);
  /// By creation, never by apply: one that is there by now, whatever it holds, is fine and stays as it is.
  [[nodiscard]] base::Status make_account(const std::string& ns, const plan::MakeAccount& step);

 private:
  using Document = std::string (*)(const api::ServiceAccount&, const std::string&);
  struct Edit {
    api::ServiceAccount seen = {};
    const std::string& secret_name;
    Document document = nullptr;
    bool attach = false;
  };
  [[nodiscard]] base::Status patch(const Edit& edit);
  [[nodiscard]] base::Status edit(Edit edit);
  /// The edit still makes sense on what is there now.
  [[nodiscard]] base::Result<bool> look_again(Edit& edit);
  [[nodiscard]] base::Result<plan::Auths> carried_over(const std::string& ns, const plan::WriteSecret& step);

  kube::Api& api_;
  World& world_;
  const plan::DigestKeys& keys_;
  runtime::Metrics& metrics_;
};

/// What ingest needs to tell contents apart, with our keys.
[[nodiscard]] kube::DigestDockerConfig docker_config_digester(const plan::DigestKeys& keys);

}  // namespace reconcile
