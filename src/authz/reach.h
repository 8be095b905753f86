// Which nodes a principal reaches, as a union of named sets.
//
// The rules for reading a node (engine.h) say, read the other way round, in which sets it stands: those of its owner,
// of its account's owner, of its workspace while it is open to it, of each user and team that it is shared with. A
// principal reaches the nodes of their own sets, and of the sets of each workspace in which their permission bit is 8
// or more. The state table keeps the sets (store/table.h: Listing), so a list costs what its page has, and a count is
// exact. Sets change with the node, in its own transaction; what a principal is in the directory is asked at each
// question and never kept.
//
// That both directions agree, for every world, is what reference_test.cc checks:
//   decide(u, kRead, n).allowed()  <=>  sets_of(n) and sets_for(u, kEverything) have one in common.
//
// The names (docs/internals/state-table.md lists them) are stored: changing one means listing every node again. An id
// is written without its "N:user:" or the like behind '#', and an id of another form whole behind '='; no id holds
// either of these, so two different sets never have the same name. Everything that a workspace gives has the workspace
// in its name: a grant, or a team, counts in the node's workspace alone.
//
// Pure; any thread.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "authz/engine.h"
#include "catalog/directory.h"

namespace authz {

// The sets in which a node stands, sorted, each once: at most 4, and one for each grant (store::kSetsPerItemMax is more
// than base::limits::kGrantsPerNodeMax and 4).
std::vector<std::string> sets_of(const NodeFacts& node);

enum class Reach {
  kEverything,     // all that the principal may read
  kWorkspace,      // of that, the nodes of one workspace
  kIndependent,    // the principal's own nodes that belong to no workspace
  kOwned,          // the nodes that the principal owns
  kOwnedAccounts,  // every node on the principal's accounts
};

// The sets whose union is that, sorted, each once. `workspaces`: all of the user's (catalog::Directory::workspaces_of),
// or, for kWorkspace, at least the one asked for, if they are a member; unused for the last three. `workspace_id`: for
// kWorkspace.
std::vector<std::string> sets_for(std::string_view user_id, Reach reach, std::string_view workspace_id,
                                  std::span<const catalog::WorkspaceMembership> workspaces);

}  // namespace authz
