#include "kube/envelope.hpp"

#include <simdjson.h>
#include <array>
#include <charconv>
#include <utility>

namespace kube {
namespace {

namespace ondemand = simdjson::ondemand;
using base::ErrorKind;

/// kubernetes/apimachinery meta/v1/types.go: InitialEventsAnnotationKey.
constexpr std::string_view kInitialEventsEnd = "k8s.io/initial-events-end";

constexpr std::array<std::pair<std::string_view, EventType>, 5> kTypes{{
    {"ADDED", EventType::kAdded},
    {"MODIFIED", EventType::kModified},
    {"DELETED", EventType::kDeleted},
    {"BOOKMARK", EventType::kBookmark},
    {"ERROR", EventType::kError},
}};

EventType type_of(std::string_view word) {
  for (const auto& [name, type] : kTypes) {
    if (name == word) return type;
  }
  return EventType::kUnknown;
}

/// simdjson itself does not mind what follows a document.
bool at_end(ondemand::document& document) { return document.current_location().error() == simdjson::OUT_OF_BOUNDS; }

bool is_string(ondemand::value& value) { return value.type() == ondemand::json_type::string; }
bool is_object(ondemand::value& value) { return value.type() == ondemand::json_type::object; }

void assign(std::string& to, ondemand::value value) {
  if (is_string(value)) to = std::string_view(value.get_string());
}

bool ends_initial_events(ondemand::value annotations) {
  if (!is_object(annotations)) return false;
  for (ondemand::field field : annotations.get_object()) {
    if (std::string_view(field.unescaped_key()) != kInitialEventsEnd) continue;
    return is_string(field.value()) && std::string_view(field.value().get_string()) == "true";
  }
  return false;
}

void read_metadata(ondemand::object metadata, Event& event) {
  for (ondemand::field field : metadata) {
    const std::string_view key = field.unescaped_key();
    if (key == "namespace") assign(event.ns, field.value());
    if (key == "name") assign(event.name, field.value());
    if (key == "resourceVersion") assign(event.resource_version, field.value());
    if (key == "annotations") event.initial_events_end = ends_initial_events(field.value());
  }
}

void read_object(ondemand::object object, Event& event) {
  for (ondemand::field field : object) {
    const std::string_view key = field.unescaped_key();
    if (key == "metadata" && is_object(field.value())) read_metadata(field.value().get_object(), event);
    std::int64_t code = 0;
    if (key == "code" && field.value().get_int64().get(code) == simdjson::SUCCESS) event.code = static_cast<int>(code);
  }
}

/// The part of `text` that `part`, a view into the copy `of`, stands for.
std::string_view within(std::string_view text, const simdjson::padded_string& of, std::string_view part) {
  return text.substr(static_cast<std::size_t>(part.data() - of.data()), part.size());
}

PageHead read_list_meta(ondemand::object metadata) {
  PageHead head;
  for (ondemand::field field : metadata) {
    const std::string_view key = field.unescaped_key();
    if (key == "resourceVersion") assign(head.resource_version, field.value());
    if (key == "continue") assign(head.continue_token, field.value());
  }
  return head;
}

void read_items(ondemand::value items, const std::function<void(std::string_view)>& item) {
  if (items.is_null()) return;  // Go's nil slice
  for (ondemand::value each : items.get_array()) {
    if (is_object(each)) {
      ondemand::object object = each.get_object();
      item(object.raw_json());
    } else {
      item({});
    }
  }
}

}  // namespace

base::Result<Event> parse_event(std::string_view frame) try {
  const simdjson::padded_string text(frame);
  ondemand::parser parser;
  Event event;
  ondemand::document document = parser.iterate(text);
  for (ondemand::field field : document.get_object()) {
    const std::string_view key = field.unescaped_key();
    if (key == "type") event.type = type_of(field.value().get_string());
    if (key != "object") continue;
    ondemand::object object = field.value().get_object();
    event.object = within(frame, text, object.raw_json());
    if (bool(object.reset())) read_object(object, event);
  }
  if (!at_end(document)) return base::fail(ErrorKind::kInvalid, "not a watch event: something follows it");
  if (event.object.empty()) return base::fail(ErrorKind::kInvalid, "not a watch event: it has no object");
  // Only a bookmark means it: anybody may annotate an object so.
  event.initial_events_end = event.initial_events_end && event.type == EventType::kBookmark;
  return event;
} catch (const simdjson::simdjson_error& error) {
  return base::fail(ErrorKind::kInvalid, std::string("not a watch event: ") + error.what());
}

base::Result<PageHead> parse_page(std::string body, const std::function<void(std::string_view)>& item) try {
  const std::size_t size = body.size();
  body.append(simdjson::SIMDJSON_PADDING, '\0');
  ondemand::parser parser;
  ondemand::document document = parser.iterate(body.data(), size, body.size());
  PageHead head;
  bool list = false;
  for (ondemand::field field : document.get_object()) {
    const std::string_view key = field.unescaped_key();
    if (key == "metadata") head = read_list_meta(field.value().get_object());
    if (key != "items") continue;
    list = true;
    read_items(field.value(), item);
  }
  if (!at_end(document)) return base::fail(ErrorKind::kInvalid, "not a list: something follows it");
  if (!list) return base::fail(ErrorKind::kInvalid, "not a list: it has no items");
  return head;
} catch (const simdjson::simdjson_error& error) {
  return base::fail(ErrorKind::kInvalid, std::string("not a list: ") + error.what());
}

std::string readable_name(std::string_view json) try {
  const simdjson::padded_string text(json);
  ondemand::parser parser;
  Event event;
  ondemand::document document = parser.iterate(text);
  read_object(document.get_object(), event);
  return event.ns.empty() ? event.name : event.ns + "/" + event.name;
} catch (const simdjson::simdjson_error&) {
  return {};
}

std::uint64_t version_number(std::string_view resource_version) {
  std::uint64_t number = 0;
  const char* const end = resource_version.data() + resource_version.size();
  const auto read = std::from_chars(resource_version.data(), end, number);
  return read.ec == std::errc() && read.ptr == end ? number : 0;
}

}  // namespace kube
