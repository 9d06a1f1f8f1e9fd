// The second port, for tests: a look behind the scenes and a hand in them. JSON; test/harbor/double/README.md lists it.
#pragma once

#include "harbor/double/front.hpp"

namespace harbor_double {

/// Thread-safe.
class Control {
 public:
  Control(Harbor& harbor, Front& front) : harbor_(harbor), front_(front) {}
  /// Before the first request.
  void manage(Listener& listener) { listener_ = &listener; }

  [[nodiscard]] Delivery serve(const Request& request);

 private:
  using Handler = Response (Control::*)(const Json& body);
  [[nodiscard]] static Handler handler_of(const std::string& method, const std::string& path);
  [[nodiscard]] Response answer(const Request& request);

  Response requests(const Json& body);
  Response forget_requests(const Json& body);
  Response stats(const Json& body);
  Response robots(const Json& body);
  Response change_robot(const Json& body);
  Response remove_robot(const Json& body);
  Response clock(const Json& body);
  Response faults(const Json& body);
  Response add_faults(const Json& body);
  Response forget_faults(const Json& body);
  Response offline(const Json& body);
  Response add_user(const Json& body);
  Response add_member(const Json& body);
  Response add_project(const Json& body);
  Response prefix(const Json& body);
  Response read_only(const Json& body);
  Response password(const Json& body);
  Response tls(const Json& body);
  Response login_delay(const Json& body);
  Response registry(const Json& body);
  Response token_key(const Json& body);

  Harbor& harbor_;
  Front& front_;
  Listener* listener_ = nullptr;
};

}  // namespace harbor_double
