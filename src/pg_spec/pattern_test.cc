#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "pg_spec/spec.h"

namespace pg_spec {
namespace {

using pg_model::Kind;
using pg_model::Object;

TEST(Pattern, StarIsAnyTextAndQuestionMarkOneCharacter) {
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("tenant_*", "tenant_acme"));
  EXPECT_FALSE(matches("tenant_*", "Tenant_acme"));
  EXPECT_TRUE(matches("a?c", "aüc")) << "a character, not a byte";
  EXPECT_FALSE(matches("a?c", "ac"));
  EXPECT_TRUE(matches("*a*b*", "xxaxxbxx"));
  EXPECT_FALSE(matches("*a*b", "ab a"));
  EXPECT_TRUE(matches("total(*)", "total(integer, text)"));
  EXPECT_FALSE(matches("a%", "ab"));  // template-infra: patterns of LIKE hid roles
  EXPECT_FALSE(matches("pg_*", "pgadmin"));
}

TEST(Pattern, InQuotesANameIsThatName) {
  EXPECT_TRUE(matches("\"a*b\"", "a*b"));
  EXPECT_FALSE(matches("\"a*b\"", "axb"));
  EXPECT_TRUE(matches("\"say \"\"hi\"\"\"", "say \"hi\""));
  EXPECT_TRUE(matches("\"", "\""));
  EXPECT_TRUE(matches("\"\"", ""));
}

TEST(Pattern, EveryNameHasAPatternOfItsOwn) {
  const bool ok = rc::check("as_pattern", [](const std::string& name, const std::string& other) {
    const std::string pattern = as_pattern(name);
    RC_ASSERT(!is_pattern(pattern));
    RC_ASSERT(plain_name(pattern) == name);
    RC_ASSERT(matches(pattern, name));
    RC_ASSERT(matches(pattern, other) == (name == other));
  });
  EXPECT_TRUE(ok);
}

// Many stars over a long name would take a naive matcher for ever.
TEST(Pattern, IsNeverSlow) {
  std::string pattern;
  for (int i = 0; i < 30; ++i) pattern += "*a";
  EXPECT_FALSE(matches(pattern + "b", std::string(10000, 'a')));
}

TEST(Selects, KindsAsTheWordsOfSqlMeanThem) {
  const Selector tables{.kind = Kind::kTable, .wide = true, .database = "d", .schema = "s", .name = "*"};
  Object object{.kind = Kind::kMaterializedView, .schema = "s", .name = "o"};
  EXPECT_TRUE(selects(tables, "d", object));
  EXPECT_FALSE(selects(tables, "e", object));
  object.kind = Kind::kSequence;
  EXPECT_FALSE(selects(tables, "d", object));
  object.kind = Kind::kView;
  Selector narrow = tables;
  narrow.wide = false;
  EXPECT_FALSE(selects(narrow, "d", object));
  object.schema = "t";
  EXPECT_FALSE(selects(tables, "d", object));
}

TEST(Selects, APatternPassesOverWhatAnExtensionBrought) {
  const Object brought{.kind = Kind::kView, .schema = "s", .name = "pg_stat_statements", .of_extension = true};
  Selector selector{.kind = Kind::kTable, .wide = true, .database = "d", .schema = "s", .name = "*"};
  EXPECT_FALSE(selects(selector, "d", brought));
  selector.name = "pg_stat_statements";
  EXPECT_TRUE(selects(selector, "d", brought));
}

TEST(Selects, Columns) {
  const Selector columns{.kind = Kind::kColumn, .database = "d", .schema = "s", .name = "t", .column = "c*"};
  const Object column{.kind = Kind::kColumn, .schema = "s", .name = "t", .column = "code"};
  const Object table{.kind = Kind::kTable, .schema = "s", .name = "t"};
  EXPECT_TRUE(selects(columns, "d", column));
  EXPECT_FALSE(selects(columns, "d", table));
  EXPECT_TRUE(selects_table_of(columns, "d", table));
  EXPECT_FALSE(selects_table_of(columns, "d", column));
}

}  // namespace
}  // namespace pg_spec
