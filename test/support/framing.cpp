#include "support/framing.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <sstream>

namespace support {
namespace {

bool same(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

/// Whether that word is in a header like "keep-alive, close".
bool lists(std::string_view value, std::string_view word) {
  const auto alike = [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); };
  return std::search(value.begin(), value.end(), word.begin(), word.end(), alike) != value.end();
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

std::uint64_t number(std::string_view text, int base) {
  return std::strtoull(std::string(text).c_str(), nullptr, base);
}

std::string word(const std::string& line, int index) {
  std::istringstream in(line);
  std::string found;
  for (int i = 0; i <= index; ++i) {
    found.clear();
    in >> found;
  }
  return found;
}

}  // namespace

std::string_view MessageHead::header(std::string_view name) const {
  const auto at = std::ranges::find_if(headers, [&](const auto& one) { return same(one.name, name); });
  return at == headers.end() ? std::string_view{} : std::string_view(at->value);
}

void MessageHead::remove(std::string_view name) {
  std::erase_if(headers, [&](const auto& one) { return same(one.name, name); });
}

void MessageHead::set(std::string_view name, std::string value) {
  remove(name);
  headers.push_back({std::string(name), std::move(value)});
}

std::string MessageHead::first_word() const { return word(line, 0); }
std::string MessageHead::second_word() const { return word(line, 1); }
int MessageHead::status() const { return static_cast<int>(number(second_word(), 10)); }

bool MessageHead::closes() const {
  const auto connection = header("Connection");
  return lists(connection, "close") || (line.find("HTTP/1.0") != std::string::npos && !lists(connection, "keep-alive"));
}

std::string MessageHead::render() const {
  std::string text = line + "\r\n";
  for (const auto& one : headers) {
    text += one.name + ": " + one.value + "\r\n";
  }
  return text + "\r\n";
}

std::optional<MessageHead> take_head(std::string& bytes) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string::npos) {
    return std::nullopt;
  }
  MessageHead head;
  const std::string_view text(bytes.data(), end);
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto stop = std::min(text.find("\r\n", begin), text.size());
    const auto line = text.substr(begin, stop - begin);
    const auto colon = line.find(':');
    if (begin == 0) {
      head.line = line;
    } else if (colon != std::string_view::npos) {
      head.headers.push_back({std::string(line.substr(0, colon)), std::string(trim(line.substr(colon + 1)))});
    }
    begin = stop + 2;
  }
  bytes.erase(0, end + 4);
  return head;
}

BodyMeter BodyMeter::of_request(const MessageHead& head) {
  if (lists(head.header("Transfer-Encoding"), "chunked")) {
    return BodyMeter(State::kChunkSize);
  }
  const auto size = number(head.header("Content-Length"), 10);
  return size == 0 ? BodyMeter(State::kDone) : BodyMeter(State::kSized, size);
}

BodyMeter BodyMeter::of_answer(std::string_view method, const MessageHead& head) {
  const int status = head.status();
  if (method == "HEAD" || status < 200 || status == 204 || status == 304) {
    return BodyMeter(State::kDone);
  }
  if (head.header("Transfer-Encoding").empty() && head.header("Content-Length").empty()) {
    return BodyMeter(State::kUntilClose);
  }
  return of_request(head);
}

std::size_t BodyMeter::take(std::string_view bytes, std::string* content) {
  std::size_t taken = 0;
  while (taken < bytes.size() && state_ != State::kDone) {
    const auto rest = bytes.substr(taken);
    const bool inside = state_ == State::kSized || state_ == State::kUntilClose || state_ == State::kChunk;
    taken += inside ? take_content(rest, content) : take_line(rest);
  }
  return taken;
}

std::size_t BodyMeter::take_content(std::string_view bytes, std::string* content) {
  const auto part = state_ == State::kUntilClose ? bytes.size() : std::min<std::uint64_t>(left_, bytes.size());
  if (content != nullptr) {
    content->append(bytes.substr(0, part));
  }
  if (state_ != State::kUntilClose) {
    left_ -= part;
    if (left_ == 0) {
      state_ = state_ == State::kSized ? State::kDone : State::kChunkEnd;
    }
  }
  return part;
}

std::size_t BodyMeter::take_line(std::string_view bytes) {
  const auto end = bytes.find('\n');
  line_ += bytes.substr(0, end);
  if (end == std::string_view::npos) {
    return bytes.size();
  }
  end_line();
  line_.clear();
  return end + 1;
}

void BodyMeter::end_line() {
  const bool empty = line_.empty() || line_ == "\r";
  if (state_ == State::kChunkEnd) {
    state_ = State::kChunkSize;
  } else if (state_ == State::kTrailer) {
    state_ = empty ? State::kDone : State::kTrailer;
  } else {
    left_ = number(line_, 16);  // an extension after ';' stops the number
    state_ = left_ == 0 ? State::kTrailer : State::kChunk;
  }
}

}  // namespace support
