#include "support/watcher.hpp"

namespace support {
namespace {

using Steady = std::chrono::steady_clock;

constexpr Millis kAgain{20};        // after a stream that ended or a server that is away
constexpr Millis kSilence{60'000};  // bookmarks come every minute; nothing is wrong without them
constexpr std::size_t kWaiting = 64U << 20U;

std::string metadata(const Json& object, const char* field) {
  return object.is_object() && object.contains("metadata") ? object["metadata"].value(field, "") : "";
}

}  // namespace

std::string Event::name() const { return metadata(object, "name"); }
std::string Event::ns() const { return metadata(object, "namespace"); }

Watcher::Watcher(const Client& client, std::string collection_path)
    : client_(client), path_(std::move(collection_path)) {
  list();
  thread_ = std::jthread([this](const std::stop_token& stop) { follow(stop); });
}

Watcher::~Watcher() = default;

void Watcher::list() {
  const auto answer = client_.get(path_);
  const auto& json = answer.require();
  const auto now = Steady::now();
  for (const auto& item : json.at("items")) {
    record({now, "LISTED", item});
  }
  version_ = metadata(json, "resourceVersion");
}

void Watcher::follow(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto separator = path_.find('?') == std::string::npos ? "?" : "&";
    const auto target = path_ + separator + "watch=1&allowWatchBookmarks=true&resourceVersion=" + version_;
    auto stream = client_.transport().open(client_.authorized({"GET", target}), {Millis{10'000}, kWaiting, stop});
    if (stream && (*stream)->status() == 200) {
      read(**stream, stop);
    } else if (stream && (*stream)->status() == 410) {
      version_.clear();
    }
    if (version_.empty()) {
      try {
        record({Steady::now(), "RELISTED", {}});
        list();
      } catch (const std::exception&) {
        version_.clear();  // the server is away; the next round tries again
      }
    }
    base::sleep_for(kAgain, stop);
  }
}

void Watcher::read(http::Stream& stream, const std::stop_token& stop) {
  std::string rest;
  for (;;) {
    const auto bytes = stream.read(kSilence, stop);
    const auto at = Steady::now();
    if (!bytes && bytes.error().kind == base::ErrorKind::kTimeout) {
      continue;
    }
    if (!bytes || bytes->empty()) {
      return;
    }
    rest += *bytes;
    std::size_t begin = 0;
    for (auto end = rest.find('\n'); end != std::string::npos; end = rest.find('\n', begin)) {
      take(std::string_view(rest).substr(begin, end - begin), at);
      begin = end + 1;
    }
    rest.erase(0, begin);
  }
}

void Watcher::take(std::string_view line, Steady::time_point at) {
  auto json = Json::parse(line, nullptr, false);
  if (!json.is_object()) {
    return;
  }
  Event event{at, json.value("type", ""), std::move(json["object"])};
  if (event.type == "ERROR") {
    version_.clear();
  } else {
    version_ = metadata(event.object, "resourceVersion");
  }
  if (event.type != "BOOKMARK") {
    record(std::move(event));
  }
}

void Watcher::record(Event event) {
  const base::MutexLock lock(mutex_);
  events_.push_back(std::move(event));
  changed_.notify_all();
}

std::size_t Watcher::count() const {
  const base::MutexLock lock(mutex_);
  return events_.size();
}

std::vector<Event> Watcher::events(std::size_t from) const {
  const base::MutexLock lock(mutex_);
  return {events_.begin() + static_cast<std::ptrdiff_t>(std::min(from, events_.size())), events_.end()};
}

std::optional<Event> Watcher::find(Millis timeout, const Predicate& fits, std::size_t from) const {
  const base::MutexLock lock(mutex_);
  std::size_t next = from;
  std::optional<Event> found;
  changed_.wait_until(mutex_, {}, Steady::now() + timeout, [&]() NO_THREAD_SAFETY_ANALYSIS {
    for (; !found && next < events_.size(); ++next) {
      if (fits(events_[next])) {
        found = events_[next];
      }
    }
    return found.has_value();
  });
  return found;
}

Event Watcher::wait_for(const std::string& what, Millis timeout, const Predicate& fits, std::size_t from) const {
  if (auto found = find(timeout, fits, from)) {
    return *found;
  }
  std::string seen;
  for (const auto& event : events(from)) {
    seen += " " + event.type + " " + event.ns() + "/" + event.name();
  }
  throw Failure("after " + std::to_string(timeout.count()) + " ms no event on " + path_ + ": " + what +
                "; seen:" + seen);
}

std::optional<Steady::time_point> Watcher::wait_for_count(std::size_t enough, Millis timeout, const Predicate& fits,
                                                          std::size_t from) const {
  const base::MutexLock lock(mutex_);
  std::size_t next = from;
  std::size_t found = 0;
  Steady::time_point last{};
  const auto all = changed_.wait_until(mutex_, {}, Steady::now() + timeout, [&]() NO_THREAD_SAFETY_ANALYSIS {
    for (; found < enough && next < events_.size(); ++next) {
      if (fits(events_[next])) {
        ++found;
        last = events_[next].at;
      }
    }
    return found >= enough;
  });
  return all ? std::optional(last) : std::nullopt;
}

}  // namespace support
