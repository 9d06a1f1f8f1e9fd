// Credentials of the actors of a recording, learnt from the answers that handed them out.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harbor/conformance/json.hpp"

namespace conformance {

struct Login {
  std::string user = {};
  std::string secret = {};
};

/// Not thread-safe.
class Logins {
 public:
  /// The actors of a script: the stored name of a robot ("team-a+puller"; "opno-*" is the newest that begins so), or an
  /// object with `robot` (and `prefix`) or `user`, and `secret`: "wrong" or "previous".
  explicit Logins(std::map<std::string, Json> actors);

  void user(const std::string& name, const std::string& password);
  void robot(const std::string& stored, const std::string& secret);
  void token(const std::string& name, const std::string& token);

  /// Throws support::Failure when the actor is unknown or nothing was learnt of it yet.
  [[nodiscard]] Login of(const std::string& actor) const;
  /// The value of an Authorization header for "none" (empty), an actor, or "bearer:" and a token's name.
  [[nodiscard]] std::string authorization(const std::string& auth) const;
  /// "Basic <user:password>" of a recording, where the password may be "secret of r1"; anything else as it is.
  [[nodiscard]] std::string spelled_out(const std::string& authorization) const;

 private:
  struct Robot {
    std::string stored = {};
    std::vector<std::string> secrets = {};
  };
  [[nodiscard]] const Robot& newest(const std::string& pattern) const;

  std::map<std::string, Json> actors_;
  std::map<std::string, std::string> users_;
  std::vector<Robot> robots_;  ///< oldest first
  std::map<std::string, std::string> tokens_;
};

[[nodiscard]] std::string basic(const Login& login);

}  // namespace conformance
