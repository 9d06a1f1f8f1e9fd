// What `harbor-pull --version` says.
#pragma once

#include <string>

namespace app {

/// Lines: name and version; the commit that was built; compiler; libraries, of OpenSSL both what was built with and
/// what is loaded, since that is what a security update changes.
[[nodiscard]] std::string version_text();

}  // namespace app
