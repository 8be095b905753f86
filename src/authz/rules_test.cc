// The search of grants, on long lists of ids of every form. What the rules rule is compared with the reference in
// reference_test.cc; the worlds there have a few ids alone.

#include "authz/rules.h"

#include <algorithm>
#include <set>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace authz {
namespace {

using Ids = std::vector<std::string>;

// Ids with long beginnings in common, of all lengths, with bytes of every value; few enough to meet again.
rc::Gen<std::string> id() {
  return rc::gen::map(
      rc::gen::tuple(rc::gen::element<std::string>("N:user:", "N:user:0000000", "N:team:", "", "x"),
                     rc::gen::container<std::string>(rc::gen::element('0', '1', 'f', '\0', '\x7f', '\x80', '\xff'))),
      [](const std::tuple<std::string, std::string>& parts) { return std::get<0>(parts) + std::get<1>(parts) + "!"; });
}

Ids sorted(const Ids& list) {
  const std::set<std::string> each(list.begin(), list.end());
  return {each.begin(), each.end()};
}

// Which of the two grants the rule finds; the smallest common team.
Ruling read(const std::string& user, const Ids& users, const Ids& teams, const Ids& own_teams) {
  const std::vector<std::string_view> user_views(users.begin(), users.end());
  const std::vector<std::string_view> team_views(teams.begin(), teams.end());
  const catalog::Membership membership{
      .workspace_exists = true, .is_member = true, .permission_bit = 8, .team_ids = own_teams};
  Ruling ruling = rule(user, NodeAction::kRead, {"owner", "account owner", "W", Scope::kShared, user_views, team_views},
                       {.membership = &membership});
  if (ruling.reason == Reason::kGrantedToTeam)  // a view that outlives this function
    ruling.subject = *std::lower_bound(own_teams.begin(), own_teams.end(), ruling.subject);
  return ruling;
}

TEST(Rules, EveryGrantIsFoundAndNoOther) {
  EXPECT_TRUE(rc::check("search", [] {
    const Ids users = sorted(*rc::gen::container<Ids>(id())), teams = sorted(*rc::gen::container<Ids>(id()));
    Ids own = *rc::gen::container<Ids>(id());
    if (!teams.empty() && *rc::gen::arbitrary<bool>()) own.push_back(*rc::gen::elementOf(teams));
    own = sorted(own);
    const std::string user = !users.empty() && *rc::gen::arbitrary<bool>() ? *rc::gen::elementOf(users) : *id();
    Ids both;
    std::set_intersection(teams.begin(), teams.end(), own.begin(), own.end(), std::back_inserter(both));

    const Ruling ruling = read(user, users, teams, own);
    if (std::binary_search(users.begin(), users.end(), user)) {
      RC_ASSERT(ruling.reason == Reason::kGrantedToUser);
    } else if (!both.empty()) {
      RC_ASSERT(ruling.reason == Reason::kGrantedToTeam);
      RC_ASSERT(ruling.subject == both.front());
    } else {
      RC_ASSERT(ruling.reason == Reason::kNotGranted);
    }
  }));
}

// The longest lists there are, with every place asked for, in lists of every proportion to each other.
TEST(Rules, FindsEveryPlaceOfAThousand) {
  Ids all;
  for (int n = 0; n < 1000; ++n) all.push_back(fmt::format("N:user:{:08x}", static_cast<unsigned>(n) * 2654435761U));
  std::sort(all.begin(), all.end());
  for (const std::string& each : all) {
    ASSERT_EQ(read(each, all, {}, {}).reason, Reason::kGrantedToUser);
    ASSERT_EQ(read(each + "0", all, {}, {}).reason, Reason::kNotGranted);
    ASSERT_EQ(read("nobody", {}, all, {each}).subject, each);
    ASSERT_EQ(read("nobody", {}, {each}, all).subject, each);
  }
  EXPECT_EQ(read("nobody", {}, all, all).subject, all.front());
  EXPECT_EQ(read("nobody", {}, {all.begin(), all.begin() + 500}, {all.begin() + 500, all.end()}).reason,
            Reason::kNotGranted);
}

// Every bit, every action, members and strangers, operators and others: against the table of docs/concepts/access.md.
TEST(Rules, DatabasesAreTheirWorkspaces) {
  for (const bool exists : {false, true}) {
    for (const int bit : {-1, 0, 1, 2, 4, 8, 16, 32}) {
      if (bit >= 0 && !exists) continue;
      const catalog::Membership member{
          .workspace_exists = exists, .is_member = bit >= 0, .permission_bit = std::max(bit, 0), .team_ids = {}};
      for (const bool is_operator : {false, true}) {
        const Known known{.membership = &member, .is_operator = is_operator};
        const auto verdict = [&](DatabaseAction action) { return rule(action, known).verdict; };
        const bool reads = bit >= 2 || is_operator, manages = bit >= 16 || is_operator;
        EXPECT_EQ(verdict(DatabaseAction::kRead), reads ? Verdict::kAllow : Verdict::kHide) << bit;
        EXPECT_EQ(verdict(DatabaseAction::kManage), manages ? Verdict::kAllow
                                                    : reads ? Verdict::kForbid
                                                            : Verdict::kHide)
            << bit;
        EXPECT_EQ(verdict(DatabaseAction::kRegister),
                  bit >= 16 || (is_operator && exists) ? Verdict::kAllow : Verdict::kForbid)
            << bit;
      }
    }
  }
}

// An administrator's own work asks the directory once, and not for operators.
TEST(Rules, ADatabaseAsksNoMoreThanItMust) {
  EXPECT_EQ(rule(DatabaseAction::kRead, {}).question, Question::kMembership);
  const catalog::Membership administrator{
      .workspace_exists = true, .is_member = true, .permission_bit = 16, .team_ids = {}};
  EXPECT_EQ(rule(DatabaseAction::kManage, {.membership = &administrator}).question, Question::kNone);
  const catalog::Membership collaborator{
      .workspace_exists = true, .is_member = true, .permission_bit = 8, .team_ids = {}};
  EXPECT_EQ(rule(DatabaseAction::kRead, {.membership = &collaborator}).question, Question::kNone);
  EXPECT_EQ(rule(DatabaseAction::kManage, {.membership = &collaborator}).question, Question::kOperator);
}

TEST(Rules, EveryReasonHasACodeOfItsOwn) {
  std::set<std::string_view> codes;
  for (const auto& [reason, code] : json::kEnumNames<Reason>) codes.insert(code);
  EXPECT_EQ(codes.size(), static_cast<std::size_t>(Reason::kNotOperator) + 1);
  for (std::size_t n = 0; n < codes.size(); ++n) EXPECT_NE(json::name_of(static_cast<Reason>(n)), "");
}

}  // namespace
}  // namespace authz
