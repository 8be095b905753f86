// Enabling an account for workspaces, and disabling it. How disabling is safe against a node that is being made: head
// of accounts.cc.

#include <algorithm>

#include <fmt/format.h>

#include "accounts/accounts.h"

namespace accounts {
namespace {

base::Error no_such_enablement() { return {base::Code::kNotFound, "The account is not enabled for this workspace."}; }

}  // namespace

base::Result<Enablement> Accounts::enable(store::Transaction& tx, const audit::Actor& actor, std::string_view uuid,
                                          std::string_view workspace_id, bool is_public) const {
  const Account account = TRY(owned(tx, actor.principal_id, uuid, authz::AccountAction::kEnable));
  const authz::Decision decision =
      TRY(engine_.decide_workspace(actor.principal_id, workspace_id, catalog::kCollaborator, tx.deadline()));
  TRY(decision.enforce("workspace"));
  if (account.status == AccountStatus::kDeleting)
    return base::fail(base::Code::kConflict, "The account is being deleted.");
  if (TRY(tx.get(enablement_key(uuid, workspace_id)))) {
    return base::fail(
        base::Code::kConflict,
        fmt::format("The account is enabled for {} already. To make it public or private there, PUT its enablement.",
                    workspace_id));
  }
  Enablement enablement;
  enablement.account_uuid = uuid;
  enablement.workspace_id = workspace_id;
  enablement.is_public = is_public;
  enablement.enabled_by = actor.principal_id;
  enablement.created_at = clock_.now();
  enablement.version = 1;
  tx.put(item_of(enablement));
  record(tx, actor, "account.enable", account);
  return enablement;
}

base::Result<Enablement> Accounts::change_enablement(store::Transaction& tx, const audit::Actor& actor,
                                                     std::string_view uuid, std::string_view workspace_id,
                                                     bool is_public, const VersionGuard& guard) const {
  const Account account = TRY(owned(tx, actor.principal_id, uuid, authz::AccountAction::kEnable));
  const store::Key key = enablement_key(uuid, workspace_id);
  const std::optional<store::Item> item = TRY(tx.get(key));
  if (!item) return base::fail(no_such_enablement());
  Enablement enablement = TRY(read_enablement(*item));
  TRY(guard(enablement.version));
  if (account.status == AccountStatus::kDeleting)
    return base::fail(base::Code::kConflict, "The account is being deleted.");
  enablement.is_public = is_public;
  enablement.closing = false;
  tx.put(item_of(enablement));
  record(tx, actor, "account.change-enablement", account);
  enablement.version = tx.version_of(key);
  return enablement;
}

namespace {

base::Error nodes_in_the_way(std::size_t nodes) {
  const bool one = nodes == 1;
  return {base::Code::kConflict,
          fmt::format("{} compute node{} on the account in this workspace. Delete or detach {} first.", nodes,
                      one ? " stands" : "s stand", one ? "it" : "them")};
}

}  // namespace

base::Result<void> Accounts::disable(const audit::Actor& actor, std::string_view uuid, std::string_view workspace_id,
                                     const VersionGuard& guard, base::Deadline deadline) const {
  const store::Key key = enablement_key(uuid, workspace_id);
  const std::string nodes_here = fmt::format("node#{}#", workspace_id);
  std::string owner_id;
  const auto find = [&](store::Transaction& tx) -> base::Result<Enablement> {
    owner_id = TRY(owned(tx, actor.principal_id, uuid, authz::AccountAction::kEnable)).owner_id;
    const std::optional<store::Item> item = TRY(tx.get(key));
    if (!item) return base::fail(no_such_enablement());
    Enablement enablement = TRY(read_enablement(*item));
    TRY(guard(enablement.version));
    return enablement;
  };
  // A look before anything is touched, so that a refused request changes nothing.
  store::Transaction look(table_, deadline);
  TRY(find(look));
  if (const std::size_t before = TRY(count_nodes(uuid, nodes_here, deadline)); before > 0)
    return base::fail(nodes_in_the_way(before));

  const store::Version closed =
      TRY(store::transact(table_, deadline, [&](store::Transaction& tx) -> base::Result<store::Version> {
        Enablement enablement = TRY(find(tx));
        enablement.closing = true;
        tx.put(item_of(enablement));
        trail_.record(tx, actor, {"account.close-enablement", "account", uuid, owner_id});
        return tx.version_of(key);
      }));
  const std::size_t nodes = TRY(count_nodes(uuid, nodes_here, deadline));
  TRY(store::transact(table_, deadline, [&](store::Transaction& tx) -> base::Result<void> {
    const std::optional<store::Item> item = TRY(tx.get(key));
    if (!item) return {};
    if (item->version != closed)
      return base::fail(base::Code::kConflict, "The enablement was changed at the same time; look at it again.");
    trail_.record(tx, actor, {nodes == 0 ? "account.disable" : "account.reopen-enablement", "account", uuid, owner_id});
    if (nodes == 0) {
      tx.erase(key);
      return {};
    }
    Enablement enablement = TRY(read_enablement(*item));
    enablement.closing = false;
    tx.put(item_of(enablement));
    return {};
  }));
  if (nodes > 0) return base::fail(nodes_in_the_way(nodes));
  return {};
}

base::Result<std::vector<Enablement>> Accounts::enablements(std::string_view user_id, std::string_view uuid,
                                                            base::Deadline deadline) const {
  const SeenAccount seen = TRY(get(user_id, uuid, deadline));
  std::vector<Enablement> all = TRY(all_enablements(uuid, deadline));
  if (seen.as_owner) return all;
  const std::vector<std::string> administered = TRY(engine_.administers_of(user_id, facts_of(all), deadline));
  std::erase_if(all, [&](const Enablement& each) {
    return !each.is_public || !std::binary_search(administered.begin(), administered.end(), each.workspace_id);
  });
  return all;
}

}  // namespace accounts
