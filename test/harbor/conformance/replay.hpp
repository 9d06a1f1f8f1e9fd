// Sends a recording, case after case, and says of each whether it holds.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harbor/conformance/script.hpp"
#include "harbor/conformance/stage.hpp"
#include "harbor/conformance/transcript.hpp"
#include "harbor/conformance/world.hpp"

namespace conformance {

enum class Verdict { kHolds, kSkipped, kDiffers };

struct Outcome {
  std::string name = {};
  Verdict verdict = Verdict::kHolds;
  std::vector<std::string> details = {};  ///< the differences, or why it was skipped
};

/// Not thread-safe.
class Replay {
 public:
  Replay(World& world, const Transcript& transcript, const Script& script);

  /// `told` hears of every outcome as it comes. Throws support::Failure when a step between the cases fails: what
  /// follows would differ for another reason than it seems.
  std::vector<Outcome> run(const std::function<void(const Outcome&)>& told);

 private:
  void prepare(const Case& recorded);
  Outcome judge(const Case& recorded);
  [[nodiscard]] Message message(const Case& recorded) const;
  [[nodiscard]] std::string filled(const std::string& value) const;
  void learn(const Case& recorded, const Answer& got);
  void learn_robot(const Case& recorded, const Json& got);
  void learn_secret(const Case& recorded, const Json& got);
  [[nodiscard]] bool held_up(const Case& recorded) const;

  World& world_;
  const Transcript& transcript_;
  const Script& script_;
  Means means_;
  Stage stage_;
};

/// The name in the database of the robot that a request asks for: "team-a+puller", or "sys" at system level.
[[nodiscard]] std::string stored_name(const Json& request);

}  // namespace conformance
