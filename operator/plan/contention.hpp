// When to stop fighting over a ServiceAccount: an entry of ours that others keep taking away.
#pragma once

#include <chrono>
#include <vector>

namespace plan {

using Steady = std::chrono::steady_clock::time_point;

inline constexpr int kContentionLimit = 3;                    ///< design: 3 times ...
inline constexpr std::chrono::minutes kContentionWindow{10};  ///< ... in 10 minutes
inline constexpr std::chrono::minutes kContentionHold{30};    ///< then hands off for this long

/// What is remembered of one ServiceAccount and Secret name: only recent attachments, so it costs nothing in peace.
struct Fight {
  std::vector<Steady> attached = {};  ///< our attachments within the window, oldest first
  Steady hold_until = {};             ///< no attachment before this
};

/// Called when the entry is missing and should be there. True: attach it (and then call `note_attached`). False:
/// contended; `fight` is then on hold. Each earlier attachment within the window, missing again now, is one time that
/// it vanished.
[[nodiscard]] bool may_attach(Fight& fight, Steady now);
void note_attached(Fight& fight, Steady now);
/// Nothing worth remembering is left.
[[nodiscard]] bool over(const Fight& fight, Steady now);

}  // namespace plan
