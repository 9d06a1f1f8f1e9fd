// Request bodies, read as strictly and refused in the same words as by Harbor's generated code.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harbor/double/errors.hpp"
#include "harbor/double/exchange.hpp"

namespace harbor_double {

enum class GoType { kString, kBool, kInt64, kObject, kList };

struct GoField {
  std::string_view name;
  GoType type;
  std::string_view go_name = {};  ///< of the type, where it is not plain
};

/// A model of the API and the name of the parameter that carries it.
struct GoModel {
  std::string_view parameter;
  std::string_view name;
  std::vector<GoField> fields;
};

/// The JSON object of the body; members that are null are removed, as Go ignores them. Refuses with 422.
[[nodiscard]] Or<Json> read_body(const Request& request, const GoModel& model);

/// An int64 of the path, or 422.
[[nodiscard]] Or<std::int64_t> path_number(std::string_view text, std::string_view name);

}  // namespace harbor_double
