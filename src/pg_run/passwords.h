// Of this module alone: which logins have a password that is managed here, where it stands, and what is missing.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/entropy.h"
#include "base/result.h"
#include "pg_model/state.h"
#include "pg_plan/plan.h"
#include "pg_run/run.h"
#include "pg_run/session.h"
#include "pg_spec/spec.h"

namespace pg_run {

// One place, what stands in it, and the logins that take turns in it (mostly one).
struct Managed {
  Slot slot;
  std::vector<std::string> logins;
};
std::vector<Managed> managed_of(const pg_spec::Spec& spec);

// A password that must be set. `known`: the one that the store has, of a role that is made anew.
struct Needed {
  Slot slot;
  std::string login;
  std::optional<base::Secret> known;
};

struct Passwords {
  std::vector<Needed> needed;
  std::vector<std::pair<Slot, Held>> to_publish;  // the server takes it already; a run was cut short before it said so
};
base::Result<Passwords> look_at_passwords(Session& session, const pg_spec::Spec& spec, const pg_model::Cluster& cluster,
                                          SecretStore& secrets);

// The statement that sets it. Without an entropy one that can only be tried out: nobody has its password.
base::Result<pg_plan::Statement> password_statement(const Needed& needed, const base::Secret& password,
                                                    base::Entropy& entropy, int iterations);
pg_plan::Statement password_statement(const Needed& needed);

base::Secret new_password(base::Entropy& entropy);

// Whether the server takes it; an error where that cannot be told. Logs in where the login may connect.
base::Result<bool> server_takes(Session& session, const std::string& login, const base::Secret& password);

}  // namespace pg_run
