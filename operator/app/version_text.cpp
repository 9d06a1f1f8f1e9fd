#include "app/version_text.hpp"

#include "base/digest.hpp"
#include "base/version.hpp"

namespace app {

// The names in capitals are from cmake/build_info.cmake.
std::string version_text() {
  return "harbor-pull " + std::string(base::kVersion) +
         "\ncommit " BUILD_COMMIT "\nbuilt with " BUILD_COMPILER "\nlibraries: " BUILD_LIBRARIES ", " +
         base::crypto_library();
}

}  // namespace app
