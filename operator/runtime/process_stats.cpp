#include "runtime/process_stats.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>

namespace runtime {
namespace {

/// The fields of /proc/self/stat that we use, in the kernel's units; proc(5).
struct Stat {
  double user_ticks = 0;      // field 14
  double system_ticks = 0;    // field 15
  double start_ticks = 0;     // field 22, since boot
  double virtual_bytes = 0;   // field 23
  double resident_pages = 0;  // field 24
};

std::optional<Stat> read_stat() {
  std::ifstream file("/proc/self/stat");
  std::string text;
  std::getline(file, text);
  const auto name_end = text.rfind(')');  // the name of the program may hold blanks and brackets
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(text.substr(name_end + 1));
  std::string skipped;
  const auto skip = [&](int fields) {
    for (int i = 0; i < fields; ++i) rest >> skipped;
  };
  Stat stat;
  skip(11);  // 3 to 13
  rest >> stat.user_ticks >> stat.system_ticks;
  skip(6);  // 16 to 21
  rest >> stat.start_ticks >> stat.virtual_bytes >> stat.resident_pages;
  if (!rest) return std::nullopt;
  return stat;
}

/// Seconds since 1970 at which the machine started.
std::optional<double> boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  }
  return std::nullopt;
}

std::optional<double> open_files() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  if (error) return std::nullopt;
  return static_cast<double>(std::distance(begin(files), end(files)) - 1);  // not the one that reads the directory
}

}  // namespace

std::vector<ProcessReading> read_process() {
  std::vector<ProcessReading> readings;
  const auto add = [&](const char* name, const char* help, bool counter, double value) {
    readings.push_back({name, help, counter, value});
  };
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  if (const auto stat = read_stat()) {
    add("process_cpu_seconds_total", "User and system CPU time spent in seconds.", true,
        (stat->user_ticks + stat->system_ticks) / ticks);
    add("process_resident_memory_bytes", "Resident memory in bytes.", false,
        stat->resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE)));
    add("process_virtual_memory_bytes", "Virtual memory in bytes.", false, stat->virtual_bytes);
    if (const auto boot = boot_time()) {
      add("process_start_time_seconds", "Start time since the Unix epoch in seconds.", false,
          *boot + stat->start_ticks / ticks);
    }
  }
  if (const auto files = open_files()) add("process_open_fds", "Open file descriptors.", false, *files);
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    add("process_max_fds", "Most file descriptors that may be open.", false, static_cast<double>(limit.rlim_cur));
  }
  return readings;
}

}  // namespace runtime
