#include "support/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <sstream>
#include <string_view>

namespace support {
namespace {

/// Everything that the child needs, made before fork(): after it only async-signal-safe calls are allowed.
struct Plan {
  explicit Plan(const ProcessOptions& options) : arguments(options.argv), variables(options.env) {
    for (char** entry = environ; *entry != nullptr; ++entry) {
      if (!overridden(*entry)) {
        variables.emplace_back(*entry);
      }
    }
    argv = pointers(arguments);
    envp = pointers(variables);
    out = options.output.empty() ? "/dev/null" : options.output.string();
    err = options.errors.string();
  }
  /// Whether a variable of that name was asked for; twice in an environment, each program would choose differently.
  [[nodiscard]] bool overridden(std::string_view entry) const {
    const auto name = entry.substr(0, entry.find('=') + 1);
    return std::ranges::any_of(variables, [&](const auto& ours) { return ours.starts_with(name); });
  }
  static std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> found;
    for (auto& text : texts) {
      found.push_back(text.data());
    }
    found.push_back(nullptr);
    return found;
  }

  std::vector<std::string> arguments;
  std::vector<std::string> variables;
  std::vector<char*> argv;
  std::vector<char*> envp;
  std::string out;
  std::string err;
};

constexpr int kCannotExec = 127;

int open_for_append(const std::string& path) {
  return open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
              0600);  // NOLINT(cppcoreguidelines-pro-type-vararg)
}

/// In the child. Writes errno to `report` when the program cannot be executed.
[[noreturn]] void become(Plan& plan, pid_t parent, int report) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // NOLINT(cppcoreguidelines-pro-type-vararg)
  if (getppid() != parent) {
    _exit(kCannotExec);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int out = open_for_append(plan.out);
  const int err = plan.err.empty() ? out : open_for_append(plan.err);
  dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);  // NOLINT(cppcoreguidelines-pro-type-vararg)
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  execvpe(plan.argv[0], plan.argv.data(), plan.envp.data());
  const int why = errno;
  [[maybe_unused]] const auto written = write(report, &why, sizeof why);
  _exit(kCannotExec);
}

/// The 14th and 15th field of /proc/PID/stat: user and system time in ticks. The second may hold blanks.
std::uint64_t ticks_of(const std::string& stat) {
  std::istringstream in(stat.substr(stat.rfind(')') + 2));
  std::string skipped;
  for (int field = 3; field < 14; ++field) {
    in >> skipped;
  }
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  in >> user >> system;
  return user + system;
}

}  // namespace

Process::Process(const ProcessOptions& options) {
  Plan plan(options);
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) {
    throw Failure("no pipe: " + std::string(std::strerror(errno)));
  }
  const pid_t self = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    become(plan, self, report[1]);
  }
  close(report[1]);
  int why = pid_ < 0 ? errno : 0;
  if (pid_ > 0 && read(report[0], &why, sizeof why) != static_cast<ssize_t>(sizeof why)) {
    why = 0;  // the pipe closed with exec: the program runs
  }
  close(report[0]);
  if (why != 0) {
    if (pid_ > 0) {
      waitpid(pid_, nullptr, 0);
    }
    throw Failure("cannot start " + options.argv.at(0) + ": " + std::strerror(why));
  }
}

Process::~Process() {
  signal(SIGKILL);
  wait(Millis{10'000});
}

void Process::signal(int number) {
  if (running()) {
    kill(pid_, number);
  }
}

std::optional<int> Process::wait(Millis timeout) {
  const auto until = std::chrono::steady_clock::now() + timeout;
  while (!code_) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) {
      code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    } else if (std::chrono::steady_clock::now() >= until) {
      return std::nullopt;
    } else {
      std::this_thread::sleep_for(Millis{2});
    }
  }
  return code_;
}

void kill_now(pid_t child) {
  siginfo_t ended{};
  if (kill(child, SIGKILL) == 0) {
    waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT);
  }
}

std::uint64_t Process::status_field(const std::string& name) const {
  std::istringstream in(read_file("/proc/" + std::to_string(pid_) + "/status"));
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(name + ":")) {
      return std::stoull(line.substr(name.size() + 1));
    }
  }
  throw Failure("process " + std::to_string(pid_) + " has no " + name + "; it is gone");
}

std::uint64_t Process::rss_kib() const { return status_field("VmRSS"); }
std::uint64_t Process::peak_rss_kib() const { return status_field("VmHWM"); }
int Process::threads() const { return static_cast<int>(status_field("Threads")); }

Millis Process::cpu_time() const {
  const auto stat = read_file("/proc/" + std::to_string(pid_) + "/stat");
  if (stat.empty()) {
    throw Failure("process " + std::to_string(pid_) + " is gone");
  }
  return Millis{ticks_of(stat) * 1000 / static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK))};
}

Ran run(const std::vector<std::string>& argv, const std::vector<std::string>& env, Millis timeout) {
  const TemporaryFolder folder(Keep::kNever);
  Process process({argv, env, folder.path() / "out", folder.path() / "err"});
  const auto code = process.wait(timeout);
  Ran ran{code.value_or(-1), read_file(folder.path() / "out"), read_file(folder.path() / "err")};
  if (!code) {
    throw Failure(argv.at(0) + " did not end in " + std::to_string(timeout.count()) + " ms: " + ran.err);
  }
  return ran;
}

std::string without_end(const std::string& text) { return text.substr(0, text.find_last_not_of(" \n") + 1); }

std::string require_success(const Ran& ran, const std::string& what) {
  if (ran.code != 0) throw Failure(what + " ended with " + std::to_string(ran.code) + ": " + ran.err + ran.out);
  return without_end(ran.out);
}

}  // namespace support
