// What a changed standing in a workspace does to what somebody reads there: how many compute nodes they would gain and
// lose, and the first of them by name. For a preview of the directory, before it is changed; nothing is written.
//
// The standing decides in which sets of nodes a user looks (authz/reach.h), so what is gained is the union of the sets
// after, less that of the sets before. The numbers are differences of exact counts. Where somebody else writes
// meanwhile, they may be of moments a little apart.
//
//   Threads   any.
//   Errors    those of the table.
//   Cost      three counts; and for the first ones, the nodes of the sets that are new, or gone, until enough are
//   found.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "catalog/preview.h"
#include "store/table.h"

namespace nodes {

inline constexpr std::size_t kShiftShown = 20;

struct Shift {
  std::uint64_t gained = 0, lost = 0;
  std::vector<std::string> gained_uuids, lost_uuids;  // at most kShiftShown each, by name
};

base::Result<Shift> shift_of(store::Table& table, const catalog::MembershipChange& change, base::Deadline deadline);

}  // namespace nodes
