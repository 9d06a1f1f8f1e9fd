// What the operator asked the API server for, by the server's own record.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "support/eventually.hpp"

namespace support {

struct Request {
  std::string verb = {};  ///< get, list, watch, create, update, patch, delete
  std::string resource = {};
  std::string ns = {};
  std::string name = {};
  std::string subresource = {};
  int code = 0;
  std::string uri = {};
  std::string time = {};  ///< when the server had read it, RFC 3339 with microseconds

  [[nodiscard]] bool is_write() const { return verb != "get" && verb != "list" && verb != "watch"; }
  [[nodiscard]] bool is_lease() const { return resource == "leases"; }
  /// A server-side apply: the record calls it a patch, but only an apply says whether to force.
  [[nodiscard]] bool is_apply() const;
  /// "patch serviceaccounts team-a/default 200".
  [[nodiscard]] std::string text() const;
};
using Requests = std::vector<Request>;

/// Reads the record of a ControlPlane that was started with audit. A watch counts once, when it begins. Not
/// thread-safe.
class Audit {
 public:
  /// Marks the end of what is there.
  explicit Audit(std::filesystem::path log);

  /// Requests that ended before this are not looked at any more.
  void mark();
  [[nodiscard]] Requests since_mark() const;
  /// As since_mark(), once nothing but leases was added for `quiet`: the server writes a line just after it has
  /// answered. A lease is renewed every two seconds for ever. Throws Failure when it is not quiet within a minute.
  [[nodiscard]] Requests settled(Millis quiet = Millis{300}) const;

 private:
  std::filesystem::path log_;
  std::uintmax_t mark_ = 0;
};

[[nodiscard]] Requests writes(const Requests& requests);
[[nodiscard]] Requests without_leases(const Requests& requests);
/// One a line, for messages.
[[nodiscard]] std::string text(const Requests& requests);

}  // namespace support
