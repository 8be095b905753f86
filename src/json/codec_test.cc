#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "json/decode.h"
#include "json/encode.h"
#include "json/formats.h"
#include "json/schema.h"

namespace {

enum class Colour { kRed, kGreen };

struct Inner {
  static constexpr std::string_view kTypeName = "Inner";
  std::string id;
  template <class V>
  static void describe(V& field) {
    field("id", &Inner::id, {.format = &json::kUserIdFormat});
  }
};

struct Outer {
  static constexpr std::string_view kTypeName = "Outer";
  static constexpr bool kClosed = true;
  std::string name;
  std::optional<std::int64_t> count;
  std::vector<Inner> inners;
  Colour colour = Colour::kRed;
  double ratio = 0;
  bool flag = false;
  template <class V>
  static void describe(V& field) {
    field("name", &Outer::name, {.chars_min = 1, .chars_max = 10});
    field("count", &Outer::count, {.min = 0, .max = 5});
    field("inners", &Outer::inners, {.may_miss = true});
    field("colour", &Outer::colour, {.may_miss = true});
    field("ratio", &Outer::ratio, {.may_miss = true});
    field("flag", &Outer::flag, {.may_miss = true});
  }
};

struct Nullable {
  static constexpr std::string_view kTypeName = "Nullable";
  std::optional<std::string> database;
  template <class V>
  static void describe(V& field) {
    field("database", &Nullable::database, {.null_when_absent = true});
  }
};

struct Open {
  static constexpr std::string_view kTypeName = "Open";
  static constexpr bool kOpen = true;
  std::string name;
  json::Each<Inner> inners;
  template <class V>
  static void describe(V& field) {
    field("name", &Open::name);
    field("inners", &Open::inners, {.items_max = 3, .may_miss = true});
  }
};

}  // namespace

template <>
inline constexpr auto json::kEnumNames<Colour> =
    json::names<Colour>({{Colour::kRed, "red"}, {Colour::kGreen, "green"}});

namespace {

std::vector<std::string> pointers(const base::Error& error) {
  std::vector<std::string> all;
  for (const base::FieldError& field : error.fields) all.push_back(field.pointer);
  return all;
}

TEST(Codec, RoundTripsWhatItDescribes) {
  const auto outer = json::decode<Outer>(std::string_view(
      R"({"name":"é","count":3,"inners":[{"id":"N:user:6F1C3E1E-0d0b-4e6a-9f57-0a3a2c1b7d10"}],"colour":"green","ratio":0.1,"flag":true})"));
  ASSERT_TRUE(outer) << outer.error().message;
  EXPECT_EQ(
      json::encode(*outer),
      R"({"name":"é","count":3,"inners":[{"id":"N:user:6F1C3E1E-0d0b-4e6a-9f57-0a3a2c1b7d10"}],"colour":"green","ratio":0.1,"flag":true})");
}

TEST(Codec, NullForAnOptionalIsAbsent) {
  const auto outer = json::decode<Outer>(std::string_view(R"({"name":"a","count":null,"colour":null})"));
  ASSERT_TRUE(outer) << outer.error().message;
  EXPECT_FALSE(outer->count);
}

TEST(Codec, ReportsEveryProblemWithItsPointer) {
  const auto outer = json::decode<Outer>(
      std::string_view(R"({"count":9,"inners":[{"id":"x"},7],"colour":"blue","ratio":"1","flag":0,"nam":"y"})"));
  ASSERT_FALSE(outer);
  EXPECT_EQ(outer.error().code, base::Code::kInvalid);
  EXPECT_EQ(pointers(outer.error()), (std::vector<std::string>{"/name", "/count", "/inners/0/id", "/inners/1",
                                                               "/colour", "/ratio", "/flag", "/nam"}));
  EXPECT_NE(outer.error().fields.back().message.find("did you mean name?"), std::string::npos);
}

TEST(Codec, StoredFormPassesOverTheUnknownAndKeepsDefaults) {
  const auto outer = json::decode_stored<Outer>(R"({"later":1,"colour":"green"})");
  ASSERT_TRUE(outer) << outer.error().message;
  EXPECT_EQ(outer->colour, Colour::kGreen);
}

TEST(Parse, RefusesDuplicateKeysAtAnyDepthWithTheirPointer) {
  const auto value = json::parse(R"({"a":[{"b":1},{"c":1,"d":2,"c":3}]})");
  ASSERT_FALSE(value);
  ASSERT_EQ(value.error().fields.size(), 1U);
  EXPECT_EQ(value.error().fields[0].pointer, "/a/1/c");
}

TEST(Parse, SaysWhere) {
  for (const auto& [text, part] : std::vector<std::pair<std::string, std::string>>{
           {"", "empty"},
           {"{\n \"a\": tru }", "line 2"},
           {"{} x", "something follows"},
           {"{\"a\":1e999}", "out of the range"},
           {"{\"a\":\"\\u0000\"}", "U+0000"},
           {"\"\xff\"", "UTF-8"},
           {"{\"a\":\"\\ud800\"}", "column 13"},
           {std::string(40, '[') + std::string(40, ']'), "nested too deeply"},
           {"{\"a\":1", "too early"}}) {
    const auto value = json::parse(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code, base::Code::kInvalid);
    EXPECT_NE(value.error().message.find(part), std::string::npos) << text << " -> " << value.error().message;
  }
}

TEST(Parse, ReadsDoublesToTheLastBit) {
  EXPECT_TRUE(rc::check("a double printed in its shortest form reads back the same", [](std::uint64_t bits) {
    double number = 0;
    static_assert(sizeof(number) == sizeof(bits));
    std::memcpy(&number, &bits, sizeof(number));
    if (!std::isfinite(number)) return;
    std::string text = "[";
    json::append_number(text, number);
    text += "]";
    const auto value = json::parse(text);
    RC_ASSERT(value.has_value());
    const json::Value& read = value->get_array()[0];
    RC_ASSERT((read.is_double() ? read.get_double() : read.to_number<double>()) == number);
  }));
}

TEST(Codec, PassesOverWhatAnOpenStructDoesNotKnow) {
  const auto open = json::decode<Open>(std::string_view(R"({"future":{"nested":[1]},"name":"n","":null})"));
  ASSERT_TRUE(open) << open.error().message;
  EXPECT_EQ(open->name, "n");
  EXPECT_FALSE(json::decode<Open>(std::string_view(R"({"future":1})"))) << "what is required is required";
}

TEST(Codec, EachElementStandsForItself) {
  const auto open = json::decode<Open>(
      std::string_view(R"({"name":"n","inners":[{"id":"N:user:6f1c3e1e-0d0b-4e6a-9f57-0a3a2c1b7d10"},{"id":"x"},7]})"));
  ASSERT_TRUE(open) << open.error().message;
  ASSERT_EQ(open->inners.list.size(), 3U);
  EXPECT_TRUE(open->inners.list[0]);
  ASSERT_FALSE(open->inners.list[1]);
  EXPECT_EQ(pointers(open->inners.list[1].error()), (std::vector<std::string>{"/inners/1/id"}));
  ASSERT_FALSE(open->inners.list[2]);
  EXPECT_EQ(pointers(open->inners.list[2].error()), (std::vector<std::string>{"/inners/2"}));
  for (const char* wrong : {R"({"name":"n","inners":{}})", R"({"name":"n","inners":[1,2,3,4]})"}) {
    const auto refused = json::decode<Open>(std::string_view(wrong));
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(pointers(refused.error()), (std::vector<std::string>{"/inners"})) << wrong;
  }
}

TEST(Schema, ComesFromTheSameDescription) {
  json::Components components;
  const json::Object reference = json::schema<Outer>(components);
  EXPECT_EQ(reference.at("$ref").as_string(), "#/components/schemas/Outer");
  const json::Object& outer = components.at("Outer");
  EXPECT_EQ(outer.at("required").as_array().size(), 1U);
  EXPECT_FALSE(outer.at("additionalProperties").as_bool());
  EXPECT_EQ(outer.at("properties").as_object().at("count").as_object().at("maximum").as_int64(), 5);
  EXPECT_TRUE(components.contains("Inner"));
}

TEST(Codec, AbsentOptionalIsNullWhereItsRuleSaysSo) {
  EXPECT_EQ(json::encode(Nullable{}), R"({"database":null})");
  EXPECT_EQ(json::encode(Nullable{"shop"}), R"({"database":"shop"})");
  EXPECT_FALSE(json::decode<Nullable>(std::string_view(R"({"database":null})"))->database);
  json::Components components;
  json::schema<Nullable>(components);
  const json::Object& made = components["Nullable"];
  EXPECT_EQ(made.at("required"), json::Array{"database"}) << "it is always there";
  EXPECT_EQ(made.at("properties").at("database").at("anyOf").as_array().size(), 2U);
}

}  // namespace
