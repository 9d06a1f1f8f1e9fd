// One HTTP exchange as plain values: what the decisions of the double take and give.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace harbor_double {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method = {};
  std::string target = {};  ///< as it was sent
  std::string path = {};    ///< decoded, doubled slashes merged
  Pairs query = {};         ///< decoded once
  Pairs headers = {};
  std::string body = {};

  /// The first header of that name in any case; empty when there is none.
  [[nodiscard]] std::string header(std::string_view name) const;
  [[nodiscard]] bool has_header(std::string_view name) const;
  /// The first parameter of that name.
  [[nodiscard]] std::optional<std::string> param(std::string_view name) const;
};

struct Response {
  int status = 200;
  Pairs headers = {};
  std::string body = {};
  std::optional<std::size_t> length = {};  ///< Content-Length of a HEAD whose body nobody made

  Response& with(std::string name, std::string value) &;
  Response&& with(std::string name, std::string value) &&;
};

/// A value, or the reply that refuses.
template <class T>
using Or = tl::expected<T, Response>;

/// Whether two header names are the same.
[[nodiscard]] bool same_name(std::string_view a, std::string_view b);

}  // namespace harbor_double
