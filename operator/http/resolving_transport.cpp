#include "http/resolving_transport.hpp"

#include <optional>
#include <utility>

#include "base/mutex.hpp"

namespace http {
namespace {

using base::ErrorKind;
using std::chrono::milliseconds;

/// As long as cpprestsdk keeps an idle connection: with one, nobody would ask for the name.
constexpr std::chrono::seconds kFresh{30};

class ResolvingTransport final : public Transport {
 public:
  ResolvingTransport(std::unique_ptr<Transport> inner, ResolvingOptions options)
      : inner_(std::move(inner)), options_(std::move(options)) {}

  base::Result<Response> send(const Request& request, const Limits& limits) override {
    return after_look<Response>(limits, [&](const Limits& left) { return inner_->send(request, left); });
  }
  base::Result<std::unique_ptr<Stream>> open(const Request& request, const Limits& limits) override {
    return after_look<std::unique_ptr<Stream>>(limits, [&](const Limits& left) { return inner_->open(request, left); });
  }

 private:
  template <class T, class Exchange>
  base::Result<T> after_look(const Limits& limits, Exchange exchange) {
    auto left = limits;
    if (auto known = look(left); !known) return base::fail(std::move(known.error()));
    auto result = exchange(left);
    if (result) {
      set_known(options_.clock->steady());
    } else if (result.error().kind == ErrorKind::kUnavailable || result.error().kind == ErrorKind::kTimeout) {
      set_known(std::nullopt);
    }
    return result;
  }

  /// Takes the time that it needs off `left`.
  base::Status look(Limits& left) EXCLUDES(mutex_) {
    const auto begin = options_.clock->steady();
    if (is_known(begin)) return {};
    if (auto found = options_.resolver->resolve(options_.host, left.deadline, left.stop); !found) return found;
    const auto end = options_.clock->steady();
    set_known(end);
    left.deadline -= std::chrono::duration_cast<milliseconds>(end - begin);
    if (left.deadline > milliseconds::zero()) return {};
    return base::fail(ErrorKind::kTimeout, options_.host + ": resolving the name took all of the time");
  }

  bool is_known(base::SteadyTime now) EXCLUDES(mutex_) {
    const base::MutexLock lock(mutex_);
    return known_ && now - *known_ < kFresh;
  }
  void set_known(std::optional<base::SteadyTime> at) EXCLUDES(mutex_) {
    const base::MutexLock lock(mutex_);
    known_ = at;
  }

  const std::unique_ptr<Transport> inner_;
  const ResolvingOptions options_;
  base::Mutex mutex_;
  std::optional<base::SteadyTime> known_ GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<Transport> make_resolving_transport(std::unique_ptr<Transport> inner, ResolvingOptions options) {
  return std::make_unique<ResolvingTransport>(std::move(inner), std::move(options));
}

}  // namespace http
