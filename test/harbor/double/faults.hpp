// What may go wrong between Harbor and its client, on demand.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "harbor/double/errors.hpp"
#include "harbor/double/exchange.hpp"

namespace harbor_double {

struct Fault {
  enum class Kind {
    kResetBefore,  ///< the connection breaks, nothing happens
    kResetAfter,   ///< it happens, the reply is lost
    kStatus,       ///< another reply, nothing happens
    kHtml502,      ///< that of a proxy in front
    kTruncate,     ///< it happens, half of the reply's body comes
    kSlow,         ///< it happens, the reply comes later
    kTrickle,      ///< it happens, the reply comes byte by byte
    kHang,         ///< nothing happens and nobody answers
    kStaleWrite,   ///< PUT of a robot: it is read now and written later, over what came in between
  };
  Kind kind = Kind::kStatus;
  std::string name = {};    ///< as the test wrote it
  std::string method = {};  ///< empty: any
  std::string path_prefix = {};
  int nth = 1;    ///< how many matches until it strikes
  int times = 1;  ///< how often it strikes; -1 for ever
  int ms = 0;
  int status = 500;
  std::string body = {};
  std::string content_type = {};
  std::string retry_after = {};
  std::string location = {};
  int hits = 0;
};

/// The fault, or what is wrong about the JSON.
[[nodiscard]] tl::expected<Fault, std::string> parse_fault(const Json& json);

/// Thread-safe.
class Faults {
 public:
  void add(std::vector<Fault> faults);
  void clear();
  [[nodiscard]] Json list() const;
  /// The first fault that strikes this request, counted.
  [[nodiscard]] std::optional<Fault> strike(const Request& request);

 private:
  mutable std::mutex mutex_;
  std::vector<Fault> faults_;
};

}  // namespace harbor_double
