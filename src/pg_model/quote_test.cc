// Names that broke others' statements: upper case and reserved words left bare, a delimiter inside a name.

#include "pg_model/quote.h"

#include <gtest/gtest.h>

namespace {

using pg_model::identifier;
using pg_model::literal;

TEST(Quote, EveryNameIsQuoted) {
  EXPECT_EQ(identifier("app"), "\"app\"");
  EXPECT_EQ(identifier("App"), "\"App\"");
  EXPECT_EQ(identifier("user"), "\"user\"");
  EXPECT_EQ(identifier(""), "\"\"");
  EXPECT_EQ(identifier("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(identifier("$$; DROP ROLE x; --"), "\"$$; DROP ROLE x; --\"");
  EXPECT_EQ(identifier("größe"), "\"größe\"");
  EXPECT_EQ(identifier(std::string_view("a\0b", 3)), "\"ab\"");
}

TEST(Quote, ValuesEndWhereTheyEnd) {
  EXPECT_EQ(literal("it's"), "'it''s'");
  EXPECT_EQ(literal(""), "''");
  EXPECT_EQ(literal("a\\b'c"), " E'a\\\\b''c'");
}

}  // namespace
