#include "support/image_client.hpp"

#include <openssl/evp.h>

#include <nlohmann/json.hpp>

#include "base/digest.hpp"
#include "http/cpprest_transport.hpp"
#include "support/eventually.hpp"

namespace support {
namespace {

using Json = nlohmann::json;

constexpr const char* kManifestType = "application/vnd.docker.distribution.manifest.v2+json";
constexpr const char* kConfigType = "application/vnd.docker.container.image.v1+json";
constexpr const char* kLayerType = "application/vnd.docker.image.rootfs.diff.tar.gzip";

/// A gzip stream of nothing: two ways to write it, so that images can differ.
const std::string kLayer("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00", 20);

std::unique_ptr<http::Transport> transport_to(const std::string& url, std::string ca_pem) {
  http::CpprestOptions options{url};
  options.tls.ca_pem = std::move(ca_pem);
  auto made = http::make_cpprest_transport(std::move(options));
  if (!made) {
    throw Failure("no client for " + url + ": " + made.error().message);
  }
  return std::move(*made);
}

/// A quoted parameter of a challenge.
std::string parameter(const std::string& challenge, const std::string& name) {
  const auto begin = challenge.find(name + "=\"");
  if (begin == std::string::npos) {
    return {};
  }
  const auto from = begin + name.size() + 2;
  return challenge.substr(from, challenge.find('"', from) - from);
}

std::string escaped(const std::string& text) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  std::string out;
  for (const unsigned char c : text) {
    const bool plain = (std::isalnum(c) != 0) || c == '-' || c == '.' || c == '_' || c == '~';
    out += plain ? std::string(1, static_cast<char>(c)) : std::string{'%', kDigits[c / 16], kDigits[c % 16]};
  }
  return out;
}

Pulled refused(const std::string& step, const http::Response& response) {
  return {false, response.status, step + ": HTTP " + std::to_string(response.status) + " " + response.body};
}

std::string manifest_of(const std::string& config) {
  const auto part = [](const char* type, const std::string& bytes) {
    return Json{{"mediaType", type}, {"size", bytes.size()}, {"digest", sha256_of(bytes)}};
  };
  return Json{{"schemaVersion", 2},
              {"mediaType", kManifestType},
              {"config", part(kConfigType, config)},
              {"layers", {part(kLayerType, kLayer)}}}
      .dump();
}

void require(int wanted, const std::string& step, const http::Response& response) {
  if (response.status != wanted) {
    throw Failure("cannot push, " + refused(step, response).detail);
  }
}

}  // namespace

ImageName image_name(const std::string& text) {
  const auto colon = text.rfind(':');
  return colon == std::string::npos ? ImageName{text, "latest"}
                                    : ImageName{text.substr(0, colon), text.substr(colon + 1)};
}

std::string sha256_of(const std::string& bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr);
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text = "sha256:";
  for (unsigned at = 0; at < size; ++at) {
    text += {kDigits[digest[at] / 16], kDigits[digest[at] % 16]};
  }
  return text;
}

std::string basic_authorization(const Login& login) {
  return "Basic " + base::base64_encode(login.user + ":" + login.password);
}

ImageClient::ImageClient(const std::string& url, std::string ca_pem)
    : ca_pem_(std::move(ca_pem)), transport_(transport_to(url, ca_pem_)) {}

http::Response ImageClient::send(http::Request request) const {
  auto response = transport_->send(request, {});
  if (!response) {
    throw Failure(response.error().message);
  }
  return std::move(*response);
}

/// First by POST, then by GET, as containerd does it; empty when neither gives one.
std::string ImageClient::token(const Login& login, const std::string& challenge) const {
  const auto realm = parameter(challenge, "realm");
  const auto path = realm.find('/', realm.find("://") + 3);
  const auto where = transport_to(realm.substr(0, path), ca_pem_);
  std::string form = "service=" + escaped(parameter(challenge, "service"));
  const auto scope = parameter(challenge, "scope");
  if (!scope.empty()) form += "&scope=" + escaped(scope);
  http::Request get{"GET", realm.substr(path) + "?" + form, {}, {}};
  if (!login.user.empty()) {
    const auto body = "grant_type=password&" + form + "&client_id=containerd-client&username=" + escaped(login.user) +
                      "&password=" + escaped(login.password);
    const http::Request post{"POST", realm.substr(path), {{"Content-Type", "application/x-www-form-urlencoded"}}, body};
    const auto answer = where->send(post, {});
    if (!answer) throw Failure(answer.error().message);
    // Only these mean "this server does not know the way"; any other refusal ends a pull.
    if (answer->status != 405 && answer->status != 404 && answer->status != 401) return {};
    get.headers.push_back({"Authorization", basic_authorization(login)});
  }
  const auto answer = where->send(get, {});
  if (!answer) throw Failure(answer.error().message);
  const auto json = Json::parse(answer->body, nullptr, false);
  return answer->status == 200 && json.is_object() ? json.value("token", "") : "";
}

Pulled ImageClient::pull(const Login& login, const std::string& image) const {
  const auto name = image_name(image);
  const std::string base = "/v2/" + name.repository;
  const http::Header accept{"Accept", kManifestType};
  try {
    http::Request head{"HEAD", base + "/manifests/" + name.tag, {accept}};
    auto response = send(head);
    if (response.status == 401) {
      const std::string challenge(response.header("WWW-Authenticate"));
      const bool bearer = challenge.starts_with("Bearer ");
      const auto shown = bearer ? token(login, challenge) : "";
      if (bearer && shown.empty()) return {false, 401, "no token for the challenge " + challenge};
      head.headers.push_back({"Authorization", bearer ? "Bearer " + shown : basic_authorization(login)});
      response = send(head);
    }
    if (response.status != 200) return refused("HEAD of the manifest", response);
    response = send({"GET", head.target, head.headers});
    if (response.status != 200) return refused("GET of the manifest", response);
    const auto manifest = Json::parse(response.body);
    for (const auto& part : {manifest.at("config"), manifest.at("layers").at(0)}) {
      const auto digest = part.at("digest").get<std::string>();
      response = send({"GET", base + "/blobs/" + digest, head.headers});
      if (response.status != 200) return refused("GET of a blob", response);
      if (sha256_of(response.body) != digest) return {false, 200, "a blob is not what its digest says"};
    }
  } catch (const std::exception& error) {
    return {false, 0, error.what()};
  }
  return {true, 200, "pulled"};
}

void ImageClient::push_blob(const Login& login, const std::string& repository, const std::string& bytes) const {
  const http::Header authorization{"Authorization", basic_authorization(login)};
  const auto begun = send({"POST", "/v2/" + repository + "/blobs/uploads/", {authorization}, "", false});
  require(202, "begin of an upload", begun);
  const std::string location(begun.header("Location"));
  const auto target =
      location + (location.find('?') == std::string::npos ? "?" : "&") + "digest=" + escaped(sha256_of(bytes));
  const auto ended = send({"PUT", target, {authorization, {"Content-Type", "application/octet-stream"}}, bytes, false});
  require(201, "end of an upload", ended);
}

std::string ImageClient::push(const Login& login, const std::string& image) const {
  const auto name = image_name(image);
  const auto config = Json{
      {"architecture", "amd64"},
      {"os", "linux"},
      {"config", Json::object()},
      {"rootfs", {{"type", "layers"}, {"diff_ids", {sha256_of("")}}}},
      {"author", image}}.dump();
  push_blob(login, name.repository, config);
  push_blob(login, name.repository, kLayer);
  const auto manifest = manifest_of(config);
  const auto answer = send({"PUT",
                            "/v2/" + name.repository + "/manifests/" + name.tag,
                            {{"Authorization", basic_authorization(login)}, {"Content-Type", kManifestType}},
                            manifest});
  require(201, "PUT of the manifest", answer);
  return sha256_of(manifest);
}

}  // namespace support
