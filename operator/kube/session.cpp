#include "kube/session.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/mutex.hpp"
#include "base/version.hpp"

namespace kube {
namespace {

using base::ErrorKind;
using std::chrono::milliseconds;

/// client-go transport/token_source.go for tokens. Its 5 min for CA and certificates are shortened to the same: looking
/// is three small reads.
constexpr std::chrono::seconds kLookEvery{60};

/// Keeps the transport that a stream runs on, which a rotation may have replaced since.
class HeldStream final : public http::Stream {
 public:
  HeldStream(std::shared_ptr<http::Transport> transport, std::unique_ptr<http::Stream> stream)
      : transport_(std::move(transport)), stream_(std::move(stream)) {}

  [[nodiscard]] int status() const override { return stream_->status(); }
  [[nodiscard]] std::string header(std::string_view name) const override { return stream_->header(name); }
  [[nodiscard]] base::Result<std::string> read(milliseconds silence, const std::stop_token& stop) override {
    return stream_->read(silence, stop);
  }

 private:
  std::shared_ptr<http::Transport> transport_;  // declared first: the stream goes before it
  std::unique_ptr<http::Stream> stream_;
};

/// What one exchange is made with.
struct Identity {
  std::shared_ptr<http::Transport> transport = {};
  base::SecretString token = {};

  bool operator==(const Identity&) const = default;
};

enum class Look { kWhenDue, kNow };

/// The identity in use and the files it comes from. Thread-safe.
class IdentitySource {
 public:
  IdentitySource(Config config, TransportFactory factory, const base::Clock& clock, base::Log log)
      : config_(std::move(config)), factory_(std::move(factory)), clock_(clock), log_(std::move(log)) {}

  /// Reads every file; unlike later, each must be usable.
  base::Status start() EXCLUDES(mutex_) {
    const base::MutexLock lock(mutex_);
    looked_ = clock_.steady();
    if (!config_.token_file.empty()) {
      auto token = read_token_file(config_.token_file);
      if (!token) return base::fail(std::move(token.error()));
      config_.token = std::move(*token);
    }
    auto tls = read_tls();
    if (!tls) return base::fail(std::move(tls.error()));
    return adopt(std::move(*tls));
  }

  /// The identity as of now, after a look at the files when one is due or asked for.
  Identity current(Look look) EXCLUDES(mutex_) {
    std::shared_ptr<http::Transport> before;  // may be the last reference: closing connections needs no lock
    const base::MutexLock lock(mutex_);
    before = transport_;
    const auto now = clock_.steady();
    if (look == Look::kNow || now - looked_ >= kLookEvery) {
      looked_ = now;
      look_at_token();
      look_at_tls();
    }
    return {transport_, config_.token};
  }

 private:
  void look_at_token() REQUIRES(mutex_) {
    if (config_.token_file.empty()) return;
    auto token = read_token_file(config_.token_file);
    report("token", token ? std::string() : token.error().message, token_fault_);
    if (token) config_.token = std::move(*token);
  }

  void look_at_tls() REQUIRES(mutex_) {
    auto status = renew_tls();
    report("certificates", status ? std::string() : status.error().message, tls_fault_);
  }

  base::Status renew_tls() REQUIRES(mutex_) {
    auto tls = read_tls();
    if (!tls) return base::fail(std::move(tls.error()));
    const bool same = tls->ca_pem == config_.tls.ca_pem && tls->client_cert_pem == config_.tls.client_cert_pem &&
                      tls->client_key_pem == config_.tls.client_key_pem;
    if (same) return {};
    auto status = adopt(std::move(*tls));
    if (status) log_.info("CA or client certificate changed: new connections use it");
    return status;
  }

  /// The texts in use, replaced by what the files hold now. An empty file is a fault, not "no CA".
  base::Result<http::TlsConfig> read_tls() const REQUIRES(mutex_) {
    auto tls = config_.tls;
    const std::pair<const std::filesystem::path&, std::string&> texts[] = {
        {config_.ca_file, tls.ca_pem}, {config_.client_cert_file, tls.client_cert_pem}};
    for (const auto& [file, text] : texts) {
      if (file.empty()) continue;
      auto read = read_pem_file(file);
      if (!read) return base::fail(std::move(read.error()));
      text = std::move(*read);
    }
    if (config_.client_key_file.empty()) return tls;
    auto key = read_pem_file(config_.client_key_file);
    if (!key) return base::fail(std::move(key.error()));
    tls.client_key_pem = base::SecretString(std::move(*key));
    return tls;
  }

  /// Makes the transport anew. On failure everything stays: half-written files (a certificate before its key) do not
  /// pass.
  base::Status adopt(http::TlsConfig tls) REQUIRES(mutex_) {
    if (auto valid = http::validate(tls); !valid) return valid;
    auto made = factory_(config_.server, tls);
    if (!made) return base::fail(std::move(made.error()));
    transport_ = std::move(*made);
    config_.tls = std::move(tls);
    return {};
  }

  /// Logs a fault when it is new, and its end.
  void report(const char* what, std::string fault, std::string& last) const {
    if (fault == last) return;
    if (fault.empty())
      log_.info("file is good again", {{"what", what}});
    else
      log_.warn("file cannot be used: the old content stays in use", {{"what", what}, {"cause", fault}});
    last = std::move(fault);
  }

  base::Mutex mutex_;
  Config config_ GUARDED_BY(mutex_);
  const TransportFactory factory_;
  const base::Clock& clock_;
  const base::Log log_;
  std::shared_ptr<http::Transport> transport_ GUARDED_BY(mutex_);
  base::SteadyTime looked_ GUARDED_BY(mutex_) = {};
  std::string token_fault_ GUARDED_BY(mutex_);
  std::string tls_fault_ GUARDED_BY(mutex_);
};

int status_of(const base::Result<http::Response>& result) { return result ? result->status : 0; }
int status_of(const base::Result<std::unique_ptr<http::Stream>>& result) { return result ? (*result)->status() : 0; }

std::string audit_id(const base::Result<http::Response>& result) {
  return result ? std::string(result->header("Audit-Id")) : std::string();
}
std::string audit_id(const base::Result<std::unique_ptr<http::Stream>>& result) {
  return result ? (*result)->header("Audit-Id") : std::string();
}

http::Request with_identity(const http::Request& request, const base::SecretString& token) {
  http::Request full = request;
  const bool accepts = std::any_of(full.headers.begin(), full.headers.end(),
                                   [](const http::Header& header) { return header.name == "Accept"; });
  if (!accepts) full.headers.push_back({"Accept", "application/json"});
  full.headers.push_back({"User-Agent", "harbor-pull/" + std::string(base::kVersion)});
  if (!token.empty()) full.headers.push_back({"Authorization", "Bearer " + std::string(token.reveal())});
  return full;
}

class Session final : public http::Transport {
 public:
  Session(std::unique_ptr<IdentitySource> identities, const base::Clock& clock, base::Log log,
          ExchangeObserver observer)
      : identities_(std::move(identities)), clock_(clock), log_(std::move(log)), observer_(std::move(observer)) {}

  [[nodiscard]] base::Result<http::Response> send(const http::Request& request, const http::Limits& limits) override {
    return exchange<http::Response>(request, limits,
                                    [](const Identity& identity, const http::Request& full, const http::Limits& left) {
                                      return identity.transport->send(full, left);
                                    });
  }

  [[nodiscard]] base::Result<std::unique_ptr<http::Stream>> open(const http::Request& request,
                                                                 const http::Limits& limits) override {
    return exchange<std::unique_ptr<http::Stream>>(request, limits, open_held);
  }

 private:
  static base::Result<std::unique_ptr<http::Stream>> open_held(const Identity& identity, const http::Request& full,
                                                               const http::Limits& left) {
    auto stream = identity.transport->open(full, left);
    if (!stream) return stream;
    return std::make_unique<HeldStream>(identity.transport, std::move(*stream));
  }

  /// Once, and once more when the answer blames the identity and the files hold another one. A 401 was not carried out,
  /// so any request may follow it; after a TLS failure nobody knows.
  template <class T, class Once>
  base::Result<T> exchange(const http::Request& request, const http::Limits& limits, Once once) {
    const auto start = clock_.steady();
    const auto identity = identities_->current(Look::kWhenDue);
    auto result = attempt<T>(request, limits, identity, once);
    const bool unauthorized = status_of(result) == 401;
    const bool untrusted = !result && result.error().kind == ErrorKind::kTls;
    if (!unauthorized && !untrusted) return result;
    const auto fresh = identities_->current(Look::kNow);
    if (fresh == identity || (untrusted && !request.idempotent)) return result;
    auto left = limits;
    left.deadline -= std::chrono::duration_cast<milliseconds>(clock_.steady() - start);
    if (left.deadline <= milliseconds::zero()) return result;
    return attempt<T>(request, left, fresh, once);
  }

  template <class T, class Once>
  base::Result<T> attempt(const http::Request& request, const http::Limits& limits, const Identity& identity,
                          Once once) {
    const auto start = clock_.steady();
    base::Result<T> result = once(identity, with_identity(request, identity.token), limits);
    const auto took = std::chrono::duration_cast<milliseconds>(clock_.steady() - start);
    const int status = status_of(result);
    if (observer_) observer_(request.method, status, took);
    if (log_.enabled(base::LogLevel::kDebug)) {
      log_.debug("exchange", {{"method", request.method},
                              {"path", request.target.substr(0, request.target.find('?'))},
                              {"status", std::to_string(status)},
                              {"ms", std::to_string(took.count())},
                              {"auditId", audit_id(result)}});
    }
    return result;
  }

  const std::unique_ptr<IdentitySource> identities_;
  const base::Clock& clock_;
  const base::Log log_;
  const ExchangeObserver observer_;
};

}  // namespace

// NOLINTNEXTLINE(readability-function-size): one composition, once
base::Result<std::unique_ptr<http::Transport>> make_session(Config config, TransportFactory factory,
                                                            const base::Clock& clock, base::Log log,
                                                            ExchangeObserver observer) {
  const auto origin = config.origin;
  auto identities = std::make_unique<IdentitySource>(std::move(config), std::move(factory), clock, log);
  if (auto status = identities->start(); !status) {
    return base::fail(ErrorKind::kInvalid, origin + ": " + status.error().message);
  }
  return std::make_unique<Session>(std::move(identities), clock, std::move(log), std::move(observer));
}

}  // namespace kube
