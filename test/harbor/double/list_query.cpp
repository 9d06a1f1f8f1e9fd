#include "harbor/double/list_query.hpp"

#include <algorithm>

namespace harbor_double {
namespace {

constexpr std::int64_t kLargestPage = 100;

Condition read_value(const std::string& text) {
  using Kind = Condition::Kind;
  const auto inside = [&] { return text.substr(1, text.size() - 2); };
  if (text.starts_with("~")) return {Kind::kFuzzy, {text.substr(1)}};
  if (text.starts_with("[") && text.ends_with("]")) {
    auto ends = split(inside(), '~');
    ends.resize(2);
    return {Kind::kRange, ends};
  }
  if (text.starts_with("{") && text.ends_with("}")) return {Kind::kAny, split(inside(), ' ')};
  if (text.starts_with("(") && text.ends_with(")")) return {Kind::kAll, split(inside(), ' ')};
  return {Kind::kExact, {text}};
}

/// Numbers by value, everything else by its letters.
bool before(const std::string& a, const std::string& b) {
  const auto x = to_number(a);
  const auto y = to_number(b);
  return x && y ? *x < *y : a < b;
}

void sort_rows(std::vector<Row>& rows, const std::string& sort) {
  const bool down = sort.starts_with("-");
  std::string key = down ? sort.substr(1) : sort;
  const bool known = !rows.empty() && rows.front().columns.contains(key);
  if (!known) key = "name";
  // Rows come in the order in which they were made; so do those that share a millisecond.
  if (down && known) std::ranges::reverse(rows);
  std::ranges::stable_sort(rows, [&](const Row& a, const Row& b) {
    const auto& x = a.columns.at(key);
    const auto& y = b.columns.at(key);
    return down && known ? before(y, x) : before(x, y);
  });
}

/// Its query is not escaped again, as in Harbor.
std::string link(const Request& request, const ListQuery& query, std::int64_t page, const std::string& relation) {
  std::string to = request.path + "?";
  std::map<std::string, std::string> parameters(request.query.begin(), request.query.end());
  parameters["page"] = std::to_string(page);
  parameters["page_size"] = std::to_string(query.page_size);
  for (const auto& [name, value] : parameters) {
    to.append(to.ends_with("?") ? "" : "&").append(name).append("=").append(value);
  }
  return "<" + to + ">; rel=\"" + relation + "\"";
}

std::string links(const Request& request, const ListQuery& query, std::int64_t total) {
  if (query.page_size == 0) return "";
  std::string text;
  if (query.page > 1 && (query.page - 1) * query.page_size <= total) {
    text = link(request, query, query.page - 1, "prev");
  }
  if (query.page * query.page_size < total) {
    text.append(text.empty() ? "" : " , ").append(link(request, query, query.page + 1, "next"));
  }
  return text;
}

bool all_hold(const ListQuery& query, const Row& row) {
  return std::ranges::all_of(query.conditions, [&](const auto& entry) {
    const auto column = row.columns.find(entry.first);
    return column == row.columns.end() || holds(entry.second, column->second);
  });
}

Or<std::int64_t> number(const Request& request, std::string_view name, std::int64_t otherwise) {
  const auto text = request.param(name);
  if (!text || text->empty()) return otherwise;
  if (const auto value = to_number(*text)) return *value;
  return tl::unexpected(invalid(std::string(name) + " in query must be of type int64: \"" + *text + "\""));
}

}  // namespace

Or<ListQuery> read_pages(const Request& request) {
  const auto page = number(request, "page", 1);
  if (!page) return tl::unexpected(page.error());
  const auto size = number(request, "page_size", 10);
  if (!size) return tl::unexpected(size.error());
  if (*size > kLargestPage) {
    return tl::unexpected(invalid("page_size in query should be less than or equal to 100"));
  }
  return ListQuery{{}, *page, *size, request.param("q").value_or(""), request.param("sort").value_or("")};
}

Or<ListQuery> read_conditions(ListQuery query) {
  const auto text = unescape(query.q);
  if (!text) return tl::unexpected(bad_request("invalid URL escape in the query string"));
  if (text->empty()) return query;
  for (const auto& part : split(*text, ',')) {
    const auto equals = part.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == part.size()) {
      return tl::unexpected(bad_request("the query string must contain \"=\" and the key/value cannot be empty"));
    }
    query.conditions[part.substr(0, equals)] = read_value(part.substr(equals + 1));
  }
  return query;
}

bool holds(const Condition& condition, const std::string& value) {
  const auto is = [&](const std::string& wanted) { return wanted == value; };
  switch (condition.kind) {
    case Condition::Kind::kExact:
    case Condition::Kind::kAny: return std::ranges::any_of(condition.values, is);
    case Condition::Kind::kAll: return std::ranges::all_of(condition.values, is);
    case Condition::Kind::kFuzzy: return lower(value).find(lower(condition.values.front())) != std::string::npos;
    case Condition::Kind::kRange:
      return (condition.values[0].empty() || !before(value, condition.values[0])) &&
             (condition.values[1].empty() || !before(condition.values[1], value));
  }
  return false;
}

Response list_reply(const Request& request, const ListQuery& query, std::vector<Row> rows) {
  std::erase_if(rows, [&](const Row& row) { return !all_hold(query, row); });
  sort_rows(rows, query.sort);
  const auto total = static_cast<std::int64_t>(rows.size());
  const auto size = query.page_size > 0 ? query.page_size : total;
  const auto first = std::min(total, query.page > 1 ? (query.page - 1) * size : 0);
  Json items = Json::array();
  for (auto at = first; at < std::min(total, first + size); ++at) {
    items.push_back(rows[static_cast<std::size_t>(at)].json());
  }
  Response reply = json_reply(200, items);
  const auto text = links(request, query, total);
  if (!text.empty()) reply.with("Link", text);
  return reply.with("X-Total-Count", std::to_string(total));
}

}  // namespace harbor_double
