// What nodes and builders do with a registry: pull as containerd does it, push a tiny image.
#pragma once

#include <memory>
#include <string>

#include "http/transport.hpp"

namespace support {

struct ImageName {
  std::string repository = {};  ///< project/repository
  std::string tag = {};
};
/// Of "project/repository:tag".
[[nodiscard]] ImageName image_name(const std::string& text);

struct Login {
  std::string user = {};  ///< empty: anonymous
  std::string password = {};
};

/// How a pull went.
struct Pulled {
  bool ok = false;
  int status = 0;           ///< of the answer that decided; 0 when none came
  std::string detail = {};  ///< which step that was, and what was said
};

/// Thread-safe. One server.
class ImageClient {
 public:
  /// Throws Failure when the CA cannot be read.
  ImageClient(const std::string& url, std::string ca_pem);

  /// Asks without a credential, follows the challenge, shows the token: manifest, configuration and layer.
  [[nodiscard]] Pulled pull(const Login& login, const std::string& image) const;

  /// A configuration, a layer and a manifest, by Basic authentication. Throws Failure. The manifest's digest.
  std::string push(const Login& login, const std::string& image) const;

 private:
  [[nodiscard]] http::Response send(http::Request request) const;
  [[nodiscard]] std::string token(const Login& login, const std::string& challenge) const;
  void push_blob(const Login& login, const std::string& repository, const std::string& bytes) const;

  std::string ca_pem_;
  std::shared_ptr<http::Transport> transport_;
};

/// "sha256:" and the digest in hexadecimal digits.
[[nodiscard]] std::string sha256_of(const std::string& bytes);
/// The value of the header Authorization.
[[nodiscard]] std::string basic_authorization(const Login& login);

}  // namespace support
