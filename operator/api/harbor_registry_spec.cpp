#include "api/harbor_registry_spec.hpp"

#include <array>
#include <nlohmann/json.hpp>

namespace api {
namespace {

using Json = nlohmann::json;

/// A value in the spec and where it is; `value` is nullptr when it is absent.
struct Place {
  const Json* value = nullptr;
  std::string path = {};
};

Place at(const Place& parent, std::string_view key) {
  return {parent.value == nullptr ? nullptr : member(*parent.value, key), parent.path + "." + std::string(key)};
}

Place item_of(const Place& list, std::size_t index) {
  return {&(*list.value)[index], list.path + "[" + std::to_string(index) + "]"};
}

template <class E>
struct Choice {
  std::string_view word;
  E value;
};

constexpr std::array kAttachModes{Choice<AttachMode>{"Attach", AttachMode::kAttach},
                                  Choice<AttachMode>{"None", AttachMode::kNone}};
constexpr std::array kDeletionPolicies{Choice<DeletionPolicy>{"Delete", DeletionPolicy::kDelete},
                                       Choice<DeletionPolicy>{"Retain", DeletionPolicy::kRetain}};
constexpr std::array kOperators{Choice<bool>{"In", true}, Choice<bool>{"NotIn", true}, Choice<bool>{"Exists", false},
                                Choice<bool>{"DoesNotExist", false}};

/// Reads a spec as far as it can be read and keeps the first complaint. Each function leaves `out`, the default, alone
/// when the place is empty.
class SpecReader {
 public:
  [[nodiscard]] HarborRegistrySpec read(const Json* spec);
  [[nodiscard]] std::string error() && { return std::move(error_); }

 private:
  void complain(std::string sentence) {
    if (error_.empty()) error_ = std::move(sentence);
  }
  bool is(const Place& place, Json::value_t type, std::string_view advice);
  void text(const Place& place, std::string& out);
  void required_text(const Place& place, std::string& out, std::string_view advice);
  void flag(const Place& place, bool& out);
  void texts(const Place& place, std::vector<std::string>& out);
  /// False when something is written there that is none of the choices.
  template <class E, std::size_t N>
  bool choice(const Place& place, const std::array<Choice<E>, N>& choices, E& out);

  void selector(const Place& place, std::optional<LabelSelector>& out);
  void match_labels(const Place& place, Labels& out);
  [[nodiscard]] LabelRequirement requirement(const Place& place);
  void namespaces(const Place& place, NamespaceSelection& out);
  void service_accounts(const Place& place, ServiceAccountSelection& out);

  std::string error_;
};

bool SpecReader::is(const Place& place, Json::value_t type, std::string_view advice) {
  if (place.value == nullptr || place.value->type() == type) return place.value != nullptr;
  complain(place.path + " is of type " + place.value->type_name() + "; " + std::string(advice));
  return false;
}

void SpecReader::text(const Place& place, std::string& out) {
  if (is(place, Json::value_t::string, "write a string, in quotes if it looks like a number")) {
    out = place.value->get<std::string>();
  }
}

void SpecReader::required_text(const Place& place, std::string& out, std::string_view advice) {
  text(place, out);
  if (out.empty()) complain(place.path + " is missing; " + std::string(advice));
}

void SpecReader::flag(const Place& place, bool& out) {
  if (is(place, Json::value_t::boolean, "write true or false, without quotes")) out = place.value->get<bool>();
}

void SpecReader::texts(const Place& place, std::vector<std::string>& out) {
  if (!is(place, Json::value_t::array, "write a list of strings")) return;
  out.clear();
  for (std::size_t i = 0; i < place.value->size(); ++i) {
    text(item_of(place, i), out.emplace_back());
  }
}

template <class E, std::size_t N>
bool SpecReader::choice(const Place& place, const std::array<Choice<E>, N>& choices, E& out) {
  if (place.value == nullptr) return true;
  std::string word;
  text(place, word);
  std::string words;
  for (const auto& choice : choices) {
    if (word == choice.word) {
      out = choice.value;
      return true;
    }
    words += (words.empty() ? "" : ", ") + std::string(choice.word);
  }
  const auto quoted = word.size() <= 63 ? '"' + word + '"' : "too long";
  complain(place.path + " is " + quoted + ", which this version of harbor-pull does not know; use one of " + words +
           ", or upgrade harbor-pull");
  return false;
}

void SpecReader::match_labels(const Place& place, Labels& out) {
  if (!is(place, Json::value_t::object, "write label names and their values")) return;
  for (const auto& [key, value] : place.value->items()) {
    text({&value, place.path + "[" + key + "]"}, out.emplace_back(key, "").second);
  }
}

LabelRequirement SpecReader::requirement(const Place& place) {
  LabelRequirement out;
  bool wants_values = false;
  if (!is(place, Json::value_t::object, "write key, operator and values")) return out;
  required_text(at(place, "key"), out.key, "name the label");
  const auto op = at(place, "operator");
  const auto values = at(place, "values");
  required_text(op, out.op, "use one of In, NotIn, Exists, DoesNotExist");
  texts(values, out.values);
  if (!choice(op, kOperators, wants_values)) return out;
  if (wants_values == out.values.empty()) {
    complain(values.path +
             (wants_values ? " is empty; name at least one value for " : " is not empty; leave it out for ") + out.op);
  }
  return out;
}

void SpecReader::selector(const Place& place, std::optional<LabelSelector>& out) {
  if (!is(place, Json::value_t::object, "write a label selector such as {matchLabels: {env: prod}}")) return;
  out.emplace();
  match_labels(at(place, "matchLabels"), out->match_labels);
  const auto expressions = at(place, "matchExpressions");
  if (!is(expressions, Json::value_t::array, "write a list of {key, operator, values}")) return;
  for (std::size_t i = 0; i < expressions.value->size(); ++i) {
    out->match_expressions.push_back(requirement(item_of(expressions, i)));
  }
}

void SpecReader::namespaces(const Place& place, NamespaceSelection& out) {
  is(place, Json::value_t::object, "write an object with selector, names or both");
  selector(at(place, "selector"), out.selector);
  texts(at(place, "names"), out.names);
  texts(at(place, "exclude"), out.exclude);
  if (!out.selector && out.names.empty()) {
    complain(place.path + " selects nothing; write selector, names or both (selector: {} is every namespace)");
  }
}

void SpecReader::service_accounts(const Place& place, ServiceAccountSelection& out) {
  is(place, Json::value_t::object, "write an object with mode, names and selector");
  // A mode of the future is something we must not do by halves.
  if (!choice(at(place, "mode"), kAttachModes, out.mode)) out.mode = AttachMode::kNone;
  const auto names = at(place, "names");
  texts(names, out.names);
  if (out.names.empty()) complain(names.path + " is empty; name at least one, or write mode: None to attach to none");
  selector(at(place, "selector"), out.selector);
}

HarborRegistrySpec SpecReader::read(const Json* spec) {
  HarborRegistrySpec out;
  const Place root{spec, "spec"};
  if (spec == nullptr) complain("spec is missing; write host, credential and namespaces");
  is(root, Json::value_t::object, "write an object with host, credential and namespaces");
  required_text(at(root, "host"), out.host, "write host[:port] as image references do");
  const auto credential = at(root, "credential");
  const auto reference = at(credential, "secretRef");
  if (is(credential, Json::value_t::object, "write {secretRef: {name: <secret>}}")) {
    is(reference, Json::value_t::object, "write {name: <secret>}");
  }
  required_text(at(reference, "name"), out.credential_secret, "name a Secret in the operator's namespace");
  namespaces(at(root, "namespaces"), out.namespaces);
  service_accounts(at(root, "serviceAccounts"), out.service_accounts);
  required_text(at(root, "secretName"), out.secret_name, "name the Secret, or leave the field out for the default");
  // What cannot be read must not delete anything.
  if (!choice(at(root, "deletionPolicy"), kDeletionPolicies, out.deletion_policy)) {
    out.deletion_policy = DeletionPolicy::kRetain;
  }
  flag(at(root, "suspend"), out.suspend);
  return out;
}

}  // namespace

const Json* member(const Json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::pair<HarborRegistrySpec, std::string> read_spec(const Json* spec) {
  SpecReader reader;
  auto out = reader.read(spec);
  return {std::move(out), std::move(reader).error()};
}

}  // namespace api
