// How one object is read from its JSON text. Inner part of ingest: only kube/ingest*.cpp include it.
#pragma once

#include <simdjson.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/core.hpp"
#include "api/names.hpp"
#include "base/result.hpp"

namespace kube::ingest {

namespace ondemand = simdjson::ondemand;

/// What of `metadata` is used by any kind. Views live as long as the parser.
struct Facts {
  api::Meta meta = {};
  api::Labels labels = {};
  std::vector<std::pair<std::string_view, std::string_view>> annotations = {};  ///< ours and Flux's are few: only ours
  bool has_annotations = false;
  api::Pod owned = {};  ///< of a Pod: owner and owner_uid
  bool terminating = false;
  bool applied_by_us = false;  ///< managedFields names our manager with operation Apply
  std::int64_t created = 0;

  [[nodiscard]] std::string_view annotation(std::string_view name) const {
    for (const auto& [key, value] : annotations) {
      if (key == name) return value;
    }
    return {};
  }
  [[nodiscard]] bool label(std::string_view name, std::string_view wanted) const {
    return std::any_of(labels.begin(), labels.end(),
                       [&](const auto& label) { return label.first == name && label.second == wanted; });
  }
  [[nodiscard]] bool ignored() const { return annotation(api::kIgnoreAnnotation) == "true"; }
};

/// Calls `read(key, value)` for each field; null (Go's nil map) counts as no fields.
template <class Read>
void each_field(ondemand::value value, Read read) {
  if (value.is_null()) return;
  for (ondemand::field field : value.get_object()) {
    const std::string_view key = field.unescaped_key();
    read(key, field.value());
  }
}

[[nodiscard]] inline std::string_view text(ondemand::value value) { return value.get_string(); }

void read_metadata(ondemand::value value, Facts& facts);
/// simdjson itself does not mind what follows a document.
[[nodiscard]] bool at_end(ondemand::document& document);
/// Where the reading stopped, as far as simdjson knows.
[[nodiscard]] std::string place(ondemand::document& document, const simdjson::padded_string& start);
/// Names of `imagePullSecrets`; an entry without a name is "".
[[nodiscard]] std::vector<std::string> read_references(ondemand::value value);

/// Reads one object: metadata into `Facts`, every other field by `read(key, value)`, then `finish(facts)` makes the
/// result. The parser and its padded copy live only here: the operator idles in 12 MiB, and to allocate them costs far
/// less than a network frame.
template <class Read, class Finish>
auto read_object(std::string_view json, Read read, Finish finish)
    -> base::Result<decltype(finish(std::declval<Facts&>()))> {
  const simdjson::padded_string padded(json);
  ondemand::parser parser;
  ondemand::document document;
  const auto unusable = parser.iterate(padded).get(document);
  if (unusable != simdjson::SUCCESS) return base::fail(base::ErrorKind::kInvalid, simdjson::error_message(unusable));
  try {
    Facts facts;
    for (ondemand::field field : document.get_object()) {
      const std::string_view key = field.unescaped_key();
      key == "metadata" ? read_metadata(field.value(), facts) : read(key, field.value());
    }
    if (!at_end(document)) return base::fail(base::ErrorKind::kInvalid, "something follows the object");
    if (facts.meta.name.empty()) return base::fail(base::ErrorKind::kInvalid, "the object has no metadata.name");
    return finish(facts);
  } catch (const simdjson::simdjson_error& error) {
    return base::fail(base::ErrorKind::kInvalid, error.what() + place(document, padded));
  }
}

inline constexpr auto kSkip = [](std::string_view, ondemand::value) {};

}  // namespace kube::ingest
