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

base::Result<Accounts::Ending> Accounts::find_to_disable(store::Transaction& tx, const audit::Actor& actor,
                                                         std::string_view uuid, std::string_view workspace_id,
                                                         const VersionGuard& guard) const {
  Account account = TRY(owned(tx, actor.principal_id, uuid, authz::AccountAction::kEnable));
  const std::optional<store::Item> item = TRY(tx.get(enablement_key(uuid, workspace_id)));
  if (!item) return base::fail(no_such_enablement());
  Enablement enablement = TRY(read_enablement(*item));
  TRY(guard(enablement.version));
  return Ending{std::move(account), std::move(enablement)};
}

base::Result<void> Accounts::refuse_where_nodes_stand(std::string_view uuid, std::string_view workspace_id,
                                                      base::Deadline deadline) const {
  const std::size_t nodes = TRY(count_nodes(uuid, fmt::format("node#{}#", workspace_id), deadline));
  if (nodes > 0) return base::fail(nodes_in_the_way(nodes));
  return {};
}

base::Result<Accounts::BeforeAndAfter> Accounts::preview(const audit::Actor& actor, std::string_view uuid,
                                                         std::string_view workspace_id, bool enabled,
                                                         std::optional<bool> is_public, base::Deadline deadline) const {
  store::Transaction tx(table_, deadline);
  const auto any_version = [](store::Version) -> base::Result<void> { return {}; };
  BeforeAndAfter change;
  if (const std::optional<store::Item> item = TRY(tx.get(enablement_key(uuid, workspace_id))))
    change.before = TRY(read_enablement(*item)).is_public;
  if (!enabled) {
    TRY(find_to_disable(tx, actor, uuid, workspace_id, any_version));
    TRY(refuse_where_nodes_stand(uuid, workspace_id, deadline));
    return change;
  }
  change.after = is_public.value_or(change.before.value_or(false));
  if (change.before)
    TRY(change_enablement(tx, actor, uuid, workspace_id, *change.after, any_version));
  else
    TRY(enable(tx, actor, uuid, workspace_id, *change.after));
  return change;
}

base::Result<void> Accounts::disable(const audit::Actor& actor, std::string_view uuid, std::string_view workspace_id,
                                     const VersionGuard& guard, base::Deadline deadline) const {
  const store::Key key = enablement_key(uuid, workspace_id);
  // A look before anything is touched, so that a refused request changes nothing.
  store::Transaction look(table_, deadline);
  const std::string owner_id = TRY(find_to_disable(look, actor, uuid, workspace_id, guard)).account.owner_id;
  TRY(refuse_where_nodes_stand(uuid, workspace_id, deadline));

  const store::Version closed =
      TRY(store::transact(table_, deadline, [&](store::Transaction& tx) -> base::Result<store::Version> {
        Enablement enablement = TRY(find_to_disable(tx, actor, uuid, workspace_id, guard)).enablement;
        enablement.closing = true;
        tx.put(item_of(enablement));
        trail_.record(tx, actor, {"account.close-enablement", "account", uuid, owner_id});
        return tx.version_of(key);
      }));
  base::Result<void> looked = refuse_where_nodes_stand(uuid, workspace_id, deadline);
  if (!looked && looked.error().code != base::Code::kConflict) return base::fail(looked.error());
  const bool empty = looked.has_value();
  TRY(store::transact(table_, deadline, [&](store::Transaction& tx) -> base::Result<void> {
    const std::optional<store::Item> item = TRY(tx.get(key));
    if (!item) return {};
    if (item->version != closed)
      return base::fail(base::Code::kConflict, "The enablement was changed at the same time; look at it again.");
    trail_.record(tx, actor, {empty ? "account.disable" : "account.reopen-enablement", "account", uuid, owner_id});
    if (empty) {
      tx.erase(key);
      return {};
    }
    Enablement enablement = TRY(read_enablement(*item));
    enablement.closing = false;
    tx.put(item_of(enablement));
    return {};
  }));
  return looked;
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
