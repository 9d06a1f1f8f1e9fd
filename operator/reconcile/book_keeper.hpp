// Keeps the one Book that all decisions use, and tells what changed in it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/mutex.hpp"
#include "plan/book.hpp"
#include "reconcile/world.hpp"

namespace reconcile {

/// Thread-safe. Only the registry reconciler refreshes; namespaces read.
class BookKeeper {
 public:
  BookKeeper(const World& world, plan::CredentialSources credentials, const plan::DigestKeys& keys)
      : world_(world), credentials_(std::move(credentials)), keys_(keys) {}

  struct Change {
    std::string registry = {};
    std::optional<plan::Entry> before = {};
    std::optional<plan::Entry> after = {};
  };

  [[nodiscard]] std::shared_ptr<const plan::Book> current() const EXCLUDES(mutex_);
  /// Reads the stores again; returns the entries that differ from before.
  std::vector<Change> refresh() EXCLUDES(mutex_);

 private:
  const World& world_;
  const plan::CredentialSources credentials_;
  const plan::DigestKeys& keys_;
  mutable base::Mutex mutex_;
  std::shared_ptr<const plan::Book> book_ GUARDED_BY(mutex_) = std::make_shared<plan::Book>();
};

}  // namespace reconcile
