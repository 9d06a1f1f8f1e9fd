#include "runtime/elector.hpp"

#include <algorithm>
#include <utility>

#include "kube/request.hpp"

namespace runtime {
namespace {

constexpr std::size_t kMaxBody = 1U << 20U;  // annotations may hold 256 KiB; more is no Lease

bool outdated(const base::Error& error) {
  return error.kind == base::ErrorKind::kConflict || error.kind == base::ErrorKind::kNotFound;
}

}  // namespace

base::Result<Elector::Holder> Elector::attempt(base::SteadyTime until, const std::stop_token& stop) {
  if (leading_ && object_) {  // between renewals nobody else writes: no look before the PUT
    const auto written = write(ours(), until, stop);
    if (written) return Holder::kUs;
    if (!outdated(written.error())) return base::fail(written.error());
  }
  if (const auto looked = look(until, stop); !looked) return base::fail(looked.error());
  if (!may_take()) {
    leading_ = false;
    return Holder::kOther;
  }
  if (const auto written = write(ours(), until, stop); !written) {
    const bool raced = !leading_ && written.error().kind == base::ErrorKind::kConflict;
    if (raced) return Holder::kOther;
    return base::fail(written.error());
  }
  leading_ = true;
  return Holder::kUs;
}

base::Status Elector::release(base::SteadyTime until) {
  if (in_doubt_ || !object_) {
    if (auto looked = look(until, {}); !looked) return looked;
  }
  if (seen_.holder == options_.identity) {
    // As client-go: a lease of one second, in case a reader ignores an empty holder.
    LeaseSpec free = seen_;
    free.holder.clear();
    free.duration = std::chrono::seconds{1};
    free.acquire_time = free.renew_time = base::rfc3339_micro(clock_.now());
    if (auto written = write(free, until, {}); !written) return written;
  }
  leading_ = false;
  return {};
}

base::Result<std::string> Elector::call(const http::Request& request, base::SteadyTime until,
                                        const std::stop_token& stop) {
  const auto left = std::chrono::floor<base::Millis>(until - clock_.steady());
  if (left <= base::Millis{0}) return base::fail(base::ErrorKind::kTimeout, "no time left for the lease");
  // client-go's bound for one call, controller-runtime pkg/leaderelection: a hanging call leaves time for another.
  const auto bound = std::max<base::Millis>(std::chrono::seconds{1}, options_.renew_deadline / 2);
  return api_.call(request, kube::Content::kPlain,
                   http::Limits{.deadline = std::min(bound, left), .max_body = kMaxBody, .stop = stop});
}

base::Status Elector::look(base::SteadyTime until, const std::stop_token& stop) {
  const std::string path = kube::lease_path(options_.ns, options_.name);
  auto answer = call(kube::get(path), until, stop);
  if (!answer && answer.error().kind == base::ErrorKind::kNotFound) {
    answer = call(kube::apply(path, render_new_lease(options_.ns, options_.name), false), until, stop);
  }
  if (!answer) return base::fail(answer.error());
  auto object = parse_lease(*std::move(answer));
  if (!object) return base::fail(object.error());
  observe(*std::move(object));
  return {};
}

base::Status Elector::write(const LeaseSpec& spec, base::SteadyTime until, const std::stop_token& stop) {
  const auto sent_at = clock_.steady();
  in_doubt_ = true;
  auto answer =
      call(kube::update(kube::lease_path(options_.ns, options_.name), render_lease(*object_, spec)), until, stop);
  if (!answer) return base::fail(answer.error());
  auto object = parse_lease(*std::move(answer));
  if (!object) return base::fail(object.error());
  observe(*std::move(object));
  renewed_at_ = sent_at;
  return {};
}

void Elector::observe(LeaseObject object) {
  in_doubt_ = false;
  object_ = std::move(object);
  if (object_->spec == seen_) return;
  seen_ = object_->spec;
  seen_at_ = clock_.steady();
}

bool Elector::may_take() const {
  if (seen_.holder == options_.identity) return true;
  if (leading_) return false;  // another may have led in between, or leads now
  if (seen_.holder.empty()) return true;
  return seen_at_ + seen_.duration.value_or(options_.lease_duration) <= clock_.steady();
}

LeaseSpec Elector::ours() const {
  LeaseSpec spec = seen_;
  spec.duration = options_.lease_duration;
  spec.renew_time = base::rfc3339_micro(clock_.now());
  if (seen_.holder == options_.identity) return spec;
  spec.holder = options_.identity;
  spec.acquire_time = spec.renew_time;
  spec.transitions =
      seen_.transitions ? *seen_.transitions + 1 : 0;  // the first holder of a new lease is no transition
  return spec;
}

}  // namespace runtime
