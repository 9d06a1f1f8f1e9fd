// The one table from Harbor's answers to error kinds, and the words that mean something to the user.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "harbor/model.hpp"
#include "http/message.hpp"

namespace harbor {

// Values of Error::reason; otherwise it is Harbor's code (FORBIDDEN, DENIED, NOT_FOUND, …) or empty.
inline constexpr std::string_view kReadOnly = "ReadOnly";            ///< the administrator allows no changes (403)
inline constexpr std::string_view kCsrf = "CsrfTokenMissing";        ///< a cookie got into our request (403)
inline constexpr std::string_view kScopeExceeded = "ScopeExceeded";  ///< a robot asked for more than it has (403)
inline constexpr std::string_view kRobotsMayNot = "RobotsMayNotMakeThis";  ///< this version refuses robots (403)
inline constexpr std::string_view kRedirect = "Redirect";                  ///< the endpoint sends us elsewhere
inline constexpr std::string_view kNotHarbor = "NotHarbor";                ///< the answer is not one of Harbor's
inline constexpr std::string_view kMalformed = "MalformedAnswer";          ///< JSON, but not what Harbor would say

/// What was tried, for messages.
struct Attempt {
  std::string doing = {};          ///< "create robot g1": begins the message
  const Credential* as = nullptr;  ///< struck out of the server's words: something between may echo a request
  std::string_view right = {};     ///< what it takes, as Harbor names it: "robot:list"
};

/// Turns an answer that was not wanted into an Error.
///
///   401                kUnauthorized
///   403                kForbidden      the reason says more, see above
///   404                kNotFound
///   408                kTimeout
///   409                kConflict
///   429                kThrottled      with retry_after
///   other 4xx          kRejected       400, 405, 412, 422
///   5xx                kUnavailable
///   3xx                kRejected       reason Redirect; never followed
///   1xx, 2xx           kUnavailable    reason NotHarbor
///
/// The message holds one line of Harbor's text at most, never a page of a proxy.
[[nodiscard]] base::Error to_error(const Attempt& attempt, const http::Response& response);

/// A 2xx whose body is not JSON, or JSON that says something else; `why` ends the message.
[[nodiscard]] base::Error not_harbor(std::string_view doing, const http::Response& response);
[[nodiscard]] base::Error malformed(std::string_view doing, std::string_view why);

/// Harbor's words in an error answer, unprinted; empty when the body is not one of Harbor's errors.
struct Words {
  std::string code = {};
  std::string message = {};
};
[[nodiscard]] Words words(const http::Response& response);

/// `text` without any form of `credential`: something between us and Harbor may echo a request.
[[nodiscard]] std::string without(const Credential& credential, std::string text);

}  // namespace harbor
