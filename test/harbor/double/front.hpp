// The public port: the journal, the faults, Harbor.
#pragma once

#include "harbor/double/faults.hpp"
#include "harbor/double/harbor.hpp"
#include "harbor/double/journal.hpp"
#include "harbor/double/listener.hpp"

namespace harbor_double {

/// Thread-safe.
class Front {
 public:
  explicit Front(Harbor& harbor) : harbor_(harbor) {}

  [[nodiscard]] Delivery serve(const Request& request);

  [[nodiscard]] Journal& journal() { return journal_; }
  [[nodiscard]] Faults& faults() { return faults_; }

 private:
  [[nodiscard]] Delivery with_fault(const Fault& fault, const Request& request, Sender& sender);
  [[nodiscard]] Response answer(const Request& request, Sender& sender);
  [[nodiscard]] Response stale_write(const Fault& fault, const Request& request, Sender& sender);

  Harbor& harbor_;
  Journal journal_;
  Faults faults_;
};

}  // namespace harbor_double
