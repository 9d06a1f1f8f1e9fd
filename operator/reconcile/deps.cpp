#include "reconcile/deps.hpp"

#include <algorithm>

namespace reconcile {

plan::CredentialSources credential_sources(const RobotStore& robots, const CredentialBoard& board) {
  return {.robots = [&robots](const plan::RobotIdentity& identity) { return robots.state(identity); },
          .record = [&board](const plan::RobotIdentity& identity) { return board.record(identity); }};
}

std::shared_ptr<const plan::Book> book_for(const Deps& deps, const std::string& ns) {
  auto book = deps.books.current();
  const bool same_for_all =
      std::none_of(book->entries.begin(), book->entries.end(), [](const auto& entry) { return entry.per_namespace; });
  if (same_for_all) return book;
  const auto sources = credential_sources(deps.robots, deps.board);
  return std::make_shared<const plan::Book>(plan::book_for(*book, ns, sources, deps.keys));
}

}  // namespace reconcile
