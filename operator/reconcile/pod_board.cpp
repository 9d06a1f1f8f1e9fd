#include "reconcile/pod_board.hpp"

#include <utility>

namespace reconcile {

PodNote PodBoard::set(const std::string& key, const PodNote& note) {
  const base::MutexLock lock(mutex_);
  return std::exchange(notes_[key], note);
}

PodNote PodBoard::clear(const std::string& key) {
  const base::MutexLock lock(mutex_);
  auto node = notes_.extract(key);
  return node.empty() ? PodNote{} : std::move(node.mapped());
}

api::PodStatus PodBoard::count(const std::string& registry) const {
  const base::MutexLock lock(mutex_);
  api::PodStatus counts;
  for (const auto& [key, note] : notes_) {
    if (note.registry == registry) ++(note.beyond ? counts.unrecoverable : counts.waiting);
  }
  return counts;
}

}  // namespace reconcile
