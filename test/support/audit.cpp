#include "support/audit.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

namespace support {
namespace {

using Json = nlohmann::json;

constexpr Millis kNeverQuiet{60'000};

std::uintmax_t size_of(const std::filesystem::path& file) {
  std::error_code none;
  const auto size = std::filesystem::file_size(file, none);
  return none ? 0 : size;
}

/// A watch that was accepted is recorded when it begins and again when it ends.
bool is_end_of_watch(const Json& line, int code) {
  return line.value("verb", "") == "watch" && line.value("stage", "") == "ResponseComplete" && code == 200;
}

Request parse(const Json& line, int code) {
  const auto object = line.value("objectRef", Json::object());
  return {line.value("verb", ""),          object.value("resource", ""),
          object.value("namespace", ""),   object.value("name", ""),
          object.value("subresource", ""), code,
          line.value("requestURI", ""),    line.value("requestReceivedTimestamp", "")};
}

template <class Wanted>
Requests filter(const Requests& requests, Wanted wanted) {
  Requests kept;
  std::ranges::copy_if(requests, std::back_inserter(kept), wanted);
  return kept;
}

}  // namespace

bool Request::is_apply() const { return verb == "patch" && uri.find("force=") != std::string::npos; }

std::string Request::text() const {
  auto what = verb + " " + resource + (subresource.empty() ? "" : "/" + subresource) + " ";
  return what + (ns.empty() ? "" : ns + "/") + name + " " + std::to_string(code);
}

Audit::Audit(std::filesystem::path log) : log_(std::move(log)) { mark(); }

void Audit::mark() { mark_ = size_of(log_); }

Requests Audit::since_mark() const {
  std::ifstream in(log_, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(mark_));
  const std::string all{std::istreambuf_iterator<char>(in), {}};
  std::istringstream lines(all.substr(0, all.rfind('\n') + 1));  // the last line may be half written
  Requests found;
  for (std::string text; std::getline(lines, text);) {
    const auto line = Json::parse(text, nullptr, false);
    if (!line.is_object() || line.value("stage", "") == "Panic") {
      continue;
    }
    const int code = line.value("/responseStatus/code"_json_pointer, 0);
    if (!is_end_of_watch(line, code)) {
      found.push_back(parse(line, code));
    }
  }
  return found;
}

Requests Audit::settled(Millis quiet) const {
  using Steady = std::chrono::steady_clock;
  const auto give_up = Steady::now() + kNeverQuiet;
  auto size = size_of(log_);
  auto seen = since_mark();
  for (auto since = Steady::now(); Steady::now() - since < quiet;) {
    std::this_thread::sleep_for(Millis{20});
    const auto now = size_of(log_);
    if (now == size) continue;
    size = now;
    auto more = since_mark();
    if (without_leases(more).size() != without_leases(seen).size()) since = Steady::now();
    seen = std::move(more);
    if (Steady::now() > give_up) throw Failure("the API server is never quiet; it was asked:\n" + text(seen));
  }
  return since_mark();
}

Requests writes(const Requests& requests) {
  return filter(requests, [](const Request& request) { return request.is_write(); });
}

Requests without_leases(const Requests& requests) {
  return filter(requests, [](const Request& request) { return !request.is_lease(); });
}

std::string text(const Requests& requests) {
  std::string all;
  for (const auto& request : requests) {
    all += request.text() + "\n";
  }
  return all;
}

}  // namespace support
