// Effective access: what roles can do, by ownership, PUBLIC, memberships that they inherit, and predefined roles; and
// what of that a plan changes.
//
// Superusers and the server's own roles (pg_...) are not listed; what PUBLIC has is listed once, of PUBLIC, and not of
// everybody again. An owner counts as having everything: it can give itself what was taken from it.
//
// It stays linear in grants: roles that reach the same grantees are looked at as one, and nothing is written as text
// before it is known how much there is. Up to `limit` items each is listed by itself; beyond, objects of one kind in
// one schema become one ("100 tables in app"), then roles ("ada and 999 others"); what is still too long is cut, with a
// warning.
//
//   Pure, any thread.

#pragma once

#include <string>
#include <vector>

#include "pg_model/state.h"
#include "pg_plan/plan.h"

namespace pg_plan {

inline constexpr std::size_t kAccessItemsMax = 2000;
inline constexpr std::size_t kAccessListMax = 200'000;  // of effective_access()

struct AccessChange {
  std::vector<Access> gained, lost;  // sorted
  std::string warning;               // where something was cut
};

// Objects of `before` and `after` correspond by their places; what `after` has more is new. Roles that are only in
// `before` lose everything.
AccessChange compare_access(const pg_model::Cluster& before, const pg_model::Cluster& after, std::size_t limit);

}  // namespace pg_plan
