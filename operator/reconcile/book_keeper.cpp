#include "reconcile/book_keeper.hpp"

namespace reconcile {
namespace {

std::vector<std::string> allowed_names(const World& world) {
  std::vector<std::string> names;
  for (const auto& [name, store] : world.pull_secrets) names.push_back(name);
  return names;
}

std::vector<BookKeeper::Change> compare(const plan::Book& before, const plan::Book& after) {
  std::vector<BookKeeper::Change> changes;
  for (const auto& entry : after.entries) {
    const auto* old = before.find(entry.name);
    if (old == nullptr)
      changes.push_back({entry.name, std::nullopt, entry});
    else if (!(*old == entry))
      changes.push_back({entry.name, *old, entry});
  }
  for (const auto& entry : before.entries) {
    if (after.find(entry.name) == nullptr) changes.push_back({entry.name, entry, std::nullopt});
  }
  return changes;
}

}  // namespace

std::shared_ptr<const plan::Book> BookKeeper::current() const {
  const base::MutexLock lock(mutex_);
  return book_;
}

std::vector<BookKeeper::Change> BookKeeper::refresh() {
  plan::BookInputs inputs{
      .source = [this](const std::string& name) { return world_.sources.get(world_.own_namespace, name); },
      .allowed_secret_names = allowed_names(world_),
      .own_namespace = world_.own_namespace,
      .credentials = credentials_,
      .keys = keys_};
  world_.registries.for_each([&](const api::HarborRegistry& registry) { inputs.registries.push_back(registry); });
  auto fresh = std::make_shared<const plan::Book>(plan::make_book(inputs));
  const base::MutexLock lock(mutex_);
  auto changes = compare(*book_, *fresh);
  book_ = std::move(fresh);
  return changes;
}

}  // namespace reconcile
