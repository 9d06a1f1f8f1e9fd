#include "kube/frames.hpp"

namespace kube {
namespace {

/// What a watch may keep while it waits: a few of them idle in 12 MiB.
constexpr std::size_t kKeptCapacity = 64U << 10U;

}  // namespace

void FrameSplitter::push(std::string_view chunk) {
  buffer_.erase(0, begin_);
  scanned_ -= begin_;
  begin_ = 0;
  if (buffer_.empty() && buffer_.capacity() > kKeptCapacity) std::string().swap(buffer_);
  buffer_.append(chunk);
}

base::Result<std::optional<std::string_view>> FrameSplitter::next() {
  while (true) {
    const std::size_t end = buffer_.find('\n', scanned_);
    const std::size_t size = (end == std::string::npos ? buffer_.size() : end) - begin_;
    if (size > max_frame_)
      return base::fail(base::ErrorKind::kTooLarge, "a watch event is larger than any object can be");
    if (end == std::string::npos) {
      scanned_ = buffer_.size();
      return std::nullopt;
    }
    const std::string_view frame = std::string_view(buffer_).substr(begin_, size);
    begin_ = scanned_ = end + 1;
    if (frame.find_first_not_of(" \t\r") != std::string_view::npos) return frame;
  }
}

void FrameSplitter::clear() {
  std::string().swap(buffer_);
  begin_ = scanned_ = 0;
}

}  // namespace kube
