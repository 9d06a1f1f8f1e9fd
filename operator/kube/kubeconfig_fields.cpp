#include "kube/kubeconfig_fields.hpp"

#include <utility>

#include "base/digest.hpp"
#include "kube/config.hpp"

namespace kube {
namespace {

using base::ErrorKind;

constexpr std::size_t kNamesShown = 20;

/// The constant operator[]: the other one would make what is not there.
YAML::Node field(const YAML::Node& node, const std::string& key) { return node[key]; }

std::string path_of(const Section& section, const std::string& key) {
  return section.name.empty() ? key : section.name + "." + key;
}

/// A list's entries that are mappings with a name.
std::vector<std::pair<std::string, YAML::Node>> entries_of(const Section& root, const std::string& plural) {
  std::vector<std::pair<std::string, YAML::Node>> entries;
  const auto list = field(root.node, plural);
  if (!list.IsDefined() || !list.IsSequence()) return entries;
  for (const auto& item : list) {
    if (!item.IsMap()) continue;
    const auto name = field(item, "name");
    if (name.IsDefined() && name.IsScalar()) entries.emplace_back(name.Scalar(), item);
  }
  return entries;
}

}  // namespace

base::Result<Section> parse_kubeconfig(const std::string& text) {
  try {
    Section root{YAML::Load(text), ""};
    if (!root.node.IsMap()) return base::fail(ErrorKind::kInvalid, "is not a kubeconfig (no mapping at the top)");
    return root;
  } catch (const YAML::Exception& exception) {
    // what() may hold a piece of the text.
    const auto& mark = exception.mark;
    return base::fail(ErrorKind::kInvalid, mark.is_null()
                                               ? std::string("is not valid YAML")
                                               : "is not valid YAML in line " + std::to_string(mark.line + 1));
  }
}

void KubeconfigFields::complain(std::string what) {
  if (!fault_) fault_ = std::move(what);
}

std::string KubeconfigFields::text(const Section& section, const std::string& key) {
  const auto value = field(section.node, key);
  if (!value.IsDefined() || value.IsNull()) return {};
  if (value.IsScalar()) return value.Scalar();
  complain(path_of(section, key) + " must be text");
  return {};
}

std::string KubeconfigFields::required(const Section& section, const std::string& key) {
  auto value = text(section, key);
  if (value.empty()) complain(path_of(section, key) + " is missing");
  return value;
}

bool KubeconfigFields::flag(const Section& section, const std::string& key) {
  const auto value = text(section, key);
  if (!value.empty() && value != "true" && value != "false") complain(path_of(section, key) + " must be true or false");
  return value == "true";
}

Pem KubeconfigFields::pem(const Section& section, const std::string& key) {
  const auto data = text(section, key + "-data");  // wins over the file, as in client-go
  const auto name = text(section, key);
  if (!data.empty()) return {decode(path_of(section, key) + "-data", data), {}};
  if (name.empty()) return {};
  auto read = read_pem_file(resolve(name));
  if (read) return {std::move(*read), resolve(name)};
  complain(path_of(section, key) + ": " + read.error().message);
  return {};
}

void KubeconfigFields::refuse(const Section& section, const std::string& key, const std::string& why) {
  const auto value = field(section.node, key);
  const bool empty = !value.IsDefined() || value.IsNull() || (value.IsScalar() && value.Scalar().empty());
  if (!empty) complain(path_of(section, key) + " " + why);
}

Section KubeconfigFields::entry(const Section& root, const std::string& plural, const std::string& name,
                                const std::string& inner) {
  Section found{YAML::Node(YAML::NodeType::Map), plural + "[" + name + "]." + inner};
  int count = 0;
  for (const auto& [key, item] : entries_of(root, plural)) {
    if (key != name) continue;
    ++count;
    const auto section = field(item, inner);
    if (section.IsDefined() && section.IsMap()) {
      found.node.reset(section);
    } else {
      complain(found.name + " is missing or not a mapping");
    }
  }
  if (count == 0) complain("there is no " + plural + "[" + name + "]; there are: " + names_in(root, plural));
  // Nobody can say which one is meant; kubectl refuses it too.
  if (count > 1) complain(plural + "[" + name + "] is there " + std::to_string(count) + " times");
  return found;
}

std::string KubeconfigFields::decode(const std::string& what, const std::string& data) {
  auto bytes = base::base64_decode(data);
  if (!bytes) {
    complain(what + " is not base64");
    return {};
  }
  if (bytes->empty() || bytes->size() > kMaxPem) complain(what + " is empty or longer than 256 KiB");
  return std::move(*bytes);
}

std::string names_in(const Section& root, const std::string& plural) {
  const auto entries = entries_of(root, plural);
  std::string text;
  for (std::size_t i = 0; i < entries.size() && i < kNamesShown; ++i) text += (i == 0 ? "" : ", ") + entries[i].first;
  if (entries.size() > kNamesShown) text += ", and " + std::to_string(entries.size() - kNamesShown) + " more";
  return text.empty() ? "none" : text;
}

}  // namespace kube
