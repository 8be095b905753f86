// Who a user would be after an import: what a document (catalog/snapshot.h) would change in the memberships of the
// directory, before it is imported. Nothing is written and nothing is kept; the change is laid over what the directory
// answers now.
//
// Only what differs is told, and only in the workspaces that the document names, for others stay as they are: a member
// whom the document does not name loses the membership, and one whose name alone changes is not told of. Whoever is in
// a team and no member of its workspace is nobody there, before and after. Importing the document into the directory as
// it was read gives exactly `after`.
//
//   Threads   any, as the directory. Nothing is kept.
//   Errors    those of the directory, and of the document (read_snapshot).
//   Limits    Costs as much as the named workspaces have members, now and in the document; one workspace at a time is
//   in
//             memory, and the differences. A workspace is read in pages, each of one moment: what somebody else changes
//             meanwhile may be told in part, as in every preview of what others may change at any time.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "catalog/directory.h"
#include "catalog/snapshot.h"

namespace catalog {

struct MembershipChange {
  std::string user_id;
  std::string workspace_id;
  std::optional<WorkspaceMembership> before;  // absent: no member; not both are
  std::optional<WorkspaceMembership> after;
};

// Decodes a document and checks it against a directory of any kind, as import() would. Errors: kInvalid with every
// problem, kTooLarge, and those of the directory.
base::Result<Snapshot> read_snapshot(Directory& directory, std::string_view document_text, base::Deadline deadline);

// Sorted by user id, then by workspace id. The snapshot has been checked.
base::Result<std::vector<MembershipChange>> preview_memberships(Directory& directory, const Snapshot& snapshot,
                                                                base::Deadline deadline);

}  // namespace catalog
