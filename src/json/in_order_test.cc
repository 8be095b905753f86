#include "json/in_order.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "json/decode.h"
#include "json/encode.h"

namespace {

enum class Kind { kOne, kTwo };

struct Leaf {
  static constexpr std::string_view kTypeName = "Leaf";
  std::string id;
  bool flag = false;
  template <class V>
  static void describe(V& field) {
    field("id", &Leaf::id);
    field("flag", &Leaf::flag);
  }
};

struct Whole {
  static constexpr std::string_view kTypeName = "Whole";
  std::string name;
  std::optional<std::int64_t> number;
  std::uint32_t small = 0;
  std::optional<base::Time> time;
  Kind kind = Kind::kOne;
  std::vector<Leaf> leaves;
  std::optional<Leaf> leaf;
  std::vector<std::string> words;
  template <class V>
  static void describe(V& field) {
    field("name", &Whole::name);
    field("number", &Whole::number, {.min = -1000, .max = 1000});
    field("small", &Whole::small);
    field("time", &Whole::time);
    field("kind", &Whole::kind);
    field("leaves", &Whole::leaves, {.items_max = 3});
    field("leaf", &Whole::leaf);
    field("words", &Whole::words);
  }
};

// The same with fewer members: what it does not know is passed over.
struct Part {
  static constexpr std::string_view kTypeName = "Part";
  std::uint32_t small = 0;
  std::vector<std::string> words;
  template <class V>
  static void describe(V& field) {
    field("small", &Part::small);
    field("words", &Part::words);
  }
};

}  // namespace

template <>
inline constexpr auto json::kEnumNames<Kind> = json::names<Kind>({{Kind::kOne, "one"}, {Kind::kTwo, "two"}});

namespace {

// As it would be read without the short way; "error" where it would be refused.
template <class T>
std::string long_way(std::string_view text) {
  const auto value = json::parse_stored(text);
  if (!value) return "error";
  const auto read = json::internal::decode_as<T>(*value, json::Mode::kStored);
  return read ? json::encode(*read) : "error";
}
template <class T>
std::string short_way(std::string_view text) {
  const auto read = json::internal::read_in_order<T>(text);
  return read ? json::encode(*read) : "none";
}

Whole random_whole() {
  const auto word = [] { return *rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '~')); };
  const auto leaf = [&] { return Leaf{word(), *rc::gen::arbitrary<bool>()}; };
  Whole whole;
  whole.name = word();
  if (*rc::gen::arbitrary<bool>()) whole.number = *rc::gen::inRange(-1000, 1001);
  whole.small = *rc::gen::arbitrary<std::uint32_t>();
  if (*rc::gen::arbitrary<bool>())
    whole.time = base::Time(std::chrono::milliseconds(*rc::gen::inRange(0, 2'000'000'000)));
  whole.kind = *rc::gen::element(Kind::kOne, Kind::kTwo);
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) whole.leaves.push_back(leaf());
  if (*rc::gen::arbitrary<bool>()) whole.leaf = leaf();
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) whole.words.push_back(word());
  return whole;
}

bool is_plain(std::string_view text) { return text.find('\\') == std::string_view::npos; }

TEST(InOrderTest, ReadsWhatWasWritten) {
  EXPECT_TRUE(rc::check("the same as the long way, and without escapes the short way goes", [] {
    const std::string text = json::encode(random_whole());
    RC_ASSERT(long_way<Whole>(text) == text);
    RC_ASSERT(short_way<Whole>(text) == (is_plain(text) ? text : "none"));
    if (is_plain(text)) RC_ASSERT(short_way<Part>(text) == long_way<Part>(text));
  }));
}

// One byte more, less, or another one; two parts exchanged.
TEST(InOrderTest, AcceptsNothingThatTheLongWayRefuses) {
  static constexpr std::string_view kBytes = R"({}[]",:\0123456789-+.eEtrufalsn x)";
  EXPECT_TRUE(rc::check("what it accepts reads as the long way does", [] {
    std::string text = json::encode(random_whole());
    for (int changes = *rc::gen::inRange(1, 4); changes > 0; --changes) {
      const auto at = static_cast<std::size_t>(*rc::gen::inRange<int>(0, static_cast<int>(text.size())));
      const char byte = *rc::gen::elementOf(std::string(kBytes));
      switch (*rc::gen::inRange(0, 4)) {
        case 0:
          text.insert(at, 1, byte);
          break;
        case 1:
          text.erase(at, 1);
          break;
        case 2:
          text[at] = byte;
          break;
        default:
          text = text.substr(at) + text.substr(0, at);
      }
      if (text.empty()) text = "{";
    }
    for (const auto& [fast, slow] : {std::pair(short_way<Whole>(text), long_way<Whole>(text)),
                                     std::pair(short_way<Part>(text), long_way<Part>(text))})
      if (fast != "none") RC_ASSERT(fast == slow);
  }));
}

TEST(InOrderTest, LeavesTheRestToTheLongWay) {
  for (const std::string_view text : {R"({"words":["a"],"small":3})",  // another order
                                      R"({"small":3,"small":4})",      // twice
                                      R"({"small":3,"words":["a"],"small":4})",
                                      R"({"small": 3})",                         // space
                                      R"({"small":3,"words":["\u0041"]})",       // an escape
                                      "{\"small\":3,\"words\":[\"\xc3\xa4\"]}",  // not ASCII
                                      R"({"small":3,"other":1.5})",              // a number that is not whole
                                      R"({"small":-1})",
                                      R"({"small":4294967296})",
                                      R"({"small":03})",
                                      R"({"small":3e1})",
                                      R"({"small":"3"})",
                                      R"({"small":3,"words":["a",]})",
                                      R"({"small":3,})",
                                      R"({"small":3}x)",
                                      R"({"small":3)",
                                      R"({"a":{}"small":3})",
                                      R"({"":1,"small":3})",
                                      R"({,"small":3})",
                                      R"([])",
                                      R"()",
                                      R"({"small":null})"}) {
    EXPECT_EQ(short_way<Part>(text), "none") << text;
    const auto read = json::decode_stored<Part>(text);
    EXPECT_EQ(read ? json::encode(*read) : "error", long_way<Part>(text)) << text;
  }
  EXPECT_EQ(short_way<Part>(R"({"words":["a"]})"), R"({"small":0,"words":["a"]})") << "what is missing has its default";
  EXPECT_EQ(short_way<Part>(R"({"a":{"b":[1,{"c":[]},true,null]},"small":7,"z":[]})"), R"({"small":7,"words":[]})");
  EXPECT_EQ(short_way<Whole>(R"({"name":"a","number":null,"leaf":null})").substr(0, 11), R"({"name":"a")");
  EXPECT_EQ(short_way<Whole>(R"({"name":"a","number":1001})"), "none");
  EXPECT_EQ(short_way<Whole>(R"({"name":"a","kind":"three"})"), "none");
  const std::string deep = R"({"a":)" + std::string(100'000, '[');
  EXPECT_EQ(short_way<Part>(deep), "none");
}

}  // namespace
