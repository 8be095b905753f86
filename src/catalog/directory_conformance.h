// What every implementation of catalog/directory.h must do, as one suite of tests. A test program includes this once,
// gives a fixture that brings snapshots about in its implementation, and instantiates:
//
//   INSTANTIATE_TEST_SUITE_P(Sqlite, DirectoryConformance, testing::Values(&make_sqlite_fixture));

#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "catalog/directory_model.h"
#include "catalog/directory_test_support.h"
#include "catalog/random_directory_test_support.h"

namespace catalog {

class DirectoryConformance : public testing::TestWithParam<std::unique_ptr<DirectoryFixture> (*)()> {
 protected:
  DirectoryConformance() : fixture_(GetParam()()) {}

  void load(const Snapshot& change) {
    fixture_->load(change);
    model_.apply(change);
  }
  Directory& directory() { return fixture_->directory(); }

  // Asks everything there is to ask of these ids, and compares with the model.
  void compare(int users, int workspaces, int teams) {
    for (int u = 0; u < users; ++u) {
      compare_user(user_id(u));
      for (int w = 0; w < workspaces; ++w) compare_membership(user_id(u), workspace_id(w));
    }
    for (int w = 0; w < workspaces; ++w) {
      compare_members(workspace_id(w));
      compare_teams(workspace_id(w));
      for (int t = 0; t < teams; ++t) compare_members(workspace_id(w), team_id(t));
    }
    for (int t = 0; t < teams; ++t) compare_team(team_id(t));
  }

  void compare_user(const std::string& id) {
    const auto user = directory().user(id, soon());
    ASSERT_TRUE(user) << user.error().detail;
    const std::optional<User> expected = model_.user(id);
    ASSERT_EQ(user->has_value(), expected.has_value()) << id;
    if (expected) {
      EXPECT_EQ((*user)->id, expected->id);
      EXPECT_EQ((*user)->name, expected->name);
      EXPECT_EQ((*user)->email, expected->email);
    }
    const auto workspaces = directory().workspaces_of(id, soon());
    ASSERT_TRUE(workspaces) << workspaces.error().detail;
    const std::vector<WorkspaceMembership> wanted = model_.workspaces_of(id);
    ASSERT_EQ(workspaces->size(), wanted.size()) << id;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      EXPECT_EQ((*workspaces)[i].workspace_id, wanted[i].workspace_id);
      EXPECT_EQ((*workspaces)[i].workspace_name, wanted[i].workspace_name);
      EXPECT_EQ((*workspaces)[i].permission_bit, wanted[i].permission_bit);
      EXPECT_EQ((*workspaces)[i].team_ids, wanted[i].team_ids);
    }
    const auto is_operator = directory().is_operator(id, soon());
    ASSERT_TRUE(is_operator) << is_operator.error().detail;
    EXPECT_EQ(*is_operator, model_.operators.contains(id)) << id;
  }

  void compare_membership(const std::string& user, const std::string& workspace) {
    const auto membership = directory().membership(user, workspace, soon());
    ASSERT_TRUE(membership) << membership.error().detail;
    const Membership expected = model_.membership(user, workspace);
    EXPECT_EQ(membership->workspace_exists, expected.workspace_exists) << workspace;
    EXPECT_EQ(membership->is_member, expected.is_member) << user << " in " << workspace;
    EXPECT_EQ(membership->permission_bit, expected.permission_bit) << user << " in " << workspace;
    EXPECT_EQ(membership->team_ids, expected.team_ids) << user << " in " << workspace;
  }

  // In pages of `page`, each of which is compared.
  void compare_members(const std::string& workspace, const std::string& team = "", std::size_t page = 2) {
    std::string after;
    while (true) {
      const auto members = directory().members(workspace, team, after, page, soon());
      ASSERT_TRUE(members) << members.error().detail;
      const std::vector<Member> expected = model_.members(workspace, team, after, page);
      ASSERT_EQ(members->size(), expected.size()) << workspace << " " << team << " after " << after;
      for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ((*members)[i].user.id, expected[i].user.id);
        EXPECT_EQ((*members)[i].user.name, expected[i].user.name);
        EXPECT_EQ((*members)[i].user.email, expected[i].user.email);
        EXPECT_EQ((*members)[i].permission_bit, expected[i].permission_bit);
      }
      if (expected.empty()) return;
      after = expected.back().user.id;
    }
  }

  void compare_teams(const std::string& workspace) {
    const auto teams = directory().teams(workspace, soon());
    ASSERT_TRUE(teams) << teams.error().detail;
    const std::vector<Team> expected = model_.teams(workspace);
    ASSERT_EQ(teams->size(), expected.size()) << workspace;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ((*teams)[i].id, expected[i].id);
      EXPECT_EQ((*teams)[i].name, expected[i].name);
      EXPECT_EQ((*teams)[i].workspace_id, expected[i].workspace_id);
    }
  }

  // In pages of query.members_max, each of which is compared; query.after is not looked at.
  void compare_audience(AudienceQuery query) {
    std::string after;
    while (true) {
      query.after = after;
      const auto members = directory().audience(query, soon());
      ASSERT_TRUE(members) << members.error().detail;
      const std::vector<AudienceMember> expected = model_.audience(query);
      ASSERT_EQ(members->size(), expected.size()) << query.workspace_id << " after " << after;
      for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ((*members)[i].user_id, expected[i].user_id);
        EXPECT_EQ((*members)[i].permission_bit, expected[i].permission_bit);
        EXPECT_EQ((*members)[i].named, expected[i].named) << expected[i].user_id;
        EXPECT_EQ((*members)[i].team_ids, expected[i].team_ids) << expected[i].user_id;
      }
      if (expected.empty()) return;
      after = expected.back().user_id;
    }
  }

  void compare_team(const std::string& id) {
    const auto team = directory().team(id, soon());
    ASSERT_TRUE(team) << team.error().detail;
    const std::optional<Team> expected = model_.team(id);
    ASSERT_EQ(team->has_value(), expected.has_value()) << id;
    if (expected) {
      EXPECT_EQ((*team)->id, expected->id);
      EXPECT_EQ((*team)->name, expected->name);
      EXPECT_EQ((*team)->workspace_id, expected->workspace_id);
    }
  }

  std::unique_ptr<DirectoryFixture> fixture_;
  DirectoryModel model_;
};

TEST_P(DirectoryConformance, AnEmptyDirectoryKnowsNobody) {
  compare_user(user_id(9));
  compare_membership(user_id(9), workspace_id(9));
  compare_members(workspace_id(9));
  compare_teams(workspace_id(9));
  compare_team(team_id(9));
  const std::vector<std::string> somebody = {user_id(9)};
  const std::vector<std::string> some_team = {team_id(9)};
  const std::string nowhere = workspace_id(9);
  compare_audience({.workspace_id = nowhere, .everyone = true});
  compare_audience({.workspace_id = nowhere, .users = somebody, .teams = some_team});
  EXPECT_TRUE(directory().ping(soon()));
}

TEST_P(DirectoryConformance, AnswersWhatWasLoaded) {
  Snapshot snapshot = people(4);
  snapshot.users[2].name = "Zoë \"the\" O'Hara \xF0\x9F\xA6\x89";
  snapshot.users[3].email = "";
  snapshot.workspaces = {{workspace_id(0),
                          "Heart",
                          {{user_id(0), kOwner}, {user_id(2), kCollaborator}, {user_id(3), kNone}},
                          {{team_id(1), "Valves", {user_id(0), user_id(2)}}, {team_id(0), "Nobody", {}}}},
                         {workspace_id(1), "Lung", {{user_id(2), kGuest}}, {{team_id(2), "Alveoli", {user_id(2)}}}}};
  load(snapshot);
  compare(5, 3, 4);
}

// The rule that "no membership" and "a bit of 0" are not the same thing.
TEST_P(DirectoryConformance, ABitOfZeroIsAMembership) {
  Snapshot snapshot = people(2);
  snapshot.workspaces = {{workspace_id(0), "Heart", {{user_id(0), kNone}}, {}}};
  load(snapshot);
  const auto member = directory().membership(user_id(0), workspace_id(0), soon());
  ASSERT_TRUE(member);
  EXPECT_TRUE(member->is_member);
  EXPECT_TRUE(member->at_least(kNone));
  EXPECT_FALSE(member->at_least(kGuest));
  const auto stranger = directory().membership(user_id(1), workspace_id(0), soon());
  ASSERT_TRUE(stranger);
  EXPECT_TRUE(stranger->workspace_exists);
  EXPECT_FALSE(stranger->at_least(kNone));
}

TEST_P(DirectoryConformance, TeamsOfAnotherWorkspaceDoNotCountHere) {
  Snapshot snapshot = people(2);
  snapshot.workspaces = {
      {workspace_id(0), "Heart", {{user_id(0), kRead}}, {{team_id(0), "A", {user_id(0)}}}},
      {workspace_id(1), "Lung", {{user_id(0), kRead}}, {{team_id(1), "B", {user_id(0)}}, {team_id(2), "C", {}}}}};
  load(snapshot);
  const auto here = directory().membership(user_id(0), workspace_id(1), soon());
  ASSERT_TRUE(here);
  EXPECT_EQ(here->team_ids, std::vector<std::string>{team_id(1)});
}

TEST_P(DirectoryConformance, WhatIsNoIdIsNobody) {
  Snapshot snapshot = people(2);
  snapshot.workspaces = {{workspace_id(0), "Heart", {{user_id(0), kOwner}}, {{team_id(0), "A", {user_id(0)}}}}};
  load(snapshot);
  std::string upper = user_id(0);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const std::vector<std::string> strange = {"",
                                            upper,
                                            user_id(0) + " ",
                                            user_id(0) + std::string(1, '\0'),
                                            std::string(1, '\0') + user_id(0),
                                            "\xff\xfe",
                                            "' OR 1=1 --",
                                            "%",
                                            "N:user:",
                                            team_id(0),
                                            std::string(100'000, 'x')};
  const std::string here = workspace_id(0);
  for (const std::string& id : strange) {
    const auto user = directory().user(id, soon());
    ASSERT_TRUE(user) << user.error().detail;
    EXPECT_FALSE(*user) << id;
    const auto membership = directory().membership(id, workspace_id(0), soon());
    ASSERT_TRUE(membership) << membership.error().detail;
    EXPECT_FALSE(membership->is_member);
    const auto nowhere = directory().membership(user_id(0), id, soon());
    ASSERT_TRUE(nowhere) << nowhere.error().detail;
    EXPECT_FALSE(nowhere->workspace_exists);
    EXPECT_FALSE(nowhere->is_member);
    const auto workspaces = directory().workspaces_of(id, soon());
    ASSERT_TRUE(workspaces) << workspaces.error().detail;
    EXPECT_TRUE(workspaces->empty());
    compare_members(id);
    compare_teams(id);
    compare_audience({.workspace_id = id, .everyone = true});
    const std::vector<std::string> named = {id};
    compare_audience({.workspace_id = here, .users = named});
    const auto is_operator = directory().is_operator(id, soon());
    ASSERT_TRUE(is_operator) << is_operator.error().detail;
    EXPECT_FALSE(*is_operator);
    if (id != team_id(0)) {
      const auto team = directory().team(id, soon());
      ASSERT_TRUE(team) << team.error().detail;
      EXPECT_FALSE(*team);
      if (!id.empty()) compare_members(here, id);
      compare_audience({.workspace_id = here, .teams = named});
    }
  }
}

TEST_P(DirectoryConformance, AWorkspaceOfThousandsIsListedWhole) {
  Snapshot snapshot = people(3000);
  SnapshotWorkspace workspace{workspace_id(0), "Everyone", {}, {{team_id(0), "All", {}}}};
  for (int u = 0; u < 3000; ++u) {
    workspace.members.push_back({user_id(u), kRead});
    workspace.teams[0].members.push_back(user_id(u));
  }
  snapshot.workspaces.push_back(workspace);
  load(snapshot);
  compare_members(workspace_id(0), "", 999);
  compare_members(workspace_id(0), team_id(0), 3000);
  compare_team(team_id(0));
  const std::string everywhere = workspace_id(0);
  compare_audience({.workspace_id = everywhere, .everyone = true, .members_max = 1499});
  const std::vector<std::string> all = {team_id(0)};
  compare_audience({.workspace_id = everywhere, .teams = all, .members_max = 1000});
}

// Teams that overlap, a foreign team, somebody named who is in none, and bits that are too low.
TEST_P(DirectoryConformance, TheAudienceIsWhoIsNamedOrInATeamAndStrongEnough) {
  Snapshot snapshot = people(8);
  SnapshotWorkspace heart{workspace_id(0), "Heart", {}, {}};
  for (int u = 0; u < 7; ++u) heart.members.push_back({user_id(u), u == 3 ? kRead : kCollaborator});
  heart.teams = {{team_id(0), "A", {user_id(1), user_id(3), user_id(5)}},
                 {team_id(1), "B", {user_id(1), user_id(5), user_id(6), user_id(7)}},
                 {team_id(2), "Not asked for", {user_id(0), user_id(1)}}};
  snapshot.workspaces = {heart, {workspace_id(1), "Lung", {{user_id(2), kOwner}}, {{team_id(3), "C", {user_id(2)}}}}};
  load(snapshot);
  const std::string workspace = workspace_id(0);
  const std::vector<std::string> users = {user_id(4), user_id(5), user_id(7), user_id(9)};
  const std::vector<std::string> teams = {team_id(0), team_id(1), team_id(3), team_id(9)};
  const auto found = directory().audience(
      {.workspace_id = workspace, .least_bit = kCollaborator, .users = users, .teams = teams}, soon());
  ASSERT_TRUE(found) << found.error().detail;
  ASSERT_EQ(found->size(), 4U);  // not 3, who only reads; not 7, who is no member; not 2, whose team is elsewhere
  EXPECT_EQ((*found)[0].user_id, user_id(1));
  EXPECT_EQ((*found)[0].team_ids, (std::vector<std::string>{team_id(0), team_id(1)}));
  EXPECT_FALSE((*found)[0].named);
  EXPECT_EQ((*found)[1].user_id, user_id(4));
  EXPECT_TRUE((*found)[1].named);
  EXPECT_TRUE((*found)[1].team_ids.empty());
  EXPECT_EQ((*found)[2].user_id, user_id(5));
  EXPECT_TRUE((*found)[2].named);
  EXPECT_EQ((*found)[2].team_ids.size(), 2U);
  EXPECT_EQ((*found)[3].user_id, user_id(6));
  for (const std::size_t page : {1, 2, 3, 100}) {
    for (const int least : {0, 2, 8, 16, 33}) {
      for (const bool everyone : {false, true}) {
        compare_audience({workspace, least, everyone, users, teams, "", page});
        compare_audience({workspace, least, everyone, {}, {}, "", page});
      }
    }
  }
}

TEST_P(DirectoryConformance, AChangeCountsForTheNextQuestion) {
  Snapshot snapshot = people(2);
  snapshot.workspaces = {{workspace_id(0), "Heart", {{user_id(0), kOwner}}, {{team_id(0), "A", {user_id(0)}}}}};
  load(snapshot);
  compare(2, 1, 1);
  for (const int bit : {kNone, kGuest, kRead, kWrite, kCollaborator, kAdministrator, kOwner}) {
    Snapshot change;
    change.workspaces = {{workspace_id(0), "Heart", {{user_id(0), bit}}, {}}};
    load(change);
    compare(2, 1, 1);
  }
  Snapshot nobody;
  nobody.workspaces = {{workspace_id(0), "Heart, empty", {}, {}}};
  load(nobody);
  compare(2, 1, 1);
}

TEST_P(DirectoryConformance, APassedDeadlineIsNotANo) {
  Snapshot snapshot = people(2);
  snapshot.workspaces = {{workspace_id(0), "Heart", {{user_id(0), kOwner}}, {}}};
  load(snapshot);
  const base::Deadline passed = base::Deadline::after(std::chrono::milliseconds(-1));
  const auto membership = directory().membership(user_id(0), workspace_id(0), passed);
  ASSERT_FALSE(membership);
  EXPECT_EQ(membership.error().code, base::Code::kDeadline);
  EXPECT_FALSE(directory().ping(passed));
  const std::string workspace = workspace_id(0);
  const auto audience = directory().audience({.workspace_id = workspace, .everyone = true}, passed);
  ASSERT_FALSE(audience);
  EXPECT_EQ(audience.error().code, base::Code::kDeadline);
  compare(1, 1, 0);
}

// Random worlds, each a few changes long, compared question by question with the plain model.
TEST_P(DirectoryConformance, RandomWorldsAgreeWithTheModel) {
  constexpr WorldSize kSize;
  load(people(kSize.users));
  const bool agreed = rc::check([&] {
    const int changes = *rc::gen::inRange(1, 4);
    for (int c = 0; c < changes; ++c) {
      load(any_change(kSize));
      compare(kSize.users + 1, kSize.workspaces + 1, kSize.teams + 1);
      for (int q = 0; q < 3; ++q) {
        std::vector<std::string> users;
        for (const int u : some_of(kSize.users + 1)) users.push_back(user_id(u));
        std::vector<std::string> teams;
        for (const int t : some_of(kSize.teams + 1)) teams.push_back(team_id(t));
        const std::string workspace = workspace_id(*rc::gen::inRange(0, kSize.workspaces + 1));
        compare_audience({workspace, *rc::gen::element(0, 1, 2, 8, 16, 32), *rc::gen::arbitrary<bool>(), users, teams,
                          "", *rc::gen::inRange<std::size_t>(1, 5)});
      }
    }
    RC_ASSERT(!HasFailure());
  });
  EXPECT_TRUE(agreed);
}

// A torn answer would pair the bit of one moment with the teams of another.
TEST_P(DirectoryConformance, AnswersAreOfOneMomentWhileItChanges) {
  Snapshot strong = people(2);
  strong.workspaces = {{workspace_id(0),
                        "Heart",
                        {{user_id(0), kOwner}},
                        {{team_id(0), "A", {user_id(0)}}, {team_id(1), "B", {user_id(0)}}}}};
  Snapshot weak;
  weak.workspaces = {{workspace_id(0), "Heart", {{user_id(0), kGuest}}, {}}};
  load(strong);
  const std::string workspace = workspace_id(0);
  const std::vector<std::string> users = {user_id(0)};
  const std::vector<std::string> teams = {team_id(0), team_id(1)};
  std::atomic<bool> stop{false};
  std::atomic<int> torn{0};
  std::atomic<int> failed{0};
  std::vector<std::thread> readers;
  for (int r = 0; r < 4; ++r) {
    readers.emplace_back([&, r] {
      while (!stop) {
        const auto membership = directory().membership(user_id(0), workspace_id(0), soon());
        if (!membership) {
          ++failed;
          continue;
        }
        const bool is_strong = membership->permission_bit == kOwner && membership->team_ids.size() == 2;
        const bool is_weak = membership->permission_bit == kGuest && membership->team_ids.empty();
        if (!is_strong && !is_weak) ++torn;
        const auto audience = directory().audience(
            {.workspace_id = workspace, .everyone = r % 2 == 0, .users = users, .teams = teams}, soon());
        if (!audience) {
          ++failed;
          continue;
        }
        const bool is_one = audience->size() == 1;
        if (!is_one || (audience->front().permission_bit == kOwner) != (audience->front().team_ids.size() == 2)) ++torn;
      }
    });
  }
  for (int i = 0; i < 20; ++i) {
    load(i % 2 == 0 ? weak : strong);
    compare_membership(user_id(0), workspace_id(0));
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(failed, 0);
}

}  // namespace catalog
