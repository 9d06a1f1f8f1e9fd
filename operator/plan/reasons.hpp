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
inline constexpr std::string_view kReachable = "Reachable";
inline constexpr std::string_view kVerified = "Verified";
inline constexpr std::string_view kRegistryUnreachable = "RegistryUnreachable";
inline constexpr std::string_view kTlsUntrusted = "TLSUntrusted";
inline constexpr std::string_view kRealmMismatch = "RealmMismatch";
inline constexpr std::string_view kClockSkew = "ClockSkew";
inline constexpr std::string_view kAuthenticationFailed = "AuthenticationFailed";
inline constexpr std::string_view kPermissionDenied = "PermissionDenied";
inline constexpr std::string_view kProjectNotFound = "ProjectNotFound";
inline constexpr std::string_view kRotationFailed = "RotationFailed";
// Of events only.
inline constexpr std::string_view kRotated = "Rotated";
inline constexpr std::string_view kRobotLeft = "RobotLeft";
inline constexpr std::string_view kInsecureTls = "InsecureTLS";
inline constexpr std::string_view kRecoveredByEviction = "RecoveredByEviction";
inline constexpr std::string_view kPodNotRecoverable = "PodNotRecoverable";
inline constexpr std::string_view kPodRecoveryForbidden = "PodRecoveryForbidden";

/// What to do about kPodRecoveryForbidden, in the same words everywhere.
inline constexpr std::string_view kPodsRefused =
    "pods.recovery: Evict is not at work, since the operator may not watch or evict Pods: kubectl apply -k "
    "deploy/pod-recovery";

/// Whether nothing but a change by somebody cures it, so that waiting is in vain (kstatus: Stalled).
[[nodiscard]] constexpr bool stalls(std::string_view reason) {
  return reason == kInvalidSpec || reason == kCredentialInvalid || reason == kSecretConflict ||
         reason == kHostConflict || reason == kAuthenticationFailed || reason == kPermissionDenied ||
         reason == kProjectNotFound || reason == kTlsUntrusted;
}

/// Whether it says that Harbor cannot be talked to at all, so that it concerns everybody who would.
[[nodiscard]] constexpr bool tells_of_absence(std::string_view reason) {
  return reason == kRegistryUnreachable || reason == kTlsUntrusted;
}

}  // namespace plan
