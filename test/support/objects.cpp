#include "base/digest.hpp"
#include "support/client.hpp"

namespace support {
namespace {

std::string namespaced(std::string_view ns, std::string_view plural, std::string_view name) {
  return namespace_path(ns).append("/").append(plural).append("/").append(name);
}

}  // namespace

std::string namespace_path(std::string_view name) { return std::string("/api/v1/namespaces/").append(name); }
std::string secret_path(std::string_view ns, std::string_view name) { return namespaced(ns, "secrets", name); }
std::string service_account_path(std::string_view ns, std::string_view name) {
  return namespaced(ns, "serviceaccounts", name);
}
std::string registry_path(std::string_view name) {
  return std::string("/apis/harborpull.io/v1alpha1/harborregistries/").append(name);
}

Json namespace_object(std::string_view name, const Labels& labels) {
  return {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", name}, {"labels", labels}}}};
}

Json basic_auth_secret(std::string_view ns, std::string_view name, std::string_view user, std::string_view password) {
  return {{"apiVersion", "v1"},
          {"kind", "Secret"},
          {"metadata", {{"name", name}, {"namespace", ns}}},
          {"type", "kubernetes.io/basic-auth"},
          {"stringData", {{"username", user}, {"password", password}}}};
}

Json auths(const Json& secret) {
  const Json::json_pointer key("/data/.dockerconfigjson");
  if (!secret.is_object() || !secret.contains(key)) {
    return nullptr;
  }
  const auto text = base::base64_decode(secret[key].get<std::string>());
  const auto config = Json::parse(text.value_or(""), nullptr, false);
  return config.is_object() ? config.value("auths", Json()) : Json();
}

Json auths(const Client& client, std::string_view ns, std::string_view name) {
  return auths(client.get(secret_path(ns, name)).json);
}

std::vector<std::string> pull_secret_names(const Client& client, std::string_view ns,
                                           std::string_view service_account) {
  const auto answer = client.get(service_account_path(ns, service_account));
  std::vector<std::string> names;
  if (answer.ok()) {
    for (const auto& entry : answer.json.value("imagePullSecrets", Json::array())) {
      names.push_back(entry.value("name", ""));
    }
  }
  return names;
}

Json condition(const Json& object, std::string_view type) {
  const Json::json_pointer path("/status/conditions");
  if (object.is_object() && object.contains(path)) {
    for (const auto& entry : object[path]) {
      if (entry.value("type", "") == type) {
        return entry;
      }
    }
  }
  return nullptr;
}

}  // namespace support
