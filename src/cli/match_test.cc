#include "cli/match.h"

#include <gtest/gtest.h>

namespace cli {
namespace {

using base::Code;

constexpr Kind kUsers{"user", "users", "here", "stewardry workspaces members"};

Candidate person(const std::string& id, const std::string& name, const std::string& email) {
  return {"N:user:" + id, user_tiers(name, email), name + " <" + email + ">"};
}

const std::vector<Candidate> kPeople{
    person("a0000000-0000-4000-8000-000000000001", "Ada Lovelace", "ada@acme.example"),
    person("a0000000-0000-4000-8000-000000000002", "Ben", "b.jones@acme.example"),
    person("ab000000-0000-4000-8000-000000000003", "Ada Byron", "byron@acme.example"),
    person("c0000000-0000-4000-8000-000000000004", "Åsa", "åsa@acme.example"),
    person("c0000000-0000-4000-8000-000000000005", "ben jones", "bj@globex.example"),
    person("c0000000-0000-4000-8000-000000000006", "", "nameless@acme.example"),
};

std::string found(std::string_view name) {
  const auto result = match(kUsers, name, kPeople);
  return result ? result->substr(result->size() - 1) : std::string("error");
}
Code failure(std::string_view name) {
  const auto result = match(kUsers, name, kPeople);
  return result ? Code::kInternal : result.error().code;
}

TEST(Match, ByNameAddressAndFirstName) {
  EXPECT_EQ(found("Ada Lovelace"), "1");
  EXPECT_EQ(found("ada lovelace"), "1");
  EXPECT_EQ(found("ADA@acme.example"), "1");
  EXPECT_EQ(found("b.jones"), "2");
  EXPECT_EQ(found("byron"), "3");
  EXPECT_EQ(found("åSA"), "4");
  EXPECT_EQ(found("nameless"), "6");
}

TEST(Match, AnEarlierTierHidesLaterOnes) {
  EXPECT_EQ(found("ada"), "1") << "the address of one, before the first name of two";
  EXPECT_EQ(found("ben"), "2") << "the name of one, before the first name of another";
}

TEST(Match, TheSamePersonInTwoWorkspacesIsOne) {
  std::vector<Candidate> twice = kPeople;
  twice.insert(twice.end(), kPeople.begin(), kPeople.end());
  EXPECT_TRUE(match(kUsers, "byron", twice));
}

TEST(Match, SeveralAreTold) {
  const std::vector<Candidate> two{person("1", "Ada Lovelace", "l@x"), person("2", "Ada Byron", "b@x")};
  const auto result = match(kUsers, "ada", two);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kAmbiguous);
  ASSERT_EQ(result.error().fields.size(), 2U);
  EXPECT_EQ(result.error().fields[0].pointer, "N:user:1");
  EXPECT_EQ(result.error().fields[1].message, "Ada Byron <b@x>");

  std::vector<Candidate> many;
  for (int i = 0; i < 30; ++i) many.push_back(person(std::to_string(i), "Ada", "x"));
  const auto long_list = match(kUsers, "ada", many);
  EXPECT_EQ(long_list.error().fields.size(), 11U);
  EXPECT_EQ(long_list.error().fields.back().message, "and 20 more");
}

TEST(Match, ExactCaseDecidesBetweenTwo) {
  const std::vector<Candidate> two{{"1", {{"GPU"}}, ""}, {"2", {{"gpu"}}, ""}};
  EXPECT_EQ(match(kUsers, "gpu", two).value(), "2");
  EXPECT_EQ(match(kUsers, "GPU", two).value(), "1");
  EXPECT_EQ(match(kUsers, "Gpu", two).error().code, Code::kAmbiguous);
}

TEST(Match, ByTheStartOfAnId) {
  EXPECT_EQ(found("ab00"), "3");
  EXPECT_EQ(found("AB00"), "3");
  EXPECT_EQ(found("a0000000-0000-4000-8000-000000000002"), "2");
  EXPECT_EQ(failure("a000"), Code::kAmbiguous);
  EXPECT_EQ(failure("ab0"), Code::kNotFound) << "three digits are too few";
}

TEST(Match, NobodyIsToldWithTheNearest) {
  const auto result = match(kUsers, "byrom", kPeople);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kNotFound);
  EXPECT_NE(result.error().message.find("Did you mean byron?"), std::string::npos) << result.error().message;
  EXPECT_NE(result.error().message.find("stewardry workspaces members"), std::string::npos);
  EXPECT_EQ(failure(""), Code::kNotFound) << "a user without a name is not called \"\"";
  EXPECT_EQ(match(kUsers, "x", {}).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace cli
