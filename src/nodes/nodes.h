// Compute nodes: made on accounts, shared, attached to workspaces and detached, deleted.
//
// Every change takes the transaction that it is part of, is authorised on what it reads there, records itself in the
// audit trail, and holds at the commit.
// Making and deleting a node outside is an operation (operations/operation.h); what its end means for the node is in
// lifecycle.cc, sharing in sharing.cc, lists in listing.cc.
//
//   Threads    every method from any thread.
//   Errors     as authz decides (kNotFound, kForbidden); kConflict with the present state; kImpossible for a grant that
//   could
//              never give access. The messages are public.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/accounts.h"
#include "audit/trail.h"
#include "authz/engine.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/result.h"
#include "nodes/node.h"
#include "nodes/standing.h"
#include "operations/operation.h"
#include "store/transaction.h"

namespace nodes {

using accounts::VersionGuard;

using Asker = audit::Actor;  // who asks, and in which request

struct NodeSpec {
  std::string account_uuid, workspace_id, name, description, workflow_manager_tag;
};

struct NodeChange {
  std::optional<std::string> name, description;
  std::optional<NodeStatus> status;
};

// A node as it is shown: with its scope, and Paused while its account is.
struct SeenNode {
  Node node;
  authz::Scope scope = authz::Scope::kPrivate;
};

struct SeenPermissions {
  Node node;
  Permissions permissions;
};

struct Started {
  SeenNode node;
  operations::Operation operation;
  std::optional<operations::Operation> superseded;  // the creation that a deletion ended
};

// A list that is asked for.
enum class ListKind {
  kReachable,     // all that the user reads, in every workspace and without one
  kWorkspace,     // of that, the nodes of one workspace
  kIndependent,   // the user's own that belong to no workspace
  kOwned,         // the user's own, wherever
  kAccountOwner,  // every node on the user's accounts
};
enum class NodeSort { kName, kCreated };  // by the bytes of the name; by time; ties in an order that stays
struct ListQuery {
  ListKind kind = ListKind::kIndependent;
  std::string workspace_id;
  std::string after;  // where the page before ended (NodeList::next); empty: from the start
  std::size_t limit = 100;
  bool count = false;
  NodeSort sort = NodeSort::kName;
  bool descending = false;
  std::optional<NodeStatus> status;  // the status that is shown
  std::string account_uuid;          // empty: any
  std::string name_prefix;
};
struct NodeList {
  std::vector<SeenNode> nodes;
  std::optional<std::string> next;
  std::size_t total = 0;  // of all pages, where it was asked for
};

class Nodes final : public operations::Target {
 public:
  static constexpr std::string_view kTargetType = "compute-node";
  static constexpr std::string_view kCreate = "compute-node.create";
  static constexpr std::string_view kDelete = "compute-node.delete";

  Nodes(store::Table& table, const accounts::Accounts& accounts, const operations::Operations& operations,
        const authz::Engine& engine, const audit::Trail& trail, const base::Clock& clock, base::Entropy& entropy)
      : table_(table),
        accounts_(accounts),
        operations_(operations),
        engine_(engine),
        trail_(trail),
        clock_(clock),
        entropy_(entropy) {}

  // Life cycle (lifecycle.cc).
  base::Result<Started> create(store::Transaction& tx, const Asker& asker, NodeSpec spec) const;
  base::Result<Started> retry(store::Transaction& tx, const Asker& asker, std::string_view uuid,
                              const VersionGuard& guard) const;
  base::Result<SeenNode> change(store::Transaction& tx, const Asker& asker, std::string_view uuid,
                                const NodeChange& what, const VersionGuard& guard) const;
  // A second deletion gives the operation of the first.
  base::Result<Started> remove(store::Transaction& tx, const Asker& asker, std::string_view uuid,
                               const VersionGuard& guard) const;
  // As part of the deletion of its account, on the account owner's word. None where the account is not being deleted,
  // where the node is gone or being deleted already, or where its deletion failed and `again` is not set.
  base::Result<std::optional<Started>> remove_with_account(store::Transaction& tx, const Asker& asker,
                                                           std::string_view uuid, bool again) const;
  base::Result<void> finished(store::Transaction& tx, const operations::Operation& operation) override;

  // Of the items of a node and its permissions, in this order: both, or none where there is no node.
  static base::Result<std::optional<SeenPermissions>> read(std::span<const std::optional<store::Item>> items);

  // Reading one (reading.cc).
  base::Result<SeenNode> get(std::string_view user_id, std::string_view uuid, base::Deadline deadline) const;
  base::Result<SeenPermissions> permissions(std::string_view user_id, std::string_view uuid,
                                            base::Deadline deadline) const;
  // What the engine says of one action, without the rest of the node. None where there is no such node.
  base::Result<std::optional<authz::Decision>> decide(std::string_view user_id, authz::NodeAction action,
                                                      std::string_view uuid, base::Deadline deadline) const;

  // Lists (listing.cc): what this user reads. That the caller may ask about them, where they are another, is not
  // decided here.
  base::Result<NodeList> list(std::string_view user_id, const ListQuery& query, base::Deadline deadline) const;

  // Sharing (sharing.cc). The guard compares the version of the permissions, save where the node itself changes.
  enum class Grantee { kUser, kTeam };
  struct Granted {
    SeenPermissions seen;
    bool changed = false;  // false: it was so already
  };
  base::Result<Granted> grant(store::Transaction& tx, const Asker& asker, std::string_view uuid, Grantee kind,
                              std::string_view id, const VersionGuard& guard) const;
  base::Result<Granted> revoke(store::Transaction& tx, const Asker& asker, std::string_view uuid, Grantee kind,
                               std::string_view id, const VersionGuard& guard) const;
  base::Result<SeenPermissions> set_scope(store::Transaction& tx, const Asker& asker, std::string_view uuid,
                                          authz::Scope scope, const VersionGuard& guard) const;
  base::Result<SeenNode> attach(store::Transaction& tx, const Asker& asker, std::string_view uuid,
                                std::string_view workspace_id, const VersionGuard& guard) const;
  base::Result<SeenNode> detach(store::Transaction& tx, const Asker& asker, std::string_view uuid,
                                const VersionGuard& guard) const;
  // Before a change is made (preview.cc): the node as it is and as it would be. Refused where the change would be, for
  // it is the change itself, in a transaction that is not committed. As whoever may make it: the operator where one
  // asks who may, else the owner; that the asker may ask is not decided here.
  struct AccessChange {
    std::optional<authz::Scope> scope;
    struct To {
      Grantee kind = Grantee::kUser;
      std::string id;
    };
    std::optional<To> grant, revoke;
    std::optional<std::string> attach_to;
    bool detach = false;
    std::optional<std::string> owner_id;
  };
  struct BeforeAndAfter {
    SeenPermissions before, after;
  };
  base::Result<BeforeAndAfter> preview(const Asker& asker, std::string_view uuid, const AccessChange& change,
                                       base::Deadline deadline) const;

  base::Result<SeenNode> change_owner(store::Transaction& tx, const Asker& asker, std::string_view uuid,
                                      std::string_view new_owner_id, const VersionGuard& guard) const;

 private:
  using Found = SeenPermissions;
  // The node and its permissions, read in the transaction, and the caller allowed to do this to it.
  base::Result<Found> find(store::Transaction& tx, const Asker& asker, std::string_view uuid,
                           authz::NodeAction action) const;
  // Of the items of a node and its permissions: both, where they are there and the user may read the node.
  base::Result<SeenPermissions> readable(std::string_view user_id, std::span<const std::optional<store::Item>> items,
                                         base::Deadline deadline) const;
  base::Result<SeenNode> seen(store::Transaction& tx, Node node, authz::Scope scope) const;
  // The one place where a node or its permissions are written; it keeps the listing.
  enum class Part { kNode, kPermissions, kBoth };
  void put(store::Transaction& tx, Found& found, Part part) const;
  base::Result<Started> start_deletion(store::Transaction& tx, const Asker& asker, std::string_view started_by,
                                       Found found) const;
  operations::Operation start(store::Transaction& tx, const Asker& asker, std::string_view started_by,
                              std::string_view type, const Node& node) const;
  void record(store::Transaction& tx, const Asker& asker, std::string_view action, const Node& node) const;

  store::Table& table_;
  const accounts::Accounts& accounts_;
  const operations::Operations& operations_;
  const authz::Engine& engine_;
  const audit::Trail& trail_;
  const base::Clock& clock_;
  base::Entropy& entropy_;
  mutable Standing standing_;  // what never changes
};

base::Error no_such_node();

}  // namespace nodes

template <>
inline constexpr auto json::kEnumNames<nodes::NodeSort> =
    json::names<nodes::NodeSort>({{nodes::NodeSort::kName, "name"}, {nodes::NodeSort::kCreated, "created"}});
