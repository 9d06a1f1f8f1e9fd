// Our kind. The CustomResourceDefinition in crds/ is its schema; a test holds the two together.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "api/core.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace api {

/// metav1.LabelSelector requirement. `op` is In, NotIn, Exists or DoesNotExist, kept as written.
struct LabelRequirement {
  std::string key = {};
  std::string op = {};
  std::vector<std::string> values = {};
  bool operator==(const LabelRequirement&) const = default;
};

/// metav1.LabelSelector; empty selects everything.
struct LabelSelector {
  Labels match_labels = {};
  std::vector<LabelRequirement> match_expressions = {};
  bool operator==(const LabelSelector&) const = default;
};

struct NamespaceSelection {
  std::optional<LabelSelector> selector = {};
  std::vector<std::string> names = {};    ///< globs; empty means any
  std::vector<std::string> exclude = {};  ///< globs
  bool operator==(const NamespaceSelection&) const = default;
};

enum class AttachMode { kAttach, kNone };
enum class DeletionPolicy { kDelete, kRetain };
enum class PodRecovery { kNone, kEvict };

struct ServiceAccountSelection {
  AttachMode mode = AttachMode::kAttach;
  std::vector<std::string> names = {"default"};  ///< globs
  std::optional<LabelSelector> selector = {};
  bool operator==(const ServiceAccountSelection&) const = default;
};

enum class TlsVerification { kFull, kInsecure };

/// Where the certificates of the registry's CA are, in the operator's namespace.
struct CaRef {
  enum class Kind { kConfigMap, kSecret };
  Kind kind = Kind::kConfigMap;
  std::string name = {};
  std::string key = "ca.crt";
  bool operator==(const CaRef&) const = default;
};

struct TlsSpec {
  TlsVerification verification = TlsVerification::kFull;
  std::optional<CaRef> ca_ref = {};  ///< absent: the system's CAs
  bool operator==(const TlsSpec&) const = default;
};

enum class Sharing { kShared, kPerNamespace };
enum class ProjectFrom { kNone, kNamespaceName, kNamespaceLabel };

inline constexpr int kNeverExpires = -1;  ///< as RobotSpec::lifetime_days

/// Robot accounts that the operator makes. kShared has at least one project and kNone; kPerNamespace has another
/// ProjectFrom, and pulls of `projects` besides.
struct RobotSpec {
  std::string admin_secret = {};  ///< name of a basic-auth Secret in the operator's namespace
  Sharing sharing = Sharing::kShared;
  std::vector<std::string> projects = {};
  ProjectFrom project_from = ProjectFrom::kNone;
  std::string project_label = {};                 ///< label key, exactly with kNamespaceLabel
  int lifetime_days = 30;                         ///< 1 to 3650, or kNeverExpires
  std::optional<base::Millis> renew_before = {};  ///< before the end of the lifetime; absent: a third of it
  base::Millis overlap = std::chrono::hours(24);  ///< how long the old robot stays after the new one is everywhere
  bool operator==(const RobotSpec&) const = default;
};

/// Images of `from` (a registry, or a registry and the beginning of a path) are pulled as `to` (host and path). The
/// admission policy of deploy/admission acts on it; the operator itself only judges it.
struct ImageRewrite {
  std::string from = {};
  std::string to = {};
  bool operator==(const ImageRewrite&) const = default;
};

struct HarborRegistrySpec {
  std::string host = {};      ///< host[:port]
  std::string endpoint = {};  ///< as written, "" when absent; use endpoint_of()
  TlsSpec tls = {};
  std::string credential_secret = {};  ///< name of the source Secret in the operator's namespace; "" when robot
  std::vector<std::string> credential_projects = {};  ///< of which credential_secret must be able to pull
  std::optional<RobotSpec> robot = {};                ///< exactly when credential_secret is ""
  NamespaceSelection namespaces = {};
  ServiceAccountSelection service_accounts = {};
  std::string secret_name = "harbor-pull";
  PodRecovery pod_recovery = PodRecovery::kNone;
  std::vector<ImageRewrite> rewrites = {};
  DeletionPolicy deletion_policy = DeletionPolicy::kDelete;
  base::Millis interval = std::chrono::minutes(10);  ///< between two verifications of registry and credential
  bool suspend = false;
  bool operator==(const HarborRegistrySpec&) const = default;
};

/// Where the operator calls Harbor: scheme://host[:port] without a slash at the end.
[[nodiscard]] std::string endpoint_of(const HarborRegistrySpec& spec);

/// metav1.Condition.
struct Condition {
  std::string type = {};
  std::string status = {};  ///< True, False, Unknown
  std::int64_t observed_generation = 0;
  std::string last_transition_time = {};
  std::string reason = {};
  std::string message = {};
  bool operator==(const Condition&) const = default;
};

/// Bounds of the schema: a status beyond them is refused as a whole, so whoever fills one keeps to them. In characters
/// and items.
inline constexpr std::size_t kMaxFailures = 20;
inline constexpr std::size_t kMaxFailureMessage = 512;
inline constexpr std::size_t kMaxExamples = 5;
inline constexpr std::size_t kMaxConditionMessage = 32768;
inline constexpr std::size_t kMaxRequestedAt = 256;  ///< a longer trigger annotation is cut when it is read
inline constexpr std::size_t kMaxRobotName = 255;    ///< as in Harbor
inline constexpr std::size_t kContentHashSize = 32;  ///< exactly, in hexadecimal digits of lower case

/// Namespaces that fail for one reason: a count and a few names.
struct FailureGroup {
  std::string reason = {};
  std::int64_t count = 0;
  std::string message = {};                ///< of the first example
  std::vector<std::string> examples = {};  ///< namespaces, sorted, at most kMaxExamples
  bool operator==(const FailureGroup&) const = default;
};

/// What is known of the credential. Times are RFC 3339, "" for never or unknown; of several robots the earliest counts.
struct CredentialStatus {
  std::string robot = {};   ///< login name of the robot; "" for a given Secret and for one robot a namespace
  std::int64_t robots = 0;  ///< how many are current
  std::string expires_at = {};
  std::string next_rotation = {};
  std::string content_hash = {};  ///< keyed hash of the credential that was last proved, or ""
  bool operator==(const CredentialStatus&) const = default;
};

/// Pods that wait for an image of the registry for want of the Secret.
struct PodStatus {
  std::int64_t waiting = 0;        ///< will be made again
  std::int64_t unrecoverable = 0;  ///< making them again would not help, or nobody would
  bool operator==(const PodStatus&) const = default;
};

struct HarborRegistryStatus {
  std::int64_t observed_generation = -1;
  std::vector<Condition> conditions = {};
  std::int64_t selected = 0;
  std::int64_t synced = 0;
  std::int64_t failed = 0;
  std::string namespaces = {};  ///< "412/415", for the printer column
  std::vector<FailureGroup> failures = {};
  CredentialStatus credential = {};
  std::optional<PodStatus> pods = {};     ///< nullopt: pods.recovery is None
  std::string references_placed_by = {};  ///< plan::kByAdmissionPolicy, plan::kByOperator or "" when there are none
  std::string last_handled_reconcile_at = {};
  bool operator==(const HarborRegistryStatus&) const = default;
};

struct HarborRegistry {
  Meta meta = {};
  std::int64_t generation = 0;
  std::string creation_timestamp = {};  ///< RFC 3339; with the name it decides who is older
  bool deleting = false;                ///< has a deletionTimestamp
  std::string deletion_timestamp = {};  ///< RFC 3339; "" when it is not deleted
  std::vector<std::string> finalizers = {};
  std::string reconcile_requested_at =
      {};  ///< of two trigger annotations the greater text (RFC 3339: the newer), or empty
  std::string rotate_requested_at = {};  ///< text of the annotation; a new one asks for a rotation now
  HarborRegistrySpec spec = {};
  std::string spec_error = {};  ///< why the spec cannot be used, or empty; then `spec` is only what could be read of it
  HarborRegistryStatus status = {};
  bool operator==(const HarborRegistry&) const = default;
};

/// Reads a whole object as the API server sends it. Defaults are those of the CRD. A spec that this version cannot read
/// gives an object with `spec_error`, so that its status can say so; only an object without a name fails (kInvalid).
[[nodiscard]] base::Result<HarborRegistry> parse_harbor_registry(const nlohmann::json& object);

/// The whole `status` object as the API server stores it. Empty texts and lists are left out, so it must replace the
/// old status (JSON Patch), not be merged into it.
[[nodiscard]] nlohmann::json status_json(const HarborRegistryStatus& status);

}  // namespace api
