#include "support/client.hpp"

#include "http/cpprest_transport.hpp"

namespace support {
namespace {

constexpr std::chrono::milliseconds kDeadline{30'000};
constexpr std::size_t kMaxBody = 256U << 20U;  // the observer of a benchmark lists thousands of objects at once

Json parse(const std::string& body) {
  auto json = Json::parse(body, nullptr, false);
  return json.is_discarded() ? Json(body) : json;  // /readyz and a few errors are plain text
}

char separator(const std::string& path) { return path.find('?') == std::string::npos ? '?' : '&'; }

}  // namespace

std::string Answer::text() const {
  if (status == 0) {
    return "no answer: " + error;
  }
  const bool said = json.is_object() && json.contains("message");
  return "HTTP " + std::to_string(status) + (said ? ": " + json["message"].get<std::string>() : "");
}

const Json& Answer::require() const& {
  if (!ok()) {
    throw Failure(text());
  }
  return json;
}

Json Answer::require() && {
  static_cast<const Answer&>(*this).require();
  return std::move(json);
}

Client::Client(const std::string& server, std::string ca_pem, std::string token, std::string field_manager)
    : token_(std::move(token)), field_manager_(std::move(field_manager)) {
  http::CpprestOptions options{server};
  options.tls.ca_pem = std::move(ca_pem);
  auto made = http::make_cpprest_transport(std::move(options));
  if (!made) {
    throw Failure("no client for " + server + ": " + made.error().message);
  }
  transport_ = std::move(*made);
}

Client Client::with_token(std::string token) const {
  Client copy = *this;
  copy.token_ = std::move(token);
  return copy;
}

Client Client::with_field_manager(std::string name) const {
  Client copy = *this;
  copy.field_manager_ = std::move(name);
  return copy;
}

http::Request Client::authorized(http::Request request) const {
  if (!token_.empty()) {
    request.headers.push_back({"Authorization", "Bearer " + token_});
  }
  return request;
}

Answer Client::send(http::Request request) const {
  const auto response = transport_->send(authorized(std::move(request)), {kDeadline, kMaxBody, {}});
  if (!response) {
    return {0, {}, response.error().message};
  }
  return {response->status, parse(response->body), {}};
}

Answer Client::get(const std::string& path) const { return send({"GET", path}); }
Answer Client::remove(const std::string& path) const { return send({"DELETE", path}); }

std::vector<Json> Client::list(const std::string& path) const {
  std::vector<Json> found;
  std::string next;
  do {
    const auto page = get(path + separator(path) + "limit=500" + (next.empty() ? "" : "&continue=" + next));
    const auto& json = page.require();
    found.insert(found.end(), json.at("items").begin(), json.at("items").end());
    next = json["metadata"].value("continue", "");
  } while (!next.empty());
  return found;
}

Answer Client::write(const char* method, const std::string& path, const char* type, const Json& body) const {
  const auto target = path + separator(path) + "fieldManager=" + field_manager_;
  // a POST that reached the server must not be sent again; the others say the same thing twice
  return send({method, target, {{"Content-Type", type}}, body.dump(), std::string_view(method) != "POST"});
}

Answer Client::create(const std::string& collection_path, const Json& object) const {
  return write("POST", collection_path, "application/json", object);
}

Answer Client::apply(const std::string& path, const Json& object, bool force) const {
  // JSON is YAML, and a type that every version takes
  return write("PATCH", path + (force ? "?force=true" : ""), "application/apply-patch+yaml", object);
}

Answer Client::merge_patch(const std::string& path, const Json& patch) const {
  return write("PATCH", path, "application/merge-patch+json", patch);
}

Answer Client::json_patch(const std::string& path, const Json& patch) const {
  return write("PATCH", path, "application/json-patch+json", patch);
}

Answer Client::update(const std::string& path, const Json& object) const {
  return write("PUT", path, "application/json", object);
}

std::string Client::token_for(const std::string& ns, const std::string& service_account, int seconds) const {
  const Json request = {
      {"apiVersion", "authentication.k8s.io/v1"}, {"kind", "TokenRequest"}, {"spec", {{"expirationSeconds", seconds}}}};
  const auto answer = create(service_account_path(ns, service_account) + "/token", request);
  if (!answer.ok()) {
    throw Failure("no token for ServiceAccount " + ns + "/" + service_account + ": " + answer.text());
  }
  return answer.json.at("status").at("token");
}

}  // namespace support
