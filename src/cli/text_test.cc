// Names come from people of every script, and from people who mean harm: a table must stay a table, and a name must not
// steer the terminal that shows it.

#include "cli/text.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/text.h"
#include "json/encode.h"
#include "json/parse.h"

namespace cli {
namespace {

const Screen kUnicode{.columns = 80, .colour = false, .unicode = true};
const Screen kAscii{.columns = 80, .colour = false, .unicode = false};

TEST(Shown, KeepsNamesAndDisarmsTheRest) {
  EXPECT_EQ(shown("gpu-1"), "gpu-1");
  EXPECT_EQ(shown("Zoë 山田 🦊"), "Zoë 山田 🦊");
  EXPECT_EQ(shown("\x1b[31mred\x1b[0m"), "\\x1b[31mred\\x1b[0m");
  EXPECT_EQ(shown("a\x7f"
                  "b"),
            "a\\x7fb");
  EXPECT_EQ(shown("a\u009b1mb"), "a\\x9b1mb") << "C1: CSI in one character";
  EXPECT_EQ(shown("a\u202etxt.exe"), "a\\u202etxt.exe");
  EXPECT_EQ(shown("\u2066x\u2069"), "\\u2066x\\u2069");
  EXPECT_EQ(shown(std::string("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(shown("two\nlines\tand"), "two lines and");
  EXPECT_EQ(shown("two\nlines\r\n", true), "two\nlines\\x0d\n");
  for (const char* bad : {"\xff", "\xc3", "\xe2\x82", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\x80"})
    EXPECT_TRUE(base::is_utf8(shown(bad)) && shown(bad).starts_with("�")) << bad;
}

TEST(Shown, NeverSendsAControlCharacter) {
  EXPECT_TRUE(rc::check("whatever comes", [](const std::string& text) {
    const std::string safe = shown(text);
    RC_ASSERT(base::is_utf8(safe));
    RC_ASSERT(!base::has_control_character(safe));
    RC_ASSERT(safe.find("\xc2\x9b") == std::string::npos);
    RC_ASSERT(shown(safe) == safe);
  }));
}

TEST(EscapedJson, IsTheSameDocument) {
  const std::string name = "a\u009b\u202e\x7f\x1b山 \"\\";
  const std::string text = json::encode(json::Value(json::Object{{"name", name}}));
  const std::string safe = escaped_json(text);
  EXPECT_EQ(safe.find("\xc2\x9b"), std::string::npos);
  EXPECT_EQ(safe.find("\xe2\x80\xae"), std::string::npos);
  EXPECT_FALSE(base::has_control_character(safe));
  const auto read = json::parse(safe);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->as_object().at("name").as_string(), name);
}

TEST(Width, CountsColumnsAndNotBytes) {
  EXPECT_EQ(width_of(""), 0U);
  EXPECT_EQ(width_of("gpu"), 3U);
  EXPECT_EQ(width_of("Zoë"), 3U);
  EXPECT_EQ(width_of("Zoe\u0308"), 3U) << "a combining mark";
  EXPECT_EQ(width_of("山田"), 4U);
  EXPECT_EQ(width_of("ﾔﾏ"), 2U) << "half-width";
  EXPECT_EQ(width_of("🦊"), 2U);
  EXPECT_EQ(width_of("한국"), 4U);
}

TEST(Cut, FitsAndTellsThatSomethingIsMissing) {
  EXPECT_EQ(cut("gpu-1", 5, kUnicode), "gpu-1");
  EXPECT_EQ(cut("gpu-12", 5, kUnicode), "gpu-…");
  EXPECT_EQ(cut("gpu-123", 5, kAscii), "gpu..");
  EXPECT_EQ(cut("山田太郎", 5, kUnicode), "山田…");
  EXPECT_EQ(cut("山田太郎", 4, kUnicode), "山…") << "no half character";
  EXPECT_EQ(cut("e\u0308e\u0308e\u0308", 2, kUnicode), "e\u0308…");
  EXPECT_EQ(cut("abc", 1, kUnicode), "a");
  EXPECT_EQ(cut("abc", 0, kUnicode), "");
}

TEST(Cut, IsNeverWiderThanAsked) {
  EXPECT_TRUE(rc::check("any text, any width", [] {
    const auto parts = *rc::gen::container<std::vector<std::string>>(
        rc::gen::element<std::string>("a", " ", "山", "🦊", "e\u0308", "ﾔ", "\u200d", "ß"));
    std::string text;
    for (const std::string& each : parts) text += each;
    const auto columns = *rc::gen::inRange<std::size_t>(0, 12);
    for (const Screen& screen : {kUnicode, kAscii}) {
      const std::string fits = cut(text, columns, screen);
      RC_ASSERT(width_of(fits) <= columns);
      RC_ASSERT(base::is_utf8(fits));
      if (width_of(text) <= columns) RC_ASSERT(fits == text);
    }
  }));
}

TEST(Wrapped, BreaksAtSpaces) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(wrapped("who may do what", 7), (Lines{"who may", "do what"}));
  EXPECT_EQ(wrapped("who may\n\ndo what", 0), (Lines{"who may", "", "do what"}));
  EXPECT_EQ(wrapped("abcdefgh", 3), (Lines{"abc", "def", "gh"}));
  EXPECT_EQ(wrapped("ab abcdefgh", 4), (Lines{"ab", "abcd", "efgh"}));
  EXPECT_EQ(wrapped("", 10), (Lines{""}));
  EXPECT_EQ(wrapped("山田太郎", 3), (Lines{"山", "田", "太", "郎"}));
  EXPECT_EQ(wrapped("山", 1), (Lines{"山", ""})) << "wider than the screen: shown nevertheless, and it ends";
}

TEST(Wrapped, LosesNothing) {
  EXPECT_TRUE(rc::check("the words stay, in their order", [] {
    const auto words = *rc::gen::container<std::vector<std::string>>(
        rc::gen::element<std::string>("a", "of", "node", "workspace", "山田", "supercalifragilistic"));
    const auto columns = *rc::gen::inRange<std::size_t>(2, 30);
    std::string text, joined;
    for (const std::string& each : words) text += (text.empty() ? "" : " ") + each;
    for (const std::string& line : wrapped(text, columns)) {
      RC_ASSERT(width_of(line) <= columns);
      joined += line;
    }
    std::erase(text, ' ');
    std::erase(joined, ' ');
    RC_ASSERT(joined == text);
  }));
}

TEST(Folded, ForgetsTheCase) {
  EXPECT_EQ(folded("ADA"), "ada");
  EXPECT_EQ(folded("ÅNGSTRÖM"), folded("ångström"));
  EXPECT_EQ(folded("ΑΔΑ"), folded("αδα"));
  EXPECT_EQ(folded("Вася"), folded("вАСЯ"));
  EXPECT_NE(folded("ada"), folded("adá"));
}

TEST(Painted, OnlyWhereColoursAreWanted) {
  EXPECT_EQ(painted("x", Style::kBad, kUnicode), "x");
  Screen coloured = kUnicode;
  coloured.colour = true;
  EXPECT_EQ(painted("x", Style::kBad, coloured), "\x1b[31mx\x1b[0m");
  EXPECT_EQ(painted("", Style::kBad, coloured), "");
  EXPECT_EQ(painted("x", Style::kPlain, coloured), "x");
}

}  // namespace
}  // namespace cli
