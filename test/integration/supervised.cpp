#include "integration/supervised.hpp"

namespace integration {
namespace {

constexpr support::Millis kLook{10};
constexpr support::Millis kAgain{200};  // after a start that failed

}  // namespace

Supervised::Supervised(const support::ControlPlane& cluster, support::OperatorOptions options)
    : cluster_(cluster), options_(std::move(options)) {
  thread_ = std::jthread([this](const std::stop_token& stop) { supervise(stop); });
}

Supervised::~Supervised() { stop(); }

Supervised::Told Supervised::stop() {
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
  const base::MutexLock lock(mutex_);
  return told_;
}

void Supervised::supervise(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    try {
      support::Operator one(cluster_, options_);
      attend(one, stop);
    } catch (const std::exception& error) {
      note_trouble(error.what());
      base::sleep_for(kAgain, stop);
    }
  }
}

void Supervised::note_trouble(const std::string& what) {
  const base::MutexLock lock(mutex_);
  told_.troubles.push_back(what);
}

void Supervised::attend(support::Operator& one, const std::stop_token& stop) {
  const pid_t pid = one.process().pid();
  {
    const base::MutexLock lock(mutex_);
    running_ = pid;
    ++starts_;
  }
  while (one.running() && base::sleep_for(kLook, stop)) {
    const bool now = !ready() && one.ready();
    const base::MutexLock lock(mutex_);
    ready_ = (ready_ || now) && killed_ != pid;
  }
  const bool ended_by_itself = !one.running();
  {
    const base::MutexLock lock(mutex_);
    running_ = -1;
    ready_ = false;
    if (ended_by_itself && killed_ != pid) {
      told_.troubles.push_back("the operator ended by itself:\n" + one.log_text());
    }
  }
  if (!ended_by_itself) {
    one.terminate();
  }
  const base::MutexLock lock(mutex_);
  told_.logs.push_back(one.log_text());
}

void Supervised::kill() {
  const base::MutexLock lock(mutex_);
  if (running_ > 0) {
    support::kill_now(running_);
    killed_ = running_;
    ready_ = false;
  }
}

bool Supervised::ready() const {
  const base::MutexLock lock(mutex_);
  return ready_;
}

int Supervised::starts() const {
  const base::MutexLock lock(mutex_);
  return starts_;
}

}  // namespace integration
