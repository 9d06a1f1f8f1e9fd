// Searching for a credential where none may be.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace support {

/// `secret` and every way in which base64 may hold it: alone or after one or two other bytes ("user:password").
[[nodiscard]] std::vector<std::string> disguises(std::string_view secret);

/// The names of the texts that hold `secret` in any disguise. Take a canary of 12 bytes or more.
[[nodiscard]] std::vector<std::string> scan_for(std::string_view secret,
                                                const std::map<std::string, std::string>& texts);

/// The same for many secrets in one pass over each text; the names of the texts that hold any of them. Each secret has
/// 12 bytes or more; Failure when one is shorter.
[[nodiscard]] std::vector<std::string> scan_for(const std::set<std::string>& secrets,
                                                const std::map<std::string, std::string>& texts);

/// The same for files; folders are searched through and through. Files that are not there are not an error.
[[nodiscard]] std::vector<std::string> scan_for(std::string_view secret,
                                                const std::vector<std::filesystem::path>& paths);

}  // namespace support
