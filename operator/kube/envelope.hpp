// What lists and watches wrap around objects: pages and events. Read with simdjson; the objects stay text.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kube {

enum class EventType { kAdded, kModified, kDeleted, kBookmark, kError, kUnknown };

/// One watch event (metav1.WatchEvent). Unknown types are of a later server and are to be ignored.
struct Event {
  EventType type = EventType::kUnknown;
  std::string ns = {};
  std::string name = {};
  std::string resource_version = {};
  bool initial_events_end = false;  ///< a bookmark that ends the initial events of a watch-list (KEP-3157)
  int code = 0;                     ///< kError: Status.code, 0 when it is not there
  std::string_view object = {};     ///< the object's text, a view into the frame
};

/// Fails with kInvalid when the text is not one whole event. The message never quotes it.
[[nodiscard]] base::Result<Event> parse_event(std::string_view frame);

/// metav1.ListMeta.
struct PageHead {
  std::string resource_version = {};
  std::string continue_token = {};
};

/// Calls `item` with the text of each item as it is found; "" for one that is not an object. Fails with kInvalid when
/// the text is not a list: then some items may have been seen. Takes the body, so that it is in memory once.
[[nodiscard]] base::Result<PageHead> parse_page(std::string body, const std::function<void(std::string_view)>& item);

/// Namespace and name of an object that cannot be read otherwise, as far as they can be read; for logs.
[[nodiscard]] std::string readable_name(std::string_view json);

/// The number in a resource version, 0 when it is none.
[[nodiscard]] std::uint64_t version_number(std::string_view resource_version);

}  // namespace kube
