// Registration, reading and change of accounts, and the links to what stands on them.
//
// Removing. That nothing stands on an account, or on it in a workspace, is known by a query, and a query is not a
// condition of a transaction. So what is to be removed is first closed in a transaction of its own: the enablement gets
// `closing`, the account the status Deleting. Whoever makes a node has read that item, so a creation under way fails at
// its commit and is decided again on the closed door. Only then the nodes are counted. With none the item is removed;
// else the door is opened again (an enablement, or an account whose deletion was not forced). Every step of the removal
// holds only while the account is at the version at which it was closed and counted: whoever opens the door makes a new
// one. A process that dies in between leaves the door closed, and the same request finishes the work, or opens the door
// and is refused; nothing is ever left standing on what is gone. (Disabling is in enablements.cc.)

#include "accounts/accounts.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/ids.h"

namespace accounts {
namespace {

constexpr std::string_view kAccountWord = "account";
constexpr std::size_t kExternalIdChars = 32;

store::Key registration_key(const Account& account) {
  return {"registration#" + account.owner_id, fmt::format("{}#{}", account.account_type, account.account_id)};
}
store::Key deletion_key(std::string_view uuid) { return {"deleting-accounts", std::string(uuid)}; }
store::Key link_key(std::string_view uuid, std::string_view workspace_id, std::string_view node_uuid) {
  return {fmt::format("account#{}", uuid),
          fmt::format("node#{}#{}", workspace_id.empty() ? "-" : workspace_id, node_uuid)};
}

base::Error no_such_account() { return {base::Code::kNotFound, "There is no such account."}; }

}  // namespace

void Accounts::record(store::Transaction& tx, const audit::Actor& actor, std::string_view action,
                      const Account& account) const {
  trail_.record(tx, actor, {action, "account", account.uuid, account.owner_id});
}

base::Result<Account> Accounts::register_account(store::Transaction& tx, const audit::Actor& actor,
                                                 Registration what) const {
  Account account;
  account.uuid = base::new_uuid(entropy_);
  account.account_id = std::move(what.account_id);
  account.account_type = std::move(what.account_type);
  account.role_name = std::move(what.role_name);
  account.external_id = entropy_.alphanumeric(kExternalIdChars);
  account.owner_id = actor.principal_id;
  account.name = std::move(what.name);
  account.description = std::move(what.description);
  account.created_at = account.updated_at = clock_.now();
  account.version = 1;
  if (TRY(tx.get(registration_key(account)))) {
    return base::fail_field(base::Code::kConflict, "/accountId",
                            fmt::format("You have registered the AWS account {} already.", account.account_id));
  }
  tx.put({.key = registration_key(account),
          .index = {},
          .type = "registration",
          .attributes = fmt::format(R"({{"accountUuid":"{}"}})", account.uuid)});
  tx.put(item_of(account));
  record(tx, actor, "account.register", account);
  return account;
}

base::Result<std::vector<Enablement>> Accounts::all_enablements(std::string_view uuid, base::Deadline deadline) const {
  std::vector<Enablement> list;
  store::Query query{.pk = account_key(uuid).pk,
                     .sk_from = "workspace#",
                     .sk_to = store::end_of_prefix("workspace#"),
                     .items_max = store::kReadsMax};
  for (;;) {
    const store::Page page = TRY(table_.query(query, deadline));
    for (const store::Item& item : page.items) list.push_back(TRY(read_enablement(item)));
    if (!page.next_cursor) return list;
    query.cursor = *page.next_cursor;
  }
}

base::Result<std::optional<Accounts::Whole>> Accounts::whole(std::string_view uuid, base::Deadline deadline) const {
  const std::optional<store::Item> item = TRY(table_.get(account_key(uuid), deadline));
  if (!item) return std::optional<Whole>();
  return std::optional<Whole>({TRY(read_account(*item)), TRY(all_enablements(uuid, deadline))});
}

base::Result<SeenAccount> Accounts::get(std::string_view user_id, std::string_view uuid,
                                        base::Deadline deadline) const {
  const std::optional<store::Item> item = TRY(table_.get(account_key(uuid), deadline));
  if (!item) return base::fail(no_such_account());
  SeenAccount seen{TRY(read_account(*item)), false};
  seen.as_owner = seen.account.owner_id == user_id;
  if (seen.as_owner) return seen;
  const std::vector<Enablement> enablements = TRY(all_enablements(uuid, deadline));
  const std::vector<authz::EnablementFacts> facts = facts_of(enablements);
  const authz::Decision decision =
      TRY(engine_.decide(user_id, authz::AccountAction::kRead, {seen.account.owner_id, facts}, deadline));
  TRY(decision.enforce(kAccountWord));
  return seen;
}

base::Result<Account> Accounts::owned(store::Transaction& tx, std::string_view user_id, std::string_view uuid,
                                      authz::AccountAction action) const {
  const std::optional<store::Item> item = TRY(tx.get(account_key(uuid)));
  if (!item) return base::fail(no_such_account());
  Account account = TRY(read_account(*item));
  if (account.owner_id == user_id) return account;
  const std::vector<Enablement> enablements = TRY(all_enablements(uuid, tx.deadline()));
  const std::vector<authz::EnablementFacts> facts = facts_of(enablements);
  const authz::Decision decision = TRY(engine_.decide(user_id, action, {account.owner_id, facts}, tx.deadline()));
  TRY(decision.enforce(kAccountWord));
  return account;
}

base::Result<std::vector<Account>> Accounts::owned_by(std::string_view user_id, base::Deadline deadline) const {
  std::vector<Account> list;
  store::Query query{.pk = fmt::format("owner#{}", user_id),
                     .by_index = true,
                     .sk_from = "account#",
                     .sk_to = store::end_of_prefix("account#"),
                     .items_max = store::kReadsMax};
  for (;;) {
    const store::Page page = TRY(table_.query(query, deadline));
    for (const store::Item& item : page.items) list.push_back(TRY(read_account(item)));
    if (!page.next_cursor) return list;
    query.cursor = *page.next_cursor;
  }
}

base::Result<std::vector<SeenAccount>> Accounts::list(std::string_view user_id, std::string_view workspace_id,
                                                      base::Deadline deadline) const {
  std::vector<SeenAccount> list;
  if (!workspace_id.empty()) {
    const authz::Decision decision = TRY(engine_.decide_workspace(user_id, workspace_id, catalog::kNone, deadline));
    TRY(decision.enforce("workspace"));
  }
  std::vector<Account> own = TRY(owned_by(user_id, deadline));
  if (workspace_id.empty()) {
    for (Account& account : own) list.push_back({std::move(account), true});
    return list;
  }
  for (std::size_t first = 0; first < own.size(); first += store::kReadsMax) {
    std::vector<store::Key> keys;
    for (std::size_t i = first; i < std::min(own.size(), first + store::kReadsMax); ++i) {
      keys.push_back(enablement_key(own[i].uuid, workspace_id));
    }
    const std::vector<std::optional<store::Item>> found = TRY(table_.get_many(keys, deadline));
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (found[i]) list.push_back({std::move(own[first + i]), true});
    }
  }
  if (TRY(engine_.administers(user_id, workspace_id, deadline)))
    TRY(add_public_of_others(list, user_id, workspace_id, deadline));
  std::sort(list.begin(), list.end(), [](const SeenAccount& a, const SeenAccount& b) {
    return std::tie(a.account.name, a.account.uuid) < std::tie(b.account.name, b.account.uuid);
  });
  return list;
}

base::Result<void> Accounts::add_public_of_others(std::vector<SeenAccount>& list, std::string_view user_id,
                                                  std::string_view workspace_id, base::Deadline deadline) const {
  store::Query query{.pk = fmt::format("workspace#{}", workspace_id),
                     .by_index = true,
                     .sk_from = "enablement#",
                     .sk_to = store::end_of_prefix("enablement#"),
                     .items_max = store::kReadsMax / 2};
  for (;;) {
    const store::Page page = TRY(table_.query(query, deadline));
    std::vector<store::Key> keys;  // the index finds candidates; what counts is read by key
    for (const store::Item& item : page.items) {
      const Enablement candidate = TRY(read_enablement(item));
      keys.push_back(enablement_key(candidate.account_uuid, workspace_id));
      keys.push_back(account_key(candidate.account_uuid));
    }
    const std::vector<std::optional<store::Item>> found = TRY(table_.get_many(keys, deadline));
    for (std::size_t i = 0; i + 1 < found.size(); i += 2) {
      if (!found[i] || !found[i + 1] || !TRY(read_enablement(*found[i])).is_public) continue;
      Account account = TRY(read_account(*found[i + 1]));
      if (account.owner_id != user_id) list.push_back({std::move(account), false});
    }
    if (!page.next_cursor) return {};
    query.cursor = *page.next_cursor;
  }
}

base::Result<Account> Accounts::change(store::Transaction& tx, const audit::Actor& actor, std::string_view uuid,
                                       const AccountChange& what, const VersionGuard& guard) const {
  Account account = TRY(owned(tx, actor.principal_id, uuid, authz::AccountAction::kUpdate));
  TRY(guard(account.version));
  if (account.status == AccountStatus::kDeleting) {
    return base::fail(base::Code::kConflict, "The account is being deleted; it cannot be changed any more.");
  }
  if (what.name) account.name = *what.name;
  if (what.description) account.description = *what.description;
  if (what.status) account.status = *what.status;
  account.updated_at = clock_.now();
  tx.put(item_of(account));
  record(tx, actor, "account.update", account);
  account.version = tx.version_of(account_key(uuid));
  return account;
}

base::Result<std::size_t> Accounts::count_nodes(std::string_view uuid, std::string_view sk_prefix,
                                                base::Deadline deadline) const {
  std::size_t count = 0;
  store::Query query{.pk = account_key(uuid).pk,
                     .sk_from = std::string(sk_prefix),
                     .sk_to = store::end_of_prefix(std::string(sk_prefix)),
                     .items_max = store::kReadsMax};
  for (;;) {
    const store::Page page = TRY(table_.query(query, deadline));
    count += page.items.size();
    if (!page.next_cursor) return count;
    query.cursor = *page.next_cursor;
  }
}

namespace {

base::Error nodes_in_the_way(std::size_t nodes) {
  const bool one = nodes == 1;
  return {base::Code::kConflict,
          fmt::format("{} compute node{} on the account. Delete {} first, or delete the account with force=true, which "
                      "deletes {} with it.",
                      nodes, one ? " stands" : "s stand", one ? "it" : "them", one ? "it" : "them")};
}

}  // namespace

base::Result<Accounts::Closed> Accounts::close(const audit::Actor& actor, std::string_view uuid, bool force,
                                               const VersionGuard& guard, base::Deadline deadline) const {
  // A look before anything is touched, so that a refused request changes nothing.
  store::Transaction look(table_, deadline);
  const Account seen = TRY(owned(look, actor.principal_id, uuid, authz::AccountAction::kDelete));
  TRY(guard(seen.version));
  const std::size_t before = TRY(count_nodes(uuid, "node#", deadline));
  if (before > 0 && !force) {
    if (seen.status == AccountStatus::kDeleting) TRY(reopen(actor, uuid, deadline));  // what a dead process left closed
    return base::fail(nodes_in_the_way(before));
  }

  const Account account = TRY(store::transact(table_, deadline, [&](store::Transaction& tx) -> base::Result<Account> {
    Account closed = TRY(owned(tx, actor.principal_id, uuid, authz::AccountAction::kDelete));
    TRY(guard(closed.version));
    if (closed.status != AccountStatus::kDeleting) closed.reopen_as = closed.status;
    closed.status = AccountStatus::kDeleting;
    closed.updated_at = clock_.now();
    tx.put(item_of(closed));
    record(tx, actor, "account.close", closed);
    closed.version = tx.version_of(account_key(uuid));
    const store::Key mark = deletion_key(uuid);
    if (force && !TRY(tx.get(mark))) tx.put({.key = mark, .index = {}, .type = "deletion", .attributes = "{}"});
    return closed;
  }));
  const std::size_t nodes = TRY(count_nodes(uuid, "node#", deadline));
  if (nodes > 0 && !force) {
    TRY(reopen(actor, uuid, deadline));
    return base::fail(nodes_in_the_way(nodes));
  }
  Closed closed{account, false};
  if (nodes == 0) closed.done = TRY(remove_closed(actor, uuid, deadline));
  if (!closed.done && !force) {
    return base::fail(base::Code::kConflict, "The account was changed at the same time; look at it again.");
  }
  return closed;
}

base::Result<void> Accounts::reopen(const audit::Actor& actor, std::string_view uuid, base::Deadline deadline) const {
  return store::transact(table_, deadline, [&](store::Transaction& tx) -> base::Result<void> {
    const std::optional<store::Item> item = TRY(tx.get(account_key(uuid)));
    if (!item || TRY(tx.get(deletion_key(uuid)))) return {};  // somebody forced it meanwhile
    Account account = TRY(read_account(*item));
    if (account.status != AccountStatus::kDeleting) return {};
    account.status = account.reopen_as.value_or(AccountStatus::kEnabled);
    account.reopen_as.reset();
    tx.put(item_of(account));
    record(tx, actor, "account.reopen", account);
    return {};
  });
}

base::Result<bool> Accounts::remove_at(const audit::Actor& actor, std::string_view uuid, store::Version closed,
                                       base::Deadline deadline) const {
  const store::Key key = account_key(uuid);
  const auto is_closed = [&](store::Transaction& tx) -> base::Result<std::optional<store::Item>> {
    std::optional<store::Item> item = TRY(tx.get(key));
    if (item && item->version != closed) item.reset();
    return item;
  };
  for (const Enablement& each : TRY(all_enablements(uuid, deadline))) {
    const bool still = TRY(store::transact(table_, deadline, [&](store::Transaction& tx) -> base::Result<bool> {
      const std::optional<store::Item> item = TRY(is_closed(tx));
      if (!item) return false;
      const store::Key enablement = enablement_key(uuid, each.workspace_id);
      if (!TRY(tx.get(enablement))) return true;
      tx.erase(enablement);
      record(tx, actor, "account.disable", TRY(read_account(*item)));
      return true;
    }));
    if (!still) return false;
  }
  return store::transact(table_, deadline, [&](store::Transaction& tx) -> base::Result<bool> {
    const std::optional<store::Item> item = TRY(is_closed(tx));
    if (!item) return false;
    const Account account = TRY(read_account(*item));
    const store::Key registration = registration_key(account);
    tx.erase(key);
    record(tx, actor, "account.delete", account);
    if (TRY(tx.get(registration))) tx.erase(registration);
    if (TRY(tx.get(deletion_key(uuid)))) tx.erase(deletion_key(uuid));
    return true;
  });
}

base::Result<bool> Accounts::remove_closed(const audit::Actor& actor, std::string_view uuid,
                                           base::Deadline deadline) const {
  // Once more where another request wrote the account in between: it may have closed it too.
  for (int attempt = 0; attempt < store::kAttemptsMax; ++attempt) {
    const std::optional<store::Item> item = TRY(table_.get(account_key(uuid), deadline));
    if (!item) return true;
    if (TRY(read_account(*item)).status != AccountStatus::kDeleting) return false;
    if (TRY(count_nodes(uuid, "node#", deadline)) > 0) return false;
    if (TRY(remove_at(actor, uuid, item->version, deadline))) return true;
  }
  return false;
}

base::Result<bool> Accounts::remove_if_empty(const audit::Actor& actor, std::string_view uuid,
                                             base::Deadline deadline) const {
  if (!TRY(table_.get(deletion_key(uuid), deadline))) return false;
  return remove_closed(actor, uuid, deadline);
}

base::Result<std::vector<std::string>> Accounts::closed_accounts(base::Deadline deadline) const {
  std::vector<std::string> uuids;
  store::Query query{.pk = "deleting-accounts", .items_max = store::kReadsMax};
  for (;;) {
    const store::Page page = TRY(table_.query(query, deadline));
    for (const store::Item& item : page.items) uuids.push_back(item.key.sk);
    if (!page.next_cursor) return uuids;
    query.cursor = *page.next_cursor;
  }
}

base::Result<Account> Accounts::open_for_node(store::Transaction& tx, std::string_view user_id, std::string_view uuid,
                                              std::string_view workspace_id) const {
  if (!workspace_id.empty()) {  // before the account is looked at: a stranger learns nothing of what is in a workspace
    const authz::Decision decision =
        TRY(engine_.decide_workspace(user_id, workspace_id, catalog::kCollaborator, tx.deadline()));
    TRY(decision.enforce("workspace"));
  }
  const std::optional<store::Item> item = TRY(tx.get(account_key(uuid)));
  if (!item) return base::fail(no_such_account());
  Account account = TRY(read_account(*item));
  std::vector<Enablement> enablements;
  if (!workspace_id.empty()) {
    if (const std::optional<store::Item> found = TRY(tx.get(enablement_key(uuid, workspace_id)))) {
      enablements.push_back(TRY(read_enablement(*found)));
    }
  } else if (account.owner_id != user_id) {
    enablements = TRY(all_enablements(uuid, tx.deadline()));
  }
  const std::vector<authz::EnablementFacts> facts = facts_of(enablements);
  const authz::Decision decision =
      TRY(engine_.decide_create_node(user_id, workspace_id, {account.owner_id, facts}, tx.deadline()));
  TRY(decision.enforce(kAccountWord));
  if (account.status == AccountStatus::kPaused) {
    return base::fail(base::Code::kConflict,
                      "The account is paused and takes no compute nodes. Its owner can enable it again.");
  }
  if (account.status == AccountStatus::kDeleting) {
    return base::fail(base::Code::kConflict, "The account is being deleted and takes no compute nodes.");
  }
  if (!workspace_id.empty() && enablements.front().closing) {
    return base::fail(base::Code::kConflict,
                      "The account is being disabled for this workspace and takes no compute nodes in it.");
  }
  return account;
}

void Accounts::link_node(store::Transaction& tx, std::string_view uuid, std::string_view workspace_id,
                         std::string_view node_uuid) {
  tx.put({.key = link_key(uuid, workspace_id, node_uuid),
          .index = {},
          .type = "node-link",
          .attributes = fmt::format(R"({{"nodeUuid":"{}"}})", node_uuid)});
}

base::Result<void> Accounts::unlink_node(store::Transaction& tx, std::string_view uuid, std::string_view workspace_id,
                                         std::string_view node_uuid) {
  const store::Key key = link_key(uuid, workspace_id, node_uuid);
  if (TRY(tx.get(key))) tx.erase(key);
  return {};
}

base::Result<Accounts::NodePage> Accounts::nodes_on(std::string_view uuid, const std::string& cursor,
                                                    base::Deadline deadline) const {
  store::Query query{.pk = account_key(uuid).pk,
                     .sk_from = "node#",
                     .sk_to = store::end_of_prefix("node#"),
                     .items_max = store::kReadsMax / 2,
                     .cursor = cursor};
  const store::Page page = TRY(table_.query(query, deadline));
  NodePage nodes;
  for (const store::Item& item : page.items) nodes.node_uuids.push_back(item.key.sk.substr(item.key.sk.rfind('#') + 1));
  nodes.next_cursor = page.next_cursor;
  return nodes;
}

}  // namespace accounts
