// Deleting an account together with its nodes, cut off anywhere and taken up again.

#include "nodes/account_deletion.h"

#include <gtest/gtest.h>

#include "nodes/nodes_test_support.h"

namespace nodes {
namespace {

using accounts::TableProbe;
using operations::Status;

// An account with a node of every kind: running, pending, failed, with a grant, independent, and being deleted.
std::string busy_account(Server& server) {
  const std::string account = server.registered(0);
  CHECK(server.enable(account, 0, true).has_value(), "an account is enabled");
  server.running(0, account, 0, "running");
  CHECK(server.create(1, account, 0, "pending, of another owner").has_value(), "a node is made");
  CHECK(server.end(server.create(0, account, -1, "failed")->operation.id, Status::kFailed).has_value(), "it fails");
  const std::string shared = server.running(0, account, 0, "shared");
  CHECK(server.grant(0, shared, Nodes::Grantee::kUser, user(2)).has_value(), "it is shared");
  CHECK(server.remove(0, server.running(0, account, -1, "going")).has_value(), "it is being deleted");
  return account;
}

std::vector<operations::Operation> open_operations(Server& server) {
  std::vector<operations::Operation> open =
      server.operations.list("", Status::kPending, "", 1000, server.bench.never).value().operations;
  return open;
}

// The whole of a forced deletion, as the API does it and an operator ends it; stops at the first error.
base::Result<void> delete_everything(Server& server, const std::string& account) {
  const accounts::Accounts::Closed closed = TRY(server.close(account, true));
  if (closed.done) return {};
  TRY(server.deletion.start({user(0), "request"}, account, true, server.bench.never));
  const operations::ListPage page = TRY(server.operations.list("", Status::kPending, "", 1000, server.bench.never));
  for (const operations::Operation& each : page.operations) {
    TRY(server.end(each.id, Status::kSuccess));
    TRY(server.accounts.remove_if_empty({audit::kSystem, "request"}, account, server.bench.never));
  }
  return {};
}

// Nothing of the account is left, nor of its nodes; and no operation is open.
void expect_gone(Server& server, const std::string& account, const std::vector<std::string>& nodes) {
  EXPECT_TRUE(server.bench.state_of(account).empty());
  EXPECT_TRUE(server.bench.all("account#" + account).empty());
  for (const std::string& uuid : nodes) EXPECT_TRUE(server.bench.all("node#" + uuid).empty()) << uuid;
  EXPECT_TRUE(open_operations(server).empty());
}

std::vector<std::string> nodes_on(Server& server, const std::string& account) {
  return server.accounts.nodes_on(account, "", server.bench.never).value().node_uuids;
}

TEST(AccountDeletion, DeletesEveryNodeByAnOperationAndThenTheAccount) {
  accounts::Bench bench;
  Server server(bench);
  const std::string account = busy_account(server);
  const std::vector<std::string> nodes = nodes_on(server, account);
  ASSERT_EQ(nodes.size(), 5U);
  ASSERT_FALSE(server.close(account, true)->done);
  const std::vector<Started> started = server.deletion.start({user(0), "r"}, account, true, bench.never).value();
  EXPECT_EQ(started.size(), 5U) << "with the one that was being deleted already";
  std::size_t superseded = 0;
  for (const Started& each : started) {
    EXPECT_EQ(each.operation.type, Nodes::kDelete);
    superseded += each.superseded.has_value() ? 1U : 0U;
  }
  EXPECT_EQ(superseded, 1U) << "the creation that was under way";
  EXPECT_EQ(open_operations(server).size(), 5U);
  ASSERT_TRUE(delete_everything(server, account));
  expect_gone(server, account, nodes);
}

TEST(AccountDeletion, CutOffAnywhereItIsTakenUpAndFinished) {
  int died = 0;
  for (int write = 1; write <= 40; ++write) {
    for (const TableProbe::Death death : {TableProbe::Death::kBefore, TableProbe::Death::kAfter}) {
      accounts::Bench bench;
      Server steady(bench), dying(bench);
      const std::string account = busy_account(steady);
      const std::vector<std::string> nodes = nodes_on(steady, account);
      dying.table.die_at(write, death);
      if (!delete_everything(dying, account)) ++died;
      ASSERT_EQ(bench.orphans_of(account), "");
      const bool on_record = !steady.accounts.closed_accounts(bench.never)->empty();
      const bool gone = !bench.table.get(accounts::account_key(account), bench.never)->has_value();
      if (!on_record && !gone) {  // it died before anything was on record: the request is sent again
        ASSERT_EQ(write, 1);
        ASSERT_TRUE(death == TableProbe::Death::kBefore);
        ASSERT_TRUE(delete_everything(steady, account));
      }
      ASSERT_TRUE(steady.deletion.continue_all(bench.never));
      for (const operations::Operation& each : open_operations(steady))
        ASSERT_TRUE(steady.end(each.id, Status::kSuccess));
      ASSERT_TRUE(steady.deletion.continue_all(bench.never));
      expect_gone(steady, account, nodes);
    }
  }
  EXPECT_GT(died, 20);
}

TEST(AccountDeletion, TwiceGivesTheOperationsThatRun) {
  accounts::Bench bench;
  Server server(bench);
  const std::string account = busy_account(server);
  ASSERT_FALSE(server.close(account, true)->done);
  const auto ids = [&](bool again) {
    std::vector<std::string> list;
    const std::vector<Started> started = server.deletion.start({user(0), "r"}, account, again, bench.never).value();
    for (const Started& each : started) list.push_back(each.operation.id);
    return list;
  };
  const std::vector<std::string> first = ids(true);
  EXPECT_EQ(ids(true), first);
  EXPECT_TRUE(ids(false).empty()) << "the janitor has nothing to start";
}

TEST(AccountDeletion, AFailedDeletionWaitsForTheOwner) {
  accounts::Bench bench;
  Server server(bench);
  const std::string account = server.registered(0);
  const std::string node = server.running(0, account, -1, "n");
  ASSERT_FALSE(server.close(account, true)->done);
  const std::vector<Started> started = server.deletion.start({user(0), "r"}, account, true, bench.never).value();
  ASSERT_TRUE(server.end(started.at(0).operation.id, Status::kFailed));
  EXPECT_TRUE(server.deletion.continue_all(bench.never)->empty()) << "not again and again by itself";
  EXPECT_EQ(server.nodes.get(user(0), node, bench.never)->node.status, NodeStatus::kFailed);
  ASSERT_TRUE(delete_everything(server, account)) << "the owner's second request tries again";
  expect_gone(server, account, {node});
}

TEST(AccountDeletion, NothingIsDeletedOnAnAccountThatIsOpen) {
  accounts::Bench bench;
  Server server(bench);
  const std::string account = busy_account(server);
  EXPECT_TRUE(server.deletion.start({user(0), "r"}, account, true, bench.never)->empty());
  EXPECT_EQ(
      server.nodes.list(user(0), {.kind = ListKind::kAccountOwner, .workspace_id = ""}, bench.never)->nodes.size(), 5U);
}

TEST(AccountDeletion, ADamagedNodeKeepsNoOtherAccountFromItsTurn) {
  accounts::Bench bench;
  Server server(bench);
  std::vector<std::string> accounts;
  for (int a = 0; a < 3; ++a) {
    accounts.push_back(server.registered(0, std::to_string(100'000'000'000 + a)));
    server.running(0, accounts.back(), -1, "n");
    ASSERT_FALSE(server.close(accounts.back(), true)->done);
  }
  std::sort(accounts.begin(), accounts.end());  // as the marks are
  const std::string damaged = nodes_on(server, accounts[0]).at(0);
  store::Transaction tx(bench.table, bench.never);
  ASSERT_TRUE(tx.get(permissions_key(damaged)));
  tx.erase(permissions_key(damaged));
  ASSERT_TRUE(tx.commit());
  EXPECT_EQ(server.deletion.continue_all(bench.never)->size(), 2U);
}

}  // namespace
}  // namespace nodes
