#include "json/parse.h"

#include <cmath>
#include <cstring>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/text.h"
#include "json/encode.h"

namespace {

std::string encoded(const json::Value& value) {
  std::string text;
  json::append(text, value);
  return text;
}

// The message of a refusal, with the pointer before it; or the value, written again.
std::string parsed(std::string_view text) {
  const base::Result<json::Value> value = json::parse(text);
  if (value) return encoded(*value);
  EXPECT_EQ(value.error().code, base::Code::kInvalid);
  return (value.error().fields.empty() ? "" : value.error().fields[0].pointer) + "|" + value.error().message;
}

TEST(Parse, TellsWhatIsWrongAndWhere) {
  const std::string start = "|The text is not valid JSON: ";
  const std::vector<std::array<std::string, 3>> cases = {
      {R"({"a":"\ud800"})", "/a", R"(a \u escape is half of a surrogate pair (line 1, column 13).)"},
      {R"(["\ud800x"])", "/0", R"(a \u escape is half of a surrogate pair (line 1, column 9).)"},
      {R"(["\ud800\n"])", "/0", R"(a \u escape is half of a surrogate pair (line 1, column 10).)"},
      {R"(["\ud800\u0041"])", "/0", R"(a \u escape is half of a surrogate pair (line 1, column 11).)"},
      {R"(["\udc00"])", "/0", R"(a \u escape is half of a surrogate pair (line 1, column 9).)"},
      {R"(["\u12g4"])", "/0", R"(a \u escape needs four hexadecimal digits (line 1, column 7).)"},
      {"[\"a\nb\"]", "/0", "the control character U+000A must be escaped in a string (line 1, column 4)."},
      {"[\"\t\"]", "/0", "the control character U+0009 must be escaped in a string (line 1, column 3)."},
      {std::string("[\"\0\"]", 5), "/0",
       "the control character U+0000 must be escaped in a string (line 1, column 3)."},
      {R"(["\x"])", "/0", R"(\x is not an escape of JSON (line 1, column 4).)"},
      {"[1,]", "/1", "nothing follows a comma (line 1, column 4)."},
      {"{\"a\":1,\n}", "/a", "nothing follows a comma (line 2, column 1)."},
      {"{'a':1}", "", "strings and keys stand in double quotes (line 1, column 2)."},
      {"{a:1}", "", "only true, false and null stand without double quotes (line 1, column 2)."},
      {"[NaN]", "/0", "only true, false and null stand without double quotes (line 1, column 2)."},
      {"[01]", "/1", "a number begins with a 0 too much (line 1, column 3)."},
      {"[1.]", "/0", "a number is not complete (line 1, column 4)."},
      {"[-]", "/0", "a number is not complete (line 1, column 3)."},
      {"[1e]", "/0", "a number is not complete (line 1, column 4)."},
      {"[+1]", "/0", "a number begins with a digit or with - (line 1, column 2)."},
      {"[.5]", "/0", "a number begins with a digit or with - (line 1, column 2)."},
      {"[1 2]", "/1", "a comma or a colon is missing before this (line 1, column 4)."},
      {"{\"a\" 1}", "/a", "a comma or a colon is missing before this (line 1, column 6)."},
      {"[1, // one\n2]", "/1", "JSON has no comments (line 1, column 5)."},
      {"\xef\xbb\xbf{}", "", "it begins with a byte order mark (line 1, column 1)."},
      {"[1e99999999999]", "/0", "the exponent of a number is out of range (line 1, column 13)."},
      {"{} x", "", "something follows the end of the value (line 1, column 4)."},
      {"\n\n{\"a\":{\"b\":[", "/a/b/0", "it ends too early (line 3, column 12)."},
      {"[\"abc", "/0", "it ends too early (line 1, column 6)."},
      {"[\"\xff\"]", "/0", "it is not valid UTF-8 (line 1, column 3)."},
      {"[\"\xed\xa0\x80\"]", "/0", "it is not valid UTF-8 (line 1, column 3)."},
      {"[\"\xc0\x80\"]", "/0", "it is not valid UTF-8 (line 1, column 3)."},
      {"{\"\xff\":1}", "", "it is not valid UTF-8 (line 1, column 3)."},
  };
  for (const auto& [text, pointer, story] : cases) {
    EXPECT_EQ(parsed(text).substr(parsed(text).find('|')), start + story) << text;
    EXPECT_EQ(parsed(text).substr(0, parsed(text).find('|')), pointer) << text;
  }
  for (const std::string_view empty : {"", " ", "\n\t\r "})
    EXPECT_EQ(parsed(empty), "|The text is empty where JSON is needed.");
}

TEST(Parse, NumbersAtTheEdges) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"9223372036854775807", "9223372036854775807"},
      {"9223372036854775808", "9223372036854775808"},
      {"18446744073709551615", "18446744073709551615"},
      {"18446744073709551616", "18446744073709551616"},  // a double, which happens to be exact
      {"-9223372036854775808", "-9223372036854775808"},
      {"-9223372036854775809", "-9223372036854775808"},  // the nearest double
      {"-0", "0"},
      {"-0.0", "-0.0"},
      {"0e5", "0"},
      {"3.0", "3"},
      {"1E2", "100"},
      {"1e308", "1e+308"},
      {"1.7976931348623157e308", "1.7976931348623157e+308"},
      {"5e-324", "5e-324"},
      {"0.1", "0.1"},
      {"0.1000000000000000055511151231257827021181583404541015625", "0.1"},
      {std::string(400, '1') + "e-390", "1111111111.1111112"},
  };
  for (const auto& [text, written] : cases) EXPECT_EQ(parsed(text), written) << text;
  for (const std::string& text :
       {std::string("1e400"), std::string("-1e400"), std::string("1e-400"), std::string("1") + std::string(400, '0')}) {
    EXPECT_NE(parsed("[0," + text + "]").find("/1|The number is out of the range of a double"), std::string::npos)
        << parsed("[0," + text + "]");
  }
  EXPECT_TRUE(json::parse("18446744073709551615")->is_uint64());
  EXPECT_TRUE(json::parse("9223372036854775807")->is_int64());
}

TEST(Parse, DepthHasALimit) {
  const auto nested = [](std::size_t depth, std::string_view open, std::string_view close) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text.append(open);
    text.append("1");
    for (std::size_t i = 0; i < depth; ++i) text.append(close);
    return text;
  };
  for (const auto& [open, close] : std::vector<std::pair<std::string, std::string>>{{"[", "]"}, {"{\"a\":", "}"}}) {
    EXPECT_EQ(parsed(nested(32, open, close)), nested(32, open, close));
    EXPECT_NE(parsed(nested(33, open, close)).find("nested too deeply; 32 levels are the limit"), std::string::npos);
    EXPECT_FALSE(json::parse(nested(100'000, open, close)));
    EXPECT_FALSE(json::parse_stored(nested(100'000, open, close)));
  }
}

TEST(Parse, RefusesDuplicateKeys) {
  const std::string story = "|This key stands twice in its object (line 1, column ";
  EXPECT_TRUE(parsed(R"({"a":1,"b":2,"a":3})").starts_with("/a" + story));
  EXPECT_TRUE(parsed(R"({"x":[0,{"a/b":1,"a/b":1}]})").starts_with("/x/1/a~1b" + story));
  EXPECT_TRUE(parsed(R"({"a":1,"\u0061":2})").starts_with("/a" + story)) << "also when it is spelt in another way";
  EXPECT_TRUE(parsed(R"({"":1,"":2})").starts_with("/" + story));
  EXPECT_EQ(parsed(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}],"A":1})"),
            R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}],"A":1})");
  // Past the number of keys that are compared one by one, too.
  for (const int count : {15, 16, 17, 18, 40, 1000}) {
    std::string text = "{\"o\":{";
    for (int i = 0; i < count; ++i) text.append("\"k").append(std::to_string(i)).append("\":{\"in\":1},");
    EXPECT_TRUE(json::parse(text + "\"z\":1}}")) << count;
    EXPECT_TRUE(parsed(text + "\"k3\":1}}").starts_with("/o/k3" + story)) << count << parsed(text + "\"k3\":1}}");
  }
}

TEST(Parse, RefusesNulInTextsAndKeys) {
  EXPECT_TRUE(parsed(R"({"a":["x","y\u0000"]})").starts_with("/a/1|The text has the character U+0000"));
  EXPECT_NE(parsed(R"({"a\u0000b":1})").find("|A key has the character U+0000"), std::string::npos);
  EXPECT_TRUE(json::parse_stored(R"({"a":"\u0000"})")) << "what we stored is ours";
}

TEST(Parse, StoredTextIsReadWithoutTheSearchesAndIsCorruptWhereItIsNot) {
  EXPECT_EQ(encoded(*json::parse_stored(R"({"a":[1,2.5,"x",null,true,{}]})")), R"({"a":[1,2.5,"x",null,true,{}]})");
  for (const std::string_view text : {"", "{", "{\"a\":1e999}", "\"\xff\""}) {
    const base::Result<json::Value> value = json::parse_stored(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code, base::Code::kCorrupt);
  }
}

TEST(Parse, LongTextsAndKeysInPartsAreWhole) {
  const std::string long_text(5000, 'x');
  const std::string text = "{\"" + long_text + "\\u00e9" + long_text + "\":\"" + long_text + "\\n" + long_text + "\"}";
  EXPECT_EQ(parsed(text), "{\"" + long_text + "é" + long_text + "\":\"" + long_text + "\\n" + long_text + "\"}");
}

json::Value any_value(int depth);

std::string any_text() {
  std::string text = *rc::gen::arbitrary<std::string>();
  std::erase(text, '\0');
  return base::is_utf8(text) ? text : "é\"\\/\n😀" + base::hex(text);
}

json::Value any_value(int depth) {
  switch (*rc::gen::inRange(0, depth > 0 ? 8 : 6)) {
    case 0:
      return nullptr;
    case 1:
      return *rc::gen::arbitrary<bool>();
    case 2:
      return *rc::gen::arbitrary<std::int64_t>();
    case 3:
      return *rc::gen::arbitrary<std::uint64_t>() | 0x8000000000000000;
    case 4: {
      const auto bits = *rc::gen::arbitrary<std::uint64_t>();
      double number = 0;
      std::memcpy(&number, &bits, sizeof number);
      return std::isfinite(number) ? number : 0.5;
    }
    case 5:
      return boost::json::string(any_text());
    case 6: {
      json::Array array;
      for (int i = *rc::gen::inRange(0, 5); i > 0; --i) array.push_back(any_value(depth - 1));
      return array;
    }
    default: {
      json::Object object;
      for (int i = *rc::gen::inRange(0, 25); i > 0; --i) object[any_text()] = any_value(depth - 1);
      return object;
    }
  }
}

TEST(Parse, AnyValueSurvivesBeingWrittenAndRead) {
  EXPECT_TRUE(rc::check("values", [] {
    const json::Value value = any_value(4);
    const std::string text = encoded(value);
    const base::Result<json::Value> strict = json::parse(text);
    RC_ASSERT(strict.has_value());
    RC_ASSERT(encoded(*strict) == text);
    RC_ASSERT(encoded(*json::parse_stored(text)) == text);
  }));
}

TEST(Parse, AnyBytesAreReadOrRefused) {
  EXPECT_TRUE(rc::check("bytes", [](const std::string& bytes) {
    for (const std::string& text : {bytes, "[\"" + bytes + "\"]", "{\"a\":" + bytes + "}"}) {
      const base::Result<json::Value> value = json::parse(text);
      RC_ASSERT(value.has_value() || !value.error().message.empty());
    }
  }));
}

}  // namespace
