// The gate before the registry: who may do what at /v2, and what Harbor answers by itself. Pure.
#pragma once

#include <optional>
#include <string>

#include "harbor/double/call.hpp"

namespace harbor_double {

/// What a path below /v2 is about.
struct V2Path {
  enum class Kind { kRoot, kCatalog, kManifest, kBlob, kUpload, kTags, kReferrers, kOther };
  Kind kind = Kind::kOther;
  std::string repository = {};  ///< with its project
  std::string reference = {};   ///< tag or digest
};

[[nodiscard]] V2Path v2_path(const std::string& path);

/// The reply, or nothing when the registry is to answer.
[[nodiscard]] std::optional<Response> v2_reply(const Call& call);

/// The path to ask the registry for: Harbor reads by digest what was asked for by tag.
[[nodiscard]] std::string registry_path(const Call& call);

/// What an answer of the registry changes: new tags, counted pulls.
void note_v2(const Call& call, const Response& answer);

}  // namespace harbor_double
