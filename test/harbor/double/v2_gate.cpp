#include "harbor/double/v2_gate.hpp"

#include <algorithm>

namespace harbor_double {
namespace {

using Kind = V2Path::Kind;

constexpr const char* kApiVersion = "registry/2.0";

std::string action_of(const std::string& method) {
  if (method == "GET" || method == "HEAD") return "pull";
  return method == "DELETE" ? "delete" : "push";
}

/// What a message says twice: the error and its cause are the same.
std::string doubled(const std::string& text) { return text + ": " + text; }

std::string realm(const Call& call) {
  const auto& state = call.state;
  const std::string host = call.request.header("Host");
  const auto host_of = [](const std::string& url) { return url.substr(std::min(url.find("://"), url.size() - 3) + 3); };
  if (!state.core_url.empty() && host == host_of(state.core_url)) return state.core_url;
  if (!state.profile.realm_is_host || host.empty()) return state.external_url;
  return state.external_url.substr(0, state.external_url.find("://") + 3) + host;
}

std::string scope_text(const std::string& repository, const std::string& action) {
  return "repository:" + repository + ":" + (action == "push" ? "pull,push" : action);
}

/// Once a credential was sent, or for the catalogue, it is Basic.
std::string challenge(const Call& call, const V2Path& path) {
  if (!call.request.header("Authorization").empty() || path.kind == Kind::kCatalog) return "Basic realm=\"harbor\"";
  std::string text = "Bearer realm=\"" + realm(call) + "/service/token\",service=\"harbor-registry\"";
  if (path.repository.empty()) return text;
  std::string scope = scope_text(path.repository, action_of(call.request.method));
  if (const auto from = call.request.param("from"); from && call.request.param("mount")) {
    scope += " " + scope_text(*from, "pull");
  }
  return text + ",scope=\"" + scope + "\"";
}

Response refuse(const std::string& why, std::string challenge) {
  return error_reply(401, "UNAUTHORIZED", doubled(why))
      .with("Docker-Distribution-Api-Version", kApiVersion)
      .with("Www-Authenticate", std::move(challenge));
}

std::optional<Response> refuse_repository(const Call& call, const V2Path& path, const std::string& name,
                                          const std::string& action) {
  const auto* project = call.state.project_named(name.substr(0, name.find('/')));
  if (project == nullptr) return refuse("project " + name.substr(0, name.find('/')) + " not found", "");
  if (can(call.state, call.caller, action, project_part(project->id, "repository"))) return std::nullopt;
  return refuse("unauthorized to access repository: " + name + ", action: " + action, challenge(call, path));
}

std::optional<Response> refusal(const Call& call, const V2Path& path) {
  if (path.kind == Kind::kRoot) {
    const bool known = call.caller.kind != Caller::Kind::kNobody && !call.caller.name.empty();
    return known ? std::nullopt : std::optional(refuse("unauthorized", challenge(call, path)));
  }
  if (path.kind == Kind::kCatalog) {
    const bool allowed = can(call.state, call.caller, "read", system_part("catalog"));
    return allowed ? std::nullopt : std::optional(refuse("unauthorized to list catalog", challenge(call, path)));
  }
  if (path.repository.empty()) {
    const auto what = "un-recognized request: " + call.request.method + " " + call.request.path;
    return refuse(what, "");
  }
  if (path.repository.find('/') == std::string::npos) {
    return bad_request("bad request: invalid repository name: " + path.repository);
  }
  const auto action = action_of(call.request.method);
  // So that a client without a credential is always challenged, also in a public project.
  if (action == "pull" && call.request.header("Authorization").empty()) {
    return refuse("authorize header needed to send HEAD to repository", challenge(call, path));
  }
  if (auto refused = refuse_repository(call, path, path.repository, action)) return refused;
  if (const auto from = call.request.param("from"); from && call.request.param("mount")) {
    return refuse_repository(call, path, *from, "pull");
  }
  return std::nullopt;
}

Response v2_json(const Json& body) {
  Response reply = json_reply(200, body);
  reply.headers = {{"Content-Type", "application/json; charset=utf-8"}};
  return reply;
}

Response catalog(const State& state) {
  std::vector<std::string> names;
  for (const auto& [id, project] : state.projects) {
    for (const auto& [name, repository] : project.repositories) {
      names.push_back(project.name + "/" + name);
    }
  }
  std::ranges::sort(names);
  return v2_json({{"repositories", names}});
}

Repository* find_repository(State& state, const std::string& name) {
  const auto slash = name.find('/');
  auto* project = state.project_named(name.substr(0, slash));
  if (project == nullptr || slash == std::string::npos) return nullptr;
  const auto found = project->repositories.find(name.substr(slash + 1));
  return found == project->repositories.end() ? nullptr : &found->second;
}

Response missing_repository(const std::string& name) { return not_found("repository " + name + " not found"); }

/// Harbor looks a manifest up in its own book before it asks the registry.
std::optional<Response> missing_manifest(const Call& call, const V2Path& path) {
  const auto* repository = find_repository(call.state, path.repository);
  if (repository == nullptr) return missing_repository(path.repository);
  const bool is_digest = path.reference.find(':') != std::string::npos;
  const bool there =
      is_digest ? repository->digests.contains(path.reference) : repository->tags.contains(path.reference);
  if (there) return std::nullopt;
  return not_found("artifact " + path.repository + (is_digest ? "@" : ":") + path.reference + " not found");
}

Response tags(const Call& call, const V2Path& path) {
  const auto* repository = find_repository(call.state, path.repository);
  if (repository == nullptr) return missing_repository(path.repository);
  Json names = Json::array();
  for (const auto& [tag, digest] : repository->tags) {
    names.push_back(tag);
  }
  return v2_json({{"name", path.repository}, {"tags", std::move(names)}});
}

Response referrers() {
  Response reply = json_reply(
      200,
      {{"schemaVersion", 2}, {"mediaType", "application/vnd.oci.image.index.v1+json"}, {"manifests", Json::array()}});
  reply.headers = {{"Content-Type", "application/vnd.oci.image.index.v1+json"}, {"X-Total-Count", "0"}};
  return reply;
}

}  // namespace

V2Path v2_path(const std::string& path) {
  if (path == "/v2/") return {Kind::kRoot};
  if (path == "/v2/_catalog") return {Kind::kCatalog};
  const std::pair<const char*, Kind> kinds[] = {{"/manifests/", Kind::kManifest},
                                                {"/blobs/uploads/", Kind::kUpload},
                                                {"/blobs/", Kind::kBlob},
                                                {"/tags/list", Kind::kTags},
                                                {"/referrers/", Kind::kReferrers}};
  const std::string rest = path.starts_with("/v2/") ? path.substr(4) : "";
  for (const auto& [part, kind] : kinds) {
    const auto at = rest.rfind(part);
    if (at != std::string::npos && at > 0) {
      return {kind, rest.substr(0, at), rest.substr(at + std::string_view(part).size())};
    }
  }
  return {};
}

std::optional<Response> v2_reply(const Call& call) {
  const auto path = v2_path(call.request.path);
  if (auto refused = refusal(call, path)) return refused;
  const bool reads = action_of(call.request.method) == "pull";
  switch (path.kind) {
    case Kind::kCatalog: return catalog(call.state);
    case Kind::kTags: return tags(call, path);
    case Kind::kReferrers: return referrers();
    case Kind::kManifest: return reads ? missing_manifest(call, path) : std::nullopt;
    case Kind::kRoot:
    case Kind::kBlob:
    case Kind::kUpload:
    case Kind::kOther: return std::nullopt;
  }
  return std::nullopt;
}

std::string registry_path(const Call& call) {
  const auto path = v2_path(call.request.path);
  const auto* repository = find_repository(call.state, path.repository);
  if (path.kind != Kind::kManifest || action_of(call.request.method) != "pull" || repository == nullptr) {
    return call.request.path;
  }
  const auto tag = repository->tags.find(path.reference);
  const auto& reference = tag == repository->tags.end() ? path.reference : tag->second;
  return "/v2/" + path.repository + "/manifests/" + reference;
}

void note_v2(const Call& call, const Response& answer) {
  const auto path = v2_path(call.request.path);
  const auto slash = path.repository.find('/');
  auto* project = call.state.project_named(path.repository.substr(0, slash));
  if (path.kind != Kind::kManifest || answer.status >= 300 || project == nullptr) return;
  const auto name = path.repository.substr(slash + 1);
  if (call.request.method == "PUT") {
    auto& repository = project->repositories[name];
    const auto digest = std::ranges::find_if(
        answer.headers, [](const auto& header) { return same_name(header.first, "Docker-Content-Digest"); });
    if (digest == answer.headers.end()) return;
    repository.digests.insert(digest->second);
    if (path.reference.find(':') == std::string::npos) repository.tags[path.reference] = digest->second;
  } else if (call.request.method == "GET") {
    ++project->repositories[name].pulls;
  } else if (call.request.method == "DELETE") {
    auto& repository = project->repositories[name];
    repository.digests.erase(path.reference);
    std::erase_if(repository.tags, [&](const auto& tag) { return tag.second == path.reference; });
  }
}

}  // namespace harbor_double
