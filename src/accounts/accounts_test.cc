// Registration, reading, change and enablement of accounts. Removing, and its races: accounts_removal_test.cc.

#include "accounts/accounts.h"

#include <thread>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "accounts/accounts_test_support.h"

namespace accounts {
namespace {

using base::Code;

class AccountsTest : public testing::Test {
 protected:
  base::Result<Account> change(const std::string& uuid, const AccountChange& what, int who = 0,
                               const VersionGuard& guard = any_version) {
    return server.transact(
        [&](store::Transaction& tx) { return server.accounts.change(tx, {user(who), "request"}, uuid, what, guard); });
  }
  base::Result<Enablement> publish(const std::string& uuid, int w, bool is_public, int who = 0) {
    return server.transact([&](store::Transaction& tx) {
      return server.accounts.change_enablement(tx, {user(who), "request"}, uuid, workspace(w), is_public, any_version);
    });
  }
  std::vector<std::string> listed(int who, int w = -1) {
    std::vector<std::string> names;
    const std::vector<SeenAccount> seen_accounts =
        server.accounts.list(user(who), w < 0 ? "" : workspace(w), bench.never).value();
    for (const SeenAccount& each : seen_accounts) names.push_back(each.account.name);
    return names;
  }
  std::optional<Code> seen_by(int who, const std::string& uuid) {
    return code_of(server.accounts.get(user(who), uuid, bench.never));
  }

  Bench bench;
  Server server{bench};
};

TEST_F(AccountsTest, ARegistrationIssuesAnExternalIdOfItsOwn) {
  const Account first = server.try_register(0, "123456789012").value();
  const Account second = server.try_register(0, "123456789013").value();
  EXPECT_EQ(first.external_id.size(), 32U);
  EXPECT_NE(first.external_id, second.external_id);
  EXPECT_EQ(first.owner_id, user(0));
  EXPECT_EQ(first.version, 1U);
  const SeenAccount seen = server.accounts.get(user(0), first.uuid, bench.never).value();
  EXPECT_TRUE(seen.as_owner);
  EXPECT_EQ(seen.account.external_id, first.external_id);
  EXPECT_EQ(seen.account.version, first.version);
}

TEST_F(AccountsTest, TheSameAccountTwiceByOneUserIsAConflict) {
  server.registered(0);
  const base::Result<Account> again = server.try_register(0, "123456789012");
  EXPECT_EQ(again.error().code, Code::kConflict);
  EXPECT_EQ(again.error().fields.front().pointer, "/accountId");
  EXPECT_TRUE(server.try_register(1, "123456789012")) << "another user's is their own";
}

TEST_F(AccountsTest, OfManyRegistrationsAtOnceOneWins) {
  constexpr int kThreads = 8;
  std::atomic<int> won{0}, refused{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      const base::Result<Account> made = server.try_register(0, "123456789012");
      if (made)
        ++won;
      else if (made.error().code == Code::kConflict)
        ++refused;
    });
  }
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(refused, kThreads - 1);
  EXPECT_EQ(server.accounts.owned_by(user(0), bench.never)->size(), 1U);
}

TEST_F(AccountsTest, ADeletedRegistrationCanBeMadeAnew) {
  const std::string uuid = server.registered(0);
  ASSERT_TRUE(server.close(uuid, false)->done);
  const std::string again = server.registered(0);
  EXPECT_NE(again, uuid);
  EXPECT_EQ(seen_by(0, uuid), Code::kNotFound);
}

TEST_F(AccountsTest, AStrangerAndAnUnknownIdLookTheSame) {
  const std::string uuid = server.registered(0);
  const base::Error hidden = server.accounts.get(user(3), uuid, bench.never).error();
  const base::Error unknown = server.accounts.get(user(3), "00000000-0000-4000-8000-00000000ffff", bench.never).error();
  EXPECT_EQ(hidden.code, Code::kNotFound);
  EXPECT_EQ(hidden.code, unknown.code);
  EXPECT_EQ(hidden.message, unknown.message);
}

TEST_F(AccountsTest, AnAdministratorSeesWhatIsPublicAndTheirOwnWorkspaceOnly) {
  bench.directory.set_member(user(1), workspace(1), 8);
  const std::string uuid = server.registered(0);
  ASSERT_TRUE(server.enable(uuid, 0, false));
  EXPECT_EQ(seen_by(1, uuid), Code::kNotFound) << "private";
  ASSERT_TRUE(publish(uuid, 0, true));
  ASSERT_TRUE(server.enable(uuid, 1, true));
  const SeenAccount seen = server.accounts.get(user(1), uuid, bench.never).value();
  EXPECT_FALSE(seen.as_owner);
  EXPECT_EQ(seen_by(2, uuid), Code::kNotFound) << "a member who administers nothing";
  const std::vector<Enablement> own = server.accounts.enablements(user(1), uuid, bench.never).value();
  ASSERT_EQ(own.size(), 1U);
  EXPECT_EQ(own[0].workspace_id, workspace(0));
  EXPECT_EQ(server.accounts.enablements(user(0), uuid, bench.never)->size(), 2U);
  EXPECT_EQ(change(uuid, {.name = "mine"}, 1).error().code, Code::kForbidden);
  EXPECT_EQ(change(uuid, {.name = "mine"}, 2).error().code, Code::kNotFound);
}

TEST_F(AccountsTest, ListsAreSortedByNameBytesAndThenId) {
  EXPECT_TRUE(rc::check("by (name, uuid)", [](const std::vector<std::string>& drawn) {
    Bench own;
    Server process(own);
    std::vector<std::pair<std::string, std::string>> expected;
    long long number = 100'000'000'000;
    for (std::string name : drawn) {
      std::erase_if(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });  // no name has one
      expected.emplace_back(name, process.registered(0, std::to_string(number++), name));
    }
    std::sort(expected.begin(), expected.end());
    std::vector<std::pair<std::string, std::string>> found;
    const std::vector<SeenAccount> seen_accounts = process.accounts.list(user(0), "", own.never).value();
    for (const SeenAccount& each : seen_accounts) found.emplace_back(each.account.name, each.account.uuid);
    // A name that is not UTF-8 is repaired when it is stored; the decoder lets none in.
    if (std::all_of(drawn.begin(), drawn.end(), [](const std::string& name) {
          return std::all_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
        })) {
      RC_ASSERT(found == expected);
    }
    RC_ASSERT(found.size() == expected.size());
  }));
}

TEST_F(AccountsTest, AListOfAWorkspaceHasOnesOwnThereAndForAdministratorsThePublicOnes) {
  server.registered(0, "100000000001", "nowhere");
  ASSERT_TRUE(server.enable(server.registered(0, "100000000002", "b private"), 0, false));
  ASSERT_TRUE(server.enable(server.registered(0, "100000000003", "c public"), 0, true));
  ASSERT_TRUE(server.enable(server.registered(1, "100000000004", "a mine"), 0, true, 1));
  EXPECT_EQ(listed(0), (std::vector<std::string>{"b private", "c public", "nowhere"}));
  EXPECT_EQ(listed(0, 0), (std::vector<std::string>{"b private", "c public"}));
  EXPECT_EQ(listed(1, 0), (std::vector<std::string>{"a mine", "c public"}));
  EXPECT_EQ(listed(2, 0), (std::vector<std::string>{}));
  EXPECT_EQ(server.accounts.list(user(3), workspace(0), bench.never).error().code, Code::kForbidden);
}

TEST_F(AccountsTest, AChangeTakesTheVersionThatItsGuardIsShown) {
  const std::string uuid = server.registered(0);
  store::Version shown = 0;
  const Account changed = change(uuid, {.name = "new", .status = AccountStatus::kPaused}, 0,
                                 [&](store::Version version) -> base::Result<void> {
                                   shown = version;
                                   return {};
                                 })
                              .value();
  EXPECT_EQ(shown, 1U);
  EXPECT_EQ(changed.version, 2U);
  EXPECT_EQ(server.accounts.get(user(0), uuid, bench.never)->account.version, 2U);
  const base::Result<Account> refused = change(uuid, {.name = "other"}, 0, [](store::Version) -> base::Result<void> {
    return base::fail(Code::kPreconditionFailed, "It has changed.");
  });
  EXPECT_EQ(refused.error().code, Code::kPreconditionFailed);
  EXPECT_EQ(server.accounts.get(user(0), uuid, bench.never)->account.name, "new");
}

TEST_F(AccountsTest, WhoMayPlaceANode) {
  const std::string uuid = server.registered(0);
  const auto code = [&](int who, int w) {
    return code_of(server.place_node(uuid, w, fmt::format("node-{}-{}", who, w), who));
  };
  const std::optional<Code> allowed;
  EXPECT_EQ(code(0, -1), allowed);
  EXPECT_EQ(code(3, -1), Code::kNotFound);
  EXPECT_EQ(code(0, 0), Code::kForbidden) << "not enabled";
  ASSERT_TRUE(server.enable(uuid, 0, false));
  EXPECT_EQ(code(0, 0), allowed);
  EXPECT_EQ(code(1, 0), Code::kForbidden) << "private";
  ASSERT_TRUE(publish(uuid, 0, true));
  EXPECT_EQ(code(1, 0), allowed);
  EXPECT_EQ(code(2, 0), Code::kForbidden);
  EXPECT_EQ(code(1, -1), Code::kForbidden);
  EXPECT_EQ(code(1, 1), Code::kNotFound);
  ASSERT_TRUE(change(uuid, {.status = AccountStatus::kPaused}));
  EXPECT_EQ(code(0, 0), Code::kConflict);
  bench.directory.set_member(user(0), workspace(0), 4);
  EXPECT_EQ(code(0, 0), Code::kForbidden) << "the owner, but below bit 8 in the workspace";
}

TEST_F(AccountsTest, EnablingTwiceIsAConflictAndNeedsMembership) {
  const std::string uuid = server.registered(0);
  ASSERT_TRUE(server.enable(uuid, 0, false));
  EXPECT_EQ(server.enable(uuid, 0, true).error().code, Code::kConflict);
  bench.directory.set_member(user(0), workspace(1), 4);
  EXPECT_EQ(server.enable(uuid, 1, false).error().code, Code::kForbidden);
  EXPECT_EQ(server.enable(uuid, 0, false, 3).error().code, Code::kNotFound);
  EXPECT_EQ(publish(uuid, 1, true).error().code, Code::kNotFound);
}

TEST_F(AccountsTest, TheDirectoryBeingDownIsSaidAndNotTakenForNo) {
  const std::string uuid = server.registered(0);
  ASSERT_TRUE(server.enable(uuid, 0, true));
  bench.directory.set_down(true);
  EXPECT_EQ(seen_by(1, uuid), Code::kUnavailable);
  EXPECT_EQ(seen_by(0, uuid), std::nullopt) << "the owner's own read needs no directory";
  EXPECT_EQ(server.place_node(uuid, 0, "n").error().code, Code::kUnavailable);
  EXPECT_EQ(server.accounts.list(user(1), workspace(0), bench.never).error().code, Code::kUnavailable);
  EXPECT_EQ(server.accounts.enablements(user(1), uuid, bench.never).error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace accounts
