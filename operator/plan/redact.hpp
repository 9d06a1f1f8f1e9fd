// The last guard before a server's words about a Secret are repeated: every form of its credentials is struck out.
#pragma once

#include <string>

#include "plan/docker_config.hpp"

namespace plan {

/// `text` without any password, auth or encoded content of `auths`: plain, base64 or JSON-escaped, whole or in
/// pieces of 12 characters and more.
[[nodiscard]] std::string redact(std::string text, const Auths& auths);

}  // namespace plan
