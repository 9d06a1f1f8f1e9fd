// Whether a list holds a value.
#pragma once

#include <algorithm>

namespace base {

template <class List, class Value>
[[nodiscard]] bool contains(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace base
