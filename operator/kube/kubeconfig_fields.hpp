// Fields of a kubeconfig, read one by one. Used by config.cpp only; yaml-cpp stops here.
#pragma once

#include <yaml-cpp/yaml.h>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace kube {

/// One mapping of the file, and its name for messages: "users[dev].user".
struct Section {
  YAML::Node node = {};
  std::string name = {};
};

/// A PEM text, and the file it is from; no file when the text was inline.
struct Pem {
  std::string text = {};
  std::filesystem::path file = {};
};

/// The file's top mapping. Fails with kInvalid, naming the line and never the text.
[[nodiscard]] base::Result<Section> parse_kubeconfig(const std::string& text);

/// Reads fields and keeps the first thing that is wrong, so that what reads a section runs straight down: after a fault
/// the answers may be empty, and `fault()` says why. Never quotes a value.
class KubeconfigFields {
 public:
  /// `folder` is where relative file names begin.
  explicit KubeconfigFields(std::filesystem::path folder) : folder_(std::move(folder)) {}

  void complain(std::string what);
  [[nodiscard]] const std::optional<std::string>& fault() const { return fault_; }

  /// Empty when absent or null.
  [[nodiscard]] std::string text(const Section& section, const std::string& key);
  /// As above, but complains when there is nothing.
  [[nodiscard]] std::string required(const Section& section, const std::string& key);
  [[nodiscard]] bool flag(const Section& section, const std::string& key);
  /// The text of `key`-data, or of the file that `key` names; nothing when neither is there.
  [[nodiscard]] Pem pem(const Section& section, const std::string& key);
  /// Complains when `key` is there.
  void refuse(const Section& section, const std::string& key, const std::string& why);

  /// The mapping `inner` of the entry called `name` in the list `plural`; empty when there is none, or more than one.
  [[nodiscard]] Section entry(const Section& root, const std::string& plural, const std::string& name,
                              const std::string& inner);

  [[nodiscard]] std::filesystem::path resolve(const std::string& name) const { return folder_ / name; }

 private:
  std::string decode(const std::string& what, const std::string& data);

  std::filesystem::path folder_;
  std::optional<std::string> fault_;
};

/// The names in a list, for messages: "a, b, and 3 more".
[[nodiscard]] std::string names_in(const Section& root, const std::string& plural);

}  // namespace kube
