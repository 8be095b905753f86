// What a change of access would come to. The change is run by the function that makes it, in a transaction that is
// never committed; what the transaction would leave is read from the transaction. So a preview cannot differ from the
// change, and is refused where, and as, the change would be.

#include <array>

#include "nodes/nodes.h"

namespace nodes {
namespace {

base::Result<void> any_version(store::Version) { return {}; }

}  // namespace

base::Result<Nodes::BeforeAndAfter> Nodes::preview(const Asker& asker, std::string_view uuid,
                                                   const AccessChange& change, base::Deadline deadline) const {
  store::Transaction tx(table_, deadline);
  const std::array keys{node_key(uuid), permissions_key(uuid)};
  const auto now = [&]() -> base::Result<SeenPermissions> {
    std::optional<SeenPermissions> found = TRY(read(TRY(tx.get_many(keys))));
    if (!found) return base::fail(no_such_node());
    return std::move(*found);
  };
  SeenPermissions before = TRY(now());
  const Asker owner{before.node.owner_id, asker.request_id};
  if (change.scope) TRY(set_scope(tx, owner, uuid, *change.scope, any_version));
  if (change.grant) TRY(grant(tx, owner, uuid, change.grant->kind, change.grant->id, any_version));
  if (change.revoke) TRY(revoke(tx, owner, uuid, change.revoke->kind, change.revoke->id, any_version));
  if (change.attach_to) TRY(attach(tx, owner, uuid, *change.attach_to, any_version));
  if (change.detach) TRY(detach(tx, owner, uuid, any_version));
  if (change.owner_id) TRY(change_owner(tx, asker, uuid, *change.owner_id, any_version));
  SeenPermissions after = TRY(now());
  return BeforeAndAfter{std::move(before), std::move(after)};
}

}  // namespace nodes
