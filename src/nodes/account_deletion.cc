#include "nodes/account_deletion.h"

namespace nodes {

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

base::Result<std::vector<Started>> AccountDeletion::continue_all(base::Deadline deadline) const {
  std::vector<Started> all;
  for (const std::string& uuid : TRY(accounts_.closed_accounts(deadline))) {
    const std::optional<store::Item> item = TRY(table_.get(accounts::account_key(uuid), deadline));
    if (item) {
      const accounts::Account account = TRY(accounts::read_account(*item));
      for (Started& each : TRY(start({account.owner_id, "account-deletion"}, uuid, false, deadline)))
        all.push_back(std::move(each));
    }
    if (TRY(accounts_.remove_if_empty(uuid, deadline)))
      log_.info("account deleted with its compute nodes", {{"account", uuid}});
  }
  return all;
}

}  // namespace nodes
