// Lets writes pass only while this process surely leads.
#pragma once

#include "kube/api.hpp"
#include "runtime/lease.hpp"

namespace app {

/// A process that slept longer than its lease (SIGSTOP, a frozen machine) wakes in the middle of a reconcile and must
/// not write any more: anything but a GET then fails with kCancelled. Thread-safe. What is left: a request that was on
/// its way when the lease ended.
class FencedApi final : public kube::Api {
 public:
  FencedApi(kube::Api& api, const runtime::Leadership& leadership) : api_(api), leadership_(leadership) {}

  base::Result<std::string> call(const http::Request& request, kube::Content content,
                                 const http::Limits& limits) override {
    if (request.method != "GET" && !leadership_.holds()) {
      return base::fail(base::ErrorKind::kCancelled, "not leading any more: nothing is written");
    }
    return api_.call(request, content, limits);
  }

 private:
  kube::Api& api_;
  const runtime::Leadership& leadership_;
};

}  // namespace app
