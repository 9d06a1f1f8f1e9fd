#include "support/fault_session.hpp"

#include <signal.h>
#include <sys/socket.h>

#include <utility>

namespace support {
namespace {

/// OpenSSL's writes raise it, and a peer that went is everyday here.
void ignore_broken_pipes() {
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
}

}  // namespace

void FaultSession::run() {
  ignore_broken_pipes();
  if (client_.accept(shared_.client_tls)) {
    while (serve()) {
    }
  }
  client_.finish();
  if (upstream_) {
    upstream_->reset();  // a watch that nobody reads any more ends there too
  }
}

void FaultSession::shut() {
  const base::MutexLock lock(mutex_);
  stopped_ = true;
  client_.shut();
  if (upstream_) {
    upstream_->shut();
  }
}

bool FaultSession::serve() {
  auto request = receive();
  if (!request) {
    return false;
  }
  const auto target = request->head.second_word();
  request->number = shared_.log.add({.method = request->method, .target = target, .body = std::move(request->body)});
  const auto ticket = shared_.plan->admit({shared_.name, request->method, target}, [this] { return client_.ended(); });
  if (!ticket) {
    return cut(*request);
  }
  if (ticket->counted) {
    shared_.log.name_write(request->number, ticket->name);
  }
  if (!ticket->fault) {
    return pass(*request);
  }
  const bool again = fail(*request, *ticket);
  shared_.plan->settle(*ticket);
  return again;
}

std::optional<FaultSession::Incoming> FaultSession::receive() {
  std::optional<MessageHead> head;
  while (!(head = take_head(from_client_))) {
    // a server that closes an idle connection closes it for the client
    if (!client_.wait(upstream_.get()) || !client_.read(from_client_)) {
      return std::nullopt;
    }
  }
  Incoming request;
  request.method = head->first_word();
  request.head = std::move(*head);
  if (!request.head.header("Expect").empty()) {
    request.head.remove("Expect");
    if (!client_.write("HTTP/1.1 100 Continue\r\n\r\n")) {
      return std::nullopt;
    }
  }
  if (!receive_body(request)) {
    return std::nullopt;
  }
  request.head.set("Host", shared_.upstream_address + ":" + std::to_string(shared_.upstream_port));
  return request;
}

bool FaultSession::receive_body(Incoming& request) {
  auto meter = BodyMeter::of_request(request.head);
  for (;;) {
    const auto taken = meter.take(from_client_, &request.body);
    request.raw.append(from_client_, 0, taken);
    from_client_.erase(0, taken);
    if (meter.done()) {
      return true;
    }
    if (!client_.read(from_client_)) {
      return false;
    }
  }
}

bool FaultSession::pass(const Incoming& request) {
  const auto relayed = forward(request, &client_);
  return relayed.whole ? relayed.again : cut(request);
}

bool FaultSession::fail(const Incoming& request, const FaultPlan::Ticket& ticket) {
  const auto& fault = *ticket.fault;
  const auto hook = [&fault] {
    if (fault.hook) {
      fault.hook();
    }
  };
  switch (fault.mode) {
    case FaultMode::kBeforeEffect: hook(); return cut(request);
    case FaultMode::kAfterEffect:
      forward(request, nullptr);
      hook();
      return cut(request);
    case FaultMode::kAfterAnswer: {
      const bool again = pass(request);
      hook();
      return again;
    }
    case FaultMode::kLoseReply: forward(request, nullptr); return cut(request);
    case FaultMode::kRefuse: return refuse(request, fault.refusal);
    case FaultMode::kDelay: return delay(request, fault.delay);
  }
  return false;
}

bool FaultSession::refuse(const Incoming& request, const Refusal& refusal) {
  MessageHead head{"HTTP/1.1 " + std::to_string(refusal.status) + " Refused", refusal.headers};
  head.set("Content-Length", std::to_string(refusal.body.size()));
  shared_.log.told(request.number, refusal.status);
  const bool sent = client_.write(head.render() + (request.method == "HEAD" ? "" : refusal.body));
  return sent ? !request.head.closes() && !head.closes() : cut(request);
}

bool FaultSession::delay(const Incoming& request, Millis duration) {
  return client_.ends_within(duration) ? cut(request) : pass(request);
}

bool FaultSession::cut(const Incoming& request) {
  shared_.log.cut(request.number);
  client_.reset();
  return false;
}

FaultSession::Relayed FaultSession::forward(const Incoming& request, Wire* to) {
  if (!reach_upstream() || !upstream_->write(request.head.render()) || !upstream_->write(request.raw)) {
    return {};
  }
  return relay_answer(request, to);
}

FaultSession::Relayed FaultSession::relay_answer(const Incoming& request, Wire* to) {
  const auto head = answer_head(to);
  if (!head) {
    return {};
  }
  shared_.log.upstream_said(request.number, head->status());
  if (to != nullptr) {
    shared_.log.told(request.number, head->status());
    if (!to->write(head->render())) {
      return {};
    }
  }
  auto meter = BodyMeter::of_answer(request.method, *head);
  Relayed relayed;
  relayed.whole = relay_body(meter, to);
  relayed.again = !meter.until_close() && !head->closes() && !request.head.closes();
  return relayed;
}

std::optional<MessageHead> FaultSession::answer_head(Wire* to) {
  for (;;) {
    auto head = take_head(from_upstream_);
    if (head && head->status() >= 200) {
      return head;
    }
    if (head) {
      continue;  // 1xx says nothing that the end does not say; nobody upgrades here
    }
    if (!upstream_->wait(to) || !upstream_->read(from_upstream_)) {
      return std::nullopt;
    }
  }
}

bool FaultSession::relay_body(BodyMeter& meter, Wire* to) {
  for (;;) {
    const auto taken = meter.take(from_upstream_);
    if (to != nullptr && !to->write(std::string_view(from_upstream_).substr(0, taken))) {
      return false;
    }
    from_upstream_.erase(0, taken);
    if (meter.done()) {
      return true;
    }
    if (!upstream_->wait(to)) {
      return false;
    }
    if (!upstream_->read(from_upstream_)) {
      return meter.until_close();
    }
  }
}

bool FaultSession::reach_upstream() {
  if (upstream_ && !upstream_->ended()) {
    return true;
  }
  auto wire = std::make_unique<Wire>(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  {
    const base::MutexLock lock(mutex_);
    if (stopped_) {
      return false;
    }
    upstream_ = std::move(wire);
  }
  from_upstream_.clear();
  return upstream_->connect(shared_.upstream_address, shared_.upstream_port, shared_.upstream_tls);
}

}  // namespace support
