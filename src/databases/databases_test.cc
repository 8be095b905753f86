// The story of a database, over each table that there is; who may do what; and what is refused when.

#include "databases/databases.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "databases/databases_test_support.h"
#include "store/sqlite_table.h"
#include "store/temp_folder.h"

namespace databases {
namespace {

using base::Code;
using operations::Status;

class DatabasesTest : public testing::TestWithParam<bool> {
 public:
  DatabasesTest() : table(GetParam() ? sqlite() : std::make_unique<store::MemoryTable>()) {}
  std::unique_ptr<store::Table> sqlite() { return store::open_sqlite_table({.file = folder.file("state.db")}).value(); }

  store::TempFolder folder;
  std::unique_ptr<store::Table> table;
  Deployment home{*table};
};

INSTANTIATE_TEST_SUITE_P(Tables, DatabasesTest, testing::Bool(),
                         [](const auto& each) { return each.param ? "Sqlite" : "Memory"; });

TEST_P(DatabasesTest, FromARegistrationToASpecInForce) {
  const std::string uuid = home.registered("shop");
  EXPECT_EQ(home.put_spec(uuid, "statement a\nstatement b").value().version.number, 1);
  const Started planning = home.plan(uuid).value();
  EXPECT_EQ(planning.run.status, Status::kPending);
  EXPECT_EQ(planning.operation.id, planning.run.id);
  ASSERT_TRUE(home.workers.step());
  const databases::Run plan = home.run(uuid, planning.run.id);
  EXPECT_EQ(plan.status, Status::kSuccess);
  EXPECT_EQ(plan.statements, 2);
  EXPECT_EQ(plan.digest, "digest-of-a;b");
  EXPECT_EQ(home.operations.get(plan.id, home.never).value()->status, Status::kSuccess);
  EXPECT_EQ(home.databases.run(user(3), uuid, plan.id, home.never).value().report,
            R"({"digest":"digest-of-a;b","statements":2})");
  EXPECT_EQ(home.seen(uuid).database.in_force, 0);

  EXPECT_EQ(code_of(home.apply(uuid, plan.id)), Code::kConflict);
  EXPECT_EQ(code_of(home.approve(uuid, plan.id, "another")), Code::kConflict);
  EXPECT_EQ(home.approve(uuid, plan.id, plan.digest).value().approved_by, user(1));
  home.clock.advance(std::chrono::milliseconds(1));  // ids of one millisecond have no order
  const Started applying = home.apply(uuid, plan.id).value();
  ASSERT_TRUE(home.workers.step());
  EXPECT_EQ(home.run(uuid, applying.run.id).status, Status::kSuccess);
  EXPECT_EQ(home.run(uuid, plan.id).applied_by, applying.run.id);
  EXPECT_EQ(home.seen(uuid).database.in_force, 1);
  EXPECT_EQ(home.seen(uuid).database.open_run, "");
  EXPECT_EQ(code_of(home.apply(uuid, plan.id)), Code::kConflict);
  EXPECT_FALSE(home.workers.step());

  const std::vector<databases::Run> history = home.history(uuid);
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[0].kind, RunKind::kApply);
  EXPECT_EQ(history[1].kind, RunKind::kPlan);
}

TEST_P(DatabasesTest, AnEmptyPlanPutsItsVersionInForce) {
  const std::string uuid = home.registered("shop");
  home.runner.set_state(uuid, {"a"});
  ASSERT_TRUE(home.put_spec(uuid, "statement a"));
  const std::string plan = home.plan(uuid).value().run.id;
  ASSERT_TRUE(home.workers.step());
  EXPECT_EQ(home.seen(uuid).database.in_force, 1);
  EXPECT_EQ(code_of(home.approve(uuid, plan, home.run(uuid, plan).digest)), Code::kConflict);
}

TEST_P(DatabasesTest, VersionsAreNumberedAndStay) {
  const std::string uuid = home.registered("shop");
  const std::string long_text = "statement " + std::string(base::limits::kSpecBytesMax - 20, 'x') + "é\"\\";
  EXPECT_EQ(home.put_spec(uuid, "statement a").value().version.number, 1);
  EXPECT_EQ(home.put_spec(uuid, long_text).value().version.number, 2);
  const NewVersion again = home.put_spec(uuid, long_text, 1).value();
  EXPECT_FALSE(again.made);
  EXPECT_EQ(again.version.number, 2);
  EXPECT_EQ(again.version.author, user(0));
  EXPECT_EQ(home.put_spec(uuid, "statement a").value().version.number, 3);
  EXPECT_EQ(home.databases.spec(user(3), uuid, 1, home.never).value().text, "statement a");
  EXPECT_EQ(home.databases.spec(user(3), uuid, 2, home.never).value().text, long_text);
  EXPECT_EQ(code_of(home.databases.spec(user(3), uuid, 4, home.never)), Code::kNotFound);
  const SpecPage first = home.databases.specs(user(3), uuid, "", 2, home.never).value();
  ASSERT_EQ(first.versions.size(), 2U);
  EXPECT_EQ(first.versions[0].number, 3);
  const SpecPage second = home.databases.specs(user(3), uuid, first.next.value(), 2, home.never).value();
  ASSERT_EQ(second.versions.size(), 1U);
  EXPECT_EQ(second.versions[0].number, 1);
  EXPECT_FALSE(second.next);
}

TEST_P(DatabasesTest, SpecsThatAreNotTaken) {
  const std::string uuid = home.registered("shop");
  const base::Result<NewVersion> bad = home.put_spec(uuid, "bad");
  ASSERT_EQ(code_of(bad), Code::kInvalid);
  EXPECT_EQ(bad.error().fields.front().pointer, "/spec");
  EXPECT_EQ(code_of(home.put_spec(uuid, std::string(base::limits::kSpecBytesMax + 1, 'x'))), Code::kInvalid);
  EXPECT_EQ(code_of(home.put_spec(uuid, "login app file:/tmp/passwords.json")), Code::kImpossible);
  EXPECT_EQ(code_of(home.put_spec(uuid, "login app ssm:/stewardry/of-somebody-else/app")), Code::kImpossible);
  EXPECT_EQ(home.seen(uuid).database.last_spec, 0);
  EXPECT_EQ(code_of(home.plan(uuid)), Code::kConflict);
}

TEST_P(DatabasesTest, WhoMayDoWhat) {
  for (const int who : {0, 1, 6}) EXPECT_TRUE(home.try_register(who, registration(fmt::format("of{}", who)))) << who;
  for (const int who : {2, 3, 4, 5})
    EXPECT_EQ(code_of(home.try_register(who, registration("x"))), Code::kForbidden) << who;
  EXPECT_EQ(code_of(home.try_register(6, registration("x", 7))), Code::kForbidden) << "there is no such workspace";
  const std::string uuid = home.registered("shop");
  for (const int who : {0, 1, 2, 3, 6}) EXPECT_TRUE(home.databases.get(user(who), uuid, home.never)) << who;
  for (const int who : {4, 5}) {
    EXPECT_EQ(code_of(home.databases.get(user(who), uuid, home.never)), Code::kNotFound) << who;
    EXPECT_EQ(code_of(home.databases.specs(user(who), uuid, "", 9, home.never)), Code::kNotFound) << who;
    EXPECT_EQ(code_of(home.databases.spec(user(who), uuid, 1, home.never)), Code::kNotFound) << who;
    EXPECT_EQ(code_of(home.databases.runs(user(who), uuid, {}, "", 9, home.never)), Code::kNotFound) << who;
    EXPECT_EQ(code_of(home.databases.run(user(who), uuid, "x", home.never)), Code::kNotFound) << who;
  }
  for (const auto& [who, code] :
       {std::pair{2, Code::kForbidden}, {3, Code::kForbidden}, {4, Code::kNotFound}, {5, Code::kNotFound}}) {
    EXPECT_EQ(code_of(home.put_spec(uuid, "statement a", who)), code) << who;
    EXPECT_EQ(code_of(home.plan(uuid, who)), code) << who;
    EXPECT_EQ(code_of(home.approve(uuid, "x", "x", who)), code) << who;
    EXPECT_EQ(code_of(home.apply(uuid, "x", who)), code) << who;
    EXPECT_EQ(code_of(home.rotate(uuid, "x", who)), code) << who;
    EXPECT_EQ(code_of(home.check(uuid, who)), code) << who;
    EXPECT_EQ(code_of(home.remove(uuid, who)), code) << who;
  }
  EXPECT_EQ(home.databases.list(user(3), "", home.never).value().size(), 4U);
  EXPECT_EQ(home.databases.list(user(4), "", home.never).value().size(), 0U);
  EXPECT_EQ(home.databases.list(user(5), "", home.never).value().size(), 0U);
  EXPECT_EQ(home.databases.list(user(6), workspace(0), home.never).value().size(), 4U);
  EXPECT_EQ(code_of(home.databases.list(user(5), workspace(0), home.never)), Code::kForbidden);
  EXPECT_EQ(code_of(home.databases.list(user(4), workspace(0), home.never)), Code::kForbidden);
}

TEST_P(DatabasesTest, AnotherDatabasesPlanIsNone) {
  const std::string one = home.registered("one"), two = home.registered("two");
  ASSERT_TRUE(home.put_spec(one, "statement a"));
  const std::string plan = home.plan(one).value().run.id;
  ASSERT_TRUE(home.workers.step());
  EXPECT_EQ(code_of(home.approve(two, plan, "digest-of-a")), Code::kNotFound);
  EXPECT_EQ(code_of(home.databases.run(user(0), two, plan, home.never)), Code::kNotFound);
}

TEST_P(DatabasesTest, TheDirectoryCountsAtOnce) {
  const std::string uuid = home.registered("shop");
  home.directory.set_member(user(0), workspace(0), 8);
  EXPECT_EQ(code_of(home.put_spec(uuid, "statement a")), Code::kForbidden);
  home.directory.set_member(user(0), workspace(0), -1);
  EXPECT_EQ(code_of(home.databases.get(user(0), uuid, home.never)), Code::kNotFound);
  home.directory.set_down(true);
  EXPECT_EQ(code_of(home.databases.get(user(1), uuid, home.never)), Code::kUnavailable);
}

TEST_P(DatabasesTest, NamesAreTheirWorkspacesOwn) {
  const std::string uuid = home.registered("shop");
  EXPECT_EQ(code_of(home.try_register(1, registration("shop"))), Code::kConflict);
  EXPECT_TRUE(home.try_register(5, registration("shop", 1)));
  const std::string other = home.registered("other");
  const std::string id = user(0);
  const auto rename = [&](const std::string& name, store::Version since) {
    return home.transact([&](store::Transaction& tx) {
      return home.databases.change(tx, home.actor(id), other, {.name = name, .description = {}, .check_every_s = {}},
                                   [&](store::Version version) -> base::Result<void> {
                                     if (version == since) return {};
                                     return base::fail(Code::kPreconditionFailed, "another version");
                                   });
    });
  };
  EXPECT_EQ(code_of(rename("shop", 1)), Code::kConflict);
  EXPECT_EQ(code_of(rename("third", 7)), Code::kPreconditionFailed);
  EXPECT_EQ(rename("third", 1).value().name, "third");
  EXPECT_TRUE(home.try_register(0, registration("other")));
  EXPECT_TRUE(home.remove(uuid));
  EXPECT_EQ(code_of(home.databases.get(user(0), uuid, home.never)), Code::kNotFound);
  EXPECT_TRUE(home.try_register(0, registration("shop")));
}

TEST_P(DatabasesTest, RemovingTouchesNothingInTheDatabase) {
  const std::string uuid = home.registered("shop", 0, 60);
  ASSERT_TRUE(home.put_spec(uuid, "statement a"));
  home.brought_about(uuid);
  const std::size_t calls = home.runner.calls().size();
  ASSERT_TRUE(home.check(uuid));
  EXPECT_EQ(code_of(home.remove(uuid)), Code::kConflict) << "a run is open";
  ASSERT_TRUE(home.workers.step());
  EXPECT_TRUE(home.remove(uuid));
  home.clock.advance(std::chrono::hours(24));
  EXPECT_FALSE(home.workers.step());
  EXPECT_EQ(home.runner.calls().size(), calls + 1);
}

TEST_P(DatabasesTest, OneRunAtATime) {
  const std::string uuid = home.registered("shop");
  ASSERT_TRUE(home.put_spec(uuid, "statement a"));
  const Started first = home.plan(uuid).value();
  EXPECT_EQ(code_of(home.plan(uuid, 1)), Code::kConflict);
  const auto end = [&](Status status) {
    return home.transact([&](store::Transaction& tx) -> base::Result<operations::Operation> {
      return home.operations.finish(tx, home.actor("N:user:x"), TRY(home.operations.get(tx, first.run.id)).value(),
                                    status, "by the test");
    });
  };
  EXPECT_EQ(code_of(end(Status::kSuccess)), Code::kConflict) << "nobody says that it was done";
  ASSERT_TRUE(end(Status::kCancelled));
  EXPECT_EQ(home.run(uuid, first.run.id).status, Status::kCancelled);
  EXPECT_FALSE(home.workers.step());
  EXPECT_TRUE(home.plan(uuid, 1));
}

TEST_P(DatabasesTest, WhatHasBegunIsNotCancelled) {
  const std::string uuid = home.registered("shop");
  ASSERT_TRUE(home.put_spec(uuid, "statement a"));
  const std::string id = home.plan(uuid).value().run.id;
  std::optional<Code> cancelled;
  home.runner.while_running = [&] {
    const base::Result<operations::Operation> tried =
        home.transact([&](store::Transaction& tx) -> base::Result<operations::Operation> {
          return home.operations.finish(tx, home.actor("N:user:x"), TRY(home.operations.get(tx, id)).value(),
                                        Status::kCancelled, "");
        });
    cancelled = code_of(tried);
  };
  ASSERT_TRUE(home.workers.step());
  EXPECT_EQ(cancelled, Code::kConflict);
  EXPECT_EQ(home.run(uuid, id).status, Status::kSuccess);
}

TEST_P(DatabasesTest, FourEyes) {
  Deployment strict(*table, true);
  const std::string uuid = strict.registered("strict");
  ASSERT_TRUE(strict.put_spec(uuid, "statement a", 0));
  const std::string plan = strict.plan(uuid, 1).value().run.id;
  ASSERT_TRUE(strict.workers.step());
  EXPECT_EQ(code_of(strict.approve(uuid, plan, "digest-of-a", 0)), Code::kForbidden);
  EXPECT_TRUE(strict.approve(uuid, plan, "digest-of-a", 1));
  // Whoever repeats it is not asked again, and changes nothing.
  EXPECT_EQ(strict.approve(uuid, plan, "digest-of-a", 6).value().approved_by, user(1));
}

TEST_P(DatabasesTest, AStateThatMovedIsNotTouched) {
  const std::string uuid = home.registered("shop");
  ASSERT_TRUE(home.put_spec(uuid, "statement a\nstatement b"));
  const std::string plan = home.plan(uuid).value().run.id;
  ASSERT_TRUE(home.workers.step());
  ASSERT_TRUE(home.approve(uuid, plan, "digest-of-a;b"));
  home.runner.set_state(uuid, {"a"});
  const std::string applied = home.apply(uuid, plan).value().run.id;
  ASSERT_TRUE(home.workers.step());
  const databases::Run run = home.run(uuid, applied);
  EXPECT_EQ(run.status, Status::kFailed);
  EXPECT_EQ(run.reason, "The state has moved since the plan was approved.");
  EXPECT_EQ(run.digest, "digest-of-a;b");
  EXPECT_EQ(home.seen(uuid).database.in_force, 0);
  EXPECT_EQ(home.operations.get(applied, home.never).value()->status, Status::kFailed);
}

TEST_P(DatabasesTest, RotationsAreOfLoginsInForce) {
  const std::string uuid = home.registered("shop");
  const std::string place = "ssm:/stewardry/00000000-0000-4000-8000-000000000000/app";
  ASSERT_TRUE(home.put_spec(uuid, "login app " + place + "\nlogin plain \nstatement a"));
  EXPECT_EQ(code_of(home.rotate(uuid, "app")), Code::kConflict) << "nothing is in force";
  home.brought_about(uuid);
  EXPECT_EQ(code_of(home.rotate(uuid, "plain")), Code::kImpossible);
  EXPECT_EQ(code_of(home.rotate(uuid, "nobody")), Code::kImpossible);
  const std::string id = home.rotate(uuid, "app").value().run.id;
  ASSERT_TRUE(home.workers.step());
  EXPECT_EQ(home.run(uuid, id).status, Status::kSuccess);
  EXPECT_EQ(home.runner.calls().back(), "rotate shop app");
}

TEST_P(DatabasesTest, WhatTheOperatorTakesBackIsNotDoneAnyMore) {
  const std::string uuid = home.registered("shop");
  ASSERT_TRUE(home.put_spec(uuid, "statement a"));
  const std::string begun = home.plan(uuid).value().run.id;
  Places none = test_places();
  none.hosts = {"*.example.org"};
  Deployment narrowed(*table, false, none);
  ASSERT_TRUE(narrowed.workers.step());
  EXPECT_EQ(narrowed.run(uuid, begun).status, Status::kFailed);
  EXPECT_TRUE(narrowed.runner.calls().empty());
  EXPECT_EQ(code_of(narrowed.plan(uuid)), Code::kImpossible);
}

TEST_P(DatabasesTest, AReportThatNobodyCouldReadIsNoPlan) {
  const std::string uuid = home.registered("shop");
  ASSERT_TRUE(home.put_spec(uuid, "statement a"));
  home.runner.report_bytes = base::limits::kReportBytesMax - 1000;
  const std::string large = home.plan(uuid).value().run.id;
  ASSERT_TRUE(home.workers.step());
  EXPECT_EQ(home.run(uuid, large).status, Status::kSuccess);
  EXPECT_GT(home.databases.run(user(0), uuid, large, home.never).value().report.size(), home.runner.report_bytes);
  home.runner.report_bytes = base::limits::kReportBytesMax + 1;
  const std::string huge = home.plan(uuid).value().run.id;
  ASSERT_TRUE(home.workers.step());
  EXPECT_EQ(home.run(uuid, huge).status, Status::kFailed);
  EXPECT_EQ(home.databases.run(user(0), uuid, huge, home.never).value().report, "");
}

TEST_P(DatabasesTest, HistoryComesInPagesNewestFirst) {
  const std::string uuid = home.registered("shop");
  ASSERT_TRUE(home.put_spec(uuid, "statement a"));
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    home.clock.advance(std::chrono::milliseconds(2));
    ids.insert(ids.begin(), home.plan(uuid).value().run.id);
    ASSERT_TRUE(home.workers.step());
  }
  std::vector<std::string> met;
  std::string after;
  for (;;) {
    const RunPage page = home.databases.runs(user(3), uuid, RunKind::kPlan, after, 2, home.never).value();
    for (const databases::Run& run : page.runs) met.push_back(run.id);
    if (!page.next) break;
    after = *page.next;
  }
  EXPECT_EQ(met, ids);
  EXPECT_TRUE(home.databases.runs(user(3), uuid, RunKind::kApply, "", 2, home.never).value().runs.empty());
}

}  // namespace
}  // namespace databases
