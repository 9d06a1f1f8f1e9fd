// A child process: started, signalled, measured, and never left behind.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "support/eventually.hpp"

namespace support {

struct ProcessOptions {
  std::vector<std::string> argv = {};  ///< the program (looked up in PATH) and its arguments
  std::vector<std::string> env = {};   ///< NAME=VALUE, beside ours, or instead of ours of that name
  std::filesystem::path output = {};   ///< standard output and error are appended to it; empty: /dev/null
  std::filesystem::path errors = {};   ///< standard error goes here instead
};

/// Not thread-safe. The child gets SIGKILL when this object goes, and also when the thread that made it ends: make it
/// on a thread that lives as long.
class Process {
 public:
  /// Throws Failure when the program cannot be started.
  explicit Process(const ProcessOptions& options);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] bool running() { return !wait(Millis{0}); }
  /// Does nothing when the child is gone.
  void signal(int number);
  /// The exit code (128 + n after signal n), or nothing when it still runs after `timeout`.
  std::optional<int> wait(Millis timeout);

  /// Resident memory and processor time (user and system) of the child. Fail when it is gone.
  [[nodiscard]] std::uint64_t rss_kib() const;
  [[nodiscard]] std::uint64_t peak_rss_kib() const;
  [[nodiscard]] Millis cpu_time() const;
  [[nodiscard]] int threads() const;

 private:
  [[nodiscard]] std::uint64_t status_field(const std::string& name) const;

  pid_t pid_ = -1;
  std::optional<int> code_;
};

/// SIGKILL, and waits until nothing of the process runs any more. For threads other than that of its Process, which
/// still learns the exit code; does nothing when that has learnt it already.
void kill_now(pid_t child);

/// A finished program.
struct Ran {
  int code = -1;
  std::string out = {};
  std::string err = {};
};

/// Runs to the end. Throws Failure when it takes longer than `timeout`.
Ran run(const std::vector<std::string>& argv, const std::vector<std::string>& env = {},
        Millis timeout = Millis{120'000});

/// What it printed, without line breaks at the end. Throws Failure with all that it said unless it ended with 0.
std::string require_success(const Ran& ran, const std::string& what);

/// Without blanks and line breaks at the end.
[[nodiscard]] std::string without_end(const std::string& text);

/// The whole file, or empty when it is not there.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);
/// In one rename, readable by this user only.
void write_file(const std::filesystem::path& path, const std::string& text);

/// Whether what was left in a folder may help somebody.
enum class Keep { kWhenAsked, kNever };

/// A new folder that goes with this object, unless it may be kept and HARBOR_PULL_TEST_KEEP is set or an exception is
/// on its way.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(Keep keep = Keep::kWhenAsked);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  Keep keep_;
  int exceptions_;
};

}  // namespace support
