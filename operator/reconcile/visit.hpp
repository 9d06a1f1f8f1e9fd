// What a look at the robots of one identity rests on, and what may stop it. Inner part of robot_visit.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "plan/robot_plan.hpp"
#include "reconcile/credential_memory.hpp"
#include "reconcile/deps.hpp"
#include "reconcile/harbor_access.hpp"

namespace reconcile {

/// What a visit rests on. All references outlive it.
struct VisitFacts {
  const Deps& deps;
  HarborAccess& access;
  CredentialMemory& memory;
  const api::HarborRegistry& registry;
  plan::RobotIdentity identity;
  std::optional<plan::RobotWish> wish;  ///< nullopt: its robots are to go
  bool leaving;                         ///< the registry is being deleted
  base::Millis give_up_after;           ///< since the deletion of the registry: then robots are left at Harbor
  const base::Log& log;
  const std::stop_token& stop;
};

/// What stopped a visit, and how to go on.
struct VisitStop {
  base::Error error = {};
  std::optional<plan::Trouble> trouble = {};  ///< what the user is to know; nothing for what passes at once
  std::optional<base::Millis> again = {};     ///< instead of back-off
};

/// What the user is to know of an account that Harbor refuses: always in the same words.
[[nodiscard]] plan::Trouble refusal_of(const VisitFacts& facts, const std::string& admin_name);

/// From an error of a step to what follows from it. `admin_name` names the account that was used: "Secret ns/name".
[[nodiscard]] VisitStop stop_of(const VisitFacts& facts, const base::Error& error, const std::string& admin_name);

}  // namespace reconcile
