#include "nodes/node.h"

#include <tuple>

#include <fmt/format.h>

#include "json/decode.h"
#include "json/encode.h"

namespace nodes {

namespace {
constexpr std::string_view kPkPrefix = "node#";
}  // namespace

store::Key node_key(std::string_view uuid) { return {fmt::format("{}{}", kPkPrefix, uuid), "node"}; }
store::Key permissions_key(std::string_view uuid) { return {fmt::format("{}{}", kPkPrefix, uuid), "permissions"}; }
std::string_view uuid_of(const store::Key& key) { return std::string_view(key.pk).substr(kPkPrefix.size()); }

base::Result<Node> read_node(const store::Item& item) {
  Node node = TRY(json::decode_stored<Node>(item.attributes));
  node.version = item.version;
  return node;
}

base::Result<Permissions> read_permissions(const store::Item& item) {
  Permissions permissions = TRY(json::decode_stored<Permissions>(item.attributes));
  permissions.version = item.version;
  return permissions;
}

bool Permissions::has_facts_of(const Node& node) const {
  return std::tie(owner_id, account_owner_id, workspace_id) ==
         std::tie(node.owner_id, node.account_owner_id, node.workspace_id);
}

void Permissions::take_facts_of(const Node& node) {
  std::tie(owner_id, account_owner_id, workspace_id) =
      std::tie(node.owner_id, node.account_owner_id, node.workspace_id);
}

store::Item item_of(const Node& node) {
  return {.key = node_key(node.uuid), .index = {}, .type = "node", .attributes = json::encode(node)};
}

store::Item item_of(const Permissions& permissions) {
  return {.key = permissions_key(permissions.node_uuid),
          .index = {},
          .type = "permissions",
          .attributes = json::encode(permissions)};
}

base::Result<std::optional<StoredFacts>> StoredFacts::read(const store::Item& permissions) {
  StoredFacts facts = TRY(json::decode_stored<StoredFacts>(permissions.attributes));
  if (facts.owner_id.empty() || facts.account_owner_id.empty()) return std::optional<StoredFacts>();
  return std::optional<StoredFacts>(std::move(facts));
}

authz::NodeFacts StoredFacts::view() {
  user_ids_.clear();
  team_ids_.clear();
  for (const Granted& each : users) user_ids_.emplace_back(each.id);
  for (const Granted& each : teams) team_ids_.emplace_back(each.id);
  return {.owner_id = owner_id,
          .account_owner_id = account_owner_id,
          .workspace_id = workspace_id,
          .scope = scope,
          .users = user_ids_,
          .teams = team_ids_};
}

Facts::Facts(const Node& node, const Permissions& permissions) : node_(node), scope_(permissions.scope) {
  users_.reserve(permissions.users.size());
  teams_.reserve(permissions.teams.size());
  for (const Grant& grant : permissions.users) users_.emplace_back(grant.id);
  for (const Grant& grant : permissions.teams) teams_.emplace_back(grant.id);
}

authz::NodeFacts Facts::view() const {
  return {.owner_id = node_.owner_id,
          .account_owner_id = node_.account_owner_id,
          .workspace_id = node_.workspace_id,
          .scope = scope_,
          .users = users_,
          .teams = teams_};
}

}  // namespace nodes
