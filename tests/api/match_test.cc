// What the cases stand on: a comparison that cannot fail would make every case pass.

#include <gtest/gtest.h>

#include "json/parse.h"
#include "tests/support/api_case.h"
#include "tests/support/api_match.h"

namespace test {
namespace {

std::size_t differences_of(std::string_view expected, std::string_view actual) {
  const base::Result<json::Value> wanted = parse_expected(expected), got = json::parse(actual);
  EXPECT_TRUE(wanted.has_value()) << expected;
  EXPECT_TRUE(got.has_value()) << actual;
  return wanted && got ? differences(*wanted, *got).size() : 0;
}

TEST(Expected, ObjectsMatchWhereTheyHaveWhatIsExpected) {
  EXPECT_EQ(differences_of(R"({"a": 1})", R"({"a":1,"b":2})"), 0U);
  EXPECT_EQ(differences_of(R"({"a": 1, ...})", R"({"a":1,"b":2})"), 0U);
  EXPECT_EQ(differences_of(R"({...})", R"({})"), 0U);
  EXPECT_EQ(differences_of(R"({"a": 1, "c": 3})", R"({"a":2,"b":2})"), 2U);
  EXPECT_EQ(differences_of(R"({"a": ...})", R"({"a":[1]})"), 0U);
  EXPECT_EQ(differences_of(R"({"a": ...})", R"({"b":1})"), 1U);
  EXPECT_EQ(differences_of(R"({"a": absent})", R"({"b":1})"), 0U);
  EXPECT_EQ(differences_of(R"({"a": absent})", R"({"a":null})"), 1U);
  EXPECT_EQ(differences_of(R"({"a": "absent"})", R"({"a":"absent"})"), 0U);
  EXPECT_EQ(differences_of(R"({"a": {}})", R"({"a":[]})"), 1U);
}

TEST(Expected, ListsMatchWhereTheyAreAsLong) {
  EXPECT_EQ(differences_of("[]", "[]"), 0U);
  EXPECT_EQ(differences_of("[]", "[1]"), 1U);
  EXPECT_EQ(differences_of("[1, 2]", "[1]"), 1U);
  EXPECT_EQ(differences_of("[1, ...]", "[1,2,3]"), 0U);
  EXPECT_EQ(differences_of("[1, ...]", "[]"), 1U);
  EXPECT_EQ(differences_of("[2, 1]", "[1,2]"), 2U);
}

TEST(Expected, TextsMayHaveGaps) {
  EXPECT_EQ(differences_of(R"(["a...c"])", R"(["abbc"])"), 0U);
  EXPECT_EQ(differences_of(R"(["a...c"])", R"(["ab"])"), 1U);
  EXPECT_TRUE(matches("...b...", "abc"));
  EXPECT_FALSE(matches("...b...b", "ab"));
  EXPECT_FALSE(matches("aa...aa", "aaa"));
  EXPECT_FALSE(matches("a", "ab"));
}

TEST(Expected, NumbersAndTextsAreDifferent) {
  EXPECT_EQ(differences_of("[1]", R"(["1"])"), 1U);
  EXPECT_EQ(differences_of("[true]", "[1]"), 1U);
  EXPECT_EQ(differences_of("[null]", "[0]"), 1U);
}

TEST(Name, StandsForItsIdAndNothingElse) {
  Names names;
  names.set("gpu-1", "a-long-enough-id");
  EXPECT_EQ(names.fill("/x/{gpu-1}?{}{\"a\":1}").value_or(""), "/x/a-long-enough-id?{}{\"a\":1}");
  EXPECT_FALSE(names.fill("{gpu-2}").has_value());
  EXPECT_EQ(names.show("the a-long-enough-id"), "the {gpu-1}");
}

TEST(Rules, OfEveryAnswerAreNoticed) {
  net::Response response;
  response.status = 500;
  response.body = "oops";
  EXPECT_GE(broken_rules("GET", response).size(), 4U);
  response.status = 405;
  response.body = "{}";
  EXPECT_GE(broken_rules("GET", response).size(), 6U);
}

std::string problem_of(std::string_view text) {
  const base::Result<Case> parsed = parse_case("x.case", text);
  return parsed ? std::string() : parsed.error().message.substr(0, parsed.error().message.find(' '));
}

TEST(Case, SaysInWhichLineItIsWrong) {
  EXPECT_EQ(problem_of("# story\nas ada GET /x -> 200\n"), "");
  EXPECT_EQ(problem_of("as ada GET /x -> 200\n"), "x.case:1:");
  EXPECT_EQ(problem_of("# story\n"), "x.case:1:");
  EXPECT_EQ(problem_of("# story\n\nas ada GET /x\n"), "x.case:3:");
  EXPECT_EQ(problem_of("# story\nas ada GET /x -> ok\n"), "x.case:2:");
  EXPECT_EQ(problem_of("# story\nas ada GET /x -> 200\n  {\"a\": 1\n"), "x.case:3:");
  EXPECT_EQ(problem_of("# story\nas ada GET /x -> 200\n\n  {}\n"), "x.case:4:");
  EXPECT_EQ(problem_of("# story\nas ada GET /x -> 200\nworld people ben\n"), "x.case:3:");
  EXPECT_EQ(problem_of("# story\nask ada GET /x -> 200\n"), "x.case:2:");
}

}  // namespace
}  // namespace test
