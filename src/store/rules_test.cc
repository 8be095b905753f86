#include "store/rules.h"

#include <limits>

#include <gtest/gtest.h>

#include "base/text.h"

namespace store {
namespace {

using base::Code;
using Order = Selection::Order;

// What the conformance suite cannot see, since every implementation asks here: the cursor itself, and the words.

TEST(SelectionCursor, HoldsTheWholePlace) {
  using namespace std::string_literals;
  const std::vector<ListedPlace> places = {
      {"", 0, 1}, {"gpu\0\xff"s, 0, 77}, {std::string(kKeyBytesMax, 'n'), 0, std::numeric_limits<std::int64_t>::max()}};
  for (const ListedPlace& place : places) {
    Selection selection = {.sets = {"a"}};
    selection.cursor = make_cursor(selection, place);
    const auto parsed = parse_cursor(selection);
    ASSERT_TRUE(parsed);
    EXPECT_EQ((*parsed)->name, place.name);
    EXPECT_EQ((*parsed)->number, place.number);
  }
  for (const std::int64_t time : {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()}) {
    Selection selection = {.order = Order::kByTime};
    selection.cursor = make_cursor(selection, {"", time, 5});
    const auto parsed = parse_cursor(selection);
    ASSERT_TRUE(parsed);
    EXPECT_EQ((*parsed)->time, time);
    EXPECT_EQ((*parsed)->number, 5);
  }
  const auto start = parse_cursor(Selection{});
  ASSERT_TRUE(start);
  EXPECT_FALSE(start->has_value()) << "the empty one is the start";
}

TEST(SelectionCursor, IsOfTheOrderAndBoundsAndNotOfTheSets) {
  const Selection asked = {.sets = {"a"}, .order = Order::kByTime, .time_from = 1, .time_to = 9};
  const std::string cursor = make_cursor(asked, {"", 5, 1});
  const auto accepts = [&](Selection selection) {
    selection.cursor = cursor;
    return parse_cursor(selection).has_value();
  };
  EXPECT_TRUE(accepts(asked));
  EXPECT_TRUE(accepts({.sets = {"b", "c"}, .order = Order::kByTime, .time_from = 1, .time_to = 9, .entries_max = 3}));
  EXPECT_FALSE(accepts({.sets = {"a"}, .time_from = 1, .time_to = 9}));
  EXPECT_FALSE(accepts({.sets = {"a"}, .order = Order::kByTime, .descending = true, .time_from = 1, .time_to = 9}));
  EXPECT_FALSE(accepts({.sets = {"a"}, .order = Order::kByTime, .time_to = 9}));
  EXPECT_FALSE(accepts({.sets = {"a"}, .order = Order::kByTime, .time_from = 1}));
  EXPECT_FALSE(accepts({.sets = {"a"}, .order = Order::kByTime, .name_prefix = "1", .time_from = 1, .time_to = 9}));
}

// Every bit counts: an altered place would begin a page somewhere else, and an item would be missed in silence.
TEST(SelectionCursor, IsRefusedWhereOneBitIsAltered) {
  Selection selection = {.sets = {"a"}, .name_prefix = "g"};
  const std::string bytes = *base::parse_base64url(make_cursor(selection, {"gpu-1", 0, 300}));
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    std::string altered = bytes;
    altered[i / 8] = static_cast<char>(altered[i / 8] ^ (1 << (i % 8)));
    selection.cursor = base::base64url(altered);
    const auto parsed = parse_cursor(selection);
    ASSERT_FALSE(parsed) << i;
    EXPECT_EQ(parsed.error().code, Code::kInvalid);
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    selection.cursor = base::base64url(bytes.substr(0, size));
    EXPECT_EQ(selection.cursor.empty(), parse_cursor(selection).has_value()) << size;
  }
}

TEST(SelectionCursor, OfAQueryIsRefusedAndTheOtherWayRound) {
  const Query query = {.pk = "p"};
  const Selection selection = {.sets = {"p"}};
  Selection with_other = selection;
  with_other.cursor = make_cursor(query, {"", {"p", "s"}});
  EXPECT_EQ(parse_cursor(with_other).error().code, Code::kInvalid);
  Query query_with_other = query;
  query_with_other.cursor = make_cursor(selection, {"s", 0, 1});
  EXPECT_EQ(parse_cursor(query_with_other).error().code, Code::kInvalid);
}

TEST(CheckSelection, SaysWhatIsWrong) {
  const auto words = [](const Selection& selection) {
    const auto checked = check_selection(selection);
    return checked ? "fine" : checked.error().message;
  };
  const std::string longest(kKeyBytesMax, 'k');
  EXPECT_EQ(words({}), "fine");
  EXPECT_EQ(words({.sets = std::vector<std::string>(kSetsPerSelectionMax, longest), .name_prefix = longest}), "fine");
  EXPECT_EQ(words({.order = Order::kByTime, .time_from = -3, .time_to = -9, .entries_max = kReadsMax}), "fine");
  EXPECT_EQ(words({.sets = std::vector<std::string>(kSetsPerSelectionMax + 1, "a")}),
            "10001 sets are to be walked together; at most 10000 are allowed.");
  EXPECT_EQ(words({.sets = {"a", ""}}), "The name of a set is empty.");
  EXPECT_EQ(words({.entries_max = 0}), "A page of 0 entries was asked for; 1 to 1000 are allowed.");
  EXPECT_EQ(words({.entries_max = 1001}), "A page of 1001 entries was asked for; 1 to 1000 are allowed.");
  EXPECT_EQ(words({.time_to = 1}), "A selection by name has no bounds of time.");
  EXPECT_EQ(words({.order = Order::kByTime, .name_prefix = "n"}), "A selection by time has no prefix of names.");
  EXPECT_EQ(words({.name_prefix = longest + "k"}), "A prefix is longer than 1024 bytes.");
}

}  // namespace
}  // namespace store
