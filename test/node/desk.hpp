// Where a reader of our documents sits: the sources at hand, kubectl and helm that reach a cluster, a name server that
// knows Harbor, and a Harbor whose certificate everybody trusts. Tests run there what a page tells its readers to.
#pragma once

#include "node/page.hpp"
#include "node/stage.hpp"

namespace node {

/// Only inside of test/node/enter: it changes addresses and mounts of its machine.
class Desk {
 public:
  explicit Desk(Stage& stage);

  /// A cluster on which nobody has installed anything.
  void clear() const;
  /// What pages take for granted that tell of an operator at work: it is installed by the chart, its credential is
  /// there, HarborRegistry `example` is Ready, and of namespace team-a, which it serves, a Pod runs. Undoes what a page
  /// made.
  void prepare() const;
  /// An operator and nothing for it to do.
  void prepare_operator() const;

  /// A block of commands, at the root of a copy of the sources, as a script that ends at its first failure. The output
  /// is in `out`, errors included. Who asks for a password gets that of Harbor's administrator.
  [[nodiscard]] support::Ran run(const Block& block) const;
  /// What the API server says to an object, which it does not keep.
  [[nodiscard]] support::Ran offer(const Object& object) const;

 private:
  void everybody_trusts_harbor() const;
  void fill_harbor();
  void copy_sources() const;
  void uninstall_releases() const;
  void delete_all(const std::string& kind, const std::vector<std::string>& keep) const;
  [[nodiscard]] std::vector<std::string> environment() const;

  Stage& stage_;
  support::TemporaryFolder folder_;
  support::Process names_;
  std::string pull_password_;
};

}  // namespace node
