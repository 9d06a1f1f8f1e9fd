#include "support/request_log.hpp"

#include <algorithm>

namespace support {

int RequestLog::add(LoggedRequest request) {
  const base::MutexLock lock(mutex_);
  request.body.resize(std::min(request.body.size(), max_body_));
  request.body.shrink_to_fit();
  request.number = static_cast<int>(requests_.size()) + 1;
  requests_.push_back(std::move(request));
  return requests_.back().number;
}

void RequestLog::name_write(int number, const std::string& name) {
  const base::MutexLock lock(mutex_);
  requests_.at(static_cast<std::size_t>(number) - 1).write = name;
}

void RequestLog::upstream_said(int number, int status) {
  const base::MutexLock lock(mutex_);
  requests_.at(static_cast<std::size_t>(number) - 1).upstream = status;
}

void RequestLog::told(int number, int status) {
  const base::MutexLock lock(mutex_);
  requests_.at(static_cast<std::size_t>(number) - 1).status = status;
}

void RequestLog::cut(int number) {
  const base::MutexLock lock(mutex_);
  requests_.at(static_cast<std::size_t>(number) - 1).cut = true;
}

std::vector<LoggedRequest> RequestLog::all() const {
  const base::MutexLock lock(mutex_);
  return requests_;
}

}  // namespace support
