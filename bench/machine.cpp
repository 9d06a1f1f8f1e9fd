#include "bench/machine.hpp"

#include <sys/utsname.h>

#include <chrono>
#include <ctime>
#include <fstream>
#include <sstream>
#include <thread>

#include "support/eventually.hpp"

namespace bench {
namespace {

std::string cpu_model() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("model name")) {
      return line.substr(line.find(": ") + 2);
    }
  }
  return "unknown processor";
}

std::string kernel() {
  utsname name{};
  uname(&name);
  return std::string(name.sysname) + " " + name.release;
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
  return text;
}

struct Ticks {
  double all = 0;
  double idle = 0;
};

/// The first line of /proc/stat: user nice system idle iowait irq softirq steal; the rest is counted in them.
Ticks ticks() {
  std::ifstream in("/proc/stat");
  std::string label;
  in >> label;
  Ticks sum;
  for (int i = 0; i < 8; ++i) {
    double value = 0;
    in >> value;
    sum.all += value;
    sum.idle += i == 3 || i == 4 ? value : 0;
  }
  return sum;
}

}  // namespace

std::string machine() {
  return cpu_model() + ", " + std::to_string(std::thread::hardware_concurrency()) + " cores, " + kernel() + ", " +
         today();
}

double busy_share() {
  const auto before = ticks();
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const auto after = ticks();
  const double all = after.all - before.all;
  return all > 0 ? 1 - (after.idle - before.idle) / all : 0;
}

std::string load_average() {
  std::ifstream in("/proc/loadavg");
  std::string one;
  std::string five;
  std::string fifteen;
  in >> one >> five >> fifteen;
  return one + " " + five + " " + fifteen;
}

Memory memory_of(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/status");
  Memory found;
  for (std::string label; in >> label;) {
    double* const field = label == "VmRSS:" ? &found.all : label == "RssAnon:" ? &found.own : nullptr;
    if (field != nullptr && in >> *field) {
      *field /= 1024;  // KiB
    }
  }
  if (found.all == 0) {
    throw support::Failure("process " + std::to_string(pid) + " is gone: its memory cannot be read");
  }
  return found;
}

}  // namespace bench
