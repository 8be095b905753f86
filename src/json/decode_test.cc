#include "json/decode.h"

#include <gtest/gtest.h>

#include "json/encode.h"
#include "json/formats.h"
#include "json/schema.h"

namespace {

enum class Mood { kCalm, kWild };

struct Leaf {
  static constexpr std::string_view kTypeName = "Leaf";
  std::string text;
  template <class V>
  static void describe(V& field) {
    field("text", &Leaf::text);
  }
};

struct Every {
  static constexpr std::string_view kTypeName = "Every";
  static constexpr std::string_view kDoc = "One of each kind.";
  bool flag = false;
  std::int64_t i64 = 0;
  std::uint64_t u64 = 0;
  std::uint32_t u32 = 0;
  int whole = 0;
  double ratio = 0;
  std::string text;
  Mood mood = Mood::kCalm;
  Leaf leaf;
  json::Value any;
  json::Object object;
  base::Time time;
  std::vector<std::string> texts;
  std::optional<std::int64_t> maybe;
  template <class V>
  static void describe(V& field) {
    field("flag", &Every::flag, {.may_miss = true});
    field("i64", &Every::i64, {.may_miss = true});
    field("u64", &Every::u64, {.may_miss = true});
    field("u32", &Every::u32, {.may_miss = true});
    field("whole", &Every::whole, {.min = -5, .max = 5, .may_miss = true});
    field("ratio", &Every::ratio, {.may_miss = true});
    field("text", &Every::text, {.doc = "A text.", .chars_min = 2, .chars_max = 4, .may_miss = true, .example = "abc"});
    field("mood", &Every::mood, {.may_miss = true});
    field("leaf", &Every::leaf, {.may_miss = true});
    field("any", &Every::any, {.may_miss = true});
    field("object", &Every::object, {.may_miss = true});
    field("time", &Every::time, {.may_miss = true});
    field("texts", &Every::texts, {.chars_max = 3, .items_max = 2, .may_miss = true});
    field("maybe", &Every::maybe);
  }
};

}  // namespace

template <>
inline constexpr auto json::kEnumNames<Mood> = json::names<Mood>({{Mood::kCalm, "calm"}, {Mood::kWild, "wild"}});

namespace {

// What a member refuses about a value; empty where it is taken.
std::string problem(std::string_view member, std::string_view value) {
  const auto every = json::decode<Every>("{\"" + std::string(member) + "\":" + std::string(value) + "}");
  if (every) return "";
  EXPECT_EQ(every.error().code, base::Code::kInvalid);
  if (every.error().fields.size() != 1) return every.error().message;
  const std::string at = "/" + std::string(member);
  const base::FieldError& field = every.error().fields[0];
  return (field.pointer == at ? "" : field.pointer + " ") + field.message;
}

Every taken(std::string_view member, std::string_view value) {
  const auto every = json::decode<Every>("{\"" + std::string(member) + "\":" + std::string(value) + "}");
  EXPECT_TRUE(every) << member << " " << value << ": " << every.error().message;
  return every.value_or(Every{});
}

TEST(Decode, RefusesEveryOtherKind) {
  struct Case {
    std::string member, wanted, own;  // `own`: the kinds that the member takes, by their letter
  };
  const std::vector<std::pair<char, std::pair<std::string, std::string>>> values = {
      {'b', {"true", "a boolean"}},   {'n', {"1", "a number"}},  {'f', {"1.5", "a number"}},
      {'s', {"\"abc\"", "a string"}}, {'a', {"[]", "an array"}}, {'o', {"{}", "an object"}}};
  for (const Case& each : std::vector<Case>{{"flag", "true or false", "b"},
                                            {"i64", "a number", "nf"},
                                            {"u64", "a number", "nf"},
                                            {"u32", "a number", "nf"},
                                            {"whole", "a number", "nf"},
                                            {"ratio", "a number", "nf"},
                                            {"text", "a string", "s"},
                                            {"mood", "a string, one of calm, wild", "s"},
                                            {"leaf", "an object", "o"},
                                            {"object", "an object", "o"},
                                            {"texts", "an array", "a"},
                                            {"maybe", "a number", "nf"}}) {
    for (const auto& [kind, value] : values) {
      if (each.own.find(kind) != std::string::npos) continue;
      EXPECT_EQ(problem(each.member, value.first), "must be " + each.wanted + ", and is " + value.second)
          << each.member << " " << value.first;
    }
    EXPECT_EQ(problem(each.member, "null"), "") << "null is absent where a member may miss";
  }
  for (const auto& [kind, value] : values) {
    EXPECT_EQ(problem("any", value.first), "");
    EXPECT_EQ(problem("time", value.first), "must be a date and time as in RFC 3339, such as 2026-11-24T05:47:44Z");
  }
  for (const std::string_view text : {"[]", "1", "\"x\"", "null", "true"}) {
    const auto every = json::decode<Every>(text);
    ASSERT_FALSE(every) << text;
    EXPECT_EQ(every.error().fields[0].pointer, "");
    EXPECT_TRUE(every.error().message.starts_with("The document must be an object")) << every.error().message;
  }
}

TEST(Decode, NullWhereAMemberIsNeededIsRefused) {
  const auto leaf = json::decode<Leaf>(std::string_view(R"({"text":null})"));
  ASSERT_FALSE(leaf);
  EXPECT_EQ(leaf.error().fields[0].message, "must be a string, and is null");
  EXPECT_EQ(json::decode<Leaf>(std::string_view("{}")).error().fields[0].message, "is missing");
}

TEST(Decode, WholeNumbersAtTheEdges) {
  EXPECT_EQ(taken("i64", "9223372036854775807").i64, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(taken("i64", "-9223372036854775808").i64, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(taken("u64", "18446744073709551615").u64, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(taken("u32", "4294967295").u32, 4294967295U);
  EXPECT_EQ(taken("i64", "3.0").i64, 3) << "JSON has one kind of number";
  EXPECT_EQ(taken("u64", "1e3").u64, 1000U);
  EXPECT_EQ(taken("i64", "-0").i64, 0);
  EXPECT_EQ(taken("i64", "-0.0").i64, 0);
  EXPECT_EQ(taken("u64", "-0.0").u64, 0U);
  EXPECT_EQ(taken("whole", "-5").whole, -5);
  EXPECT_EQ(taken("maybe", "7").maybe, 7);

  const std::string range64 = "must be a whole number from -9223372036854775808 to 9223372036854775807";
  for (const std::string_view text : {"9223372036854775808", "18446744073709551616", "-9223372036854775809", "1.5",
                                      "1e19", "1e300", "-1e300", "123456789012345678901234567890"}) {
    EXPECT_EQ(problem("i64", text), range64) << text;
  }
  for (const std::string_view text : {"-1", "18446744073709551616", "0.5", "1e300", "-0.5"})
    EXPECT_EQ(problem("u64", text), "must be a whole number from 0 to 18446744073709551615") << text;
  for (const std::string_view text : {"-1", "4294967296", "4294967295.5"})
    EXPECT_EQ(problem("u32", text), "must be a whole number from 0 to 4294967295") << text;
  for (const std::string_view text : {"-6", "6", "5.1"})
    EXPECT_EQ(problem("whole", text), "must be a whole number from -5 to 5") << text;
  EXPECT_EQ(taken("ratio", "18446744073709551615").ratio, 18446744073709551615.0);
  EXPECT_EQ(taken("ratio", "-1").ratio, -1.0);
}

TEST(Decode, TextsAreCountedInCodePoints) {
  EXPECT_EQ(taken("text", "\"éééé\"").text, "éééé");
  EXPECT_EQ(taken("text", "\"\\ud83d\\ude00x\"").text, "😀x");
  EXPECT_EQ(problem("text", "\"ééééé\""), "is too long; 4 characters are the limit");
  EXPECT_EQ(problem("text", "\"é\""), "is too short; at least 2 characters are needed");
  EXPECT_EQ(problem("text", "\"\""), "must not be empty");
  EXPECT_EQ(problem("text", "\"a\\nb\""), "has the control character U+000A");
  EXPECT_EQ(problem("text", "\"a\\u007f\""), "has the control character U+007F");
  EXPECT_EQ(json::problem_with_text("a\nb\tc", {.lines = true}), "");
  EXPECT_EQ(json::problem_with_text("a\x01", {.lines = true}), "has the control character U+0001");
  EXPECT_EQ(json::problem_with_text("\xff", {}), "is not valid UTF-8");
  EXPECT_EQ(json::problem_with_text("x", {.format = &json::kAwsAccountIdFormat}),
            "must be the 12 digits of an AWS account id");
}

TEST(Decode, ListsHaveALimitAndTheirElementsAreChecked) {
  EXPECT_EQ(problem("texts", R"(["a","b","c"])"), "has too many elements; 2 are the limit");
  EXPECT_EQ(problem("texts", R"(["a","bbbb"])"), "/texts/1 is too long; 3 characters are the limit");
  EXPECT_EQ(problem("texts", R"([null])"), "/texts/0 must be a string, and is null");
  EXPECT_EQ(problem("leaf", R"({"text":1})"), "/leaf/text must be a string, and is a number");
}

TEST(Decode, UnknownMembersAreNamedWithTheNearestKnown) {
  EXPECT_EQ(problem("I64", "1"), "is not a member that is known here; did you mean i64?");
  EXPECT_EQ(problem("texs", "1"), "is not a member that is known here; did you mean text?");
  EXPECT_NE(problem("entirely-other", "1").find("; known are flag, i64"), std::string::npos);
  EXPECT_NE(problem(std::string(1000, 'x'), "1").find("known are"), std::string::npos);
  EXPECT_EQ(problem("a/b~c", "1").substr(0, 9), "/a~1b~0c ") << "the pointer is escaped";
}

TEST(Decode, ReportsAreBoundedAndSayHowManyMore) {
  std::string text = "{";
  for (int i = 0; i < 150; ++i) text.append("\"unknown").append(std::to_string(i)).append("\":1,");
  text.back() = '}';
  const auto every = json::decode<Every>(text);
  ASSERT_FALSE(every);
  EXPECT_EQ(every.error().fields.size(), 100U);
  EXPECT_NE(every.error().message.find("and 149 problems more."), std::string::npos) << every.error().message;
}

TEST(Decode, StoredFormTakesWhatALaterVersionWrote) {
  const auto every = json::decode_stored<Every>(R"({"new":1,"text":"longer than now allowed","maybe":null})");
  ASSERT_TRUE(every) << every.error().message;
  EXPECT_EQ(every->text, "longer than now allowed");
  const auto broken = json::decode_stored<Every>(R"({"text":1})");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, base::Code::kCorrupt);
}

TEST(Encode, WritesEveryKindAndReadsItBack) {
  const std::string text =
      R"({"flag":true,"i64":-1,"u64":18446744073709551615,"u32":7,"whole":5,"ratio":0.1,"text":"é\"\\","mood":"wild",)"
      R"("leaf":{"text":"x"},"any":[1,null],"object":{"a":1},"time":"2026-11-24T05:47:44.123Z","texts":["a","b"],"maybe":0})";
  const auto every = json::decode<Every>(text);
  ASSERT_TRUE(every) << every.error().message;
  EXPECT_EQ(json::encode(*every), text);
  EXPECT_EQ(json::encode(std::vector<Leaf>{{"a"}, {"b"}}), R"([{"text":"a"},{"text":"b"}])");
}

TEST(Encode, WhatItWritesIsAlwaysJson) {
  EXPECT_EQ(json::encode(Leaf{"\xff\x01\n"}), "{\"text\":\"\xef\xbf\xbd\\u0001\\n\"}");
  std::string text;
  json::append_number(text, std::numeric_limits<double>::infinity());
  EXPECT_EQ(text, "null");
}

TEST(Schema, SaysOfEachKindWhatTheDecoderDemands) {
  json::Components components;
  json::schema<Every>(components);
  const json::Object& every = components.at("Every");
  EXPECT_EQ(json::view(every.at("description").as_string()), "One of each kind.");
  EXPECT_FALSE(every.contains("required")) << "every member may miss";
  const auto property = [&](std::string_view name) {
    std::string text;
    json::append(text, every.at("properties").at(name));
    return text;
  };
  EXPECT_EQ(property("flag"), R"({"type":"boolean"})");
  EXPECT_EQ(property("i64"), R"({"type":"integer"})");
  EXPECT_EQ(property("whole"), R"({"type":"integer","minimum":-5,"maximum":5})");
  EXPECT_EQ(property("ratio"), R"({"type":"number"})");
  EXPECT_EQ(property("mood"), R"({"type":"string","enum":["calm","wild"]})");
  EXPECT_EQ(property("leaf"), R"({"$ref":"#/components/schemas/Leaf"})");
  EXPECT_EQ(property("any"), "{}");
  EXPECT_EQ(property("object"), R"({"type":"object"})");
  EXPECT_EQ(property("time"), R"({"type":"string","format":"date-time"})");
  EXPECT_EQ(every.at("properties").at("text").at("minLength").as_uint64(), 2U);
  EXPECT_EQ(every.at("properties").at("texts").at("items").at("maxLength").as_uint64(), 3U);
  EXPECT_EQ(every.at("properties").at("texts").at("maxItems").as_uint64(), 2U);
  EXPECT_EQ(property("text").find("\"examples\":[\"abc\"]") != std::string::npos, true);
  EXPECT_TRUE(components.at("Leaf").at("required").as_array().size() == 1);
  EXPECT_EQ(components.size(), 2U);
}

}  // namespace
