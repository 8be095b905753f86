// A run that is killed before any of its steps: the next one brings everything to its end, and no password is lost.

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <support/postgres.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pg_run/run.h"
#include "pg_secrets/stores.h"

namespace {

constexpr int kKilled = 9;

class Killed : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("stewardry-killed-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    spec_ = *pg_spec::read("logins: {app: {password: 'file:" + (folder_ / "app.json").string() +
                               "'}}\n"
                               "owners: {app_owner: {}}\n"
                               "databases:\n"
                               "  one: {privileges: {app: CONNECT}, schemas: {app: {owner: app_owner}}}\n"
                               "  two: {privileges: {app: CONNECT}, schemas: {app: {owner: app_owner}}}\n",
                           "spec");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void clean() {
    for (const char* name : {"app.json", "app.json.pending"}) std::filesystem::remove(folder_ / name);
    server_.sql("DROP DATABASE IF EXISTS one");
    server_.sql("DROP DATABASE IF EXISTS two");
    server_.sql("DROP ROLE IF EXISTS app");
    server_.sql("DROP ROLE IF EXISTS app_owner");
  }

  [[nodiscard]] pg_run::Target target() const {
    pg_run::Target made;
    made.settings.dsn = server_.socket_conninfo();
    return made;
  }

  static base::Result<pg_run::Applied> run(const pg_run::Target& target, const pg_spec::Spec& spec, bool rotates) {
    pg_secrets::Stores stores(
        [](const std::string&, const std::string&, const json::Object&) -> base::Result<std::optional<json::Value>> {
          return base::fail(base::Code::kUnavailable, "There is no AWS here.");
        });
    base::SystemEntropy entropy;
    return rotates ? pg_run::rotate(target, spec, "app", stores, entropy)
                   : pg_run::apply(target, spec, "", &stores, entropy);
  }

  // In a process of its own, which is gone before step `at`. False: there are fewer steps, and it ran to its end.
  bool killed_at(int at, bool rotates) {
    const pid_t child = ::fork();
    if (child == 0) {
      pg_run::Target killed = target();
      int left = at;
      killed.before_step = [&left](std::string_view) -> base::Result<void> {
        if (left-- == 0) ::_exit(kKilled);
        return {};
      };
      const auto done = run(killed, spec_, rotates);
      ::_exit(done && done->converged ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_NE(WEXITSTATUS(status), 1) << "it failed by itself";
    return WEXITSTATUS(status) == kKilled;
  }

  // The verifier that the server has is that of what is published: SCRAM is asked for where the socket trusts.
  [[nodiscard]] std::string published() const {
    std::ifstream file(folder_ / "app.json");
    return {std::istreambuf_iterator<char>(file), {}};
  }

  test_support::PostgresServer& server_ = test_support::postgres_of(15);
  std::filesystem::path folder_;
  pg_spec::Spec spec_;
};

TEST_F(Killed, AnApplyIsTakenUpByTheNext) {
  int steps = 0;
  while (true) {
    clean();
    if (!killed_at(steps, false)) break;
    const base::Result<pg_run::Applied> again = run(target(), spec_, false);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_TRUE(again->converged) << steps << again->refused;
    EXPECT_NE(published().find("\"username\":\"app\""), std::string::npos) << steps;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "app.json.pending")) << steps;
    EXPECT_EQ(server_.sql("SELECT count(*) FROM pg_database WHERE datname IN ('one', 'two')").front(), "2");
    const base::Result<pg_run::Applied> nothing = run(target(), spec_, false);
    EXPECT_TRUE(nothing && nothing->converged && nothing->outcomes.empty()) << steps;
    ++steps;
  }
  EXPECT_GE(steps, 7) << "two databases, a pending password, transactions, a login, a publishing";
  clean();
}

TEST_F(Killed, ARotationLeavesAPasswordThatWorks) {
  clean();
  ASSERT_TRUE(run(target(), spec_, false)->converged);
  int steps = 0;
  while (killed_at(steps, true)) {
    const base::Result<pg_run::Applied> again = run(target(), spec_, true);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_TRUE(again->converged) << steps;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "app.json.pending")) << steps;
    ++steps;
  }
  EXPECT_EQ(steps, 4) << "pending, commit, login, publish";
  clean();
}

TEST_F(Killed, AWarningOfTheServerIsAFailureThatRollsBack) {
  clean();
  server_.sql("CREATE ROLE app LOGIN");
  // Somebody's event trigger warns of what we do.
  server_.sql("CREATE DATABASE one; ");
  server_.sql(
      "CREATE FUNCTION warn() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE WARNING 'not so'; END$$; "
      "CREATE EVENT TRIGGER warns ON ddl_command_end WHEN TAG IN ('CREATE SCHEMA') EXECUTE FUNCTION warn()",
      "one");
  const pg_spec::Spec spec = *pg_spec::read(
      "databases: {one: {schemas: {app: {owner: postgres}}}}\n"
      "external_roles: [postgres]\n",
      "spec");
  const base::Result<pg_run::Applied> done = run(target(), spec, false);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_FALSE(done->converged);
  ASSERT_FALSE(done->outcomes.empty());
  EXPECT_NE(done->outcomes.back().error.find("not so"), std::string::npos) << done->outcomes.back().error;
  EXPECT_EQ(server_.sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'app'", "one").front(), "0");
  clean();
}

}  // namespace
