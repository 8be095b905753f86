// Reading one node, or its permissions: as whoever asks sees it, or not at all.

#include <array>

#include "nodes/nodes.h"

namespace nodes {

base::Result<SeenNode> Nodes::get(std::string_view user_id, std::string_view uuid, base::Deadline deadline) const {
  const std::string node_uuid(uuid);
  std::vector<store::Key> keys{node_key(uuid), permissions_key(uuid)};
  const std::optional<std::string> account_uuid = standing_.account_of(node_uuid);
  if (account_uuid) keys.push_back(accounts::account_key(*account_uuid));
  std::vector<std::optional<store::Item>> items = TRY(table_.get_many(keys, deadline));
  SeenPermissions found = TRY(readable(user_id, items, deadline));
  if (!account_uuid) {
    standing_.remember(node_uuid, found.node.account_uuid);
    items.push_back(TRY(table_.get(accounts::account_key(found.node.account_uuid), deadline)));
  }
  SeenNode seen{std::move(found.node), found.permissions.scope};
  if (seen.node.status == NodeStatus::kEnabled && items[2] &&
      TRY(accounts::read_account_status(*items[2])) == accounts::AccountStatus::kPaused) {
    seen.node.status = NodeStatus::kPaused;
  }
  return seen;
}

base::Result<SeenPermissions> Nodes::permissions(std::string_view user_id, std::string_view uuid,
                                                 base::Deadline deadline) const {
  const std::array keys{node_key(uuid), permissions_key(uuid)};
  return readable(user_id, TRY(table_.get_many(keys, deadline)), deadline);
}

base::Result<std::optional<authz::Decision>> Nodes::decide(std::string_view user_id, authz::NodeAction action,
                                                           std::string_view uuid, base::Deadline deadline) const {
  const std::optional<store::Item> item = TRY(table_.get(permissions_key(uuid), deadline));
  if (!item) return std::optional<authz::Decision>();
  if (std::optional<StoredFacts> stored = TRY(StoredFacts::read(*item)))
    return std::optional(TRY(engine_.decide(user_id, action, stored->view(), deadline)));
  const std::array keys{node_key(uuid), permissions_key(uuid)};
  const std::optional<Found> found = TRY(read(TRY(table_.get_many(keys, deadline))));
  if (!found) return std::optional<authz::Decision>();
  const Facts facts(found->node, found->permissions);
  return std::optional(TRY(engine_.decide(user_id, action, facts.view(), deadline)));
}

base::Result<SeenPermissions> Nodes::readable(std::string_view user_id,
                                              std::span<const std::optional<store::Item>> items,
                                              base::Deadline deadline) const {
  std::optional<Found> found = TRY(read(items));
  if (!found) return base::fail(no_such_node());
  const Facts facts(found->node, found->permissions);
  const authz::Decision decision = TRY(engine_.decide(user_id, authz::NodeAction::kRead, facts.view(), deadline));
  TRY(decision.enforce("compute node"));
  return SeenPermissions{std::move(found->node), std::move(found->permissions)};
}

}  // namespace nodes
