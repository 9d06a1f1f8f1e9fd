#include "plan/step.hpp"

#include "base/overloaded.hpp"

namespace plan {

std::string describe(const Step& step) {
  return std::visit(
      base::Overloaded{
          [](const MakeAccount& s) {
            std::string names;
            for (const auto& name : s.secret_names) names += " " + name;
            return "make ServiceAccount default with" + names;
          },
          [](const WriteSecret& s) {
            return (s.uid.empty() ? "create Secret " : "update Secret ") + s.secret_name + " (" + s.why + ")";
          },
          [](const DeleteSecret& s) { return "delete Secret " + s.secret_name + " (" + s.why + ")"; },
          [](const Attach& s) { return "attach " + s.secret_name + " to " + s.seen.meta.name + " (" + s.why + ")"; },
          [](const Detach& s) { return "detach " + s.secret_name + " from " + s.seen.meta.name + " (" + s.why + ")"; },
          [](const Refuse& s) { return "refuse Secret " + s.secret_name + " (" + s.reason + ")"; },
      },
      step);
}

}  // namespace plan
