// What would go wrong: a name that leads to the server itself; an empty password, for which libpq would look elsewhere;
// an application that goes on, after it was cut off, with something that nobody approved.

#include "databases/pg_runner.h"

#include <gtest/gtest.h>

#include "base/entropy.h"
#include "databases/databases_test_support.h"

namespace databases {
namespace {

class CountingKeyring final : public Keyring {
 public:
  base::Result<base::Secret> password(const Database&, bool, base::Deadline) override {
    ++asked;
    return base::Secret();
  }
  base::Result<base::Secret> login_token(const Database&, const std::string&, base::Deadline) override {
    return base::Secret();
  }
  std::unique_ptr<pg_run::SecretStore> secrets(const Database&, base::Deadline) override { return nullptr; }
  int asked = 0;
};

struct PgRunnerTest : testing::Test {
  CountingKeyring keyring;
  base::SeededEntropy entropy{1};
  PgRunner runner{keyring, entropy, {}};
  const base::Deadline soon = base::Deadline::after(std::chrono::seconds(20));
};

constexpr std::string_view kSpec = "logins:\n  app: {password: 'ssm:/stewardry/x/app'}\n  plain:\n";

TEST_F(PgRunnerTest, ANameThatLeadsToTheServerItself) {
  Database database = registration("shop");
  database.host = "localhost";
  EXPECT_EQ(code_of(runner.plan(database, kSpec, soon)), base::Code::kImpossible);
  EXPECT_EQ(code_of(runner.check(database, kSpec, soon)), base::Code::kImpossible);
  EXPECT_EQ(code_of(runner.apply(database, kSpec, {"digest", "{}", false}, soon)), base::Code::kImpossible);
  EXPECT_EQ(code_of(runner.rotate(database, kSpec, "app", soon)), base::Code::kImpossible);
  EXPECT_EQ(keyring.asked, 0);
}

TEST_F(PgRunnerTest, ANameThatLeadsNowhere) {
  Database database = registration("shop");
  database.host = "stewardry.invalid";
  const base::Result<Report> report = runner.check(database, kSpec, soon);
  ASSERT_EQ(code_of(report), base::Code::kUnavailable);
  EXPECT_EQ(report.error().message.rfind("The host stewardry.invalid cannot be found", 0), 0U);
}

TEST_F(PgRunnerTest, AnEmptyPasswordIsNotOneForLibpqToFind) {
  PgRunner local(keyring, entropy, {.allow_local = true, .tls_roots = {}});
  Database database = registration("shop");
  database.host = "127.0.0.1";
  database.port = 1;
  database.ssl_mode = SslMode::kDisable;
  EXPECT_EQ(code_of(local.check(database, kSpec, soon)), base::Code::kUnauthenticated);
  EXPECT_EQ(keyring.asked, 1);
}

TEST_F(PgRunnerTest, WhatTheDomainKnowsOfASpec) {
  const SpecFacts facts = runner.read_spec(kSpec).value();
  ASSERT_EQ(facts.logins.size(), 2U);
  EXPECT_EQ(facts.logins[0].name, "app");
  EXPECT_EQ(facts.logins[0].place, "ssm:/stewardry/x/app");
  EXPECT_EQ(facts.logins[1].place, "");
  const base::Result<SpecFacts> bad = runner.read_spec("logins:\n  app: {pasword: x}\n  b: 3\n");
  ASSERT_EQ(code_of(bad), base::Code::kInvalid);
  ASSERT_GE(bad.error().fields.size(), 2U);
  for (const base::FieldError& each : bad.error().fields) EXPECT_EQ(each.pointer, "/spec") << each.message;
}

pg_plan::Statement statement(std::optional<std::string> database, std::string sql) {
  pg_plan::Statement made;
  made.database = std::move(database);
  made.sql = std::move(sql);
  return made;
}

TEST(Approved, WhatIsLeftStoodInThePlan) {
  constexpr std::string_view kReport =
      R"({"statements": [{"database": null, "sql": "CREATE ROLE a"}, {"database": "shop", "sql": "GRANT x"},)"
      R"( {"database": null, "sql": "ALTER ROLE a PASSWORD 'SCRAM-SHA-256$...'"}]})";
  pg_plan::Plan left;
  EXPECT_EQ(why_not_approved(left, kReport), "");
  left.statements = {statement("shop", "GRANT x")};
  EXPECT_EQ(why_not_approved(left, kReport), "");
  pg_plan::Statement password = statement({}, "ALTER ROLE a PASSWORD 'SCRAM-SHA-256$4096:another$salt:key'");
  password.secret = true;
  left.statements.push_back(password);
  EXPECT_EQ(why_not_approved(left, kReport), "");
  left.statements.push_back(statement({}, "GRANT x"));  // the same text, elsewhere
  EXPECT_NE(why_not_approved(left, kReport).find("not approved: GRANT x."), std::string::npos);
  left.statements = {statement("shop", "GRANT y")};
  EXPECT_NE(why_not_approved(left, kReport), "");
  for (const char* damaged : {"", "[]", "{}", R"({"statements": 1})", R"({"statements": [1]})"})
    EXPECT_NE(why_not_approved(left, damaged), "") << damaged;
}

}  // namespace
}  // namespace databases
