#include "store/maintenance_sets.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/log.h"
#include "store/rules.h"
#include "store/sqlite_format.h"
#include "store/sqlite_reader.h"
#include "store/sqlite_sets_writer.h"
#include "store/sqlite_table.h"

namespace store::internal {

namespace {

std::string quoted(std::string_view text) {
  std::string out;
  base::append_json_string(out, text);
  return out;
}

// Takes sentences of one kind, up to the limit.
class Findings {
 public:
  explicit Findings(CheckReport& report) : report_(report) {}
  void add(std::string sentence) {
    if (count_++ < kFindingsMax) report_.findings.push_back(std::move(sentence));
  }

 private:
  CheckReport& report_;
  int count_ = 0;
};

// That each listed item is one, and has its rows in both orders of its sets.
class ListedCheck {
 public:
  static base::Result<void> run(Connection& file, CheckReport& report) {
    Statement listed = TRY(
        file.prepare("SELECT l.id, l.pk, l.sk, l.name, l.time, length(CAST(l.facets AS BLOB)), l.sets, i.id IS NOT NULL"
                     " FROM listed AS l LEFT JOIN item AS i ON i.id = l.id AND i.pk = l.pk AND i.sk = l.sk"));
    ListedCheck check(TRY(file.prepare("SELECT 1 FROM member_by_name WHERE set_id = ?1 AND name = ?2 AND id = ?3")),
                      TRY(file.prepare("SELECT 1 FROM member_by_time WHERE set_id = ?1 AND time = ?2 AND id = ?3")),
                      report);
    while (TRY(listed.step())) TRY(check.look_at(listed));
    for (const auto& [order, expected] :
         {std::pair("name", check.entries_by_name_), std::pair("time", report.set_entries)}) {
      const auto rows = TRY(file.number(fmt::format("SELECT count(*) FROM member_by_{}", order)));
      const auto found = static_cast<std::uint64_t>(rows.value_or(0));
      // Fewer are told of one by one.
      if (found > expected)
        report.findings.push_back(
            fmt::format("the sets have {} entries by {}, the listings account for {}", found, order, expected));
    }
    return {};
  }

 private:
  ListedCheck(Statement by_name, Statement by_time, CheckReport& report)
      : by_name_(std::move(by_name)), by_time_(std::move(by_time)), report_(report), findings_(report) {}

  base::Result<void> look_at(const Statement& row) {
    ++report_.listed_items;
    const std::int64_t id = row.column_int(0);
    const std::string item = item_in_words(row.column_bytes(1), row.column_bytes(2));
    if (row.column_int(7) == 0) findings_.add(fmt::format("{}: it is listed, and is not there", item));
    if (row.column_bytes(3).size() > kKeyBytesMax || row.column_int(5) > static_cast<std::int64_t>(kFacetsBytesMax))
      findings_.add(fmt::format("{}: the name or the facets of its listing are too long", item));
    const auto sets = unpack(row.column_bytes(6));
    if (!sets || sets->empty() || sets->size() > kSetsPerItemMax) {
      findings_.add(fmt::format("{}: the sets of its listing cannot be read", item));
      return {};
    }
    report_.set_entries += sets->size();
    const bool named = !row.is_null(3);
    if (named) entries_by_name_ += sets->size();
    for (const std::int64_t set : *sets) {
      by_name_.bind_blob(2, row.column_bytes(3));
      by_time_.bind_int(2, row.column_int(4));
      for (const auto& [members, order] : {std::pair(&by_name_, "name"), std::pair(&by_time_, "time")}) {
        if (members == &by_name_ && !named) continue;
        members->bind_int(1, set);
        members->bind_int(3, id);
        if (!TRY(members->step()))
          findings_.add(fmt::format("{}: set {} lacks it in the order by {}", item, set, order));
        members->reset();
      }
    }
    return {};
  }

  Statement by_name_;
  Statement by_time_;
  CheckReport& report_;
  Findings findings_;
  std::uint64_t entries_by_name_ = 0;
};

// That each set with a name has members, and each with members a name.
base::Result<void> check_names(Connection& file, CheckReport& report) {
  Statement empty = TRY(file.prepare(fmt::format(
      "SELECT name FROM set_name WHERE id NOT IN (SELECT set_id FROM member_by_time) LIMIT {}", kFindingsMax)));
  while (TRY(empty.step()))
    report.findings.push_back(fmt::format("set {} has a name and no members", quoted(empty.column_bytes(0))));
  for (const char* order : {"name", "time"}) {
    Statement unnamed = TRY(file.prepare(
        fmt::format("SELECT DISTINCT set_id FROM member_by_{} WHERE set_id NOT IN (SELECT id FROM set_name) LIMIT {}",
                    order, kFindingsMax)));
    while (TRY(unnamed.step()))
      report.findings.push_back(fmt::format("set {} has members by {} and no name", unnamed.column_int(0), order));
  }
  return {};
}

// What an item's rows say of its listing.
class StoredListing {
 public:
  static base::Result<StoredListing> make(Connection& file) {
    return StoredListing(TRY(file.prepare("SELECT name, time, facets, sets FROM listed WHERE id ="
                                          " (SELECT id FROM item WHERE pk = ?1 AND sk = ?2)")),
                         TRY(file.prepare("SELECT name FROM set_name WHERE id = ?1")));
  }

  base::Result<std::optional<Listing>> get(const Key& key) {
    row_.bind_blob(1, key.pk);
    row_.bind_blob(2, key.sk);
    std::optional<Listing> listing;
    if (TRY(row_.step())) {
      listing = Listing{{}, row_.column_optional(0), row_.column_int(1), std::string(row_.column_bytes(2))};
      for (const std::int64_t set : unpack(row_.column_bytes(3)).value_or(std::vector<std::int64_t>())) {
        name_.bind_int(1, set);
        if (TRY(name_.step())) listing->sets.emplace_back(name_.column_bytes(0));
        name_.reset();
      }
      std::sort(listing->sets.begin(), listing->sets.end());
    }
    row_.reset();
    return listing;
  }

 private:
  StoredListing(Statement row, Statement name) : row_(std::move(row)), name_(std::move(name)) {}
  Statement row_;
  Statement name_;
};

std::string set_that_differs(const Listing& stored, const Listing& right) {
  std::vector<std::string> sets;
  std::set_difference(right.sets.begin(), right.sets.end(), stored.sets.begin(), stored.sets.end(),
                      std::back_inserter(sets));
  if (!sets.empty()) return fmt::format("it does not stand in {}, and should", quoted(sets.front()));
  std::set_difference(stored.sets.begin(), stored.sets.end(), right.sets.begin(), right.sets.end(),
                      std::back_inserter(sets));
  return fmt::format("it stands in {}, and should not", quoted(sets.front()));
}

std::string name_in_words(const std::optional<std::string>& name) { return name ? quoted(*name) : "without a name"; }

// The first difference, as a sentence; empty: there is none.
std::string difference(const std::optional<Listing>& stored, const std::optional<Listing>& right) {
  if (!stored && !right) return "";
  if (!stored) return fmt::format("it stands in no set, and should in {}", quoted(right->sets.front()));
  if (!right) return "it stands in sets, and should in none";
  if (stored->sets != right->sets) return set_that_differs(*stored, *right);
  if (stored->name != right->name)
    return fmt::format("it is listed as {}, and should be as {}", name_in_words(stored->name),
                       name_in_words(right->name));
  if (stored->time != right->time)
    return fmt::format("it is listed with the time {}, and should be with {}", stored->time, right->time);
  if (stored->facets != right->facets)
    return fmt::format("it is listed with the facets {}, and should be with {}", quoted(stored->facets),
                       quoted(right->facets));
  return "";
}

// That each item is listed as the lister says.
base::Result<void> compare_with(const Lister& lister, Connection& file, CheckReport& report) {
  ItemLookup lookup = TRY(ItemLookup::make(file));
  StoredListing stored = TRY(StoredListing::make(file));
  Findings findings(report);
  Statement items = TRY(file.prepare(fmt::format("SELECT {} FROM item", kItemColumns)));
  while (TRY(items.step())) {
    const Item item = item_of(items);
    base::Result<std::optional<Listing>> right = lister(item, [&lookup](const Key& key) { return lookup.get(key); });
    std::string wrong;
    if (!right) {
      wrong =
          fmt::format("where it is to be listed cannot be told: {} {}", right.error().message, right.error().detail);
    } else {
      if (*right && (*right)->sets.empty()) right->reset();
      wrong = difference(TRY(stored.get(item.key)), *right);
    }
    if (!wrong.empty()) findings.add(fmt::format("{}: {}", item_in_words(item.key.pk, item.key.sk), wrong));
  }
  return {};
}

}  // namespace

std::string item_in_words(std::string_view pk, std::string_view sk) {
  return fmt::format("item {} {}", quoted(pk), quoted(sk));
}

base::Result<ItemLookup> ItemLookup::make(Connection& connection) {
  return ItemLookup(
      TRY(connection.prepare(fmt::format("SELECT {} FROM item WHERE pk = ?1 AND sk = ?2", kItemColumns))));
}

base::Result<std::optional<Item>> ItemLookup::get(const Key& key) {
  TRY(check_key(key));
  get_.bind_blob(1, key.pk);
  get_.bind_blob(2, key.sk);
  std::optional<Item> item;
  if (TRY(get_.step())) item = item_of(get_);
  get_.reset();
  return item;
}

base::Result<void> check_sets(Connection& file, const Lister& lister, CheckReport& report) {
  report.listings_built = TRY(listings_are_built(file));
  if (!report.listings_built || TRY(file.number("PRAGMA user_version")).value_or(0) < kFormatWithSets) return {};
  TRY(ListedCheck::run(file, report));
  TRY(check_names(file, report));
  if (lister) TRY(compare_with(lister, file, report));
  return {};
}

}  // namespace store::internal
