// Logins: TLS by default, passwords and where they must not be seen, verifiers made by us.

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <rapidcheck.h>
#include <support/postgres.h>

#include "base/text.h"
#include "crypto/scram.h"
#include "pg/failure.h"
#include "pg/pg_test_support.h"

namespace pg {
namespace {

using test_support::PostgresServer;

PostgresServer& rds_of(int major) {
  static std::map<int, std::unique_ptr<PostgresServer>> servers;
  auto& server = servers[major];
  if (!server)
    server = std::make_unique<PostgresServer>(test_support::PostgresOptions{.major = major, .like_rds = true});
  return *server;
}

std::string tcp(const PostgresServer& server, std::string_view role) { return server.conninfo(role); }

base::Secret password() { return base::Secret(std::string(PostgresServer::kPassword)); }

class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

bool uses_tls(Connection& connection) {
  return connection.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", soon()).value().truth(0, 0);
}

TEST(Login, OverTcpTheServersCertificateIsVerifiedUnlessToldOtherwise) {
  PostgresServer& server = rds_of(15);
  Settings settings{.dsn = tcp(server, "administrator"), .password = password()};
  // libpq would look into the home folder for the authority's file.
  const auto without = Connection::open(settings, soon());
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().code, base::Code::kUnavailable);
  EXPECT_NE(without.error().message.find("sslrootcert"), std::string::npos) << without.error().message;
  settings.keywords = {{"sslrootcert", server.other_ca_file().string()}};
  EXPECT_FALSE(Connection::open(settings, soon()));
  settings.keywords = {{"sslrootcert", server.ca_file().string()}};
  Connection verified = Connection::open(settings, soon()).value();
  EXPECT_TRUE(uses_tls(verified));
  // The certificate is for localhost and 127.0.0.1.
  settings.keywords["host"] = "another.name.invalid";
  settings.keywords["hostaddr"] = "127.0.0.1";
  EXPECT_FALSE(Connection::open(settings, soon()));
  settings.keywords["sslmode"] = "require";
  settings.keywords.erase("sslrootcert");
  EXPECT_TRUE(Connection::open(settings, soon()));
}

TEST(Login, AnSslmodeIsSomebodysOwnWhereverItIsNamed) {
  PostgresServer server({.tls = true});
  const std::string dsn = server.conninfo();
  EXPECT_FALSE(Connection::open({.dsn = dsn}, soon()));
  EXPECT_TRUE(Connection::open({.dsn = dsn + " sslmode=disable"}, soon()));
  EXPECT_TRUE(Connection::open({.dsn = dsn, .keywords = {{"sslmode", "prefer"}}}, soon()));
  {
    const Variable mode("PGSSLMODE", "prefer");
    EXPECT_TRUE(Connection::open({.dsn = dsn}, soon()));
  }
  const std::filesystem::path file = std::filesystem::temp_directory_path() / fmt::format("service-{}", ::getpid());
  std::ofstream(file) << fmt::format("[plain]\nhost=127.0.0.1\nport={}\nuser=postgres\nsslmode=disable\n",
                                     server.port())
                      << fmt::format("[silent]\nhost=127.0.0.1\nport={}\nuser=postgres\n", server.port());
  {
    const Variable services("PGSERVICEFILE", file.string());
    EXPECT_TRUE(Connection::open({.dsn = "service=plain dbname=postgres"}, soon()));
    EXPECT_FALSE(Connection::open({.dsn = "service=silent dbname=postgres"}, soon()));
    const Variable service("PGSERVICE", "plain");
    EXPECT_TRUE(Connection::open({.keywords = {{"dbname", "postgres"}}}, soon()));
  }
  std::filesystem::remove(file);
}

TEST(Login, TheEnvironmentAloneIsEnough) {
  const PostgresServer& server = test_support::postgres_of(15);
  const Variable host("PGHOST", server.socket_folder().string());
  const Variable port("PGPORT", std::to_string(server.port()));
  const Variable user("PGUSER", "postgres");
  Connection connection = Connection::open({.keywords = {{"dbname", "template1"}}}, soon()).value();
  EXPECT_EQ(connection.query("SELECT current_database()", soon()).value().text(0, 0), "template1");
}

TEST(Login, KeywordsGoBeforeTheDsnAndADatabaseIsItsNameOnly) {
  PostgresServer& server = test_support::postgres_of(15);
  server.sql("CREATE DATABASE \"user=nobody dbname=template1\"");
  Connection connection =
      Connection::open({.dsn = server.socket_conninfo(), .keywords = {{"dbname", "user=nobody dbname=template1"}}},
                       soon())
          .value();
  EXPECT_EQ(connection.query("SELECT current_database()", soon()).value().text(0, 0), "user=nobody dbname=template1");
  server.sql("DROP DATABASE \"user=nobody dbname=template1\" WITH (FORCE)");
}

TEST(Login, AWrongPasswordIsToldAndNotShown) {
  PostgresServer& server = rds_of(15);
  const Settings settings{.dsn = tcp(server, "administrator"),
                          .keywords = {{"sslrootcert", server.ca_file().string()}},
                          .password = base::Secret("hunter2-hunter2")};
  const auto refused = Connection::open(settings, soon());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kUnauthenticated);
  EXPECT_EQ(sqlstate_of(refused.error()), "28P01");
  EXPECT_NE(refused.error().message.find("password authentication failed"), std::string::npos)
      << refused.error().message;
  EXPECT_EQ((refused.error().message + refused.error().detail).find("hunter2"), std::string::npos);
  EXPECT_EQ(refused.error().message.find("auth.c"), std::string::npos) << refused.error().message;
}

TEST(Login, NoPasswordAtAllIsUnauthenticated) {
  PostgresServer& server = rds_of(15);
  const auto refused = Connection::open(
      {.dsn = tcp(server, "administrator"), .keywords = {{"sslrootcert", server.ca_file().string()}}}, soon());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kUnauthenticated);
}

TEST(Login, ADatabaseThatIsNotThereIsNoMatterOfPasswords) {
  const auto refused =
      Connection::open({.dsn = test_support::postgres_of(15).socket_conninfo("postgres", "none")}, soon());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kImpossible);
  EXPECT_EQ(sqlstate_of(refused.error()), "3D000");
}

TEST(Login, ADsnThatCannotBeReadIsNotRepeated) {
  for (const char* dsn : {"postgresql://app:hunter2@[::1", "host=x hunter2", "postgresql://app:hunter2%zz@host/"}) {
    const auto refused = Connection::open({.dsn = dsn}, soon());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, base::Code::kInvalid);
    EXPECT_EQ((refused.error().message + refused.error().detail).find("hunter2"), std::string::npos);
  }
}

TEST(Login, AVerifierIsCutOutOfWhatTheServerSays) {
  Connection connection = connect(test_support::postgres_of(15).socket_conninfo());
  const std::string verifier = crypto::scram_verifier(base::Secret("p"), "0123456789abcdef", 4096).value();
  const auto refused =
      connection.query("ALTER ROLE postgres PASSWORD " + literal(verifier) + " " + literal(verifier), soon());
  ASSERT_FALSE(refused);
  const std::string told = refused.error().message + refused.error().detail;
  EXPECT_EQ(told.find(verifier.substr(20)), std::string::npos) << told;
  EXPECT_EQ(without_verifiers("near \"SCRAM-SHA-256$4096:AA==$BB=:CC=\" and"), "near \"SCRAM-SHA-256$...\" and");
  EXPECT_EQ(without_verifiers("SCRAM-SHA-256$"), "SCRAM-SHA-256$...");
  EXPECT_EQ(without_verifiers("no verifier"), "no verifier");
}

// pgroles: no SASLprep, so that a password beyond ASCII may not log in. Vault #31853: the server's iterations ignored.
class Verifiers : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Postgres, Verifiers, testing::ValuesIn(test_support::kPostgresMajors));

TEST_P(Verifiers, LogInOnEveryMajor) {
  PostgresServer& server = rds_of(GetParam());
  const std::vector<std::string> passwords{"plain ASCII 'quoted\" \\",
                                           "p\u00E4ssw\u00F6rt",
                                           "e\u0301 decomposed",
                                           "\u2168 \u00AA compatibility",
                                           "soft\u00ADhyphen\u00A0and\u3000spaces",
                                           "\u0627\u0644\u0633\u0651\u0644\u0627\u0645",
                                           "\u0627 mixed",
                                           "\U0001F511 not in Unicode 3.2 \u2168",
                                           "\u0340\u2168",
                                           "\u05D0 \u2135",
                                           "not UTF-8 \xff\xfe",
                                           "new\nline\n",
                                           std::string(1000, 'x')};
  Connection administrator = connect(server.administrator_conninfo());
  const std::string announced = administrator.parameter("scram_iterations");
  EXPECT_EQ(announced, GetParam() >= 16 ? "4096" : "");
  ASSERT_TRUE(administrator.query("CREATE ROLE verified LOGIN", soon()));
  int iterations = announced.empty() ? 4096 : std::stoi(announced);
  for (const std::string& text : passwords) {
    const base::Secret secret(text);
    const std::string verifier = crypto::scram_verifier(secret, "0123456789abcdef", iterations).value();
    ASSERT_TRUE(administrator.query("ALTER ROLE verified PASSWORD " + literal(verifier), soon()));
    EXPECT_EQ(server.sql("SELECT rolpassword FROM pg_authid WHERE rolname = 'verified'").at(0), verifier);
    const Settings settings{.dsn = tcp(server, "verified") + " sslmode=require", .password = secret};
    const auto login = Connection::open(settings, soon());
    EXPECT_TRUE(login) << text << ": " << login.error().message;
    iterations = 1234;  // the server takes any
  }
  const Settings wrong{.dsn = tcp(server, "verified") + " sslmode=require", .password = base::Secret("another")};
  EXPECT_EQ(Connection::open(wrong, soon()).error().code, base::Code::kUnauthenticated);
  ASSERT_TRUE(administrator.query("DROP ROLE verified", soon()));
}

// Of every password libpq makes what we make, whatever SASLprep does with it.
TEST(Verifiers, AreThoseOfLibpq) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> unconnected(PQconnectdb("host=/nowhere"), &PQfinish);
  const std::vector<std::pair<std::uint32_t, std::uint32_t>> blocks{
      {0x20, 0x7E},     {0x80, 0x24F},    {0x2B0, 0x3FF},     {0x590, 0x6FF},     {0x1800, 0x180F},   {0x1F00, 0x206F},
      {0x2070, 0x2BFF}, {0x2E80, 0x30FF}, {0xF900, 0xFDFF},   {0xFE00, 0xFFFF},   {0x1D400, 0x1D7FF}, {0xC80, 0xCFF},
      {0x1700, 0x17FF}, {0xE000, 0xE010}, {0xE0000, 0xE007F}, {0x1F300, 0x1F6FF}, {0xAC00, 0xAC40}};
  EXPECT_TRUE(rc::check("libpq agrees", [&] {
    std::string text;
    const int length = *rc::gen::inRange(1, 6);
    for (int i = 0; i < length; ++i) {
      const auto [first, last] = *rc::gen::elementOf(blocks);
      const std::uint32_t c = *rc::gen::inRange(first, last + 1);
      if (c < 0x80) {
        text += static_cast<char>(c);
      } else if (c < 0x800) {
        text += static_cast<char>(0xC0 | (c >> 6));
      } else if (c < 0x10000) {
        text += static_cast<char>(0xE0 | (c >> 12));
      } else {
        text += static_cast<char>(0xF0 | (c >> 18));
        text += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
      }
      if (c >= 0x800) text += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
      if (c >= 0x80) text += static_cast<char>(0x80 | (c & 0x3F));
    }
    const std::unique_ptr<char, decltype(&PQfreemem)> theirs(
        PQencryptPasswordConn(unconnected.get(), text.c_str(), "role", "scram-sha-256"), &PQfreemem);
    RC_ASSERT(theirs != nullptr);
    RC_ASSERT(crypto::scram_matches(theirs.get(), base::Secret(text)));
  }));
}

}  // namespace
}  // namespace pg
