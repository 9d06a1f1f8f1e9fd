// Cuts a watch body into its events: JSON documents that each end with a newline.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kube {

/// Longest event taken, in bytes. An object is 1.5 MiB at most (etcd's --max-request-bytes), a request 3 MiB (apiserver
/// MaxRequestBodyBytes): more is not an event.
inline constexpr std::size_t kMaxFrame = 3U << 20U;

/// Not thread-safe. Chunks may be cut anywhere, inside a character too: only the newline, which JSON never holds raw
/// inside a string, is looked at.
class FrameSplitter {
 public:
  explicit FrameSplitter(std::size_t max_frame = kMaxFrame) : max_frame_(max_frame) {}

  /// Takes in bytes as they arrived.
  void push(std::string_view chunk);

  /// The next whole event without its line end, nullopt when more bytes are needed. Empty lines are skipped. The view
  /// lives until the next call of `push` or `clear`. Fails with kTooLarge, from then on always.
  [[nodiscard]] base::Result<std::optional<std::string_view>> next();

  /// Forgets what came, for a new stream.
  void clear();

  /// Bytes of memory held; for tests.
  [[nodiscard]] std::size_t capacity() const { return buffer_.capacity(); }

 private:
  std::string buffer_ = {};
  std::size_t begin_ = 0;    ///< of the event that is being read
  std::size_t scanned_ = 0;  ///< no newline in [begin_, scanned_): a long event is searched once, not once a chunk
  std::size_t max_frame_;
};

}  // namespace kube
