#include "harbor/double/front.hpp"

#include <thread>

namespace harbor_double {
namespace {

Response html_502() {
  return {.status = 502,
          .headers = {{"Content-Type", "text/html"}, {"Server", "nginx"}},
          .body =
              "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1>"
              "</center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"};
}

Response wanted_reply(const Fault& fault) {
  Response reply = fault.body.empty() ? server_error() : Response{.body = fault.body};
  if (reply.headers.empty()) {
    reply.with("Content-Type", fault.content_type.empty() ? "application/json; charset=utf-8" : fault.content_type);
  }
  reply.status = fault.status;
  if (!fault.retry_after.empty()) reply.with("Retry-After", fault.retry_after);
  if (!fault.location.empty()) reply.with("Location", fault.location);
  return reply;
}

void pause(const Fault& fault) { std::this_thread::sleep_for(std::chrono::milliseconds(fault.ms)); }

}  // namespace

Delivery Front::serve(const Request& request) {
  const auto number = journal_.begin(request);
  const auto fault = faults_.strike(request);
  Sender sender;
  Delivery delivery = fault ? with_fault(*fault, request, sender) : Delivery{answer(request, sender)};
  // A reply is in the journal before its client can have read it; a request that hangs is under way until it goes.
  if (delivery.kind == Delivery::Kind::kSilence) {
    delivery.gone = [this, number] { journal_.end(number, {}, 0); };
  } else {
    journal_.end(number, sender, delivery.kind == Delivery::Kind::kReset ? 0 : delivery.response.status);
  }
  return delivery;
}

Response Front::answer(const Request& request, Sender& sender) {
  Response reply;
  try {
    reply = harbor_.answer(request, sender);
  } catch (const Json::exception&) {  // a body of another shape than the model has, deep inside
    reply = invalid("parsing body from \"\" failed, because a value has another type than its field");
  }
  const auto id = request.header("X-Request-Id");
  return std::move(reply).with("X-Request-Id", id.empty() ? random_hex(32) : id);
}

/// Harbor holds no lock between reading a robot and writing all of it back.
Response Front::stale_write(const Fault& fault, const Request& request, Sender& sender) {
  const auto id = to_number(request.path.substr(request.path.rfind('/') + 1)).value_or(0);
  std::string secret;
  harbor_.with_state([&](State& state) {
    if (const auto* robot = state.robot(id)) secret = robot->secret;
  });
  pause(fault);
  Response reply = answer(request, sender);
  harbor_.with_state([&](State& state) {
    auto* robot = reply.status == 200 ? state.robot(id) : nullptr;
    if (robot != nullptr) robot->secret = secret;
  });
  return reply;
}

Delivery Front::with_fault(const Fault& fault, const Request& request, Sender& sender) {
  using Kind = Delivery::Kind;
  switch (fault.kind) {
    case Fault::Kind::kResetBefore: return {{}, Kind::kReset};
    case Fault::Kind::kResetAfter: return {answer(request, sender), Kind::kReset};
    case Fault::Kind::kStatus: return {wanted_reply(fault)};
    case Fault::Kind::kHtml502: return {html_502()};
    case Fault::Kind::kTruncate: return {answer(request, sender), Kind::kTruncate};
    case Fault::Kind::kSlow: {
      Delivery delivery{answer(request, sender)};
      pause(fault);
      return delivery;
    }
    case Fault::Kind::kTrickle: return {answer(request, sender), Kind::kTrickle, std::chrono::milliseconds(fault.ms)};
    case Fault::Kind::kHang: return {{}, Kind::kSilence};
    case Fault::Kind::kStaleWrite: return {stale_write(fault, request, sender)};
  }
  return {server_error()};
}

}  // namespace harbor_double
