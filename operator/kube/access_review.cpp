#include "kube/access_review.hpp"

#include <nlohmann/json.hpp>

#include "kube/request.hpp"

namespace kube {

using Json = nlohmann::json;

http::Request ask_access(const AccessQuestion& question) {
  Json attributes = {{"verb", question.verb}, {"resource", question.resource}};
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) attributes[key] = value;
  };
  add("group", question.group);
  add("subresource", question.subresource);
  add("namespace", question.ns);
  add("name", question.name);
  const Json body = {{"apiVersion", "authorization.k8s.io/v1"},
                     {"kind", "SelfSubjectAccessReview"},
                     {"spec", {{"resourceAttributes", attributes}}}};
  return create("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body.dump());
}

base::Result<bool> parse_access(std::string_view body) {
  const auto answer = Json::parse(body, nullptr, false);
  const Json::json_pointer allowed("/status/allowed");
  if (answer.is_discarded() || !answer.contains(allowed) || !answer.at(allowed).is_boolean()) {
    return base::fail(base::ErrorKind::kInvalid, "the answer to a SelfSubjectAccessReview does not say status.allowed");
  }
  return answer.at(allowed).get<bool>();
}

}  // namespace kube
