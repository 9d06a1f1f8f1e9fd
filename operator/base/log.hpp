// Structured logs: a constant message and key=value fields, as text or as one JSON object a line, to standard error.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace base {

enum class LogLevel { kDebug, kInfo, kWarn, kError };
enum class LogFormat { kText, kJson };

/// "debug", "info", "warn", "error"; "text", "json". Fail with kInvalid, naming the choices.
[[nodiscard]] Result<LogLevel> parse_log_level(std::string_view text);
[[nodiscard]] Result<LogFormat> parse_log_format(std::string_view text);

using LogField = std::pair<std::string, std::string>;
using LogFields = std::initializer_list<LogField>;

/// Cheap to copy, thread-safe. A SecretString cannot be a field; pass names, never values, of credentials.
class Log {
 public:
  /// Writes to standard error.
  Log(LogLevel level, LogFormat format);
  /// Writes each line (without line end) to `out`, which must be thread-safe. For tests.
  Log(LogLevel level, LogFormat format, std::function<void(std::string_view)> out);

  /// The same log with `fields` on every line (key, reconcile id).
  [[nodiscard]] Log with(LogFields fields) const;

  void debug(std::string_view message, LogFields fields = {}) const { write(LogLevel::kDebug, message, fields); }
  void info(std::string_view message, LogFields fields = {}) const { write(LogLevel::kInfo, message, fields); }
  void warn(std::string_view message, LogFields fields = {}) const { write(LogLevel::kWarn, message, fields); }
  void error(std::string_view message, LogFields fields = {}) const { write(LogLevel::kError, message, fields); }

  [[nodiscard]] bool enabled(LogLevel level) const;

 private:
  struct Core;
  void write(LogLevel level, std::string_view message, LogFields fields) const;

  std::shared_ptr<const Core> core_;
  std::vector<LogField> fields_;
};

}  // namespace base
