// Condition, event and failure reasons. They are API: each has a heading in docs/troubleshooting.md.
#pragma once

#include <string_view>

namespace plan {

inline constexpr std::string_view kSynced = "Synced";
inline constexpr std::string_view kProgressing = "Progressing";
inline constexpr std::string_view kSuspended = "Suspended";
inline constexpr std::string_view kInvalidSpec = "InvalidSpec";
inline constexpr std::string_view kCredentialSecretMissing = "CredentialSecretMissing";
inline constexpr std::string_view kCredentialInvalid = "CredentialInvalid";
inline constexpr std::string_view kSecretConflict = "SecretConflict";
inline constexpr std::string_view kHostConflict = "HostConflict";
inline constexpr std::string_view kServiceAccountContended = "ServiceAccountContended";
inline constexpr std::string_view kNamespaceTerminating = "NamespaceTerminating";
inline constexpr std::string_view kPartiallySynced = "PartiallySynced";
inline constexpr std::string_view kWriteRefused = "WriteRefused";  ///< quota, admission, RBAC or validation said no
inline constexpr std::string_view kWriteFailed = "WriteFailed";    ///< no usable answer; retried

/// Whether nothing but a change by somebody cures it, so that waiting is in vain (kstatus: Stalled).
[[nodiscard]] constexpr bool stalls(std::string_view reason) {
  return reason == kInvalidSpec || reason == kCredentialInvalid || reason == kSecretConflict || reason == kHostConflict;
}

}  // namespace plan
