// What would go wrong: a tenant has the server talk to itself, to its link or to a stranger, or read another tenant's
// password.

#include "databases/places.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "databases/databases_test_support.h"

namespace databases {
namespace {

std::string pointer_of(const base::Result<void>& result) {
  if (result) return "allowed";
  EXPECT_EQ(result.error().code, base::Code::kImpossible);
  return result.error().fields.empty() ? "no pointer" : result.error().fields.front().pointer;
}

std::string checked(Places places, const std::string& host) {
  Database database = registration("shop");
  database.host = host;
  return pointer_of(places.check(database));
}

TEST(Places, PatternsMatchWholeNames) {
  EXPECT_TRUE(matches("*.rds.amazonaws.com", "shop.eu-west-1.rds.amazonaws.com"));
  EXPECT_FALSE(matches("*.rds.amazonaws.com", "shop.rds.amazonaws.com.evil.example"));
  EXPECT_FALSE(matches("*.rds.amazonaws.com", "rds.amazonaws.com"));
  EXPECT_FALSE(matches("*.rds.amazonaws.com", "shop-rds.amazonaws.com"));
  EXPECT_TRUE(matches("db-*.*.example", "db-1.eu.example"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_FALSE(matches("", "x"));
  EXPECT_TRUE(matches("a*b*c", "a-b-b-c"));
}

TEST(Places, EveryTextMatchesItselfAndWhatItBeginsWith) {
  EXPECT_TRUE(rc::check("a text with a star in the place of a part of it",
                        [](const std::string& a, const std::string& b, const std::string& c) {
                          return matches(a + "*" + c, a + b + c) || a.find('*') != std::string::npos ||
                                 c.find('*') != std::string::npos;
                        }));
}

TEST(Places, NothingIsAllowedWithoutHosts) {
  EXPECT_EQ(checked({.hosts = {}, .secret_prefix = "x/{workspaceId}/", .allow_local = true}, "a.rds.amazonaws.com"),
            "/host");
}

TEST(Places, OnlyTheOperatorsHosts) {
  EXPECT_EQ(checked(test_places(), "shop.eu-west-1.rds.amazonaws.com"), "allowed");
  for (const char* host : {"evil.example", "shop.rds.amazonaws.com.evil.example", "a.rds.amazonaws.com,evil.example",
                           "A.rds.amazonaws.com", "", "a.rds.amazonaws.com/x", "a b.rds.amazonaws.com",
                           "evil.example\t.rds.amazonaws.com", "a.rds.amazonaws.com\n", "a@b.rds.amazonaws.com"}) {
    EXPECT_EQ(checked(test_places(), host), "/host") << host;
  }
}

TEST(Places, TheServerItselfInNoSpelling) {
  const Places everywhere{.hosts = {"*"}, .secret_prefix = "x/{workspaceId}/", .iam_hosts = test_identities()};
  for (const char* host : {"localhost",
                           "a.localhost",
                           "127.0.0.1",
                           "127.1",
                           "0x7f000001",
                           "2130706433",
                           "0.0.0.0",
                           "0",
                           "017700000001",
                           "127.0.0.1.",
                           "169.254.169.254",
                           "::1",
                           "::",
                           "0:0:0:0:0:0:0:1",
                           "::ffff:127.0.0.1",
                           "::ffff:7f00:1",
                           "fe80::1",
                           "ff02::1",
                           "224.0.0.1",
                           "255.255.255.255",
                           "64:ff9b::7f00:1",
                           "/var/run/postgresql",
                           "0177.0.0.1",
                           "127.0.0.0x1"}) {
    EXPECT_EQ(checked(everywhere, host), "/host") << host;
  }
  for (const char* host : {"10.1.2.3", "192.168.0.7", "2001:db8::1", "db.internal", "fd00::7"})
    EXPECT_EQ(checked(everywhere, host), "allowed") << host;
}

TEST(Places, TheServerItselfWhereTheOperatorSaysSo) {
  const Places local{.hosts = {"127.0.0.1", "/tmp/*"},
                     .secret_prefix = "x/{workspaceId}/",
                     .iam_hosts = test_identities(),
                     .allow_local = true};
  EXPECT_EQ(checked(local, "127.0.0.1"), "allowed");
  EXPECT_EQ(checked(local, "/tmp/pg"), "allowed");
  EXPECT_EQ(checked(local, "/var/run/postgresql"), "/host");
  EXPECT_EQ(checked(local, "localhost"), "/host");
}

TEST(Places, NamesThatReadAsConnectionStrings) {
  Database database = registration("shop");
  for (const char* name : {"host=169.254.169.254", "postgresql://evil.example/", "", "a\nb",
                           "a234567890123456789012345678901234567890123456789012345678901234"}) {
    database.database = name;
    EXPECT_EQ(pointer_of(test_places().check(database)), "/database") << name;
  }
  database.database = "shop \"x\" 'y' ü";
  EXPECT_EQ(pointer_of(test_places().check(database)), "allowed");
  database.user = std::string("a\0b", 3);
  EXPECT_EQ(pointer_of(test_places().check(database)), "/user");
}

TEST(Places, TlsIsRequired) {
  Database database = registration("shop");
  database.ssl_mode = SslMode::kDisable;
  EXPECT_EQ(pointer_of(test_places().check(database)), "/sslMode");
  database.ssl_mode = SslMode::kRequire;
  EXPECT_EQ(pointer_of(test_places().check(database)), "allowed");
}

TEST(Places, SecretsOfTheWorkspaceAlone) {
  Database database = registration("shop");
  database.credentials.kind = CredentialsKind::kSecretsManager;
  const auto with = [&](const std::string& name) {
    database.credentials.name = name;
    return pointer_of(test_places().check(database));
  };
  const std::string own = "stewardry/00000000-0000-4000-8000-000000000000/";
  EXPECT_EQ(with(own + "shop"), "allowed");
  EXPECT_EQ(with("/" + own + "shop"), "allowed");
  for (const std::string& name : std::vector<std::string>{
           "", own, "shop", "stewardry/00000000-0000-4000-8000-000000000001/shop", own + "../other/shop",
           "arn:aws:secretsmanager:eu-west-1:1:secret:" + own + "shop", "//" + own + "shop", own + "a b",
           "stewardry/N:organization:00000000-0000-4000-8000-000000000000/shop"}) {
    EXPECT_EQ(with(name), "/credentials/name") << name;
  }
  database.credentials.kind = CredentialsKind::kIam;
  EXPECT_EQ(with("x"), "/credentials/name");
  EXPECT_EQ(with(""), "allowed");
}

// Else whoever administers a workspace could register another's database, and the server would open it for them.
TEST(Places, TheServersIdentityOnlyWhereItIsGivenToTheWorkspace) {
  Places places = test_places();
  places.iam_hosts = {"00000000-0000-4000-8000-000000000001=shop.*.rds.amazonaws.com"};
  Database database = registration("shop", 1);
  EXPECT_EQ(pointer_of(places.check(database)), "allowed");
  database.host = "other.eu-west-1.rds.amazonaws.com";
  EXPECT_EQ(pointer_of(places.check(database)), "/credentials/kind");
  EXPECT_EQ(pointer_of(places.check(registration("shop", 0))), "/credentials/kind");
  places.iam_hosts = {};
  EXPECT_EQ(pointer_of(places.check(registration("shop", 1))), "/credentials/kind");
  database.credentials = {CredentialsKind::kSsm, "stewardry/00000000-0000-4000-8000-000000000001/shop"};
  EXPECT_EQ(pointer_of(places.check(database)), "allowed") << "its own secret opens what it opens";
}

TEST(Places, PasswordsOfASpec) {
  const Places places = test_places();
  const std::string own = "stewardry/00000000-0000-4000-8000-000000000000/";
  const auto place = [&](const std::string& text) {
    return pointer_of(places.check_place(text, workspace(0), "/spec"));
  };
  EXPECT_EQ(place("secretsmanager:" + own + "app"), "allowed");
  EXPECT_EQ(place("ssm:/" + own + "app"), "allowed");
  for (const std::string& text : {std::string("file:/etc/passwd"), "file:" + own + "x", own + "app", std::string(),
                                  std::string("ssm:/other/app"), "SSM:" + own + "app"}) {
    EXPECT_EQ(place(text), "/spec") << text;
  }
  Places none = places;
  none.secret_prefix.clear();
  EXPECT_EQ(pointer_of(none.check_place("ssm:x", workspace(0), "/spec")), "/spec");
}

}  // namespace
}  // namespace databases
