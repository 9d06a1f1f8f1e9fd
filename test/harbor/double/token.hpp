// The registry tokens: JSON Web Tokens by RS256, with the key and the claims of Harbor.
#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct evp_pkey_st;

namespace harbor_double {

struct Grant {
  std::string type = {};
  std::string name = {};
  std::vector<std::string> actions = {};
};

struct Token {
  std::string subject = {};  ///< empty: anonymous, the claim is left out
  std::int64_t issued_at = 0;
  std::int64_t expires_at = 0;
  bool scoped = false;  ///< false: `access` is null
  std::vector<Grant> access = {};
};

/// A key of its own, made on a thread of its own: that can take a second. Thread-safe.
class TokenKey {
 public:
  TokenKey();

  [[nodiscard]] std::string sign(const Token& token) const;
  /// Nothing for a wrong signature, a wrong audience or a token that is over (`leeway` in seconds).
  [[nodiscard]] std::optional<Token> verify(std::string_view jwt, std::int64_t now, int leeway) const;

  [[nodiscard]] std::string public_pem() const;
  /// Twelve groups of four: the fingerprint that a registry looks a key up by.
  [[nodiscard]] const std::string& id() const { return made().id; }

 private:
  struct Made {
    std::shared_ptr<evp_pkey_st> key;
    std::string id;
  };
  /// Waits for it.
  [[nodiscard]] const Made& made() const { return made_.get(); }

  std::shared_future<Made> made_;
};

}  // namespace harbor_double
