// 9.6: decisions and internals were written to the log, and answers told every failure as "error loading AWS config".
// A line for each request, and in none of them an ExternalId, a token or a body.

#include <gtest/gtest.h>

#include "json/parse.h"
#include "tests/support/api_player.h"

namespace test {
namespace {

const Case kCase{.file = "tests/issues/096_secrets_stay_out_of_the_log_test.cc",
                 .name = "log",
                 .world = {{"acme: ada owner; account lab of ada, private in acme; node n of ada in acme", 1}},
                 .steps = {}};

TEST(TheLog, HasALineForEachRequestAndNoSecret) {
  Player player(kCase, {});
  ASSERT_TRUE(player.make_world());
  ApiWorld& world = player.world();
  const std::string ada = player.names().at("ada");
  world.call(ada, "GET", *player.names().fill("/accounts/{lab}"));
  world.call(ada, "PATCH", *player.names().fill("/accounts/{lab}"), R"({"description":"a most private remark"})");
  world.call(ada, "POST", "/accounts", R"({"accountId":"a most private mistake"})",
             {{"Idempotency-Key", "a-most-private-key"}, {"X-Request-Id", "the-last-one"}});
  const std::string log = world.log();
  EXPECT_EQ(log.find("most private"), std::string::npos);
  EXPECT_EQ(log.find("most-private"), std::string::npos);
  EXPECT_EQ(log.find(player.names().at("lab.externalId")), std::string::npos);
  EXPECT_EQ(log.find("eyJ"), std::string::npos) << "the start of every token";
  EXPECT_NE(log.find("the-last-one"), std::string::npos);
  std::size_t lines = 0;
  for (std::size_t from = 0, end = 0; (end = log.find('\n', from)) != std::string::npos; from = end + 1, ++lines) {
    EXPECT_TRUE(json::parse(log.substr(from, end - from)).has_value()) << log.substr(from, end - from);
  }
  EXPECT_GE(lines, 7U);
}

}  // namespace
}  // namespace test
