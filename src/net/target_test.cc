#include "net/target.h"

#include <gtest/gtest.h>

namespace net {
namespace {

TEST(Target, TakesTheThreeForms) {
  const auto origin = parse_target("GET", "/a%20b/c?x=1&y=%3F?z");
  ASSERT_TRUE(origin);
  EXPECT_EQ(origin->path, "/a%20b/c");
  EXPECT_EQ(origin->query, "x=1&y=%3F?z");
  EXPECT_EQ(origin->authority, "");

  const auto absolute = parse_target("GET", "HTTP://Example.org:8080/a?b");
  ASSERT_TRUE(absolute);
  EXPECT_EQ(absolute->path, "/a");
  EXPECT_EQ(absolute->query, "b");
  EXPECT_EQ(absolute->authority, "Example.org:8080");

  EXPECT_EQ(parse_target("GET", "https://h")->path, "/");
  EXPECT_EQ(parse_target("GET", "http://h?q")->query, "q");
  EXPECT_EQ(parse_target("OPTIONS", "http://h")->path, "*");
  EXPECT_EQ(parse_target("OPTIONS", "*")->path, "*");
  EXPECT_EQ(parse_target("GET", "//host/path")->path, "//host/path");
}

TEST(Target, RefusesTheRest) {
  EXPECT_EQ(parse_target("CONNECT", "example.org:443").error().status, 501);
  for (const std::string_view target :
       {"", "*", "a", "example.org:443", "ftp://h/", "http:///a", "http://user@h/", "http://h:99999999/", "http://",
        "/a#b", "/\x80", "/\xc3\xa4", "/a\x7f", "/a\x01", "/a b", "?q"}) {
    const auto parsed = parse_target("GET", target);
    ASSERT_FALSE(parsed) << target;
    EXPECT_EQ(parsed.error().status, 400) << target;
    EXPECT_FALSE(parsed.error().reason.empty());
  }
}

TEST(Target, KnowsAHostFromSomethingElse) {
  for (const std::string_view host : {"h", "example.org", "example.org:80", "example.org:", "127.0.0.1:8080", "[::1]",
                                      "[::1]:8080", "a_b", "xn--bcher-kva.example", "a%20b", "[::ffff:127.0.0.1]:1"}) {
    EXPECT_TRUE(is_authority(host)) << host;
  }
  for (const std::string_view host :
       {"",       ":80",    "a b", "a/b",  "a@b",      "a:b",   "a:1:2", "[::1", "::1", "[]",   "[1]",
        "[::1]x", "[g::1]", "a%2", "a%zz", "a:123456", "a,b:c", "\x80",  "a?b",  "a#b", "a\\b", "<a>"}) {
    EXPECT_FALSE(is_authority(host)) << host;
  }
}

TEST(Target, AllowsOnlyTheHostsOfTheList) {
  const std::vector<std::string> hosts = {"example.org", "[::1]"};
  EXPECT_TRUE(is_allowed_host("EXAMPLE.org:8080", hosts));
  EXPECT_TRUE(is_allowed_host("[::1]:8080", hosts));
  EXPECT_FALSE(is_allowed_host("example.org.evil.org", hosts));
  EXPECT_FALSE(is_allowed_host("[::2]", hosts));
  EXPECT_TRUE(is_allowed_host("whatever", {}));
}

}  // namespace
}  // namespace net
