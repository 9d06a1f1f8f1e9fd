// A credential in memory: cannot be printed, formatted or compared by accident, and is wiped when it goes.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace base {

/// A string that leaves only through `reveal()`. Not thread-safe, like std::string.
class SecretString {
 public:
  SecretString() = default;
  explicit SecretString(std::string value) : value_(std::move(value)) {}
  SecretString(const SecretString&) = default;
  SecretString(SecretString&& other) noexcept : value_(std::move(other.value_)) { other.wipe(); }
  SecretString& operator=(const SecretString& other);
  SecretString& operator=(SecretString&& other) noexcept;
  ~SecretString() { wipe(); }

  /// The characters. Do not log, store or copy them further than the call that needs them.
  [[nodiscard]] std::string_view reveal() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }
  [[nodiscard]] std::size_t size() const { return value_.size(); }

  /// In time that depends only on the lengths.
  [[nodiscard]] bool operator==(const SecretString& other) const;

 private:
  void wipe() noexcept;
  std::string value_;
};

}  // namespace base
