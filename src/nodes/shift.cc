#include "nodes/shift.h"

#include <algorithm>
#include <iterator>

#include "authz/reach.h"
#include "nodes/node.h"

namespace nodes {
namespace {

using Sets = std::vector<std::string>;

constexpr std::size_t kNodesPerRead = 200;

Sets sets_of_standing(const catalog::MembershipChange& change,
                      const std::optional<catalog::WorkspaceMembership>& standing) {
  std::vector<catalog::WorkspaceMembership> workspaces;
  if (standing) workspaces.push_back(*standing);
  return authz::sets_for(change.user_id, authz::Reach::kWorkspace, change.workspace_id, workspaces);
}

bool meet(const Sets& left, const Sets& right) {
  return std::any_of(left.begin(), left.end(),
                     [&](const std::string& each) { return std::binary_search(right.begin(), right.end(), each); });
}

// The first nodes by name that stand in one of `here` and in none of `there`.
base::Result<std::vector<std::string>> first_of(store::Table& table, const Sets& here, const Sets& there,
                                                base::Deadline deadline) {
  std::vector<std::string> uuids;
  store::Selection selection;
  std::set_difference(here.begin(), here.end(), there.begin(), there.end(), std::back_inserter(selection.sets));
  if (selection.sets.empty()) return uuids;
  selection.entries_max = kNodesPerRead;
  while (true) {
    const store::ListedPage page = TRY(table.select(selection, deadline));
    std::vector<store::Key> keys;
    for (const store::Listed& entry : page.entries) keys.push_back(permissions_key(uuid_of(entry.key)));
    const std::vector<std::optional<store::Item>> items = TRY(table.get_many(keys, deadline));
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (!items[i]) continue;  // gone meanwhile
      std::optional<StoredFacts> facts = TRY(StoredFacts::read(*items[i]));
      if (!facts || meet(authz::sets_of(facts->view()), there)) continue;
      uuids.emplace_back(uuid_of(page.entries[i].key));
      if (uuids.size() == kShiftShown) return uuids;
    }
    if (!page.next_cursor) return uuids;
    selection.cursor = *page.next_cursor;
  }
}

}  // namespace

base::Result<Shift> shift_of(store::Table& table, const catalog::MembershipChange& change, base::Deadline deadline) {
  const Sets before = sets_of_standing(change, change.before);
  const Sets after = sets_of_standing(change, change.after);
  Shift shift;
  if (before == after) return shift;
  Sets both;
  std::set_union(before.begin(), before.end(), after.begin(), after.end(), std::back_inserter(both));
  const auto count = [&](const Sets& sets) {
    store::Selection all;
    all.sets = sets;
    all.order = store::Selection::Order::kByTime;
    return table.count(all, deadline);
  };
  const std::uint64_t ever = TRY(count(both)), now = TRY(count(before)), then = TRY(count(after));
  shift.gained = ever - std::min(ever, now);
  shift.lost = ever - std::min(ever, then);
  if (shift.gained > 0) shift.gained_uuids = TRY(first_of(table, after, before, deadline));
  if (shift.lost > 0) shift.lost_uuids = TRY(first_of(table, before, after, deadline));
  return shift;
}

}  // namespace nodes
