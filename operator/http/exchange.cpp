#include "http/exchange.hpp"

#include <algorithm>
#include <utility>

namespace http {
namespace {

using base::ErrorKind;

/// More than any server of ours sends; an answer with more is refused.
constexpr std::size_t kMaxHeaderBytes = 64U << 10U;
/// One piece of a stream larger than this is not an event but an attack or a framing error.
constexpr std::size_t kMaxPiece = 64U << 20U;
constexpr std::chrono::hours kLongest{24 * 365};

base::Error error(ErrorKind kind, std::string message) {
  base::Error result;
  result.kind = kind;
  result.message = std::move(message);
  return result;
}

std::size_t size_of(const Headers& headers) {
  std::size_t sum = 0;
  for (const auto& header : headers) {
    sum += header.name.size() + header.value.size();
  }
  return sum;
}

}  // namespace

Until until(std::chrono::milliseconds span, std::stop_token stop) {
  const auto bounded = std::min<std::chrono::milliseconds>(span, kLongest);
  return {std::chrono::steady_clock::now() + bounded, std::move(stop)};
}

Exchange::Exchange(std::string where, Overflow overflow, std::size_t max)
    : where_(std::move(where)), overflow_(overflow), max_(max) {}

void Exchange::begin(int status, Headers headers) {
  const base::MutexLock lock(mutex_);
  if (size_of(headers) > kMaxHeaderBytes) {
    error_ = error(ErrorKind::kTooLarge, where_ + ": the headers of the answer are larger than 64 KiB");
  } else {
    status_ = status;
    headers_ = std::move(headers);
  }
  changed_.notify_all();
}

Exchange::Pushed Exchange::push(std::string_view bytes, std::function<void()> resume) {
  const base::MutexLock lock(mutex_);
  if (abandoned_ || ended_ || error_) {
    return Pushed::kRefused;
  }
  // Compared this way round because the size comes from the peer (a chunk header) and may be near the type's maximum.
  const bool fits = bytes_.size() <= max_ && bytes.size() <= max_ - bytes_.size();
  if (bytes.size() > kMaxPiece || (!fits && overflow_ == Overflow::kFail)) {
    error_ = error(ErrorKind::kTooLarge, where_ + ": the answer is larger than " + std::to_string(max_) + " bytes");
    changed_.notify_all();
    return Pushed::kRefused;
  }
  bytes_.append(bytes);
  changed_.notify_all();
  if (fits) {
    return Pushed::kTaken;
  }
  resume_ = std::move(resume);
  return Pushed::kWait;
}

void Exchange::end() {
  const base::MutexLock lock(mutex_);
  ended_ = !error_;
  changed_.notify_all();
}

void Exchange::fail(base::Error error) {
  const base::MutexLock lock(mutex_);
  if (!ended_ && !error_) {
    error_ = std::move(error);
    changed_.notify_all();
  }
}

base::Status Exchange::outcome(bool ready, const Until& until) {
  if (ready) {
    return {};
  }
  if (error_) {
    return base::fail(*error_);
  }
  if (until.stop.stop_requested()) {
    return base::fail(ErrorKind::kCancelled, where_ + ": stopped while waiting for an answer");
  }
  return base::fail(ErrorKind::kTimeout, where_ + ": no answer in time");
}

base::Status Exchange::wait_begun(const Until& until) {
  const base::MutexLock lock(mutex_);
  changed_.wait_until(mutex_, until.stop, until.deadline,
                      [this]() NO_THREAD_SAFETY_ANALYSIS { return status_.has_value() || error_.has_value(); });
  return outcome(status_.has_value(), until);
}

base::Status Exchange::wait_ended(const Until& until) {
  const base::MutexLock lock(mutex_);
  changed_.wait_until(mutex_, until.stop, until.deadline,
                      [this]() NO_THREAD_SAFETY_ANALYSIS { return ended_ || error_.has_value(); });
  return outcome(ended_, until);
}

base::Result<std::string> Exchange::take(const Until& until) {
  std::string bytes;
  std::function<void()> resume;
  {
    const base::MutexLock lock(mutex_);
    changed_.wait_until(mutex_, until.stop, until.deadline,
                        [this]() NO_THREAD_SAFETY_ANALYSIS { return !bytes_.empty() || ended_ || error_.has_value(); });
    if (bytes_.empty()) {
      return outcome(ended_, until).map([] { return std::string{}; });
    }
    bytes.swap(bytes_);
    resume.swap(resume_);
  }
  if (resume) {
    resume();
  }
  return bytes;
}

void Exchange::abandon() {
  std::function<void()> resume;
  {
    const base::MutexLock lock(mutex_);
    abandoned_ = true;
    bytes_ = {};
    resume.swap(resume_);
  }
  if (resume) {
    resume();
  }
}

bool Exchange::ended() {
  const base::MutexLock lock(mutex_);
  return ended_;
}

int Exchange::status() {
  const base::MutexLock lock(mutex_);
  return status_.value_or(0);
}

Headers Exchange::headers() {
  const base::MutexLock lock(mutex_);
  return headers_;
}

}  // namespace http
