// Lists: the query language of `q`, sorting, pages and their headers.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harbor/double/errors.hpp"
#include "harbor/double/exchange.hpp"
#include "harbor/double/text.hpp"

namespace harbor_double {

struct Condition {
  enum class Kind { kExact, kFuzzy, kRange, kAny, kAll };
  Kind kind = Kind::kExact;
  std::vector<std::string> values = {};  ///< of a range: from and to, each may be empty
};

struct ListQuery {
  std::map<std::string, Condition> conditions = {};
  std::int64_t page = 1;
  std::int64_t page_size = 10;
  std::string q = {};     ///< decoded once
  std::string sort = {};  ///< as it came
};

/// 422 for pages that are no numbers or too large.
[[nodiscard]] Or<ListQuery> read_pages(const Request& request);
/// Reads `q`, which is decoded a second time; 400 when it is malformed.
[[nodiscard]] Or<ListQuery> read_conditions(ListQuery query);

[[nodiscard]] bool holds(const Condition& condition, const std::string& value);

/// The values of one item by the keys that can be asked for.
using Columns = std::map<std::string, std::string>;
struct Row {
  Columns columns = {};
  std::function<Json()> json = {};  ///< made for the rows of the page only
};

/// Filters, sorts (by `name` unless the query knows better), cuts out the page, adds X-Total-Count and Link.
[[nodiscard]] Response list_reply(const Request& request, const ListQuery& query, std::vector<Row> rows);

}  // namespace harbor_double
