// What is stored of a compute node: the node, and beside it its permissions, which have a version of their own. Keys
// and questions: docs/internals/state-table.md.
//
//   Pending    -> Enabled | Failed            (its creation ended)
//   Enabled   <-> Paused                      (its owner)
//   any        -> Destroying                  (its deletion began; a creation under way is cancelled)
//   Destroying -> gone | Failed | as before   (its deletion succeeded, failed, was cancelled)
//   Failed     -> Pending | Destroying        (tried again; deleted)
//
// Paused is also what is shown of an Enabled node while its account is paused; it is not stored then.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authz/engine.h"
#include "base/clock.h"
#include "json/describe.h"
#include "store/table.h"

namespace nodes {

enum class NodeStatus { kPending, kEnabled, kPaused, kDestroying, kFailed };

struct Node {
  static constexpr std::string_view kTypeName = "StoredNode";
  std::string uuid;
  std::string name;
  std::string description;
  std::string account_uuid;
  std::string account_id;
  std::string account_type;
  std::string account_owner_id;  // never changes, so it may stand here too
  std::string workspace_id;      // empty: independent
  std::string owner_id;
  NodeStatus status = NodeStatus::kPending;
  std::string status_reason;                // why it is Failed
  std::optional<NodeStatus> status_before;  // what it was before Destroying
  std::string operation_id;                 // the last one on it
  std::string workflow_manager_tag;
  base::Time created_at{};
  base::Time updated_at{};
  store::Version version = 0;  // of the item

  template <class V>
  static void describe(V& field) {
    field("uuid", &Node::uuid);
    field("name", &Node::name);
    field("description", &Node::description);
    field("accountUuid", &Node::account_uuid);
    field("accountId", &Node::account_id);
    field("accountType", &Node::account_type);
    field("accountOwnerId", &Node::account_owner_id);
    field("workspaceId", &Node::workspace_id);
    field("ownerId", &Node::owner_id);
    field("status", &Node::status);
    field("statusReason", &Node::status_reason);
    field("statusBefore", &Node::status_before);
    field("operationId", &Node::operation_id);
    field("workflowManagerTag", &Node::workflow_manager_tag);
    field("createdAt", &Node::created_at);
    field("updatedAt", &Node::updated_at);
  }
};

struct Grant {
  static constexpr std::string_view kTypeName = "StoredGrant";
  std::string id;  // a user's or a team's
  std::string granted_by;
  base::Time granted_at{};

  template <class V>
  static void describe(V& field) {
    field("id", &Grant::id);
    field("grantedBy", &Grant::granted_by);
    field("grantedAt", &Grant::granted_at);
  }
};

// Grants are there only while the scope is kShared. The node's owner, its account's owner and its workspace stand here
// too, as they are in the node, so that access to it is decided on one item; Nodes::put keeps them. They are empty in
// what was stored before they were.
struct Permissions {
  static constexpr std::string_view kTypeName = "StoredPermissions";
  std::string node_uuid;
  std::string owner_id;
  std::string account_owner_id;
  std::string workspace_id;
  authz::Scope scope = authz::Scope::kPrivate;
  std::vector<Grant> users;  // sorted by id, as are the teams
  std::vector<Grant> teams;
  store::Version version = 0;  // of the item

  [[nodiscard]] bool has_facts_of(const Node& node) const;
  void take_facts_of(const Node& node);

  template <class V>
  static void describe(V& field) {
    field("nodeUuid", &Permissions::node_uuid);
    field("ownerId", &Permissions::owner_id);
    field("accountOwnerId", &Permissions::account_owner_id);
    field("workspaceId", &Permissions::workspace_id);
    field("scope", &Permissions::scope);
    field("users", &Permissions::users);
    field("teams", &Permissions::teams);
  }
};

store::Key node_key(std::string_view uuid);
store::Key permissions_key(std::string_view uuid);
std::string_view uuid_of(const store::Key& key);  // of either; a view into it

base::Result<Node> read_node(const store::Item& item);
base::Result<Permissions> read_permissions(const store::Item& item);
store::Item item_of(const Node& node);
store::Item item_of(const Permissions& permissions);

// The facts that access is decided on. Holds views into both; they must outlive it.
class Facts {
 public:
  Facts(const Node& node, const Permissions& permissions);
  [[nodiscard]] authz::NodeFacts view() const;

 private:
  const Node& node_;
  authz::Scope scope_;
  std::vector<std::string_view> users_, teams_;
};

// The same facts, of the item of the permissions alone; without who granted what, and when.
class StoredFacts {
 public:
  static constexpr std::string_view kTypeName = "StoredFacts";
  // None where the item does not have them all.
  static base::Result<std::optional<StoredFacts>> read(const store::Item& permissions);
  // Good as long as this is there, and is not moved.
  [[nodiscard]] authz::NodeFacts view();

  struct Granted {
    static constexpr std::string_view kTypeName = "StoredGranted";
    std::string id;
    template <class V>
    static void describe(V& field) {
      field("id", &Granted::id);
    }
  };
  std::string owner_id, account_owner_id, workspace_id;
  authz::Scope scope = authz::Scope::kPrivate;
  std::vector<Granted> users, teams;
  template <class V>
  static void describe(V& field) {
    field("ownerId", &StoredFacts::owner_id);
    field("accountOwnerId", &StoredFacts::account_owner_id);
    field("workspaceId", &StoredFacts::workspace_id);
    field("scope", &StoredFacts::scope);
    field("users", &StoredFacts::users);
    field("teams", &StoredFacts::teams);
  }

 private:
  std::vector<std::string_view> user_ids_, team_ids_;
};

}  // namespace nodes

template <>
inline constexpr auto json::kEnumNames<nodes::NodeStatus> =
    json::names<nodes::NodeStatus>({{nodes::NodeStatus::kPending, "Pending"},
                                    {nodes::NodeStatus::kEnabled, "Enabled"},
                                    {nodes::NodeStatus::kPaused, "Paused"},
                                    {nodes::NodeStatus::kDestroying, "Destroying"},
                                    {nodes::NodeStatus::kFailed, "Failed"}});
template <>
inline constexpr auto json::kEnumNames<authz::Scope> = json::names<authz::Scope>(
    {{authz::Scope::kPrivate, "private"}, {authz::Scope::kWorkspace, "workspace"}, {authz::Scope::kShared, "shared"}});
