// Who wrote a field last, read off metadata.managedFields.
#pragma once

#include <string>
#include <string_view>

namespace api {

/// The field manager, other than ours, that owns top-level field `field` of the object and wrote it last; when none
/// owns it, the last writer of the object; empty when there is none or the text is not an object.
[[nodiscard]] std::string last_writer_of(std::string_view object_json, std::string_view field);

}  // namespace api
