#include "store/rules.h"

#include <algorithm>
#include <charconv>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "crypto/digest.h"

namespace store {

namespace {

base::Result<void> check_part(std::string_view name, std::string_view part) {
  if (part.empty()) return base::fail(base::Code::kInvalid, fmt::format("The {} is empty.", name));
  if (part.size() > kKeyBytesMax)
    return base::fail(base::Code::kInvalid,
                      fmt::format("The {} has {} bytes; at most {} are allowed.", name, part.size(), kKeyBytesMax));
  return {};
}

base::Result<void> check_item(const Item& item) {
  TRY(check_key(item.key));
  if (item.index) {
    TRY(check_part("index pk of a key", item.index->pk));
    TRY(check_part("index sk of a key", item.index->sk));
  }
  if (const std::size_t bytes = bytes_of(item); bytes > kItemBytesMax)
    return base::fail(base::Code::kInvalid,
                      fmt::format("An item has {} bytes; at most {} are allowed.", bytes, kItemBytesMax));
  return {};
}

// Length before content, so that no two lists of parts have the same bytes.
void append_part(std::string& out, std::string_view part) {
  const auto size = static_cast<std::uint32_t>(part.size());
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>((size >> shift) & 0xff));
  out.append(part);
}

bool take_part(std::string_view& in, std::string& part) {
  if (in.size() < 4) return false;
  std::size_t size = 0;
  for (int i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(in[static_cast<std::size_t>(i)]);
  in.remove_prefix(4);
  if (in.size() < size) return false;
  part.assign(in.substr(0, size));
  in.remove_prefix(size);
  return true;
}

bool parse_number(std::string_view text, std::int64_t& number) {
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stopped == end;
}

constexpr std::size_t kDigestBytes = 12;

std::string digest_of(const Query& query, std::string_view place) {
  std::string text = "cursor 1";
  append_part(text, query.pk);
  append_part(text, query.by_index ? "index" : "key");
  append_part(text, query.sk_from);
  append_part(text, query.sk_to ? "to" : "");
  append_part(text, query.sk_to.value_or(""));
  append_part(text, query.descending ? "descending" : "ascending");
  append_part(text, place);
  return crypto::sha256(text).substr(0, kDigestBytes);
}

// The sets play no part: what somebody reaches may change from one page to the next, and the walk goes on.
std::string digest_of(const Selection& selection, std::string_view place) {
  std::string text = "selection cursor 1";
  append_part(text, selection.order == Selection::Order::kByName ? "name" : "time");
  append_part(text, selection.descending ? "descending" : "ascending");
  append_part(text, selection.name_prefix);
  append_part(text, selection.time_from ? std::to_string(*selection.time_from) : "");
  append_part(text, selection.time_to ? std::to_string(*selection.time_to) : "");
  append_part(text, place);
  return crypto::sha256(text).substr(0, kDigestBytes);
}

base::Error foreign_cursor() {
  return {base::Code::kInvalid,
          "The cursor is not of this query; begin again without one, or repeat the query that gave it."};
}

base::Result<void> check_listing(const Listing& listing) {
  const auto refuse = [](std::string what) { return base::fail(base::Code::kInvalid, std::move(what)); };
  if (listing.sets.size() > kSetsPerItemMax)
    return refuse(
        fmt::format("An item is to stand in {} sets; at most {} are allowed.", listing.sets.size(), kSetsPerItemMax));
  if ((listing.name && listing.name->size() > kKeyBytesMax) || listing.facets.size() > kFacetsBytesMax ||
      listing.time < 0)
    return refuse(fmt::format("A listing has a name of at most {} bytes, facets of at most {}, and no negative time.",
                              kKeyBytesMax, kFacetsBytesMax));
  for (std::size_t i = 0; i < listing.sets.size(); ++i) {
    TRY(check_part("name of a set", listing.sets[i]));
    if (i > 0 && listing.sets[i - 1] >= listing.sets[i])
      return refuse("The sets of a listing are not sorted, or one is named twice.");
  }
  return {};
}

}  // namespace

base::Error conflict() {
  return base::Error(base::Code::kConflict,
                     "What was read has been changed by somebody else meanwhile; read it again.");
}

base::Result<void> check_time(base::Deadline deadline) {
  if (deadline.passed()) return base::fail(base::Code::kDeadline, "The time for the request ran out.");
  return {};
}

bool holds(const Expectation& expect, Version found) {
  if (std::holds_alternative<Absent>(expect)) return found == 0;
  return found != 0 && found == std::get<Unchanged>(expect).since;
}

bool holds(const Write& write, Version found) {
  if (const Put* put = std::get_if<Put>(&write)) return holds(put->expect, found);
  if (const Delete* erase = std::get_if<Delete>(&write)) return holds(erase->expect, found);
  if (const Check* check = std::get_if<Check>(&write)) return holds(check->expect, found);
  return found != 0;
}

const Key& key_of(const Write& write) {
  if (const Put* put = std::get_if<Put>(&write)) return put->item.key;
  if (const Delete* erase = std::get_if<Delete>(&write)) return erase->key;
  if (const Check* check = std::get_if<Check>(&write)) return check->key;
  return std::get<List>(write).key;
}

std::size_t bytes_of(const Item& item) {
  return item.key.pk.size() + item.key.sk.size() + (item.index ? item.index->pk.size() + item.index->sk.size() : 0) +
         item.type.size() + item.attributes.size();
}

base::Result<void> check_key(const Key& key) {
  TRY(check_part("pk of a key", key.pk));
  return check_part("sk of a key", key.sk);
}

base::Result<void> check_keys(std::span<const Key> keys) {
  if (keys.size() > kReadsMax)
    return base::fail(base::Code::kInvalid,
                      fmt::format("{} keys were asked for at once; at most {} are allowed.", keys.size(), kReadsMax));
  for (const Key& key : keys) TRY(check_key(key));
  return {};
}

base::Result<void> check_query(const Query& query) {
  TRY(check_part("pk of a key", query.pk));
  if (query.items_max < 1 || query.items_max > kReadsMax)
    return base::fail(base::Code::kInvalid, fmt::format("A page of {} items was asked for; 1 to {} are allowed.",
                                                        query.items_max, kReadsMax));
  if (query.sk_from.size() > kKeyBytesMax || query.sk_to.value_or("").size() > kKeyBytesMax)
    return base::fail(base::Code::kInvalid, fmt::format("A bound of a query is longer than {} bytes.", kKeyBytesMax));
  return {};
}

base::Result<void> check_selection(const Selection& selection) {
  const auto refuse = [](std::string what) { return base::fail(base::Code::kInvalid, std::move(what)); };
  if (selection.sets.size() > kSetsPerSelectionMax)
    return refuse(fmt::format("{} sets are to be walked together; at most {} are allowed.", selection.sets.size(),
                              kSetsPerSelectionMax));
  for (const std::string& set : selection.sets) TRY(check_part("name of a set", set));
  if (selection.entries_max < 1 || selection.entries_max > kReadsMax)
    return refuse(
        fmt::format("A page of {} entries was asked for; 1 to {} are allowed.", selection.entries_max, kReadsMax));
  if (selection.order == Selection::Order::kByName && (selection.time_from || selection.time_to))
    return refuse("A selection by name has no bounds of time.");
  if (selection.order == Selection::Order::kByTime && !selection.name_prefix.empty())
    return refuse("A selection by time has no prefix of names.");
  if (selection.name_prefix.size() > kKeyBytesMax)
    return refuse(fmt::format("A prefix is longer than {} bytes.", kKeyBytesMax));
  return {};
}

base::Result<void> check_writes(std::span<const Write> writes) {
  if (writes.size() > kWritesMax)
    return base::fail(base::Code::kInvalid,
                      fmt::format("{} items are to be written or checked together; at most {} are allowed.",
                                  writes.size(), kWritesMax));
  using Named = std::pair<bool, const Key*>;  // whether it is a List, and of what
  std::vector<Named> keys;
  keys.reserve(writes.size());
  for (const Write& write : writes) {
    const List* list = std::get_if<List>(&write);
    if (const Put* put = std::get_if<Put>(&write))
      TRY(check_item(put->item));
    else
      TRY(check_key(key_of(write)));
    if (list && list->listing) TRY(check_listing(*list->listing));
    keys.emplace_back(list != nullptr, &key_of(write));
  }
  const auto less = [](const Named& left, const Named& right) {
    return std::tie(left.first, *left.second) < std::tie(right.first, *right.second);
  };
  const auto same = [](const Named& left, const Named& right) {
    return left.first == right.first && *left.second == *right.second;
  };
  std::sort(keys.begin(), keys.end(), less);
  if (std::adjacent_find(keys.begin(), keys.end(), same) != keys.end())
    return base::fail(base::Code::kInvalid, "One write names a key twice; each key may be named once.");
  return {};
}

std::string make_cursor(const Query& query, const Place& place) {
  std::string bytes;
  append_part(bytes, place.index_sk);
  append_part(bytes, place.key.pk);
  append_part(bytes, place.key.sk);
  return base::base64url(digest_of(query, bytes) + bytes);
}

base::Result<std::optional<Place>> parse_cursor(const Query& query) {
  if (query.cursor.empty()) return std::optional<Place>();
  const auto refuse = [] { return base::fail(foreign_cursor()); };
  const std::optional<std::string> bytes = base::parse_base64url(query.cursor);
  if (!bytes || bytes->size() < kDigestBytes) return refuse();
  std::string_view rest = std::string_view(*bytes).substr(kDigestBytes);
  if (digest_of(query, rest) != std::string_view(*bytes).substr(0, kDigestBytes)) return refuse();
  Place place;
  if (!take_part(rest, place.index_sk) || !take_part(rest, place.key.pk) || !take_part(rest, place.key.sk) ||
      !rest.empty())
    return refuse();
  return std::optional<Place>(std::move(place));
}

std::string make_cursor(const Selection& selection, const ListedPlace& place) {
  std::string bytes;
  append_part(bytes, selection.order == Selection::Order::kByName ? place.name : std::to_string(place.time));
  append_part(bytes, std::to_string(place.number));
  return base::base64url(digest_of(selection, bytes) + bytes);
}

std::string cursor_after(const Selection& selection, const Listed& entry) {
  return make_cursor(selection, {entry.name, entry.time, entry.number});
}

base::Result<std::optional<ListedPlace>> parse_cursor(const Selection& selection) {
  if (selection.cursor.empty()) return std::optional<ListedPlace>();
  const auto refuse = [] { return base::fail(foreign_cursor()); };
  const std::optional<std::string> bytes = base::parse_base64url(selection.cursor);
  if (!bytes || bytes->size() < kDigestBytes) return refuse();
  std::string_view rest = std::string_view(*bytes).substr(kDigestBytes);
  if (digest_of(selection, rest) != std::string_view(*bytes).substr(0, kDigestBytes)) return refuse();
  ListedPlace place;
  std::string ordered;
  std::string number;
  if (!take_part(rest, ordered) || !take_part(rest, number) || !rest.empty()) return refuse();
  if (!parse_number(number, place.number)) return refuse();
  if (selection.order == Selection::Order::kByName)
    place.name = std::move(ordered);
  else if (!parse_number(ordered, place.time))
    return refuse();
  return std::optional<ListedPlace>(std::move(place));
}

}  // namespace store
