#include "pg_inspect/acl.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace pg_inspect {
namespace {

using Grants = std::vector<pg_model::Grant>;

RoleNames names() {
  RoleNames names;
  names.add("owner", 10);
  names.add("app", 20);
  names.add("Odd \"name\", {of} \\ a=role/x*", 30);
  names.add("16400", 40);
  return names;
}

TEST(Acl, ReadsGranteesPrivilegesAndGrantors) {
  EXPECT_EQ(parse_acl("{=UC/owner,app=r*w/owner,owner=arwdDxtm/owner}", names()).value(),
            (Grants{{pg_model::kPublic, 10, pg_model::kUsage | pg_model::kCreate, 0},
                    {10, 10, 0x7f | pg_model::kMaintain, 0},
                    {20, 10, pg_model::kSelect | pg_model::kUpdate, pg_model::kSelect}}));
  EXPECT_TRUE(parse_acl("{}", names()).value().empty());
}

TEST(Acl, ReadsNamesThatNeedQuotesTwice) {
  // The server quotes a name for the ACL item, and the item for the array.
  const std::string item = R"("\"Odd \"\"name\"\", {of} \\ a=role/x*\"=X*/\"Odd \"\"name\"\", {of} \\ a=role/x*\"")";
  EXPECT_EQ(parse_acl("{=X/owner," + item + "}", names()).value(),
            (Grants{{pg_model::kPublic, 10, pg_model::kExecute, 0}, {30, 30, pg_model::kExecute, pg_model::kExecute}}));
}

TEST(Acl, ANumberIsARoleOfThatNameOrOneThatIsGone) {
  EXPECT_EQ(parse_acl("{16400=r/owner,16999=r/owner}", names()).value(),
            (Grants{{40, 10, pg_model::kSelect, 0}, {16999, 10, pg_model::kSelect, 0}}));
}

TEST(Acl, OneGranteeMayHaveTheSameRightFromTwo) {
  EXPECT_EQ(parse_acl("{app=r/owner,app=r*/app}", names()).value(),
            (Grants{{20, 10, pg_model::kSelect, 0}, {20, 20, pg_model::kSelect, pg_model::kSelect}}));
}

TEST(Acl, ARoleThatIsNotKnownMeansToReadAgain) {
  const auto grants = parse_acl("{renamed=r/owner}", names());
  ASSERT_FALSE(grants);
  EXPECT_EQ(grants.error().code, base::Code::kConflict);
}

TEST(Acl, WhatIsNoAclIsRefused) {
  for (const char* text :
       {"", "{", "}", "{app=r/owner", "app=r/owner}", "{app=r}", "{app=q/owner}", "{app=*r/owner}", "{app/owner}",
        "{app=r/owner,}", "{,app=r/owner}", "{\"app=r/owner}", "{\"\\\"app=r/owner\"}", "{app=r/owner}x",
        "{\"app=r/\\\"owner\"}", "{{app=r/owner}}", "{app=r/\"owner\"}"}) {
    const auto grants = parse_acl(text, names());
    ASSERT_FALSE(grants) << text;
    EXPECT_EQ(grants.error().code, base::Code::kCorrupt) << text;
  }
}

// Written as the server writes it, any name is read back.
TEST(Acl, AnyNameIsReadBack) {
  const auto ok = rc::check("names", [](const std::string& name) {
    RC_PRE(!name.empty() && name.find('\0') == std::string::npos);
    std::string quoted = "\"";
    for (const char c : name) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    quoted += '"';
    std::string element;
    for (const char c : quoted + "=U/" + quoted) {
      if (c == '"' || c == '\\') element += '\\';
      element += c;
    }
    RoleNames roles;
    roles.add(name, 7);
    const auto grants = parse_acl("{\"" + element + "\"}", roles);
    RC_ASSERT(grants.has_value());
    RC_ASSERT(*grants == (Grants{{7, 7, pg_model::kUsage, 0}}));
  });
  EXPECT_TRUE(ok);
}

TEST(Acl, ArraysOfTexts) {
  EXPECT_EQ(parse_array("{0,16384}").value(), (std::vector<std::string>{"0", "16384"}));
  EXPECT_EQ(parse_array(R"({"a,b","c\"d"})").value(), (std::vector<std::string>{"a,b", "c\"d"}));
  EXPECT_FALSE(parse_array("0,1"));
}

}  // namespace
}  // namespace pg_inspect
