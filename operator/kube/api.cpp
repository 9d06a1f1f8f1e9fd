#include "kube/api.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/printable.hpp"
#include "http/header_values.hpp"

namespace kube {
namespace {

using base::ErrorKind;
using nlohmann::json;

constexpr std::size_t kMaxStatus = 1U << 20U;  // bytes; a longer error body is some other page
constexpr std::size_t kMaxMessage = 1024;
constexpr std::size_t kMaxWord = 64;
constexpr std::size_t kMaxField = 200;
constexpr std::chrono::seconds kMaxRetryAfter{300};

/// What is used of metav1.Status.
struct KubeStatus {
  std::string message = {};
  std::string reason = {};
  std::string field = {};  ///< of the first cause that names one
  std::optional<std::chrono::milliseconds> retry_after = std::nullopt;
};

std::string text(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Words go into conditions and metrics: whatever is not a CamelCase word is dropped.
std::string word(std::string candidate) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  const bool good = candidate.size() <= kMaxWord && std::all_of(candidate.begin(), candidate.end(), is_word);
  return good ? candidate : std::string();
}

/// Causes that say more than the reason above them: the namespace is going, the watch cache is behind, another manager
/// owns the field.
bool says_more(std::string_view cause) {
  static constexpr std::array<std::string_view, 3> kCauses = {"NamespaceTerminating", "ResourceVersionTooLarge",
                                                              "FieldManagerConflict"};
  return std::find(kCauses.begin(), kCauses.end(), cause) != kCauses.end();
}

void read_causes(const json& details, KubeStatus& status) {
  const auto causes = details.find("causes");
  if (causes == details.end() || !causes->is_array()) return;
  for (const auto& cause : *causes) {
    if (!cause.is_object()) continue;
    const auto reason = word(text(cause, "reason"));
    if (says_more(reason)) status.reason = reason;
    if (status.field.empty()) status.field = base::printable(text(cause, "field"), kMaxField);
  }
}

void read_details(const json& details, KubeStatus& status) {
  read_causes(details, status);
  const auto after = details.find("retryAfterSeconds");
  if (after == details.end() || !after->is_number_integer()) return;
  const auto seconds = after->get<std::int64_t>();  // 0 is Go's way to leave it out
  if (seconds > 0) status.retry_after = std::min(std::chrono::seconds(seconds), kMaxRetryAfter);
}

/// Nothing when the body is not a Status: a proxy's page, an empty answer.
std::optional<KubeStatus> parse_status(const std::string& body) {
  if (body.size() > kMaxStatus) return std::nullopt;
  const auto document = json::parse(body, nullptr, false);
  if (!document.is_object() || text(document, "kind") != "Status") return std::nullopt;
  KubeStatus status;
  status.message = base::printable(text(document, "message"), kMaxMessage);
  status.reason = word(text(document, "reason"));
  const auto details = document.find("details");
  if (details != document.end() && details->is_object()) read_details(*details, status);
  return status;
}

/// HTTP code and reason to kind; the reason wins only where one code has two meanings.
///
///   401                      kUnauthorized
///   403                      kForbidden      also for a namespace that is going (reason NamespaceTerminating)
///   404                      kNotFound
///   408                      kTimeout
///   409                      kConflict       AlreadyExists, Conflict, FieldManagerConflict
///   410, Expired, Gone       kExpired
///   422                      kRejected       of a JSON Patch: kConflict, see call()
///   429                      kThrottled
///   5xx                      kUnavailable    504 too (reason Timeout or ResourceVersionTooLarge)
///   other 4xx                kRejected       400, 405, 406, 413, 415
///   1xx, 3xx                 kUnavailable    something before the server answers; redirects are never followed
ErrorKind kind_of(int code, std::string_view reason) {
  if (code == 410 || reason == "Expired" || reason == "Gone") return ErrorKind::kExpired;
  switch (code) {
    case 401: return ErrorKind::kUnauthorized;
    case 403: return ErrorKind::kForbidden;
    case 404: return ErrorKind::kNotFound;
    case 408: return ErrorKind::kTimeout;
    case 409: return ErrorKind::kConflict;
    case 429: return ErrorKind::kThrottled;
    default: return code >= 400 && code < 500 ? ErrorKind::kRejected : ErrorKind::kUnavailable;
  }
}

std::string without_status(int code) {
  auto message = "HTTP " + std::to_string(code) + " from the API server without a Kubernetes Status";
  if (code >= 300 && code < 400) message += " (redirects are not followed: is the server's URL right?)";
  return message;
}

std::string describe(int code, const KubeStatus& status, Content content) {
  const bool repeatable = content == Content::kPlain || code == 403 || code == 409;
  if (repeatable && !status.message.empty()) return status.message;
  auto message = "the API server answered " + std::to_string(code);
  if (!status.reason.empty()) message += " " + status.reason;
  if (!status.field.empty()) message += " (field " + status.field + ")";
  return message;
}

bool is_json_patch(const http::Request& request) {
  return std::any_of(request.headers.begin(), request.headers.end(), [](const http::Header& header) {
    return header.name == "Content-Type" && header.value == "application/json-patch+json";
  });
}

class HttpApi final : public Api {
 public:
  explicit HttpApi(http::Transport& transport) : transport_(transport) {}

  [[nodiscard]] base::Result<std::string> call(const http::Request& request, Content content,
                                               const http::Limits& limits) override {
    auto response = transport_.send(request, limits);
    if (!response) return base::fail(std::move(response.error()));
    if (response->status >= 200 && response->status < 300) return std::move(response->body);
    auto error = to_error(*response, content);
    // A failed `test` answers 422 Invalid, as an object found invalid does (apiserver handlers/patch.go, applyJSPatch).
    // Our patches add or remove one entry under a test, so somebody else's change is by far the likelier cause.
    if (response->status == 422 && is_json_patch(request)) error.kind = ErrorKind::kConflict;
    return base::fail(std::move(error));
  }

 private:
  http::Transport& transport_;
};

}  // namespace

std::unique_ptr<Api> make_api(http::Transport& transport) { return std::make_unique<HttpApi>(transport); }

base::Error to_error(const http::Response& response, Content content) {
  const auto status = parse_status(response.body);
  base::Error error;
  error.http_status = response.status;
  error.retry_after = http::parse_retry_after(response.header("Retry-After"));
  error.kind = kind_of(response.status, status ? status->reason : std::string());
  if (!status) {
    error.message = without_status(response.status);
    return error;
  }
  error.reason = status->reason;
  error.message = describe(response.status, *status, content);
  if (!error.retry_after) error.retry_after = status->retry_after;
  return error;
}

}  // namespace kube
