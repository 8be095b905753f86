#include "cli/layout.h"

#include <sstream>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace cli {
namespace {

Screen wide(std::size_t columns, bool unicode = true) {
  return {.columns = columns, .colour = false, .unicode = unicode};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

Grid nodes() {
  return {{{"NAME", 9}, {"STATUS", 8}, {"OWNER", 5}, {"UUID", 1}},
          {{{"gpu-1"}, {"Enabled"}, {"Ada Lovelace"}, {"976fe587-4abe-47e2-9a31-6fb1f8382b47"}},
           {{"山田のノード"}, {"Paused"}, {"Ben"}, {"01a20c7b-c2c3-7acc-889a-44c0b0f9d041"}}}};
}

TEST(TableLayout, AlignsWideCharacters) {
  EXPECT_EQ(laid_out(nodes(), wide(0)),
            "NAME          STATUS   OWNER         UUID\n"
            "gpu-1         Enabled  Ada Lovelace  976fe587-4abe-47e2-9a31-6fb1f8382b47\n"
            "山田のノード  Paused   Ben           01a20c7b-c2c3-7acc-889a-44c0b0f9d041\n");
}

TEST(TableLayout, ShrinksTheLeastImportantFirst) {
  EXPECT_EQ(lines_of(laid_out(nodes(), wide(50)))[1], "gpu-1         Enabled  Ada Lovelace  976fe587-4ab…");
  EXPECT_EQ(lines_of(laid_out(nodes(), wide(45)))[1], "gpu-1         Enabled  Ada Lovelace  976fe58…");
  EXPECT_EQ(lines_of(laid_out(nodes(), wide(42)))[1], "gpu-1         Enabled  Ada Love…  976fe58…");
  EXPECT_EQ(lines_of(laid_out(nodes(), wide(42, false)))[1], "gpu-1         Enabled  Ada Lov..  976fe5..");
}

TEST(TableLayout, LeavesColumnsOutBeforeTheyMeanNothing) {
  EXPECT_EQ(laid_out(nodes(), wide(34)),
            "NAME          STATUS   OWNER\n"
            "gpu-1         Enabled  Ada Lovela…\n"
            "山田のノード  Paused   Ben\n");
  EXPECT_EQ(laid_out(nodes(), wide(10)), "NAME\ngpu-1\n山田のノ…\n");
  EXPECT_EQ(laid_out(nodes(), wide(1)), "N\ng\n\n") << "half a wide character cannot be shown";
}

TEST(TableLayout, IsNeverWiderThanTheScreen) {
  EXPECT_TRUE(rc::check("any table on any screen", [] {
    Grid grid;
    const auto columns = *rc::gen::inRange<std::size_t>(1, 6);
    for (std::size_t i = 0; i < columns; ++i)
      grid.columns.push_back({"C" + std::to_string(i), *rc::gen::inRange(0, 4), *rc::gen::inRange<std::size_t>(1, 12)});
    const auto rows = *rc::gen::inRange<std::size_t>(0, 5);
    for (std::size_t r = 0; r < rows; ++r) {
      auto& row = grid.rows.emplace_back();
      for (std::size_t i = 0; i < columns; ++i)
        row.push_back({*rc::gen::element<std::string>("", "a", "abcdefghijklmnop", "山田太郎山田太郎", "e\u0308x")});
    }
    const Screen screen = wide(*rc::gen::inRange<std::size_t>(1, 60), *rc::gen::arbitrary<bool>());
    const std::vector<std::string> lines = lines_of(laid_out(grid, screen));
    RC_ASSERT(lines.size() == rows + 1);
    for (const std::string& line : lines) {
      RC_ASSERT(width_of(line) <= screen.columns);
      RC_ASSERT(!line.ends_with(' '));
    }
    RC_ASSERT(laid_out(grid, wide(0)).find("..") == std::string::npos);
  }));
}

TEST(TableLayout, ColoursDoNotCount) {
  Grid grid{{{"STATUS", 9}, {"NAME", 8}}, {{{"Enabled", Style::kGood}, {"a"}}, {{"x", Style::kBad}, {"b"}}}};
  Screen screen = wide(0);
  screen.colour = true;
  EXPECT_EQ(laid_out(grid, screen),
            "\x1b[1mSTATUS\x1b[0m   \x1b[1mNAME\x1b[0m\n"
            "\x1b[32mEnabled\x1b[0m  a\n"
            "\x1b[31mx\x1b[0m        b\n");
}

using Fields = std::vector<std::pair<std::string, Cell>>;

TEST(FieldLayout, PutsValuesUnderEachOther) {
  EXPECT_EQ(laid_out(Fields{{"Name", {"gpu-1"}}, {"Description", {"one two three four five\nsix"}}}, wide(32)),
            "Name:         gpu-1\n"
            "Description:  one two three four\n"
            "              five\n"
            "              six\n");
}

const Branch kTree{"Ada may not read gpu-1: it is private.",
                   Mark::kNone,
                   {{"Ben owns it.", Mark::kNo, {}},
                    {"Ada is a member of acme.", Mark::kYes, {{"Her permission bit is 16.", Mark::kYes, {}}}},
                    {"Its scope is private.", Mark::kNo, {}}}};

TEST(TreeLayout, DrawsBranches) {
  EXPECT_EQ(laid_out(kTree, wide(0)),
            "Ada may not read gpu-1: it is private.\n"
            "├─ ✗ Ben owns it.\n"
            "├─ ✓ Ada is a member of acme.\n"
            "│  └─ ✓ Her permission bit is 16.\n"
            "└─ ✗ Its scope is private.\n");
}

TEST(TreeLayout, InAsciiWhereThereIsNothingElse) {
  EXPECT_EQ(laid_out(kTree, wide(0, false)),
            "Ada may not read gpu-1: it is private.\n"
            "|- [no] Ben owns it.\n"
            "|- [yes] Ada is a member of acme.\n"
            "|  `- [yes] Her permission bit is 16.\n"
            "`- [no] Its scope is private.\n");
}

TEST(TreeLayout, WrapsWithinABranch) {
  EXPECT_EQ(laid_out(kTree, wide(24)),
            "Ada may not read gpu-1:\n"
            "it is private.\n"
            "├─ ✗ Ben owns it.\n"
            "├─ ✓ Ada is a member of\n"
            "│  │ acme.\n"
            "│  └─ ✓ Her permission\n"
            "│       bit is 16.\n"
            "└─ ✗ Its scope is\n"
            "     private.\n");
}

}  // namespace
}  // namespace cli
