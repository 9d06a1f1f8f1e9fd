#include "kube/informer.hpp"

#include <malloc.h>
#include <memory>
#include <optional>
#include <string>

#include "api/names.hpp"
#include "base/overloaded.hpp"
#include "kube/api.hpp"
#include "kube/envelope.hpp"
#include "kube/frames.hpp"
#include "kube/watch_step.hpp"

namespace kube {
namespace {

using base::ErrorKind;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kPageDeadline{60};          ///< a whole list of 10,000 ServiceAccounts on a slow line
constexpr std::size_t kMaxPage = 64U << 20U;  ///< bytes; the same, unlimited (relist by version)
constexpr seconds kOpenDeadline{30};  ///< the server answers a watch at once, or after 3 s (watch cache not fresh)
constexpr std::size_t kMaxUnread = 1U << 20U;    ///< bytes of a watch that wait for us; then the server waits
constexpr std::size_t kMaxRefusal = 64U << 10U;  ///< bytes of a Status that refuses a watch
constexpr seconds kRefusalSilence{5};
constexpr seconds kNap{10};  ///< longest wait without a sign of life

bool is_ok(int status) { return status >= 200 && status < 300; }

Content content_of(const Collection& collection) {
  return collection.path.ends_with("/secrets") ? Content::kSecret : Content::kPlain;
}

std::string describe(const Collection& collection) {
  return collection.field_selector.empty() ? collection.path : collection.path + "?" + collection.field_selector;
}

/// What a person can do about it, or empty.
std::string remedy(ErrorKind kind, const Collection& collection) {
  if (kind == ErrorKind::kNotFound && collection.path.starts_with("/apis/" + std::string(api::kGroup)))
    return "kubectl apply -k crds/";
  static constexpr std::string_view kByName = "metadata.name=";
  if (kind == ErrorKind::kForbidden && collection.field_selector.starts_with(kByName)) {
    // The rules name each Secret, so a --secret-name that they do not name looks just like missing rules.
    const auto name = collection.field_selector.substr(kByName.size());
    return "name Secret " + name +
           " in the operator's ClusterRole (deploy/rbac.yaml), or start without --secret-name " + name;
  }
  if (kind == ErrorKind::kForbidden && collection.path == "/api/v1/pods") return "kubectl apply -k deploy/pod-recovery";
  if (kind == ErrorKind::kForbidden) return "the operator's roles: kubectl apply -k deploy/";
  if (kind == ErrorKind::kUnauthorized) return "check the token of the operator";
  return {};
}

/// Does what the steps say.
class Follower {
 public:
  Follower(const InformerDeps& deps, const Collection& collection, Sink& sink, const std::stop_token& stop)
      : deps_(deps),
        collection_(collection),
        sink_(sink),
        stop_(stop),
        log_(deps.log.with({{"collection", describe(collection)}})) {}

  void run() {
    Step next = start(moment());
    state_ = std::move(next.state);
    while (!stop_.stop_requested()) {
      if (!std::holds_alternative<Read>(next.action)) close();
      if (!rest(next.wait)) return;
      next = std::visit(base::Overloaded{[&](const ListOptions& options) { return list_page(options); },
                                         [&](const WatchOptions& options) { return open_watch(options); },
                                         [&](const Read& read) { return read_stream(read); }},
                        next.action);
    }
  }

 private:
  [[nodiscard]] Moment moment() const { return {deps_.clock.steady(), deps_.random}; }
  void beat() const {
    if (deps_.heartbeat) deps_.heartbeat();
  }

  /// In naps: a wait is life, too.
  bool rest(milliseconds wait) const {
    while (wait > milliseconds{0}) {
      beat();
      const milliseconds nap = std::min<milliseconds>(wait, kNap);
      if (!deps_.sleep(nap, stop_)) return false;
      wait -= nap;
    }
    return !stop_.stop_requested();
  }

  void close() {
    stream_.reset();
    frames_.clear();
  }

  Step list_page(const ListOptions& options) {
    if (options.continue_token.empty()) sink_.begin();
    auto response = deps_.transport.send(list(collection_, options), {kPageDeadline, kMaxPage, stop_});
    beat();
    if (!response) return take(std::move(response.error()));
    if (!is_ok(response->status)) return take(to_error(*response, content_of(collection_)));
    auto head = parse_page(std::move(response->body), [&](std::string_view json) { keep(sink_.add(json), json); });
    if (!head) return take(std::move(head.error()));
    return take(PageRead{std::move(head->resource_version), std::move(head->continue_token)});
  }

  Step open_watch(const WatchOptions& options) {
    if (options.send_initial_events) sink_.begin();
    auto stream = deps_.transport.open(watch(collection_, options), {kOpenDeadline, kMaxUnread, stop_});
    beat();
    if (!stream) return take(std::move(stream.error()));
    if (!is_ok((*stream)->status())) return take(refusal(**stream));
    stream_ = std::move(*stream);
    return take(Opened{});
  }

  [[nodiscard]] base::Error refusal(http::Stream& stream) const {
    http::Response response;
    response.status = stream.status();
    response.headers = {{"Retry-After", stream.header("Retry-After")}};
    while (response.body.size() < kMaxRefusal) {
      const auto chunk = stream.read(kRefusalSilence, stop_);
      if (!chunk || chunk->empty()) break;  // the code alone says enough
      response.body += *chunk;
    }
    return to_error(response, content_of(collection_));
  }

  Step read_stream(const Read& read) {
    const auto chunk = stream_->read(read.silence, stop_);
    beat();
    if (!chunk) return chunk.error().kind == ErrorKind::kTimeout ? take(Quiet{}) : take(chunk.error());
    if (chunk->empty()) return take(Ended{});
    frames_.push(*chunk);
    Step next = take(Heard{});
    while (std::holds_alternative<Read>(next.action) && !stop_.stop_requested()) {
      const auto frame = frames_.next();
      if (!frame) return take(frame.error());
      if (!*frame) break;
      next = take_frame(**frame);
    }
    return next;
  }

  Step take_frame(std::string_view frame) {
    auto event = parse_event(frame);
    if (!event) return take(std::move(event.error()));
    if (event->type == EventType::kError) return take(in_band(*event));
    Step next = take(*event);
    switch (next.effect) {
      case Effect::kAdd: keep(sink_.add(event->object), event->object); break;
      case Effect::kUpsert: keep(sink_.upsert(event->object), event->object); break;
      case Effect::kDrop: sink_.drop(event->ns, event->name); break;
      case Effect::kRemove: sink_.remove(event->ns, event->name, version_number(event->resource_version)); break;
      case Effect::kCommit:
      case Effect::kKeep: break;
    }
    return next;
  }

  /// An ERROR event carries the Status that the same refusal of a request would have had.
  [[nodiscard]] base::Error in_band(const Event& event) const {
    http::Response response;
    response.status = event.code >= 400 ? event.code : 500;
    response.body = event.object;
    return to_error(response, content_of(collection_));
  }

  /// One turn of the machine, with its word to people.
  Step take(const Input& input) {
    Step next = step(std::move(state_), input, moment());
    state_ = std::move(next.state);
    if (next.effect == Effect::kCommit) commit();
    if (!stop_.stop_requested()) tell(next);
    return next;
  }

  void commit() {
    sink_.commit(version_number(state_.resource_version));
#if defined(__GLIBC__)
    // A side buffer of 10,000 objects leaves 7 MiB of free pages with the allocator, which would keep them for ever.
    malloc_trim(0);
#endif
  }

  void tell(const Step& next) const {
    switch (next.notice) {
      case Notice::kLost:
        tell_lost(next.error);
        if (deps_.lost) deps_.lost(&next.error);
        break;
      case Notice::kRegained:
        log_.info("watch regained");
        if (deps_.lost) deps_.lost(nullptr);
        break;
      case Notice::kFellBack: log_.info("server does not stream lists, paging instead"); break;
      case Notice::kNone: break;
    }
    if (next.wait > milliseconds{0} && log_.enabled(base::LogLevel::kDebug)) {
      log_.debug("watch backs off", {{"ms", std::to_string(next.wait.count())}, {"error", next.error.message}});
    }
  }

  void tell_lost(const base::Error& error) const {
    const std::string kind(base::name(error.kind));
    const std::string what = remedy(error.kind, collection_);
    if (what.empty()) {
      log_.warn("watch lost", {{"kind", kind}, {"error", error.message}});
    } else {
      log_.warn("watch lost", {{"kind", kind}, {"error", error.message}, {"remedy", what}});
    }
  }

  /// One object that cannot be read stops nothing else.
  void keep(const base::Status& kept, std::string_view json) const {
    if (kept) return;
    log_.warn("object skipped", {{"object", readable_name(json)}, {"error", kept.error().message}});
  }

  const InformerDeps& deps_;
  const Collection& collection_;
  Sink& sink_;
  const std::stop_token& stop_;
  base::Log log_;
  State state_ = {};
  std::unique_ptr<http::Stream> stream_ = {};
  FrameSplitter frames_ = FrameSplitter();
};

}  // namespace

void follow(const InformerDeps& deps, const Collection& collection, Sink& sink, const std::stop_token& stop) {
  Follower(deps, collection, sink, stop).run();
}

}  // namespace kube
