#include "harbor/double/body.hpp"

#include "harbor/double/text.hpp"

namespace harbor_double {
namespace {

/// What Go says about text that is not JSON: the first character that cannot be.
std::string syntax_problem(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "EOF";
  const auto next = text[begin] == '{' ? text.find_first_not_of(" \t\r\n", begin + 1) : std::string::npos;
  if (next != std::string::npos && text[next] != '"' && text[next] != '}') {
    return std::string("invalid character '") + text[next] + "' looking for beginning of object key string";
  }
  if (text[begin] == '{' || text[begin] == '[') return "unexpected EOF";
  return std::string("invalid character '") + text[begin] + "' looking for beginning of value";
}

std::string go_name(const Json& value) {
  if (value.is_string()) return "string";
  if (value.is_boolean()) return "bool";
  if (value.is_number_float()) return "number " + value.dump();
  if (value.is_number()) return "number";
  return value.is_array() ? "array" : "object";
}

bool fits(const Json& value, GoType type) {
  switch (type) {
    case GoType::kString: return value.is_string();
    case GoType::kBool: return value.is_boolean();
    case GoType::kInt64: return value.is_number_integer();
    case GoType::kObject: return value.is_object();
    case GoType::kList: return value.is_array();
  }
  return false;
}

std::string_view type_name(GoType type) {
  switch (type) {
    case GoType::kString: return "string";
    case GoType::kBool: return "bool";
    case GoType::kInt64: return "int64";
    case GoType::kObject: return "models.Object";
    case GoType::kList: return "[]models.Object";
  }
  return "";
}

Response unreadable(const GoModel& model, const std::string& why) {
  return invalid("parsing " + std::string(model.parameter) + " body from \"\" failed, because " + why);
}

}  // namespace

Or<Json> read_body(const Request& request, const GoModel& model) {
  if (request.body.empty()) return tl::unexpected(invalid(std::string(model.parameter) + " in body is required"));
  const auto header = request.header("Content-Type");
  const auto type = lower(header.empty() ? "application/octet-stream" : header.substr(0, header.find(';')));
  if (type != "application/json") {
    return tl::unexpected(invalid("unsupported media type \"" + type + "\", only [application/json] are allowed"));
  }
  Json body = Json::parse(request.body, nullptr, false);
  if (body.is_discarded()) return tl::unexpected(unreadable(model, syntax_problem(request.body)));
  if (body.is_null()) return tl::unexpected(invalid(std::string(model.parameter) + " in body is required"));
  const std::string cannot = "json: cannot unmarshal ";
  if (!body.is_object()) {
    return tl::unexpected(
        unreadable(model, cannot + go_name(body) + " into Go value of type models." + std::string(model.name)));
  }
  for (const auto& field : model.fields) {
    const auto found = body.find(field.name);
    if (found == body.end()) continue;
    if (found->is_null()) {
      body.erase(found);
    } else if (!fits(*found, field.type)) {
      return tl::unexpected(
          unreadable(model, cannot + go_name(*found) + " into Go struct field " + std::string(model.name) + "." +
                                std::string(field.name) + " of type " +
                                std::string(field.go_name.empty() ? type_name(field.type) : field.go_name)));
    }
  }
  return body;
}

Or<std::int64_t> path_number(std::string_view text, std::string_view name) {
  if (const auto number = to_number(text)) return *number;
  return tl::unexpected(invalid(std::string(name) + " in path must be of type int64: \"" + std::string(text) + "\""));
}

}  // namespace harbor_double
