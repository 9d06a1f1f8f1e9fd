#include "base/printable.hpp"

#include <algorithm>

namespace base {

std::string printable(std::string_view raw, std::size_t cap) {
  std::string line;
  const std::size_t size = std::min(raw.size(), cap);
  line.reserve(size);
  for (std::size_t i = 0; i < size; ++i) {
    const auto byte = static_cast<unsigned char>(raw[i]);
    const bool c1 = byte == 0xC2U && i + 1 < raw.size() && static_cast<unsigned char>(raw[i + 1]) < 0xA0U;
    if (c1) ++i;
    line += byte < 0x20U || byte == 0x7FU || c1 ? ' ' : raw[i];
  }
  if (size == raw.size()) return line;
  const auto continues = [&](std::size_t at) { return (static_cast<unsigned char>(raw[at]) & 0xC0U) == 0x80U; };
  for (std::size_t end = size; end > 0 && continues(end) && !line.empty(); --end) line.pop_back();
  return line;
}

}  // namespace base
