#include "harbor/conformance/image.hpp"

#include <openssl/evp.h>

#include <array>
#include <utility>

namespace conformance {
namespace {

/// A configuration that Harbor can read, blanks up to the size.
std::string configuration(std::size_t size) {
  std::string text = R"({"architecture":"amd64","os":"linux")";
  if (text.size() + 1 < size) text.append(size - text.size() - 1, ' ');
  return text + "}";
}

/// Any bytes will do for a layer; they follow from the recorded digest, so that equal layers stay equal.
std::string layer(const std::string& recorded_digest, std::size_t size) {
  std::string text;
  while (text.size() < size) text += recorded_digest;
  return text.substr(0, size);
}

Blob blob(const Json& descriptor, bool is_configuration) {
  const std::string recorded = descriptor.at("digest");
  const std::size_t size = descriptor.at("size");
  std::string bytes = is_configuration ? configuration(size) : layer(recorded, size);
  return {recorded, sha256(bytes), std::move(bytes)};
}

}  // namespace

std::string sha256(const std::string& bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::string text = "sha256:";
  for (unsigned int i = 0; i < size; ++i) {
    constexpr auto kDigits = "0123456789abcdef";
    text += {kDigits[digest.at(i) >> 4U], kDigits[digest.at(i) & 15U]};
  }
  return text;
}

Image image_like(const Json& manifest, const std::string& recorded_digest) {
  Image image{.media_type = manifest.at("mediaType")};
  Json ours = manifest;
  image.blobs.push_back(blob(manifest.at("config"), true));
  ours["config"]["digest"] = image.blobs.back().digest;
  for (std::size_t i = 0; i < manifest.at("layers").size(); ++i) {
    image.blobs.push_back(blob(manifest["layers"][i], false));
    ours["layers"][i]["digest"] = image.blobs.back().digest;
  }
  std::string bytes = ours.dump();
  image.manifest = {recorded_digest, sha256(bytes), std::move(bytes)};
  return image;
}

}  // namespace conformance
