#include "support/canary.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/digest.hpp"
#include "support/process.hpp"

namespace support {
namespace {

/// The characters of base64 that depend on the secret alone when `before` other bytes precede it.
std::string shifted(std::string_view secret, std::size_t before) {
  const auto text = base::base64_encode(std::string(before, 'x').append(secret));
  const std::size_t begin = (before * 8 + 5) / 6;
  const std::size_t end = (before + secret.size()) * 8 / 6;
  return text.substr(begin, end - begin);
}

bool holds(const std::string& text, const std::vector<std::string>& needles) {
  return std::ranges::any_of(needles, [&](const auto& needle) { return text.find(needle) != std::string::npos; });
}

/// Many needles by their first bytes.
class Needles {
 public:
  explicit Needles(const std::set<std::string>& secrets) {
    for (const auto& secret : secrets) {
      if (secret.size() < kShortest) throw Failure("a secret of less than 12 bytes is found everywhere");
      for (auto& needle : disguises(secret)) by_start_.emplace(needle.substr(0, kStart), std::move(needle));
    }
  }

  [[nodiscard]] bool in(std::string_view text) const {
    for (std::size_t at = 0; at + kStart <= text.size(); ++at) {
      const auto [begin, end] = by_start_.equal_range(std::string(text.substr(at, kStart)));
      const auto fits = [&](const auto& needle) { return text.substr(at).starts_with(needle.second); };
      if (std::any_of(begin, end, fits)) return true;
    }
    return false;
  }

 private:
  static constexpr std::size_t kShortest = 12;
  static constexpr std::size_t kStart = 8;  // fits into a std::string without memory of its own
  std::unordered_multimap<std::string, std::string> by_start_;
};

}  // namespace

std::vector<std::string> disguises(std::string_view secret) {
  return {std::string(secret), shifted(secret, 0), shifted(secret, 1), shifted(secret, 2)};
}

std::vector<std::string> scan_for(std::string_view secret, const std::map<std::string, std::string>& texts) {
  const auto needles = disguises(secret);
  std::vector<std::string> found;
  for (const auto& [name, text] : texts) {
    if (holds(text, needles)) {
      found.push_back(name);
    }
  }
  return found;
}

std::vector<std::string> scan_for(const std::set<std::string>& secrets,
                                  const std::map<std::string, std::string>& texts) {
  const Needles needles(secrets);
  std::vector<std::string> found;
  for (const auto& [name, text] : texts) {
    if (needles.in(text)) found.push_back(name);
  }
  return found;
}

std::vector<std::string> scan_for(std::string_view secret, const std::vector<std::filesystem::path>& paths) {
  std::map<std::string, std::string> texts;
  for (const auto& path : paths) {
    if (!std::filesystem::is_directory(path)) {
      texts[path.string()] = read_file(path);
      continue;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
      if (entry.is_regular_file()) {
        texts[entry.path().string()] = read_file(entry.path());
      }
    }
  }
  return scan_for(secret, texts);
}

}  // namespace support
