#include "base/log.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include "base/clock.hpp"

namespace base {
namespace {

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "debug";
    case LogLevel::kInfo: return "info";
    case LogLevel::kWarn: return "warn";
    case LogLevel::kError: return "error";
  }
  return "error";
}

/// A value as logfmt wants it: bare when it is one plain word, else quoted and escaped.
std::string logfmt(const std::string& value) {
  const bool plain = !value.empty() && value.find_first_of(" =\"\\") == std::string::npos &&
                     std::none_of(value.begin(), value.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (plain) return value;
  return nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string text_line(LogLevel level, std::string_view message, const std::vector<LogField>& fields) {
  std::string line = rfc3339_micro(real_clock().now());
  line.append(" ").append(level_name(level)).append(" ").append(message);
  for (const auto& [key, value] : fields) line.append(" ").append(key).append("=").append(logfmt(value));
  return line;
}

std::string json_line(LogLevel level, std::string_view message, const std::vector<LogField>& fields) {
  nlohmann::ordered_json line;
  line["time"] = rfc3339_micro(real_clock().now());
  line["level"] = level_name(level);
  line["msg"] = message;
  for (const auto& [key, value] : fields) line[key] = value;
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Hands each line to a function; spdlog's own callback sink is newer than the packaged release.
class FunctionSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit FunctionSink(std::function<void(std::string_view)> out) : out_(std::move(out)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    out_(std::string_view(message.payload.data(), message.payload.size()));
  }
  void flush_() override {}
  std::function<void(std::string_view)> out_;
};

}  // namespace

struct Log::Core {
  LogLevel level;
  LogFormat format;
  std::shared_ptr<spdlog::logger> sink;
};

Log::Log(LogLevel level, LogFormat format)
    : core_(std::make_shared<Core>(Core{
          level, format, std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stderr_sink_mt>())})) {
  core_->sink->set_pattern("%v");
}

Log::Log(LogLevel level, LogFormat format, std::function<void(std::string_view)> out)
    : core_(std::make_shared<Core>(
          Core{level, format, std::make_shared<spdlog::logger>("", std::make_shared<FunctionSink>(std::move(out)))})) {}

Log Log::with(LogFields fields) const {
  Log copy = *this;
  copy.fields_.insert(copy.fields_.end(), fields.begin(), fields.end());
  return copy;
}

bool Log::enabled(LogLevel level) const { return level >= core_->level; }

void Log::write(LogLevel level, std::string_view message, LogFields fields) const {
  if (!enabled(level)) return;
  std::vector<LogField> all = fields_;
  all.insert(all.end(), fields.begin(), fields.end());
  core_->sink->info(core_->format == LogFormat::kJson ? json_line(level, message, all)
                                                      : text_line(level, message, all));
}

Result<LogLevel> parse_log_level(std::string_view text) {
  for (const auto level : {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarn, LogLevel::kError}) {
    if (text == level_name(level)) return level;
  }
  return fail(ErrorKind::kInvalid, "unknown log level '" + std::string(text) + "': use debug, info, warn or error");
}

Result<LogFormat> parse_log_format(std::string_view text) {
  if (text == "text") return LogFormat::kText;
  if (text == "json") return LogFormat::kJson;
  return fail(ErrorKind::kInvalid, "unknown log format '" + std::string(text) + "': use text or json");
}

}  // namespace base
