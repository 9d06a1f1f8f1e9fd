#include "support/eventually.hpp"

namespace support::detail {
namespace {

std::string suffix(const std::string& last) { return last.empty() ? std::string{} : "; last seen: " + last; }

}  // namespace

void fail_waiting(const std::string& what, Millis waited, const std::string& last) {
  throw Failure("after " + std::to_string(waited.count()) + " ms still not: " + what + suffix(last));
}

void fail_never(const std::string& what, Millis after, const std::string& last) {
  throw Failure("after " + std::to_string(after.count()) + " ms happened what must not: " + what + suffix(last));
}

}  // namespace support::detail
