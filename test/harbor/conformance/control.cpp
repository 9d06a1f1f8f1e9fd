#include "harbor/conformance/control.hpp"

#include <chrono>

#include "support/eventually.hpp"

namespace conformance {

Json Control::post(const std::string& path, const Json& body) const {
  const Answer answer = wire_.send({.method = "POST",
                                    .target = path,
                                    .headers = {{"Host", wire_.authority()}, {"Content-Type", "application/json"}},
                                    .body = body.dump()});
  if (answer.status / 100 != 2)
    throw support::Failure("the control API answered " + std::to_string(answer.status) + " to " + path + ": " +
                           answer.body);
  return Json::parse(answer.body, nullptr, false);
}

void Control::pace(double seconds) const {
  static_cast<void>(post("/login_delay", {{"ms", static_cast<int>(seconds * 1000)}}));
}

void Control::advance(double seconds) {
  ahead_ += seconds;
  static_cast<void>(post("/clock", {{"offset_seconds", ahead_}}));
}

void Control::change(std::int64_t robot, const Json& fields) const {
  static_cast<void>(post("/robots/" + std::to_string(robot), fields));
}

void Control::registry(bool up) const { static_cast<void>(post("/registry", {{"up", up}})); }

}  // namespace conformance
