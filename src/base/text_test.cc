#include "base/text.h"

#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace base {
namespace {

// RFC 4648 section 10.
const std::vector<std::pair<std::string, std::string>> kVectors = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};

TEST(Text, Base64AsInTheRfc) {
  for (const auto& [plain, coded] : kVectors) {
    EXPECT_EQ(base64(plain), coded);
    EXPECT_EQ(parse_base64(coded), plain);
    const std::string bare = coded.substr(0, coded.find('='));
    EXPECT_EQ(base64url(plain), bare);
    EXPECT_EQ(parse_base64url(bare), plain);
  }
  EXPECT_EQ(base64url("\xfb\xff\xfe"), "-__-");
  EXPECT_EQ(base64("\xfb\xff\xfe"), "+//+");
}

TEST(Text, Base64OfAnyBytesReadsBack) {
  EXPECT_TRUE(rc::check("round trip", [](const std::vector<char>& bytes) {
    const std::string text(bytes.begin(), bytes.end());
    RC_ASSERT(parse_base64url(base64url(text)) == std::optional<std::string>(text));
    RC_ASSERT(parse_base64(base64(text)) == std::optional<std::string>(text));
    RC_ASSERT(base64(text).size() % 4 == 0U);
  }));
}

TEST(Text, OneValueHasOneSpelling) {
  // Every text of up to three characters, of both alphabets and the padding: what reads is what would be written.
  const std::string characters = "AQgwBP/+-_=9z";
  const auto check = [](const std::string& text) {
    if (const auto bytes = parse_base64url(text)) {
      EXPECT_EQ(base64url(*bytes), text);
    }
    if (const auto bytes = parse_base64(text)) {
      EXPECT_EQ(base64(*bytes), text);
    }
  };
  for (const char a : characters) {
    check({a});
    for (const char b : characters) {
      check({a, b});
      for (const char c : characters) {
        check({a, b, c});
        for (const char d : characters) check({a, b, c, d});
      }
    }
  }
}

TEST(Text, Base64RefusesWhatIsNotExact) {
  for (const std::string_view text :
       {"A", "AAAAA", "Zg==", "Zm8=", "Zh", "Zm9", "Z m9v", "Zm9v\n", "Zm9+", "Zm9/", "=", "===="}) {
    EXPECT_FALSE(parse_base64url(text)) << text;
  }
  EXPECT_FALSE(parse_base64url(std::string("Zg\0", 3)));
  for (const std::string_view text :
       {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "====", "A===", "Zg==Zg==", "Zm9-", "Zm9_", "Zm9v\r\n"}) {
    EXPECT_FALSE(parse_base64(text)) << text;
  }
}

TEST(Text, Hex) {
  EXPECT_EQ(hex(""), "");
  EXPECT_EQ(hex(std::string("\x00\x7f\x80\xff", 4)), "007f80ff");
}

TEST(Text, PercentEncodesAllButTheUnreserved) {
  const std::string unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  EXPECT_EQ(percent_encode(unreserved), unreserved);
  EXPECT_EQ(percent_encode(" /+%\xc3\xa9"), "%20%2F%2B%25%C3%A9");
  EXPECT_EQ(percent_encode(std::string(1, '\0')), "%00");
}

TEST(Text, PercentDecodesEitherCaseOnce) {
  EXPECT_EQ(percent_decode("%2f%2F+%2541"), "//+%41");
  for (const std::string_view text : {"%", "%4", "a%", "a%4", "%zz", "%4g", "%g4", "%-1", "% 1", "%%41"}) {
    EXPECT_FALSE(percent_decode(text)) << text;
  }
}

TEST(Text, PercentOfAnyBytesReadsBack) {
  EXPECT_TRUE(rc::check("round trip", [](const std::vector<char>& bytes) {
    const std::string text(bytes.begin(), bytes.end());
    RC_ASSERT(percent_decode(percent_encode(text)) == std::optional<std::string>(text));
  }));
}

// The shortest form of a code point, written from the table of RFC 3629 section 3.
std::string encode_point(std::uint32_t point) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
  if (point < 0x80) return {byte(point)};
  if (point < 0x800) return {byte(0xc0 | point >> 6), byte(0x80 | (point & 63))};
  if (point < 0x10000) return {byte(0xe0 | point >> 12), byte(0x80 | (point >> 6 & 63)), byte(0x80 | (point & 63))};
  return {byte(0xf0 | point >> 18), byte(0x80 | (point >> 12 & 63)), byte(0x80 | (point >> 6 & 63)),
          byte(0x80 | (point & 63))};
}

TEST(Text, EveryCodePointIsUtf8AndEverySurrogateIsNot) {
  for (std::uint32_t point = 0; point < 0x120000; ++point) {
    const bool good = point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
    const std::string text = encode_point(point);
    ASSERT_EQ(is_utf8(text), good) << point;
    if (good) {
      ASSERT_EQ(code_points(text), 1U) << point;
    }
  }
}

TEST(Text, EveryPairOfBytesIsUtf8ExactlyWhenTheRfcSaysSo) {
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0; second < 256; ++second) {
      const bool both_ascii = first < 0x80 && second < 0x80;
      const bool pair = first >= 0xc2 && first <= 0xdf && second >= 0x80 && second <= 0xbf;
      const std::string text = {static_cast<char>(first), static_cast<char>(second)};
      ASSERT_EQ(is_utf8(text), both_ascii || pair) << first << " " << second;
    }
  }
}

TEST(Text, Utf8RefusesOverlongCutAndStrayBytes) {
  for (const std::string_view text : {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xe0\x80\x80",
                                      "\xe0\x9f\xbf",
                                      "\xf0\x80\x80\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xf8\x88\x80\x80\x80",
                                      "\xfe",
                                      "\xff",
                                      "\xc3",
                                      "\xe2\x82",
                                      "\xf0\x9f\x92",
                                      "\xc3(",
                                      "\xe2(\xa1",
                                      "\xe2\x82(",
                                      "ok\xc3\xa9\xff"}) {
    EXPECT_FALSE(is_utf8(text)) << hex(text);
  }
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8(std::string_view("\0", 1)));
  EXPECT_EQ(code_points("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\xa9"), 4U);
}

TEST(Text, ControlCharacters) {
  for (int byte = 0; byte < 256; ++byte) {
    EXPECT_EQ(has_control_character(std::string(1, static_cast<char>(byte))), byte < 0x20 || byte == 0x7f) << byte;
  }
  EXPECT_FALSE(has_control_character(""));
  EXPECT_TRUE(has_control_character("name\x01"));
}

TEST(Text, CaseOfAsciiAlone) {
  EXPECT_EQ(to_lower_ascii("AbZ@[\xc3\x89"), "abz@[\xc3\x89");
  EXPECT_TRUE(equal_ignoring_case("Content-TYPE", "content-type"));
  EXPECT_FALSE(equal_ignoring_case("a", "aa"));
  EXPECT_FALSE(equal_ignoring_case("@", "`")) << "they differ in the same bit as letters do";
  EXPECT_FALSE(equal_ignoring_case("[", "{"));
}

TEST(Text, Trim) {
  EXPECT_EQ(trim(" \t a b \t"), "a b");
  EXPECT_EQ(trim(" \t "), "");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim("\na\n"), "\na\n") << "line breaks are no blanks of HTTP";
}

}  // namespace
}  // namespace base
