// What happens to the directory when PostgreSQL does not do what it should. Never a wrong answer; kUnavailable within
// the deadline; right again by itself.

#include <atomic>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <support/postgres.h>

#include "catalog_postgres/postgres_test_support.h"

namespace catalog_postgres {
namespace {

using catalog::soon;
using catalog::user_id;
using catalog::workspace_id;
using test_support::eventually;

base::Deadline shortly() { return base::Deadline::after(std::chrono::milliseconds(300)); }

class Outage : public testing::Test {
 protected:
  Outage() { load_small_world(); }
  ~Outage() override {
    if (!server().running()) server().start();
  }
  std::unique_ptr<PostgresDirectory> make(std::size_t connections_max = 4) {
    PostgresDirectory::Options options = reader_options();
    options.connections_max = connections_max;
    options.connect_timeout = std::chrono::seconds(1);
    options.registry = &registry_;
    return make_directory(options);
  }
  static base::Result<catalog::Membership> ask(PostgresDirectory& directory, base::Deadline deadline) {
    return directory.membership(user_id(0), workspace_id(0), deadline);
  }
  static bool is_right(const catalog::Membership& membership) {
    return membership.is_member && membership.permission_bit == catalog::kOwner && membership.team_ids.size() == 1;
  }
  static void expect_right(const base::Result<catalog::Membership>& answer) {
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_TRUE(is_right(*answer));
  }
  static void expect_unavailable(const base::Result<catalog::Membership>& answer) {
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, base::Code::kUnavailable) << answer.error().detail;
    EXPECT_TRUE(answer.error().retry_after_s.value_or(0) >= 1);
    EXPECT_FALSE(answer.error().detail.empty());
  }
  static bool heals(PostgresDirectory& directory) {
    return eventually([&] {
      const auto answer = ask(directory, soon());
      return answer && is_right(*answer);
    });
  }
  [[nodiscard]] bool metric_is(std::string_view line) const {
    return registry_.render().find(line) != std::string::npos;
  }

  base::Registry registry_;
};

TEST_F(Outage, AServerThatIsNotThereAtTheStartIsFoundWhenItComes) {
  server().stop();
  const auto directory = make();
  expect_unavailable(ask(*directory, soon()));
  const auto ping = directory->ping(soon());
  ASSERT_FALSE(ping);
  EXPECT_EQ(ping.error().code, base::Code::kUnavailable);
  server().start();
  EXPECT_TRUE(heals(*directory));
}

TEST_F(Outage, ARestartBetweenTwoQuestionsIsNotNoticed) {
  const auto directory = make();
  expect_right(ask(*directory, soon()));
  server().stop();
  server().start();
  expect_right(ask(*directory, soon()));
  EXPECT_TRUE(metric_is("stewardry_directory_reconnects_total{implementation=\"postgres\"} "));
  EXPECT_FALSE(metric_is("stewardry_directory_reconnects_total{implementation=\"postgres\"} 0"));
}

// Questions all the while, through a shutdown, a crash and their recoveries: each is answered rightly or refused.
TEST_F(Outage, NoAnswerIsWrongWhileTheServerGoesAndComes) {
  const auto directory = make();
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::atomic<int> right{0};
  std::atomic<int> refused{0};
  std::vector<std::thread> askers;
  for (int i = 0; i < 6; ++i) {
    askers.emplace_back([&] {
      while (!stop) {
        const auto answer = ask(*directory, soon());
        if (answer && is_right(*answer)) {
          ++right;
        } else if (!answer && answer.error().code == base::Code::kUnavailable && answer.error().retry_after_s) {
          ++refused;
          std::this_thread::yield();
        } else {
          ++wrong;
        }
      }
    });
  }
  const auto more_than = [](const std::atomic<int>& count, int before) {
    return eventually([&] { return count > before; });
  };
  EXPECT_TRUE(more_than(right, 100));
  for (const bool crash : {false, true}) {
    const int refused_before = refused;
    if (crash)
      server().kill();
    else
      server().stop();
    EXPECT_TRUE(more_than(refused, refused_before));
    server().start();
    EXPECT_TRUE(more_than(right, right + 10));
  }
  stop = true;
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_TRUE(metric_is("stewardry_directory_connections_in_use{implementation=\"postgres\"} 0"));
}

TEST_F(Outage, AServerThatHangsIsUnavailableByTheDeadline) {
  const auto directory = make();
  expect_right(ask(*directory, soon()));
  server().hang();
  expect_unavailable(ask(*directory, shortly()));
  // New connections hang as well: the kernel takes them, nobody greets. After one attempt nobody has to wait.
  EXPECT_TRUE(eventually([&] {
    const auto answer = ask(*directory, shortly());
    return !answer && answer.error().retry_after_s &&
           !metric_is("connect_failures_total{implementation=\"postgres\"} 0");
  }));
  expect_unavailable(ask(*directory, base::Deadline::never()));
  server().resume();
  EXPECT_TRUE(heals(*directory));
}

TEST_F(Outage, EveryConnectionMayHangAndTheRestIsRefused) {
  const auto directory = make(2);
  expect_right(ask(*directory, soon()));
  server().hang();
  std::vector<std::thread> askers;
  for (int i = 0; i < 8; ++i) askers.emplace_back([&] { expect_unavailable(ask(*directory, shortly())); });
  for (std::thread& asker : askers) asker.join();
  server().resume();
  EXPECT_TRUE(heals(*directory));
  EXPECT_TRUE(metric_is("stewardry_directory_connections_in_use{implementation=\"postgres\"} 0"));
}

TEST_F(Outage, ADirectoryThatIsConnectingCanBeClosed) {
  server().hang();
  {
    const auto directory = make();
  }
  server().resume();
}

// Somebody holds a lock on a table that questions need.
class Locked : public Outage {
 protected:
  void lock() { server().sql("BEGIN; LOCK TABLE pennsieve.organization_user IN ACCESS EXCLUSIVE MODE"); }
  static void unlock() { server().sql("ROLLBACK"); }
  static bool one_waits() {
    return eventually([] {
      server().sql("SELECT pg_stat_clear_snapshot()");  // within a transaction the view stands still
      return server()
                 .sql(
                     "SELECT count(*) FROM pg_stat_activity"
                     " WHERE usename = 'stewardry_reader' AND wait_event_type = 'Lock'")
                 .front() == "1";
    });
  }
};

TEST_F(Locked, AQuestionThatFindsNoFreeConnectionIsRefusedByItsDeadline) {
  const auto directory = make(1);
  expect_right(ask(*directory, soon()));
  lock();
  std::thread slow([&] { expect_right(ask(*directory, soon())); });
  EXPECT_TRUE(one_waits());
  EXPECT_TRUE(metric_is("stewardry_directory_connections_in_use{implementation=\"postgres\"} 1"));
  expect_unavailable(ask(*directory, shortly()));
  unlock();
  slow.join();
  expect_right(ask(*directory, soon()));
}

TEST_F(Locked, AQuestionWhoseConnectionIsCutIsAskedAgain) {
  const auto directory = make(1);
  expect_right(ask(*directory, soon()));
  lock();
  std::thread slow([&] { expect_right(ask(*directory, soon())); });
  EXPECT_TRUE(one_waits());
  server().sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'stewardry_reader'");
  unlock();
  slow.join();
}

// Found by the test below, now and then: a session that was cut while it was set up made the pool believe that the
// server was down, and questions were refused although it answered. PREPARE waits for the lock, which holds the session
// there.
TEST_F(Locked, AConnectionThatIsCutWhileItIsSetUpCostsNoQuestion) {
  PostgresDirectory::Options options = reader_options();
  options.connect_timeout = std::chrono::seconds(20);
  lock();
  const auto directory = make_directory(options);
  std::thread asker([&] { expect_right(ask(*directory, soon())); });
  EXPECT_TRUE(one_waits());
  server().sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'stewardry_reader'");
  unlock();
  asker.join();
}

TEST_F(Outage, AllConnectionsCutAtOnceCostNoQuestion) {
  const auto directory = make(4);
  const auto ask_from_many = [&] {
    std::vector<std::thread> askers;
    for (int i = 0; i < 8; ++i) {
      askers.emplace_back([&] {
        for (int k = 0; k < 20; ++k) expect_right(ask(*directory, soon()));
      });
    }
    for (std::thread& asker : askers) asker.join();
  };
  ask_from_many();
  server().sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'stewardry_reader'");
  ask_from_many();
}

TEST_F(Outage, FewerConnectionsThanWantedStillAnswerEveryone) {
  server().sql("ALTER ROLE stewardry_reader CONNECTION LIMIT 1");
  {
    const auto directory = make(4);
    EXPECT_TRUE(heals(*directory));
    std::vector<std::thread> askers;
    for (int i = 0; i < 8; ++i) {
      askers.emplace_back([&] {
        for (int k = 0; k < 20; ++k) expect_right(ask(*directory, soon()));
      });
    }
    for (std::thread& asker : askers) asker.join();
  }
  server().sql("ALTER ROLE stewardry_reader CONNECTION LIMIT -1");
}

// "cached plan must not change result type": the tables changed below a session that had prepared its statements.
TEST_F(Outage, AMigrationOfTheTablesCostsNoQuestion) {
  const auto directory = make();
  ASSERT_TRUE(directory->user(user_id(0), soon()));
  server().sql("ALTER TABLE pennsieve.users ALTER COLUMN first_name TYPE text");
  const auto user = directory->user(user_id(0), soon());
  ASSERT_TRUE(user) << user.error().detail;
  EXPECT_EQ((*user)->name, "User 0");
}

TEST_F(Outage, ADatabaseWithoutTheTablesSaysSoAndIsUsedOnceItHasThem) {
  server().sql("DROP SCHEMA pennsieve CASCADE");
  const auto directory = make();
  const auto ping = directory->ping(soon());
  ASSERT_FALSE(ping);
  EXPECT_EQ(ping.error().code, base::Code::kUnavailable);
  EXPECT_NE(ping.error().detail.find("pennsieve"), std::string::npos) << ping.error().detail;
  EXPECT_NE(ping.error().message.find("lacks a table"), std::string::npos) << ping.error().message;
  expect_unavailable(ask(*directory, soon()));
  load_small_world();
  EXPECT_TRUE(heals(*directory));
}

TEST_F(Outage, ATableThatMayNotBeReadIsUnavailableAndNotEmpty) {
  const auto directory = make();
  EXPECT_TRUE(directory->ping(soon()));
  server().sql("REVOKE SELECT ON pennsieve.team_user FROM stewardry_reader");
  expect_unavailable(ask(*directory, soon()));
  const auto ping = directory->ping(soon());
  ASSERT_FALSE(ping);
  EXPECT_NE(ping.error().detail.find("team_user"), std::string::npos) << ping.error().detail;
  server().sql("GRANT SELECT ON pennsieve.team_user TO stewardry_reader");
  expect_right(ask(*directory, soon()));
}

TEST_F(Outage, AnOldConnectionIsReplaced) {
  PostgresDirectory::Options options = reader_options();
  options.connection_age_max = std::chrono::milliseconds(0);
  options.connections_max = 1;
  options.registry = &registry_;
  const auto directory = make_directory(options);
  for (int i = 0; i < 3; ++i) expect_right(ask(*directory, soon()));
  EXPECT_TRUE(metric_is("stewardry_directory_reconnects_total{implementation=\"postgres\"} 2"));
}

}  // namespace
}  // namespace catalog_postgres
