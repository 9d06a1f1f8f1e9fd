// Result<T>: a value or an Error. Functions that can fail return it; constructors cannot fail.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

#include "base/error.hpp"

namespace base {

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

/// `return fail(ErrorKind::kInvalid, "…")` from any function that returns a Result.
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorKind kind, std::string message) {
  Error error;
  error.kind = kind;
  error.message = std::move(message);
  return tl::unexpected<Error>(std::move(error));
}

/// The same with a machine word for Error::reason.
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorKind kind, std::string_view reason, std::string message) {
  Error error;
  error.kind = kind;
  error.message = std::move(message);
  error.reason = reason;
  return tl::unexpected<Error>(std::move(error));
}

[[nodiscard]] inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace base
