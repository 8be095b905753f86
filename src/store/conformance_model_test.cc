// Random commands against a table and against a plain model, which must agree on every answer. The model is kept as
// simple as can be (a map, and loops over the whole of it), so that a mistake in it is not one that the table would
// make too.

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include <rapidcheck.h>

#include "store/conformance.h"

namespace store {

namespace {

using base::Code;

// Few keys, so that commands meet; some with bytes that a careless implementation trips over.
const std::vector<std::string> kParts = {"a", "b", std::string("b\0", 2), "ba", "\xff", "é"};

// One of `count`, each equally likely also in rapidcheck's first, small cases.
int pick(int count) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, count)); }

std::string part() { return *rc::gen::elementOf(kParts); }
Key key() { return {part(), part()}; }

struct Model {
  std::map<Key, Item> items;
  std::map<Key, Listing> listings;

  Version version_of(const Key& key) const {
    const auto found = items.find(key);
    return found == items.end() ? 0 : found->second.version;
  }

  static bool holds(const Expectation& expect, Version found) {
    return std::holds_alternative<Absent>(expect) ? found == 0
                                                  : found == std::get<Unchanged>(expect).since && found > 0;
  }

  // None: a conflict.
  std::optional<std::vector<Version>> write(const std::vector<Write>& writes) {
    std::map<Key, Item> next = items;
    std::map<Key, Listing> next_listings = listings;
    std::vector<Version> versions;
    for (const Write& write : writes) {
      if (const Put* put = std::get_if<Put>(&write)) {
        const Version found = version_of(put->item.key);
        if (!holds(put->expect, found)) return std::nullopt;
        next[put->item.key] = put->item;
        next[put->item.key].version = found + 1;
        versions.push_back(found + 1);
      } else if (const Delete* erase = std::get_if<Delete>(&write)) {
        if (!holds(erase->expect, version_of(erase->key))) return std::nullopt;
        next.erase(erase->key);
        next_listings.erase(erase->key);
        versions.push_back(0);
      } else if (const Check* check = std::get_if<Check>(&write)) {
        if (!holds(check->expect, version_of(check->key))) return std::nullopt;
        versions.push_back(version_of(check->key));
      } else {
        versions.push_back(0);  // below, when all else is done
      }
    }
    for (std::size_t i = 0; i < writes.size(); ++i) {
      const List* list = std::get_if<List>(&writes[i]);
      if (!list) continue;
      if (!next.contains(list->key)) return std::nullopt;
      versions[i] = next[list->key].version;
      next_listings.erase(list->key);
      if (list->listing && !list->listing->sets.empty()) next_listings.emplace(list->key, *list->listing);
    }
    items = std::move(next);
    listings = std::move(next_listings);
    return versions;
  }

  std::vector<Item> query(const Query& query) const {
    std::vector<std::pair<std::pair<std::string, Key>, Item>> found;
    for (const auto& [at, item] : items) {
      if (query.by_index && !item.index) continue;
      const Key& place = query.by_index ? *item.index : at;
      if (place.pk != query.pk || place.sk < query.sk_from || (query.sk_to && place.sk >= *query.sk_to)) continue;
      found.push_back({{place.sk, at}, item});
    }
    std::sort(found.begin(), found.end(), [](const auto& left, const auto& right) { return left.first < right.first; });
    if (query.descending) std::reverse(found.begin(), found.end());
    std::vector<Item> sorted;
    for (auto& [place, item] : found) sorted.push_back(std::move(item));
    return sorted;
  }

  // By key; the order is looked at apart.
  std::map<Key, Listed> select(const Selection& selection) const {
    std::map<Key, Listed> found;
    for (const auto& [at, listing] : listings) {
      bool in = false;
      for (const std::string& set : listing.sets)
        in = in || std::find(selection.sets.begin(), selection.sets.end(), set) != selection.sets.end();
      if (!in || (selection.order == Selection::Order::kByName && !listing.name)) continue;
      const std::string name = listing.name.value_or("");
      if (name.substr(0, selection.name_prefix.size()) != selection.name_prefix) continue;
      if (listing.time < selection.time_from.value_or(0) || listing.time >= selection.time_to.value_or(100)) continue;
      found[at] = {at, name, listing.time, listing.facets};
    }
    return found;
  }
};

// Right four times of five: else every command would be a conflict.
Expectation expectation(const Model& model, const Key& key) {
  const Version found = model.version_of(key);
  if (pick(5) == 0) {
    const auto since = static_cast<Version>(pick(4));
    return since == 0 ? Expectation(Absent{}) : Expectation(Unchanged{since});
  }
  return found == 0 ? Expectation(Absent{}) : Expectation(Unchanged{found});
}

Write any_write(const Model& model, const Key& at, int step) {
  const Expectation expect = expectation(model, at);
  switch (pick(5)) {
    case 0:
      return Check{at, expect};
    case 1: {
      const Unchanged* unchanged = std::get_if<Unchanged>(&expect);
      return Delete{at, unchanged ? *unchanged : Unchanged{1}};
    }
    default: {
      const std::optional<Key> index = pick(3) ? std::optional(key()) : std::nullopt;
      return Put{{at, index, "thing", 0, std::to_string(step)}, expect};
    }
  }
}

const std::vector<std::string> kSetNames = {"s", "t", "s\xff", std::string("s\0", 2), "u", "v", "w"};

List any_list(const Key& at) {
  if (pick(6) == 0) return {at, std::nullopt};
  std::set<std::string> sets;
  for (int count = pick(6); count > 0; --count) sets.insert(*rc::gen::elementOf(kSetNames));
  std::optional<std::string> name;
  if (pick(4) != 0) name = part() + part();
  return {at, Listing{{sets.begin(), sets.end()}, std::move(name), pick(4), part()}};
}

std::vector<Write> any_writes(const Model& model, int step) {
  std::map<Key, Write> writes;
  const int count = 1 + pick(5);
  for (int i = 0; i < count; ++i) {
    const Key at = key();
    writes.insert_or_assign(at, any_write(model, at, step));
  }
  std::vector<Write> list;
  for (auto& [at, write] : writes) {
    if (pick(2)) list.emplace_back(any_list(at));
    list.push_back(std::move(write));
  }
  if (pick(3) == 0) {  // of an item that is not written beside it
    const Key at = key();
    if (!writes.contains(at)) list.emplace_back(any_list(at));
  }
  if (*rc::gen::arbitrary<bool>()) std::reverse(list.begin(), list.end());
  return list;
}

void compare_write(Table& table, Model& model, int step) {
  const std::vector<Write> writes = any_writes(model, step);
  const auto expected = model.write(writes);
  const auto result = table.write(writes, base::Deadline::never());
  RC_ASSERT(result.has_value() == expected.has_value());
  if (expected)
    RC_ASSERT(*result == *expected);
  else
    RC_ASSERT(result.error().code == Code::kConflict);
}

void compare_reads(Table& table, const Model& model) {
  std::vector<Key> keys;
  for (int count = pick(5); count > 0; --count) keys.push_back(key());
  const auto items = table.get_many(keys, base::Deadline::never());
  RC_ASSERT(items.has_value());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto found = model.items.find(keys[i]);
    RC_ASSERT((*items)[i] == (found == model.items.end() ? std::nullopt : std::optional(found->second)));
    RC_ASSERT(table.get(keys[i], base::Deadline::never()).value() == (*items)[i]);
  }
}

// Also in pages, between which nothing changes: together they are the whole answer, in order.
void compare_query(Table& table, const Model& model) {
  Query query;
  query.pk = part();
  query.by_index = *rc::gen::arbitrary<bool>();
  query.descending = *rc::gen::arbitrary<bool>();
  if (*rc::gen::arbitrary<bool>()) query.sk_from = part();
  if (*rc::gen::arbitrary<bool>())
    query.sk_to = *rc::gen::arbitrary<bool>() ? std::optional(part()) : end_of_prefix(part());
  query.items_max = static_cast<std::size_t>(1 + pick(4));
  const std::vector<Item> expected = model.query(query);
  std::vector<Item> found;
  for (;;) {
    const auto page = table.query(query, base::Deadline::never());
    RC_ASSERT(page.has_value());
    RC_ASSERT(page->items.size() <= query.items_max);
    found.insert(found.end(), page->items.begin(), page->items.end());
    if (!page->next_cursor) break;
    RC_ASSERT(found.size() <= expected.size());
    RC_ASSERT(page->items.size() == query.items_max);
    query.cursor = *page->next_cursor;
  }
  RC_ASSERT(found == expected);
}

Selection any_selection() {
  Selection selection;
  for (int count = pick(5); count > 0; --count) selection.sets.push_back(*rc::gen::elementOf(kSetNames));
  selection.descending = pick(2);
  selection.entries_max = static_cast<std::size_t>(1 + pick(4));
  if (pick(2)) {
    selection.order = Selection::Order::kByTime;
    if (pick(2)) selection.time_from = pick(4);
    if (pick(2)) selection.time_to = pick(5);
  } else if (pick(2)) {
    selection.name_prefix = part();
  }
  return selection;
}

bool in_order(const Selection& selection, const Listed& left, const Listed& right) {
  const auto ascends = [&](const Listed& first, const Listed& second) {
    return selection.order == Selection::Order::kByName ? first.name <= second.name : first.time <= second.time;
  };
  return selection.descending ? ascends(right, left) : ascends(left, right);
}

// All pages; `after_page` may write.
std::vector<Listed> walk(Table& table, Selection selection, const std::function<void(const ListedPage&)>& after_page) {
  std::vector<Listed> found;
  for (int pages = 0; pages < 1000; ++pages) {
    const auto page = table.select(selection, base::Deadline::never());
    RC_ASSERT(page.has_value());
    RC_ASSERT(page->entries.size() <= selection.entries_max);
    found.insert(found.end(), page->entries.begin(), page->entries.end());
    after_page(*page);
    if (!page->next_cursor) return found;
    RC_ASSERT(page->entries.size() == selection.entries_max);
    selection.cursor = *page->next_cursor;
  }
  RC_FAIL("the pages have no end");
  return found;
}

// While nothing changes: the pages and the count are the whole answer, in order, and downwards the reverse.
void compare_select(Table& table, const Model& model) {
  Selection selection = any_selection();
  const std::map<Key, Listed> expected = model.select(selection);
  const std::vector<Listed> found = walk(table, selection, [](const ListedPage&) {});
  RC_ASSERT(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    RC_ASSERT(expected.at(found[i].key) == found[i]);
    if (i > 0) RC_ASSERT(in_order(selection, found[i - 1], found[i]));
  }
  RC_ASSERT((table.count(selection, base::Deadline::never()).value() == expected.size()));
  selection.descending = !selection.descending;
  std::vector<Listed> reversed = walk(table, selection, [](const ListedPage&) {});
  std::reverse(reversed.begin(), reversed.end());
  RC_ASSERT(reversed == found);
}

// With writes between the pages: what stands all the time, in its place, is met exactly once; what is met stands.
void compare_walk_among_writes(Table& table, Model& model, int step) {
  const Selection selection = any_selection();
  const auto place = [&](const Listed& entry) {
    return selection.order == Selection::Order::kByName ? entry.name : std::to_string(entry.time);
  };
  std::map<Key, Listed> lasting = model.select(selection);
  std::map<Key, int> met;
  walk(table, selection, [&](const ListedPage& page) {
    const std::map<Key, Listed> standing = model.select(selection);
    for (const Listed& entry : page.entries) {
      const auto found = standing.find(entry.key);
      RC_ASSERT((found != standing.end() && found->second == entry));
      ++met[entry.key];
    }
    if (!page.next_cursor) return;
    for (int writes = pick(3); writes > 0; --writes) {
      compare_write(table, model, step);
      const std::map<Key, Listed> now = model.select(selection);
      std::erase_if(lasting, [&](const auto& entry) {
        const auto found = now.find(entry.first);
        return found == now.end() || place(found->second) != place(entry.second);
      });
    }
  });
  for (const auto& [at, entry] : lasting) RC_ASSERT(met[at] == 1);
}

}  // namespace

// RC_PARAMS="seed=..." in the environment repeats a run; rapidcheck prints it with a failure.
TEST_P(Conformance, AgreesWithAPlainModelOnRandomCommands) {
  const bool agrees = rc::check("the table answers as the model does", [make = GetParam().make] {
    const auto table = make();
    Model model;
    const int steps = *rc::gen::inRange(5, 80);
    for (int step = 0; step < steps; ++step) {
      switch (pick(8)) {
        case 0:
          compare_reads(*table, model);
          break;
        case 1:
          compare_query(*table, model);
          break;
        case 2:
          compare_select(*table, model);
          break;
        case 3:
          compare_walk_among_writes(*table, model, step);
          break;
        default:
          compare_write(*table, model, step);
      }
    }
    for (const auto& [at, item] : model.items) RC_ASSERT(table->get(at, base::Deadline::never()).value() == item);
  });
  EXPECT_TRUE(agrees);
}

}  // namespace store
