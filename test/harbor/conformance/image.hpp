// Images as small as those of a recording.
#pragma once

#include <string>
#include <vector>

#include "harbor/conformance/json.hpp"

namespace conformance {

struct Blob {
  std::string recorded_digest = {};
  std::string digest = {};
  std::string bytes = {};
};

struct Image {
  std::vector<Blob> blobs = {};
  Blob manifest = {};
  std::string media_type = {};
};

/// An image whose manifest differs from the recorded one in nothing but digests: every blob has the recorded size.
/// The same recorded manifest always gives the same image.
[[nodiscard]] Image image_like(const Json& manifest, const std::string& recorded_digest);

[[nodiscard]] std::string sha256(const std::string& bytes);  ///< "sha256:" and 64 digits

}  // namespace conformance
