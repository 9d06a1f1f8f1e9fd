#include "base/error.hpp"

namespace base {

std::string_view name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid: return "Invalid";
    case ErrorKind::kNotFound: return "NotFound";
    case ErrorKind::kConflict: return "Conflict";
    case ErrorKind::kExpired: return "Expired";
    case ErrorKind::kUnauthorized: return "Unauthorized";
    case ErrorKind::kForbidden: return "Forbidden";
    case ErrorKind::kRejected: return "Rejected";
    case ErrorKind::kThrottled: return "Throttled";
    case ErrorKind::kUnavailable: return "Unavailable";
    case ErrorKind::kTimeout: return "Timeout";
    case ErrorKind::kTls: return "TLS";
    case ErrorKind::kTooLarge: return "TooLarge";
    case ErrorKind::kCancelled: return "Cancelled";
    case ErrorKind::kRefused: return "Refused";
    case ErrorKind::kInternal: return "Internal";
  }
  return "Unknown";
}

bool retryable(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kConflict:
    case ErrorKind::kExpired:
    case ErrorKind::kUnauthorized:  // a token is renewed behind our back
    case ErrorKind::kForbidden:     // a quota is raised, a policy or a role is mended
    case ErrorKind::kRejected:      // an admission policy is mended
    case ErrorKind::kThrottled:
    case ErrorKind::kUnavailable:
    case ErrorKind::kTimeout:
    case ErrorKind::kTls:
    case ErrorKind::kNotFound:
    case ErrorKind::kInternal: return true;
    case ErrorKind::kInvalid:
    case ErrorKind::kTooLarge:
    case ErrorKind::kCancelled:
    case ErrorKind::kRefused: return false;
  }
  return false;
}

}  // namespace base
