#include "catalog/snapshot.h"

#include <map>

#include <gtest/gtest.h>

#include "catalog/sqlite_test_support.h"

namespace catalog {
namespace {

// Replaces U0..U9, W0.. and T0.. by ids, so that documents can be read.
std::string document(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_name = i > 0 && text[i - 1] == '"' && i + 2 < text.size() && text[i + 2] == '"';
    if (is_name && text[i] == 'U')
      out += user_id(text[++i] - '0');
    else if (is_name && text[i] == 'W')
      out += workspace_id(text[++i] - '0');
    else if (is_name && text[i] == 'T')
      out += team_id(text[++i] - '0');
    else
      out += text[i];
  }
  return out;
}

constexpr std::string_view kWorld = R"({
  "users": [{"id": "U0", "name": "Ada", "email": "ada@example.org"},
            {"id": "U1", "name": "Bob", "email": "bob@example.org"}, {"id": "U2", "name": "Cy"}],
  "workspaces": [
    {"id": "W0", "name": "Heart", "members": [{"user": "U0", "permissionBit": 32}, {"user": "U1", "permissionBit": 8}],
     "teams": [{"id": "T0", "name": "Valves", "members": ["U0", "U1"]}]},
    {"id": "W1", "name": "Lung", "members": [{"user": "U1", "permissionBit": 2}],
     "teams": [{"id": "T1", "name": "Alveoli", "members": ["U1"]}]}],
  "operators": ["U0"]})";

class Import : public testing::Test {
 protected:
  base::Result<ImportReport> load(std::string_view text) { return import(*directory_, document(text), soon()); }
  void load_world() {
    const auto report = load(kWorld);
    ASSERT_TRUE(report) << report.error().message;
  }
  Membership membership(int user, int workspace) {
    const auto found = directory_->membership(user_id(user), workspace_id(workspace), soon());
    EXPECT_TRUE(found);
    return found ? *found : Membership{};
  }
  // Imports what must be refused, and gives what was wrong, by pointer.
  std::map<std::string, std::string> problems(std::string_view text) {
    const auto report = load(text);
    std::map<std::string, std::string> found;
    EXPECT_FALSE(report) << text;
    if (report) return found;
    EXPECT_EQ(report.error().code, base::Code::kInvalid) << report.error().message;
    for (const base::FieldError& field : report.error().fields) found[field.pointer] += field.message;
    return found;
  }
  static std::vector<std::string> pointers(const std::map<std::string, std::string>& problems) {
    std::vector<std::string> all;
    for (const auto& [pointer, message] : problems) all.push_back(pointer);
    return all;
  }
  using Pointers = std::vector<std::string>;

  TemporaryFolder folder_;
  std::unique_ptr<SqliteDirectory> directory_ = open_sqlite(folder_.path());
};

// What an audit event needs: which bytes, and whether they changed anything.
TEST_F(Import, ReportsTheDocumentByItsDigest) {
  const auto nothing = import(*directory_, "{}", soon());
  ASSERT_TRUE(nothing) << nothing.error().message;
  EXPECT_EQ(nothing->document_sha256, "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  EXPECT_EQ(nothing->document_bytes, 2U);
  EXPECT_FALSE(nothing->changed_anything());
  EXPECT_TRUE(load(kWorld)->changed_anything());
  EXPECT_FALSE(load(kWorld)->changed_anything());
  const auto removed = load(R"({"operators": []})");
  ASSERT_TRUE(removed);
  EXPECT_TRUE(removed->changed_anything());
}

TEST_F(Import, CountsWhatItDidAndIsIdempotent) {
  const auto first = load(kWorld);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->users, (ImportTally{3, 3, 0, 0}));
  EXPECT_EQ(first->workspaces, (ImportTally{2, 2, 0, 0}));
  EXPECT_EQ(first->members, (ImportTally{3, 3, 0, 0}));
  EXPECT_EQ(first->teams, (ImportTally{2, 2, 0, 0}));
  EXPECT_EQ(first->team_members, (ImportTally{3, 3, 0, 0}));
  EXPECT_EQ(first->operators, (ImportTally{1, 1, 0, 0}));
  const auto again = load(kWorld);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, (ImportReport{first->document_sha256,
                                  first->document_bytes,
                                  {3, 0, 0, 0},
                                  {2, 0, 0, 0},
                                  {3, 0, 0, 0},
                                  {2, 0, 0, 0},
                                  {3, 0, 0, 0},
                                  {1, 0, 0, 0}}));
}

TEST_F(Import, StatesTheWholeOfEachWorkspaceThatItNames) {
  load_world();
  const auto report = load(R"({"workspaces": [{"id": "W0", "name": "Heart and vessels",
    "members": [{"user": "U1", "permissionBit": 16}, {"user": "U2", "permissionBit": 0}],
    "teams": [{"id": "T2", "name": "Veins", "members": ["U2"]}]}]})");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->workspaces, (ImportTally{1, 0, 1, 0}));
  EXPECT_EQ(report->members, (ImportTally{2, 1, 1, 1}));
  EXPECT_EQ(report->teams, (ImportTally{1, 1, 0, 1}));
  EXPECT_EQ(report->team_members, (ImportTally{1, 1, 0, 2}));
  EXPECT_FALSE(membership(0, 0).is_member);
  EXPECT_EQ(membership(1, 0).permission_bit, kAdministrator);
  EXPECT_TRUE(membership(1, 0).team_ids.empty());
  EXPECT_EQ(membership(2, 0).team_ids, Pointers{team_id(2)});
  // The other workspace, the users and the operators are as they were.
  EXPECT_EQ(membership(1, 1).team_ids, Pointers{team_id(1)});
  EXPECT_EQ(directory_->user(user_id(0), soon())->value().name, "Ada");
  EXPECT_TRUE(*directory_->is_operator(user_id(0), soon()));
}

TEST_F(Import, OperatorsAreStatedWholeOnlyWhenNamed) {
  load_world();
  ASSERT_TRUE(load(R"({"users": []})"));
  EXPECT_TRUE(*directory_->is_operator(user_id(0), soon()));
  const auto report = load(R"({"operators": ["U1"]})");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->operators, (ImportTally{1, 1, 0, 1}));
  EXPECT_FALSE(*directory_->is_operator(user_id(0), soon()));
  EXPECT_TRUE(*directory_->is_operator(user_id(1), soon()));
  ASSERT_TRUE(load(R"({"operators": []})"));
  EXPECT_FALSE(*directory_->is_operator(user_id(1), soon()));
}

TEST_F(Import, ADocumentThatNamesNothingChangesNothing) {
  load_world();
  const auto report = load("{}");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->members, ImportTally{});
  EXPECT_FALSE(report->changed_anything());
  EXPECT_TRUE(membership(0, 0).is_member);
}

TEST_F(Import, TakesIdsInEitherCaseForOneThing) {
  std::string upper = document(kWorld);
  for (std::size_t at = upper.find("5eed"); at != std::string::npos; at = upper.find("5eed", at + 1)) {
    upper.replace(at, 4, "5EED");
  }
  ASSERT_TRUE(import(*directory_, upper, soon()));
  EXPECT_EQ(membership(0, 0).permission_bit, kOwner);
  const auto again = load(kWorld);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->users.added, 0U);
  std::string twice = R"({"users": [{"id": "U0", "name": "Ada"}, {"id": "X", "name": "Ada"}]})";
  twice.replace(twice.find('X'), 1, "N:user:5EED0000-0000-4000-8000-000000000000");
  EXPECT_EQ(pointers(problems(twice)), Pointers{"/users/1/id"});
}

// The story of the issue: a bad file says where, all of it at once, and nothing of it is taken.
TEST_F(Import, SaysEveryProblemAtOnceAndChangesNothing) {
  load_world();
  const auto found = problems(R"({
    "users": [{"id": "U5", "name": "Eve", "emial": "e"}, {"id": "N:user:7", "name": "Bad"}, {"id": "U5", "name": "  "},
              {"id": "U6", "name": ""}],
    "workspaces": [
      {"id": "W1", "name": "Lung, renamed", "members": [{"user": "U1", "permissionBit": 3},
         {"user": "U1", "permissionBit": 64},
         {"user": "U9", "permissionBit": 8}, {"user": "U0", "permissionBit": "8"}],
       "teams": [{"id": "T0", "name": "Taken", "members": ["U0", "U2", "U0"]},
                 {"id": "T3", "name": "New", "members": ["U8"]},
                 {"id": "T3", "name": "New again"}]},
      {"id": "W1", "name": "Twice", "teams": 7}, {"id": "U1", "name": "Not a workspace"}],
    "operators": ["U7", "U0", "U0", "root"],
    "groups": []})");
  EXPECT_EQ(pointers(found), (Pointers{"/groups",
                                       "/operators/0",
                                       "/operators/2",
                                       "/operators/3",
                                       "/users/0/emial",
                                       "/users/1/id",
                                       "/users/2/id",
                                       "/users/2/name",
                                       "/users/3/name",
                                       "/workspaces/0/members/0/permissionBit",
                                       "/workspaces/0/members/1/permissionBit",
                                       "/workspaces/0/members/1/user",
                                       "/workspaces/0/members/2/user",
                                       "/workspaces/0/members/3/permissionBit",
                                       "/workspaces/0/teams/0/id",
                                       "/workspaces/0/teams/0/members/2",
                                       "/workspaces/0/teams/1/members/0",
                                       "/workspaces/0/teams/2/id",
                                       "/workspaces/1/id",
                                       "/workspaces/1/teams",
                                       "/workspaces/2/id"}));
  EXPECT_NE(found.at("/users/0/emial").find("did you mean email?"), std::string::npos);
  EXPECT_NE(found.at("/workspaces/0/teams/0/id").find(workspace_id(0)), std::string::npos);
  EXPECT_NE(found.at("/workspaces/0/teams/1/members/0").find("not a user that is known"), std::string::npos);
  EXPECT_FALSE(directory_->user(user_id(5), soon())->has_value());
  EXPECT_EQ(directory_->workspaces_of(user_id(1), soon())->back().workspace_name, "Lung");
  const auto again = load(kWorld);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->members, (ImportTally{3, 0, 0, 0}));
}

TEST_F(Import, EachWrongBitIsRefusedAndEachRightOneTaken) {
  load_world();
  for (int bit = -2; bit <= 66; ++bit) {
    const std::string text =
        R"({"workspaces": [{"id": "W0", "name": "Heart", "members": [{"user": "U0", "permissionBit": )" +
        std::to_string(bit) + "}]}]}";
    const bool right = bit == 0 || bit == 1 || bit == 2 || bit == 4 || bit == 8 || bit == 16 || bit == 32;
    EXPECT_EQ(load(text).has_value(), right) << bit;
  }
  for (const char* bit : {"1.5", "null", "true", "1e300", "99999999999999999999", "\"8\"", "[]"}) {
    const auto found = problems(
        std::string(R"({"workspaces": [{"id": "W0", "name": "H", "members": [{"user": "U0", "permissionBit": )") + bit +
        "}]}]}");
    EXPECT_FALSE(found.empty()) << bit;
  }
}

TEST_F(Import, ControlCharactersAndNulAreRefused) {
  EXPECT_EQ(pointers(problems(
                R"({"users": [{"id": "U0", "name": "a\u0007b"}, {"id": "U1", "name": "ok", "email": "a\nb"}]})")),
            (Pointers{"/users/0/name", "/users/1/email"}));
  EXPECT_EQ(pointers(problems(R"({"users": [{"id": "U0", "name": "a\u0000b"}]})")), Pointers{"/users/0/name"});
}

TEST_F(Import, NamesHaveALimitInCharactersNotBytes) {
  const auto named = [](std::size_t chars) {
    std::string name;
    for (std::size_t i = 0; i < chars; ++i) name += "\xC3\xA9";
    return R"({"users": [{"id": "U0", "name": ")" + name + R"("}]})";
  };
  EXPECT_TRUE(load(named(kDirectoryNameCharsMax)));
  EXPECT_EQ(pointers(problems(named(kDirectoryNameCharsMax + 1))), Pointers{"/users/0/name"});
}

TEST_F(Import, WhatIsNoDocumentIsRefused) {
  for (const char* text : {"", " ", "[]", "7", "{", R"({"users": {}})", R"({"users": [7]})",
                           R"({"users": [], "users": []})", "{\"users\": [{\"id\": \"U0\", \"name\": \"\xff\"}]}"}) {
    const auto report = load(text);
    ASSERT_FALSE(report) << text;
    EXPECT_EQ(report.error().code, base::Code::kInvalid) << text;
  }
  const auto report = import(*directory_, std::string(kSnapshotBytesMax + 1, ' '), soon());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, base::Code::kTooLarge);
}

TEST_F(Import, ATeamIsFreeAgainWhenItsWorkspaceHasLetItGo) {
  load_world();
  EXPECT_EQ(
      pointers(problems(R"({"workspaces": [{"id": "W1", "name": "Lung", "teams": [{"id": "T0", "name": "V"}]}]})")),
      Pointers{"/workspaces/0/teams/0/id"});
  ASSERT_TRUE(load(R"({"workspaces": [{"id": "W0", "name": "Heart"}]})"));
  ASSERT_TRUE(load(R"({"workspaces": [{"id": "W1", "name": "Lung", "teams": [{"id": "T0", "name": "V"}]}]})"));
  EXPECT_EQ(directory_->team(team_id(0), soon())->value().workspace_id, workspace_id(1));
}

TEST_F(Import, AnImportPastItsDeadlineChangesNothing) {
  load_world();
  Snapshot large = people(9999);
  const std::string text = json::encode(large);
  const auto report = import(*directory_, text, base::Deadline::after(std::chrono::milliseconds(-1)));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, base::Code::kDeadline);
  EXPECT_FALSE(directory_->user(user_id(7), soon())->has_value());
}

}  // namespace
}  // namespace catalog
