// What the janitor finds at the start of a server is done without anybody asking.

#include "app/janitor.h"

#include <gtest/gtest.h>

#include "api/api_test_support.h"

namespace app {
namespace {

// The janitor works in a thread of its own, at once when it is made; its first round is waited for by its count.
void one_round(api::Api& api) {
  const Janitor janitor(api.context, api.metrics);  // which is joined at the end
  const base::Deadline late = base::Deadline::after(std::chrono::seconds(20));
  const auto line = [&] { return api.metrics.render(); };
  while (line().find("stewardry_janitor_rounds_total 1\n") == std::string::npos && !late.passed())
    std::this_thread::yield();
  ASSERT_NE(line().find("stewardry_janitor_rounds_total 1\n"), std::string::npos);
}

TEST(Janitor, StartsTheDeletionsThatAServerDiedBefore) {
  accounts::Bench bench;
  std::string account, node;
  {
    api::Api first(bench);
    account = first.server.registered(0);
    node = first.server.running(0, account, -1, "n");
    ASSERT_FALSE(first.server.close(account, true)->done);  // closed, and then the process dies
  }
  api::Api second(bench);
  one_round(second);
  const auto open =
      second.server.operations.list(accounts::user(0), operations::Status::kPending, "", 10, bench.never).value();
  ASSERT_EQ(open.operations.size(), 1U);
  EXPECT_EQ(open.operations[0].target_id, node);
  EXPECT_EQ(open.operations[0].type, nodes::Nodes::kDelete);
}

TEST(Janitor, RemovesAClosedAccountOnWhichNothingStands) {
  accounts::Bench bench;
  std::string account;
  {
    api::Api first(bench);
    account = first.server.registered(0);
    ASSERT_TRUE(first.server.enable(account, 0, true));
    first.server.table.die_at(first.server.table.writes() + 2, accounts::TableProbe::Death::kBefore);
    ASSERT_FALSE(first.server.close(account, true));
  }
  api::Api second(bench);
  one_round(second);
  EXPECT_TRUE(bench.state_of(account).empty());
}

TEST(Janitor, ARoundThatFailsIsCountedAndTheServerGoesOn) {
  accounts::Bench bench;
  api::Api api(bench);
  api.server.table.die_at(1, accounts::TableProbe::Death::kBefore);
  ASSERT_FALSE(api.server.try_register(0, "123456789012"));
  one_round(api);
  EXPECT_NE(api.metrics.render().find("stewardry_janitor_failures_total 1\n"), std::string::npos);
}

TEST(Janitor, TellsTheWatchersOfACreationThatItEnds) {
  accounts::Bench bench;
  api::Api api(bench);
  const std::string account = api.server.registered(0);
  const nodes::Started pending = api.server.create(0, account, -1, "n").value();
  ASSERT_FALSE(api.server.close(account, true)->done);
  const std::shared_ptr<net::EventStream> watcher = net::make_event_stream();
  api.feed.join(pending.operation.id, watcher);
  one_round(api);
  EXPECT_FALSE(watcher->open());
}

}  // namespace
}  // namespace app
