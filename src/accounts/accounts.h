// Accounts: registered, enabled for workspaces, paused, deleted; and what stands on them.
//
// Every change takes the transaction that it is part of, decides on what it reads there, records itself in the audit
// trail, and leaves the writing to the commit. The two changes that must look before they remove (disable, remove) are
// several transactions: see the head of accounts.cc.
//
//   Threads    every method from any thread.
//   Errors     as authz decides (kNotFound, kForbidden); kConflict with the present state; kImpossible. The messages
//   are public.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/account.h"
#include "audit/trail.h"
#include "authz/engine.h"
#include "base/clock.h"
#include "base/deadline.h"
#include "base/entropy.h"
#include "base/result.h"
#include "store/transaction.h"

namespace accounts {

struct Registration {
  std::string account_id, account_type, role_name, name, description;
};

struct AccountChange {
  std::optional<std::string> name, description;
  std::optional<AccountStatus> status;
};

// What somebody sees of an account: administrators of a workspace see no role, no ExternalId, and their own workspace
// only.
struct SeenAccount {
  Account account;
  bool as_owner = false;
};

// Called between reading a thing and changing it: to compare its version with If-Match.
using VersionGuard = std::function<base::Result<void>(store::Version)>;

class Accounts {
 public:
  Accounts(store::Table& table, const authz::Engine& engine, const audit::Trail& trail, const base::Clock& clock,
           base::Entropy& entropy)
      : table_(table), engine_(engine), trail_(trail), clock_(clock), entropy_(entropy) {}

  base::Result<Account> register_account(store::Transaction& tx, const audit::Actor& actor, Registration what) const;
  base::Result<SeenAccount> get(std::string_view user_id, std::string_view uuid, base::Deadline deadline) const;
  // The user's own, by name and uuid; with a workspace: of those the ones enabled there, and for its administrators the
  // public ones of others.
  base::Result<std::vector<SeenAccount>> list(std::string_view user_id, std::string_view workspace_id,
                                              base::Deadline deadline) const;
  base::Result<std::vector<Account>> owned_by(std::string_view user_id, base::Deadline deadline) const;
  base::Result<Account> change(store::Transaction& tx, const audit::Actor& actor, std::string_view uuid,
                               const AccountChange& what, const VersionGuard& guard) const;

  base::Result<Enablement> enable(store::Transaction& tx, const audit::Actor& actor, std::string_view uuid,
                                  std::string_view workspace_id, bool is_public) const;
  base::Result<Enablement> change_enablement(store::Transaction& tx, const audit::Actor& actor, std::string_view uuid,
                                             std::string_view workspace_id, bool is_public,
                                             const VersionGuard& guard) const;
  base::Result<void> disable(const audit::Actor& actor, std::string_view uuid, std::string_view workspace_id,
                             const VersionGuard& guard, base::Deadline deadline) const;
  // Before an enablement is made, changed or ended: whether the account is public there now, and would be; absent: not
  // enabled. Refused where the change would be: it is the change itself, in a transaction that is not committed; of
  // disabling, what is looked at before anything is touched. `is_public` absent: as it is; private where it is new.
  struct BeforeAndAfter {
    std::optional<bool> before, after;
  };
  base::Result<BeforeAndAfter> preview(const audit::Actor& actor, std::string_view uuid, std::string_view workspace_id,
                                       bool enabled, std::optional<bool> is_public, base::Deadline deadline) const;

  // An account as it is, for whoever decides about it; none where there is none. Decides nothing itself.
  struct Whole {
    Account account;
    std::vector<Enablement> enablements;
  };
  base::Result<std::optional<Whole>> whole(std::string_view uuid, base::Deadline deadline) const;

  // By workspace id. An administrator sees their own workspaces' only.
  base::Result<std::vector<Enablement>> enablements(std::string_view user_id, std::string_view uuid,
                                                    base::Deadline deadline) const;

  // Closes the account: from here on nothing new stands on it. With nodes and without `force`: kConflict with their
  // number, and the account stays as it was. The answer is what the account was; `done` when it is gone already.
  struct Closed {
    Account account;
    bool done = false;
  };
  base::Result<Closed> close(const audit::Actor& actor, std::string_view uuid, bool force, const VersionGuard& guard,
                             base::Deadline deadline) const;
  // Removes an account whose deletion was forced, and on which nothing stands any more; false where something does. One
  // that is closed without force is the business of the request that closed it.
  base::Result<bool> remove_if_empty(const audit::Actor& actor, std::string_view uuid, base::Deadline deadline) const;
  base::Result<std::vector<std::string>> closed_accounts(base::Deadline deadline) const;

  // For what stands on accounts (floor 5): the account and the enablement, read and decided in the transaction that
  // makes or attaches it; and the link that says that it stands there.
  base::Result<Account> open_for_node(store::Transaction& tx, std::string_view user_id, std::string_view uuid,
                                      std::string_view workspace_id) const;
  static void link_node(store::Transaction& tx, std::string_view uuid, std::string_view workspace_id,
                        std::string_view node_uuid);
  static base::Result<void> unlink_node(store::Transaction& tx, std::string_view uuid, std::string_view workspace_id,
                                        std::string_view node_uuid);
  struct NodePage {
    std::vector<std::string> node_uuids;
    std::optional<std::string> next_cursor;
  };
  base::Result<NodePage> nodes_on(std::string_view uuid, const std::string& cursor, base::Deadline deadline) const;

 private:
  base::Result<Account> owned(store::Transaction& tx, std::string_view user_id, std::string_view uuid,
                              authz::AccountAction action) const;
  // The enablement that is to end, and its account; kConflict with the nodes that stand there.
  struct Ending {
    Account account;
    Enablement enablement;
  };
  base::Result<Ending> find_to_disable(store::Transaction& tx, const audit::Actor& actor, std::string_view uuid,
                                       std::string_view workspace_id, const VersionGuard& guard) const;
  base::Result<void> refuse_where_nodes_stand(std::string_view uuid, std::string_view workspace_id,
                                              base::Deadline deadline) const;
  base::Result<std::vector<Enablement>> all_enablements(std::string_view uuid, base::Deadline deadline) const;
  base::Result<std::size_t> count_nodes(std::string_view uuid, std::string_view sk_prefix,
                                        base::Deadline deadline) const;
  base::Result<void> add_public_of_others(std::vector<SeenAccount>& list, std::string_view user_id,
                                          std::string_view workspace_id, base::Deadline deadline) const;
  base::Result<void> reopen(const audit::Actor& actor, std::string_view uuid, base::Deadline deadline) const;
  base::Result<bool> remove_closed(const audit::Actor& actor, std::string_view uuid, base::Deadline deadline) const;
  // False where the account is not at this version any more.
  base::Result<bool> remove_at(const audit::Actor& actor, std::string_view uuid, store::Version closed,
                               base::Deadline deadline) const;
  void record(store::Transaction& tx, const audit::Actor& actor, std::string_view action, const Account& account) const;

  store::Table& table_;
  const authz::Engine& engine_;
  const audit::Trail& trail_;
  const base::Clock& clock_;
  base::Entropy& entropy_;
};

}  // namespace accounts
