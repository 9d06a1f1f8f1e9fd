// HTTP/1.1 as far as a proxy must understand it: heads, and where a body ends.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace support {

/// The first line and the headers of a request or an answer.
struct MessageHead {
  std::string line = {};
  http::Headers headers = {};

  /// The first header of that name (any case), or empty.
  [[nodiscard]] std::string_view header(std::string_view name) const;
  void set(std::string_view name, std::string value);
  void remove(std::string_view name);
  /// "GET" of a request, "HTTP/1.1" of an answer.
  [[nodiscard]] std::string first_word() const;
  /// The target of a request, the code of an answer.
  [[nodiscard]] std::string second_word() const;
  [[nodiscard]] int status() const;
  /// Whether this side wants the connection to end after the message.
  [[nodiscard]] bool closes() const;
  /// As it travels, the empty line included.
  [[nodiscard]] std::string render() const;
};

/// Takes a head off the front of `bytes`, if there is a whole one.
[[nodiscard]] std::optional<MessageHead> take_head(std::string& bytes);

/// Follows one body through bytes as they come.
class BodyMeter {
 public:
  [[nodiscard]] static BodyMeter of_request(const MessageHead& head);
  [[nodiscard]] static BodyMeter of_answer(std::string_view method, const MessageHead& head);

  /// How many of the bytes, from the first, belong to the body; its content, without the chunks' own lines, is appended
  /// to `content` unless that is null.
  std::size_t take(std::string_view bytes, std::string* content = nullptr);
  [[nodiscard]] bool done() const { return state_ == State::kDone; }
  /// Only the end of the connection ends it.
  [[nodiscard]] bool until_close() const { return state_ == State::kUntilClose; }

 private:
  enum class State { kDone, kSized, kUntilClose, kChunkSize, kChunk, kChunkEnd, kTrailer };
  explicit BodyMeter(State state, std::uint64_t left = 0) : state_(state), left_(left) {}
  std::size_t take_content(std::string_view bytes, std::string* content);
  std::size_t take_line(std::string_view bytes);
  void end_line();

  State state_;
  std::uint64_t left_;     // of the body or the chunk
  std::string line_ = {};  // of the framing, as far as it came
};

}  // namespace support
