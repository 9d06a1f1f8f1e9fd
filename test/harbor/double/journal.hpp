// What was asked so far, for tests.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "harbor/double/errors.hpp"
#include "harbor/double/harbor.hpp"

namespace harbor_double {

/// Thread-safe.
class Journal {
 public:
  /// Returns the number of the entry.
  std::size_t begin(const Request& request);
  /// Status 0: no reply was sent.
  void end(std::size_t number, const Sender& sender, int status);

  [[nodiscard]] Json requests() const;
  [[nodiscard]] Json stats() const;
  void clear();

 private:
  struct Entry {
    std::string method;
    std::string target;
    std::string path;
    Sender sender = {};
    int status = 0;
    bool done = false;
    int concurrent = 0;  ///< requests under way when it came, itself included
  };

  mutable std::mutex mutex_;
  std::map<std::size_t, Entry> entries_;
  std::size_t last_ = 0;
  int running_ = 0;
  int most_ = 0;
};

}  // namespace harbor_double
