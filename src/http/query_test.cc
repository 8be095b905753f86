#include "http/query.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/text.h"
#include "json/formats.h"

namespace {

enum class Order { kUp, kDown };

struct Asked {
  std::uint32_t limit = 100;
  std::optional<std::string> text;
  std::optional<Order> order;
  std::optional<bool> count;
  std::optional<std::int64_t> offset;
  std::optional<std::uint64_t> large;
  template <class V>
  static void describe(V& field) {
    field("limit", &Asked::limit, {.min = 1, .max = 1000, .may_miss = true});
    field("text", &Asked::text, {.doc = "Any text.", .chars_max = 5});
    field("order", &Asked::order);
    field("count", &Asked::count);
    field("offset", &Asked::offset);
    field("large", &Asked::large);
  }
};

struct Needed {
  std::string id;
  template <class V>
  static void describe(V& field) {
    field("id", &Needed::id, {.format = &json::kAwsAccountIdFormat});
  }
};

}  // namespace

template <>
inline constexpr auto json::kEnumNames<Order> = json::names<Order>({{Order::kUp, "up"}, {Order::kDown, "down"}});

namespace {

std::string problems(const std::string& query) {
  const base::Result<Asked> asked = http::decode_query<Asked>(query);
  std::string all;
  if (asked) return "(fine)";
  EXPECT_EQ(asked.error().code, base::Code::kInvalid);
  for (const base::FieldError& field : asked.error().fields) {
    if (!all.empty()) all.append("; ");
    all.append(field.pointer).append(" ").append(field.message);
  }
  return all;
}

TEST(Query, ReadsEveryKindOfValue) {
  const auto asked = http::decode_query<Asked>("limit=7&text=a+%2B%c3%a9&order=down&count=true&offset=-3&large=5&");
  ASSERT_TRUE(asked) << asked.error().message;
  EXPECT_EQ(asked->limit, 7U);
  EXPECT_EQ(asked->text, "a +é");
  EXPECT_EQ(asked->order, Order::kDown);
  EXPECT_EQ(asked->count, true);
  EXPECT_EQ(asked->offset, -3);
  EXPECT_EQ(asked->large, 5U);
}

TEST(Query, AnEmptyOptionalIsAbsentAndAMissingOneKeepsItsDefault) {
  const auto asked = http::decode_query<Asked>("&&text=&order=&count&offset=");
  ASSERT_TRUE(asked) << asked.error().message;
  EXPECT_EQ(asked->limit, 100U);
  EXPECT_FALSE(asked->text || asked->order || asked->count || asked->offset);
  EXPECT_FALSE(http::decode_query<Needed>(""));
  EXPECT_FALSE(http::decode_query<Needed>("id="));
  EXPECT_TRUE(http::decode_query<Needed>("id=123456789012"));
}

TEST(Query, TellsEveryProblem) {
  EXPECT_EQ(problems("limit=0"), "query:limit must be a whole number from 1 to 1000");
  for (const std::string number : {"1001", "-1", "", "+5", "05", "5.0", "5e1", "0x5", " 5", "99999999999999999999"}) {
    EXPECT_EQ(problems("limit=" + number), "query:limit must be a whole number from 1 to 1000") << number;
  }
  EXPECT_EQ(problems("text=123456"), "query:text is too long; 5 characters are the limit");
  EXPECT_EQ(problems("text=%00"), "query:text has the control character U+0000");
  EXPECT_EQ(problems("order=left"), "query:order must be one of up, down");
  EXPECT_EQ(problems("count=1"), "query:count must be true or false");
  EXPECT_EQ(problems("count=true&count=true"), "query:count is given more than once");
  EXPECT_EQ(problems("text=&text="), "query:text is given more than once");
  EXPECT_EQ(problems("Limit=1"), "query:Limit is not a parameter that is known here; did you mean limit?");
  EXPECT_EQ(problems("zzzzzz=1&zzzzzz=2"),
            "query:zzzzzz is not a parameter that is known here; known are limit, text, order, count, offset, large");
  EXPECT_EQ(
      problems("text=%&order=%c3&%zz=1"),
      "query:text has a broken percent-escape, or is not UTF-8; query:order has a broken percent-escape, or is not "
      "UTF-8; query:%zz is a name with a broken percent-escape, or not UTF-8");
  EXPECT_EQ(problems("=1"),
            "query: is not a parameter that is known here; known are limit, text, order, count, offset, large");
}

TEST(Query, ReportsAreBounded) {
  std::string query;
  for (int i = 0; i < 1500; ++i) query.append("x").append(std::to_string(i)).append("&");
  const auto asked = http::decode_query<Asked>(query);
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().fields.size(), 100U);
}

TEST(Query, NoneMeansNone) {
  EXPECT_TRUE(http::refuse_query(""));
  EXPECT_TRUE(http::refuse_query("&&"));
  const base::Result<void> refused = http::refuse_query("a=1&b");
  ASSERT_FALSE(refused);
  ASSERT_EQ(refused.error().fields.size(), 2U);
  EXPECT_EQ(refused.error().fields[0].message, "is not a parameter that is known here; none is");
  EXPECT_FALSE(http::refuse_query("a=%"));
}

TEST(Query, DescribesItselfForTheDocument) {
  const std::vector<http::QueryParameter> described = http::describe_query<Asked>();
  ASSERT_EQ(described.size(), 6U);
  EXPECT_EQ(described[0].name, "limit");
  EXPECT_FALSE(described[0].required);
  EXPECT_EQ(described[1].doc, "Any text.");
  EXPECT_EQ(described[2].schema.at("enum").as_array().size(), 2U);
  EXPECT_TRUE(http::describe_query<Needed>()[0].required);
}

// Any pairs of texts, written as a browser writes them, are read as they were.
TEST(Query, RoundTrips) {
  EXPECT_TRUE(
      rc::check("pairs survive encoding and decoding", [](const std::vector<std::pair<std::string, std::string>>& raw) {
        http::QueryPairs pairs;
        std::string query;
        for (const auto& [name, value] : raw) {
          if (!base::is_utf8(name) || !base::is_utf8(value) || (name.empty() && value.empty())) continue;
          pairs.emplace_back(name, value);
          if (!query.empty()) query.push_back('&');
          std::string encoded = base::percent_encode(value);
          for (std::size_t at = 0; (at = encoded.find("%20", at)) != std::string::npos;) encoded.replace(at, 3, "+");
          query.append(base::percent_encode(name)).append("=").append(encoded);
        }
        const auto read = http::parse_query(query);
        RC_ASSERT(read.has_value());
        RC_ASSERT(*read == pairs);
      }));
}

TEST(Query, AnyBytesAreReadOrRefusedAndNeverCrash) {
  EXPECT_TRUE(rc::check("bytes", [](const std::string& bytes) {
    const auto asked = http::decode_query<Asked>(bytes);
    RC_ASSERT(asked.has_value() || !asked.error().fields.empty());
    const auto pairs = http::parse_query(bytes);
    if (!pairs) return;
    for (const auto& [name, value] : *pairs) RC_ASSERT(base::is_utf8(name) && base::is_utf8(value));
  }));
}

}  // namespace
