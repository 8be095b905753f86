// Deleting an account together with the nodes on it: each node by an operation of its own, then the account.
//
// The account is closed first (accounts::Accounts::close), with a mark that outlives the process. What is done here may
// stop anywhere and be done again: starting twice gives the operation that runs already.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "accounts/accounts.h"
#include "base/log.h"
#include "nodes/nodes.h"

namespace nodes {

class AccountDeletion {
 public:
  AccountDeletion(store::Table& table, const accounts::Accounts& accounts, const Nodes& nodes, base::Logger& log)
      : table_(table), accounts_(accounts), nodes_(nodes), log_(log) {}

  // Starts the deletion of every node on a closed account; `again`: also of those whose deletion failed. What could not
  // be started in time is left to continue_all().
  base::Result<std::vector<Started>> start(const Asker& asker, std::string_view account_uuid, bool again,
                                           base::Deadline deadline) const;

  // Takes up every deletion that is under way, and removes the accounts that are empty. Gives what it started. What
  // fails for one account is logged and keeps no other from its turn.
  base::Result<std::vector<Started>> continue_all(base::Deadline deadline) const;

 private:
  base::Result<std::vector<Started>> continue_one(const std::string& account_uuid, base::Deadline deadline) const;

  store::Table& table_;
  const accounts::Accounts& accounts_;
  const Nodes& nodes_;
  base::Logger& log_;
};

}  // namespace nodes
