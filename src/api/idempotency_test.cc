// Idempotency-Key: one effect and one answer, whatever is repeated, at the same time or after a death; and records that
// go when their time has passed.

#include <thread>

#include <gtest/gtest.h>

#include "api/api_test_support.h"
#include "api/mutation.h"
#include "base/limits.h"

namespace api {
namespace {

using accounts::TableProbe;
using std::chrono::hours;
using std::chrono::milliseconds;

std::string registration(const std::string& account) {
  return R"({"accountId":")" + account + R"(","accountType":"aws","roleName":"Role"})";
}

class Idempotency : public testing::Test {
 protected:
  static Sent post(const std::string& key, const std::string& account = "123456789012",
                   const std::string& token = "0") {
    return {"POST", "/accounts", "", registration(account), token, {{"Idempotency-Key", key}}};
  }
  std::size_t accounts_of(int who) { return api.server.accounts.owned_by(user(who), bench.never)->size(); }
  std::size_t records() { return bench.all("idempotency#" + user(0)).size(); }

  accounts::Bench bench;
  Api api{bench};
};

TEST_F(Idempotency, TheSameRequestGetsTheSameAnswerAndChangesNothing) {
  const net::Response first = api.send(post("k"));
  ASSERT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(header(first, "Idempotency-Replayed"), "(absent)");
  bench.clock.advance(hours(1));
  const net::Response again = api.send(post("k"));
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  for (const char* name : {"Location", "ETag", "Content-Type"})
    EXPECT_EQ(header(again, name), header(first, name)) << name;
  EXPECT_EQ(header(again, "Idempotency-Replayed"), "true");
  EXPECT_NE(header(again, "X-Request-Id"), header(first, "X-Request-Id")) << "each request has its own";
  EXPECT_EQ(accounts_of(0), 1U);
  Api other(bench);
  EXPECT_EQ(other.send(post("k")).body, first.body) << "on another server, or after a restart";
}

TEST_F(Idempotency, AnotherRequestUnderTheKeyIsImpossible) {
  ASSERT_EQ(api.send(post("k")).status, 201);
  const net::Response other_body = api.send(post("k", "123456789013"));
  EXPECT_EQ(other_body.status, 422);
  EXPECT_EQ(pointers(other_body), "header:Idempotency-Key");
  EXPECT_EQ(api.send({"POST",
                      "/compute-nodes",
                      "",
                      R"({"accountId":"00000000-0000-4000-8000-000000000001","name":"n"})",
                      "0",
                      {{"Idempotency-Key", "k"}}})
                .status,
            422);
  EXPECT_EQ(accounts_of(0), 1U);
}

TEST_F(Idempotency, AKeyIsItsCallersAndOfAnyBasePath) {
  ASSERT_EQ(api.send(post("k")).status, 201);
  EXPECT_EQ(api.send(post("k", "123456789012", "1")).status, 201) << "another caller's";
  EXPECT_EQ(accounts_of(1), 1U);
  Sent below = post("k");
  below.path = "/compute/resources/accounts";
  EXPECT_EQ(header(api.send(below), "Idempotency-Replayed"), "true");
  EXPECT_EQ(accounts_of(0), 1U);
}

TEST_F(Idempotency, ARefusedRequestDoesNotUseTheKeyUp) {
  ASSERT_EQ(api.send(post("first")).status, 201);
  EXPECT_EQ(api.send(post("k")).status, 409) << "registered already";
  EXPECT_EQ(records(), 1U);
  EXPECT_EQ(api.send(post("k", "12345")).status, 400);
  EXPECT_EQ(api.send(post("k", "123456789013")).status, 201);
  EXPECT_EQ(records(), 2U);
}

TEST_F(Idempotency, MalformedKeysAreRefused) {
  for (const std::string& key : {std::string(), std::string(256, 'k'), std::string("a b"), std::string("a\tb"),
                                 std::string("\xc3\xa9"), std::string("a\x7f")}) {
    const net::Response refused = api.send(post(key));
    EXPECT_EQ(refused.status, 400) << key;
    EXPECT_EQ(pointers(refused), "header:Idempotency-Key");
  }
  Sent twice = post("a");
  twice.headers.push_back({"idempotency-key", "a"});
  EXPECT_EQ(api.send(twice).status, 400);
  EXPECT_EQ(accounts_of(0), 0U);
  EXPECT_EQ(api.send(post(std::string(255, '~'))).status, 201);
}

TEST_F(Idempotency, ManyAtOnceHaveOneEffectAndOneAnswer) {
  constexpr std::size_t kThreads = 8;
  std::vector<net::Response> answers(kThreads);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) threads.emplace_back([&, t] { answers[t] = api.send(post("k")); });
  for (std::thread& each : threads) each.join();
  std::size_t replayed = 0;
  for (const net::Response& each : answers) {
    EXPECT_EQ(each.status, 201) << each.body;
    EXPECT_EQ(each.body, answers[0].body);
    EXPECT_EQ(header(each, "ETag"), header(answers[0], "ETag"));
    if (header(each, "Idempotency-Replayed") == "true") ++replayed;
  }
  EXPECT_EQ(replayed, kThreads - 1);
  EXPECT_EQ(accounts_of(0), 1U);
  EXPECT_EQ(records(), 1U);
}

TEST_F(Idempotency, EffectAndRecordAreOneWrite) {
  for (const TableProbe::Death death : {TableProbe::Death::kBefore, TableProbe::Death::kAfter}) {
    accounts::Bench own;
    Api dying(own), steady(own);
    dying.server.table.die_at(1, death);
    EXPECT_EQ(dying.send(post("k")).status, 503);
    const std::size_t made = steady.server.accounts.owned_by(user(0), own.never)->size();
    EXPECT_EQ(own.all("idempotency#" + user(0)).size(), made) << "both or neither";
    const net::Response again = steady.send(post("k"));
    EXPECT_EQ(again.status, 201) << again.body;
    EXPECT_EQ(header(again, "Idempotency-Replayed") == "true", made == 1);
    EXPECT_EQ(steady.server.accounts.owned_by(user(0), own.never)->size(), 1U);
  }
}

// For a record of every hour of a day, and of its first and last moment: there for as long as is promised, and gone at
// most a day after that.
TEST_F(Idempotency, RecordsAreKeptAsLongAsPromisedAndThenGo) {
  const base::Time midnight = std::chrono::floor<std::chrono::days>(bench.clock.now());
  std::vector<milliseconds> moments = {milliseconds(0), hours(24) - milliseconds(1)};
  for (int hour = 1; hour < 24; ++hour) moments.emplace_back(hours(hour));
  for (const milliseconds moment : moments) {
    accounts::Bench own;
    Api server(own);
    own.clock.advance(midnight + hours(24) + moment - own.clock.now());
    ASSERT_EQ(server.send(post("k")).status, 201);
    const base::Time made = own.clock.now();
    base::Time gone{};
    while (gone == base::Time{}) {
      ASSERT_LT(own.clock.now() - made, base::limits::kIdempotencyKept + hours(26)) << "it is never purged";
      own.clock.advance(std::chrono::minutes(59));
      ASSERT_TRUE(purge_idempotency_records(own.table, own.clock, own.never));
      if (own.all("idempotency#" + user(0)).empty()) gone = own.clock.now();
    }
    EXPECT_GE(gone - made, base::limits::kIdempotencyKept) << moment.count();
  }
}

TEST_F(Idempotency, AKeyIsKnownUntilTheLastMomentOfItsTime) {
  ASSERT_EQ(api.send(post("k")).status, 201);
  bench.clock.advance(base::limits::kIdempotencyKept - milliseconds(1));
  ASSERT_EQ(purge_idempotency_records(bench.table, bench.clock, bench.never).value(), 0U);
  EXPECT_EQ(header(api.send(post("k")), "Idempotency-Replayed"), "true");
}

TEST_F(Idempotency, ManyRecordsOfSeveralDaysGoAtOnce) {
  for (int i = 0; i < 250; ++i) {
    ASSERT_EQ(api.send(post(fmt::format("k{}", i), std::to_string(100'000'000'000 + i))).status, 201);
    if (i == 100) bench.clock.advance(hours(24));
  }
  bench.clock.advance(hours(24 * 6));
  EXPECT_EQ(purge_idempotency_records(bench.table, bench.clock, bench.never).value(), 250U);
  EXPECT_EQ(purge_idempotency_records(bench.table, bench.clock, bench.never).value(), 0U);
  EXPECT_EQ(accounts_of(0), 250U) << "and nothing but the records";
}

TEST_F(Idempotency, TwoServersThatPurgeAtOnceDoNotFail) {
  ASSERT_EQ(api.send(post("k")).status, 201);
  bench.clock.advance(hours(24 * 4));
  Api other(bench);
  other.server.table.before_each_write(
      [&](int) { EXPECT_EQ(purge_idempotency_records(bench.table, bench.clock, bench.never).value(), 1U); });
  EXPECT_TRUE(purge_idempotency_records(other.server.table, bench.clock, bench.never));
  EXPECT_EQ(records(), 0U);
}

}  // namespace
}  // namespace api
