// Does what a recording left out: images, users, tokens, waits, and deeds in the database.
#pragma once

#include <chrono>
#include <future>
#include <map>
#include <string>
#include <vector>

#include "harbor/conformance/script.hpp"
#include "harbor/conformance/transcript.hpp"
#include "harbor/conformance/world.hpp"

namespace conformance {

/// Not thread-safe. Actions of a script, by their first key:
/// - {"push": repository, "like": case}: an image as in the answer of that case, tagged v1;
/// - {"token": name, "as": actor, "scope": scope};  {"cookies": actor}: session and CSRF token of a reply;
/// - {"user": name, "id": recorded id, "system_admin": bool};  {"member": user, "project": name, "role": number};
/// - {"unkept_robot": name, "project": name}: a robot that only counts, at system level where no project is named;
/// - {"delete_robot": recorded id};
/// - {"meanwhile": actor, "head_start": seconds}: a login that is refused while the next cases run;
/// - {"settle": user}: until those are answered and the lock is over;  {"age": token, "seconds": since its issue};
/// - {"pace": "recorded" | "quick"}: how long refused logins take, where a double is asked;
/// - {"control": deed, …}: left out where no double is asked.
class Stage {
 public:
  Stage(World& world, const Transcript& transcript) : world_(world), transcript_(transcript) {}

  /// Throws support::Failure when an action cannot be done.
  void perform(const Json& action);

 private:
  struct Issue {
    Clock::time_point at = {};
    double ahead = 0;  ///< by how much a double's clock was ahead then
  };

  void push(const std::string& repository, const std::string& like);
  void push_blob(const std::string& repository, const std::string& digest, const std::string& bytes);
  void token(const Json& action);
  void cookies(const std::string& actor);
  void user(const Json& action);
  void member(const Json& action);
  Answer unkept_robot(const Json& action);
  void delete_robot(std::int64_t recorded);
  void meanwhile(const std::string& actor, double head_start);
  void settle(const std::string& user);
  void age(const std::string& token, double seconds);
  void pace(const std::string& which);
  void control(const std::string& deed, const Json& action);
  void hide_robot(const Json& action);
  void make_older(std::int64_t robot, int days);
  void grant(std::int64_t robot, const Json& action);
  [[nodiscard]] double ahead() const;
  [[nodiscard]] Json read_robot(std::int64_t robot) const;
  [[nodiscard]] const Case& case_named(const std::string& name) const;

  World& world_;
  const Transcript& transcript_;
  std::map<std::string, Issue> issued_;
  std::vector<std::future<void>> under_way_;
};

}  // namespace conformance
