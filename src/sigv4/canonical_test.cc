#include "sigv4/canonical.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace sigv4::internal {
namespace {

std::string path(std::string_view wire, bool s3) {
  std::string out;
  append_path(out, wire, s3);
  return out;
}

std::string query(std::string_view wire) {
  QueryList list;
  list.add_query(wire);
  list.sort();
  std::string out;
  list.append_to(out);
  return out;
}

std::string headers(const std::vector<std::pair<std::string, std::string>>& wire) {
  HeaderList list;
  for (const auto& [name, value] : wire) list.add(name, value);
  list.sort();
  std::string out;
  list.append_lines(out);
  out += '\n';
  list.append_names(out, ";");
  return out;
}

TEST(CanonicalPath, OfServicesIsNormalisedAndEncodedAgain) {
  EXPECT_EQ(path("", false), "/");
  EXPECT_EQ(path("/", false), "/");
  EXPECT_EQ(path("//a//b//", false), "/a/b/");
  EXPECT_EQ(path("/a/./b/../c", false), "/a/c");
  EXPECT_EQ(path("/a/..", false), "/");
  EXPECT_EQ(path("/a/../", false), "/");
  EXPECT_EQ(path("/../../a", false), "/a");
  EXPECT_EQ(path("/...", false), "/...");
  EXPECT_EQ(path("/function/arn%3Aaws%3Alambda", false), "/function/arn%253Aaws%253Alambda");
  EXPECT_EQ(path("/%2e%2e/a", false), "/%252e%252e/a");
  EXPECT_EQ(path("/a b+c", false), "/a%20b%2Bc");
}

TEST(CanonicalPath, OfS3IsOneSpellingAndKeepsItsSegments) {
  EXPECT_EQ(path("", true), "/");
  EXPECT_EQ(path("a", true), "/a");
  EXPECT_EQ(path("//a/./b/../c//", true), "//a/./b/../c//");
  EXPECT_EQ(path("/test$file.text", true), "/test%24file.text");
  EXPECT_EQ(path("/%c3%a9%2f", true), "/%C3%A9%2F");
  EXPECT_EQ(path("/%7Euser%41", true), "/~userA");
  EXPECT_EQ(path("/100%", true), "/100%25");
  EXPECT_EQ(path("/%4", true), "/%254");
  EXPECT_EQ(path("/%G1%", true), "/%25G1%25");
  EXPECT_EQ(path("/\xc3\xa9", true), "/%C3%A9");
}

TEST(CanonicalPath, KeepsPlusApartFromSpaceAndEscapedPlus) {
  EXPECT_EQ(path("/a+b", true), "/a+b");
  EXPECT_EQ(path("/a%2Bb", true), "/a%2Bb");
  EXPECT_EQ(path("/a%20b", true), "/a%20b");
  EXPECT_EQ(query("a+b=c+d"), "a+b=c+d");
  EXPECT_EQ(query("a%2bb=c%20d"), "a%2Bb=c%20d");
}

TEST(CanonicalQuery, IsSortedByNameThenValue) {
  EXPECT_EQ(query(""), "");
  EXPECT_EQ(query("uploads"), "uploads=");
  EXPECT_EQ(query("b=2&a=1&b=1&a"), "a=&a=1&b=1&b=2");
  EXPECT_EQ(query("Param-3=Value3&Param=Value2"), "Param=Value2&Param-3=Value3");  // '-' comes before '='
  EXPECT_EQ(query("a=1&A=2&%E1%88%B4=3"), "%E1%88%B4=3&A=2&a=1");
  EXPECT_EQ(query("a=b=c"), "a=b%3Dc");
  EXPECT_EQ(query("prefix=a/b?c"), "prefix=a%2Fb%3Fc");
  EXPECT_EQ(query("&a=1&"), "=&=&a=1");
  EXPECT_EQ(query("=x"), "=x");
}

TEST(CanonicalHeaders, AreFoldedJoinedAndSorted) {
  EXPECT_EQ(headers({{"X-B", "  two \t  words  "}, {"Host", "h"}, {"x-a", ""}}),
            "host:h\nx-a:\nx-b:two words\n\nhost;x-a;x-b");
  EXPECT_EQ(headers({{"My", "b"}, {"Host", "h"}, {"MY", "a"}, {"my", " "}}), "host:h\nmy:b,a,\n\nhost;my");
  EXPECT_EQ(headers({{"H", "a\r\n  b"}}), "h:a b\n\nh");
  EXPECT_EQ(headers({{"H", "\xc3\xa9"}}), "h:\xc3\xa9\n\nh");
}

TEST(CanonicalHeaders, ManyOfOneNameKeepTheirOrder) {
  std::vector<std::pair<std::string, std::string>> wire;
  std::string expected = "n:";
  for (int i = 0; i < 500; ++i) {
    wire.emplace_back(i % 2 == 0 ? "N" : "n", std::to_string(i));
    wire.emplace_back("a" + std::to_string(i), "");
    expected += (i == 0 ? "" : ",") + std::to_string(i);
  }
  EXPECT_NE(headers(wire).find(expected + '\n'), std::string::npos);
}

TEST(Canonical, IsAFixedPoint) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    RC_ASSERT(path(path(text, true), true) == path(text, true));
    std::string once = query(text);
    RC_ASSERT(query(once) == once);
  }));
}

TEST(Canonical, ScratchOfAHugeRequestIsGivenBack) {
  Scratch& scratch = Scratch::of_thread();
  scratch.canonical.assign(1 << 20, 'x');
  scratch.query.add_query(std::string(1 << 20, 'y'));
  EXPECT_EQ(&Scratch::of_thread(), &scratch);
  EXPECT_LT(scratch.canonical.capacity(), 1U << 17);
  EXPECT_TRUE(scratch.query.parameters().empty());
}

}  // namespace
}  // namespace sigv4::internal
