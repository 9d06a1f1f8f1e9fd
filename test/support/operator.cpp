#include "support/operator.hpp"

#include <signal.h>

#include <cstdlib>
#include <sstream>

namespace support {
namespace {

std::string tail(const std::string& text) {
  constexpr std::size_t kEnd = 4000;
  return text.size() > kEnd ? text.substr(text.size() - kEnd) : text;
}

Millis since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begin);
}

}  // namespace

std::string operator_program() {
  const char* asked = std::getenv("HARBOR_PULL_BINARY");
  const std::string found = asked != nullptr ? asked : HARBOR_PULL_BINARY;
  if (found.empty()) {
    throw Failure("no operator: this build has no target harbor-pull, and HARBOR_PULL_BINARY is not set");
  }
  return found;
}

Operator::Operator(const ControlPlane& cluster, OperatorOptions options) : cluster_(cluster) {
  ProcessOptions process{
      {options.program.empty() ? operator_program() : options.program, "controller", "--kubeconfig",
       kubeconfig().string(), "--namespace", kOperatorNamespace, "--listen", "127.0.0.1:0", "--log-format", "json"},
      std::move(options.env),
      log_file(),
      {}};
  process.argv.insert(process.argv.end(), options.args.begin(), options.args.end());
  renew_token();
  write_kubeconfig(options);
  started_ = std::chrono::steady_clock::now();
  process_ = std::make_unique<Process>(process);
}

void Operator::write_kubeconfig(const OperatorOptions& options) const {
  const bool direct = options.server.empty();
  const auto ca_file = direct ? cluster_.ca_file() : folder() / "ca.crt";
  if (!direct) {
    write_file(ca_file, options.ca_pem);
  }
  const Json config = {
      {"apiVersion", "v1"},
      {"kind", "Config"},
      {"current-context", "test"},
      {"clusters",
       {{{"name", "test"},
         {"cluster",
          {{"server", direct ? cluster_.server() : options.server}, {"certificate-authority", ca_file.string()}}}}}},
      {"users", {{{"name", "operator"}, {"user", {{"tokenFile", (folder() / "token").string()}}}}}},
      {"contexts", {{{"name", "test"}, {"context", {{"cluster", "test"}, {"user", "operator"}}}}}}};
  write_file(kubeconfig(), config.dump(2));  // JSON is YAML
}

void Operator::renew_token() const {
  write_token(cluster_.client().token_for(kOperatorNamespace, kOperatorServiceAccount));
}

void Operator::write_token(const std::string& token) const { write_file(folder() / "token", token); }

std::string Operator::log_text() const { return read_file(log_file()); }

std::vector<Json> Operator::log_lines() const {
  std::vector<Json> found;
  std::istringstream in(log_text());
  for (std::string line; std::getline(in, line);) {
    if (auto json = Json::parse(line, nullptr, false); json.is_object()) {
      found.push_back(std::move(json));
    }
  }
  return found;
}

bool Operator::logged(const std::string& message) const {
  for (const auto& line : log_lines()) {
    if (line.value("msg", "") == message) {
      return true;
    }
  }
  return false;
}

std::optional<std::string> Operator::port() const {
  for (const auto& line : log_lines()) {
    if (line.value("msg", "") == "serving probes and metrics") {
      return line.at("port").get<std::string>();
    }
  }
  return std::nullopt;
}

Answer Operator::get(const std::string& path) const {
  const auto found = port();
  return found ? Client("http://127.0.0.1:" + *found, "", "").get(path) : Answer{0, {}, "it has not said its port yet"};
}

bool Operator::ready() const { return get("/readyz").ok(); }

Millis Operator::wait_ready(Millis timeout) {
  try {
    eventually("the operator is ready", timeout, [&] {
      const auto answer = get("/readyz");
      return Seen{answer.ok() || !running(), answer.text()};
    });
  } catch (const Failure& failure) {
    throw Failure(std::string(failure.what()) + "; the end of its log:\n" + tail(log_text()));
  }
  if (!running()) {
    throw Failure("the operator ended with " + std::to_string(process_->wait(Millis{0}).value_or(-1)) + ":\n" +
                  tail(log_text()));
  }
  return since(started_);
}

std::string Operator::metrics() const {
  const auto answer = get("/metrics");
  return answer.require().get<std::string>();
}

std::optional<double> Operator::metric(const std::string& sample) const {
  std::istringstream in(metrics());
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(sample + " ")) {
      return std::stod(line.substr(sample.size() + 1));
    }
  }
  return std::nullopt;
}

Operator::Exit Operator::terminate(Millis timeout) {
  const auto begin = std::chrono::steady_clock::now();
  process_->signal(SIGTERM);
  const auto code = process_->wait(timeout);
  if (!code) {
    throw Failure("the operator still runs " + std::to_string(timeout.count()) + " ms after SIGTERM:\n" +
                  tail(log_text()));
  }
  return {*code, since(begin)};
}

void Operator::kill9() {
  process_->signal(SIGKILL);
  process_->wait(Millis{10'000});
}

}  // namespace support
