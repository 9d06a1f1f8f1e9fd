#include "plan/contention.hpp"

namespace plan {
namespace {

void forget_old(Fight& fight, Steady now) {
  std::erase_if(fight.attached, [&](Steady at) { return at + kContentionWindow <= now; });
}

}  // namespace

bool may_attach(Fight& fight, Steady now) {
  if (now < fight.hold_until) return false;
  forget_old(fight, now);
  if (static_cast<int>(fight.attached.size()) < kContentionLimit) return true;
  fight.attached.clear();
  fight.hold_until = now + kContentionHold;
  return false;
}

void note_attached(Fight& fight, Steady now) {
  forget_old(fight, now);
  fight.attached.push_back(now);
}

bool over(const Fight& fight, Steady now) {
  return now >= fight.hold_until && (fight.attached.empty() || fight.attached.back() + kContentionWindow <= now);
}

}  // namespace plan
