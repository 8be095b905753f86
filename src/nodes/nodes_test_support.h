// For the tests of nodes and of the API: a Server of accounts/accounts_test_support.h with operations, nodes and
// account deletion.

#pragma once

#include <string>
#include <vector>

#include "accounts/accounts_test_support.h"
#include "nodes/account_deletion.h"
#include "nodes/nodes.h"

namespace nodes {

using accounts::any_version;
using accounts::code_of;
using accounts::team;
using accounts::user;
using accounts::workspace;

struct Server : accounts::Server {
  explicit Server(accounts::Bench& made_on) : Server(made_on, made_on.table) {}
  Server(accounts::Bench& made_on, store::Table& below) : accounts::Server(made_on, below) {
    operations.register_target(std::string(Nodes::kTargetType), nodes);
  }

  operations::Operations operations{table, trail, bench.clock, bench.entropy};
  Nodes nodes{table, accounts, operations, bench.engine, trail, bench.clock, bench.entropy};
  base::Logger log{bench.clock, base::LogLevel::kError, [](std::string_view) {}};
  AccountDeletion deletion{table, accounts, nodes, log};

  static std::string in(int w) { return w < 0 ? "" : workspace(w); }

  base::Result<Started> create(int who, const std::string& account, int w, const std::string& name) {
    return transact([&](store::Transaction& tx) {
      return nodes.create(tx, {user(who), "request"}, {account, in(w), name, "", ""});
    });
  }
  base::Result<operations::Operation> end(const std::string& operation, operations::Status outcome) {
    return transact([&](store::Transaction& tx) -> base::Result<operations::Operation> {
      std::optional<operations::Operation> found = TRY(operations.get(tx, operation));
      CHECK(found.has_value(), "a test ends an operation that is there");
      return operations.finish(tx, {audit::kSystem, "request"}, std::move(*found), outcome, "by the test");
    });
  }
  // A node that is Enabled.
  std::string running(int who, const std::string& account, int w, const std::string& name) {
    const Started started = create(who, account, w, name).value();
    CHECK(end(started.operation.id, operations::Status::kSuccess).has_value(), "a creation succeeds");
    return started.node.node.uuid;
  }
  base::Result<Started> remove(int who, const std::string& uuid) {
    return transact(
        [&](store::Transaction& tx) { return nodes.remove(tx, {user(who), "request"}, uuid, any_version); });
  }
  base::Result<void> rename(int who, const std::string& uuid, const std::string& name) {
    return transact([&](store::Transaction& tx) -> base::Result<void> {
      TRY(nodes.change(tx, {user(who), "request"}, uuid, {.name = name, .description = {}, .status = {}}, any_version));
      return {};
    });
  }
  base::Result<SeenPermissions> set_scope(int who, const std::string& uuid, authz::Scope scope) {
    return transact(
        [&](store::Transaction& tx) { return nodes.set_scope(tx, {user(who), "request"}, uuid, scope, any_version); });
  }
  base::Result<Nodes::Granted> grant(int who, const std::string& uuid, Nodes::Grantee kind, const std::string& id) {
    return transact(
        [&](store::Transaction& tx) { return nodes.grant(tx, {user(who), "request"}, uuid, kind, id, any_version); });
  }
  base::Result<Nodes::Granted> revoke(int who, const std::string& uuid, Nodes::Grantee kind, const std::string& id) {
    return transact(
        [&](store::Transaction& tx) { return nodes.revoke(tx, {user(who), "request"}, uuid, kind, id, any_version); });
  }
  base::Result<SeenNode> attach(int who, const std::string& uuid, int w) {
    return transact([&](store::Transaction& tx) {
      return nodes.attach(tx, {user(who), "request"}, uuid, workspace(w), any_version);
    });
  }
  base::Result<SeenNode> detach(int who, const std::string& uuid) {
    return transact(
        [&](store::Transaction& tx) { return nodes.detach(tx, {user(who), "request"}, uuid, any_version); });
  }
  base::Result<SeenNode> hand_over(int who, const std::string& uuid, int to) {
    return transact([&](store::Transaction& tx) {
      return nodes.change_owner(tx, {user(who), "request"}, uuid, user(to), any_version);
    });
  }
};

}  // namespace nodes
