#include "nodes/account_deletion.h"

#include <iterator>

namespace nodes {
namespace {

constexpr audit::Actor kJanitor{audit::kSystem, "account-deletion"};

}  // namespace

base::Result<std::vector<Started>> AccountDeletion::start(const Asker& asker, std::string_view account_uuid, bool again,
                                                          base::Deadline deadline) const {
  std::vector<Started> all;
  std::string cursor;
  for (;;) {
    const accounts::Accounts::NodePage page = TRY(accounts_.nodes_on(account_uuid, cursor, deadline));
    for (const std::string& uuid : page.node_uuids) {
      std::optional<Started> started = TRY(store::transact(table_, deadline, [&](store::Transaction& tx) {
        return nodes_.remove_with_account(tx, asker, uuid, again);
      }));
      if (started) all.push_back(std::move(*started));
    }
    if (!page.next_cursor) return all;
    cursor = *page.next_cursor;
  }
}

base::Result<std::vector<Started>> AccountDeletion::continue_one(const std::string& account_uuid,
                                                                 base::Deadline deadline) const {
  std::vector<Started> started;
  if (TRY(table_.get(accounts::account_key(account_uuid), deadline)))
    started = TRY(start(kJanitor, account_uuid, false, deadline));
  if (TRY(accounts_.remove_if_empty(kJanitor, account_uuid, deadline)))
    log_.info("account deleted with its compute nodes", {{"account", account_uuid}});
  return started;
}

base::Result<std::vector<Started>> AccountDeletion::continue_all(base::Deadline deadline) const {
  std::vector<Started> all;
  for (const std::string& uuid : TRY(accounts_.closed_accounts(deadline))) {
    base::Result<std::vector<Started>> one = continue_one(uuid, deadline);
    if (!one) {  // of this account; those after it have their turn
      log_.error("the deletion of an account could not be taken up", one.error());
      if (deadline.passed()) return base::fail(std::move(one).error());
      continue;
    }
    all.insert(all.end(), std::make_move_iterator(one->begin()), std::make_move_iterator(one->end()));
  }
  return all;
}

}  // namespace nodes
