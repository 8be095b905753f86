// Random commands against a table and against a plain model, which must agree on every answer. The model is kept as
// simple as can be (a map, and loops over the whole of it), so that a mistake in it is not one that the table would
// make too.

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
        versions.push_back(0);
      } else {
        const Check& check = std::get<Check>(write);
        if (!holds(check.expect, version_of(check.key))) return std::nullopt;
        versions.push_back(version_of(check.key));
      }
    }
    items = std::move(next);
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

std::vector<Write> any_writes(const Model& model, int step) {
  std::map<Key, Write> writes;
  const int count = 1 + pick(5);
  for (int i = 0; i < count; ++i) {
    const Key at = key();
    writes.insert_or_assign(at, any_write(model, at, step));
  }
  std::vector<Write> list;
  for (auto& [at, write] : writes) list.push_back(std::move(write));
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

}  // namespace

// RC_PARAMS="seed=..." in the environment repeats a run; rapidcheck prints it with a failure.
TEST_P(Conformance, AgreesWithAPlainModelOnRandomCommands) {
  const bool agrees = rc::check("the table answers as the model does", [make = GetParam().make] {
    const auto table = make();
    Model model;
    const int steps = *rc::gen::inRange(5, 80);
    for (int step = 0; step < steps; ++step) {
      switch (pick(4)) {
        case 0:
          compare_reads(*table, model);
          break;
        case 1:
          compare_query(*table, model);
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
