// What the tests of transactions stand on: a table that lets them look in, fail, or come in between. For tests alone.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/memory_table.h"
#include "store/transaction.h"

namespace store {

inline Item item_of(std::string pk, std::string sk, std::string attributes) {
  return {{std::move(pk), std::move(sk)}, std::nullopt, "thing", 0, std::move(attributes)};
}

// Hands everything to a table of memory, and lets a test look in, fail, or come in between.
class WatchedTable final : public Table {
 public:
  base::Result<std::optional<Item>> get(const Key& key, base::Deadline deadline) override {
    return table.get(key, deadline);
  }
  base::Result<std::vector<std::optional<Item>>> get_many(std::span<const Key> keys, base::Deadline deadline) override {
    keys_read += keys.size();
    return table.get_many(keys, deadline);
  }
  base::Result<Page> query(const Query& query, base::Deadline deadline) override {
    return table.query(query, deadline);
  }
  base::Result<ListedPage> select(const Selection& selection, base::Deadline deadline) override {
    return table.select(selection, deadline);
  }
  base::Result<std::uint64_t> count(const Selection& selection, base::Deadline deadline) override {
    return table.count(selection, deadline);
  }
  base::Result<std::vector<Version>> write(std::span<const Write> writes, base::Deadline deadline) override {
    written.emplace_back(writes.begin(), writes.end());
    if (before_write) before_write();
    if (failure) return base::fail(*failure);
    return table.write(writes, deadline);
  }

  MemoryTable table;
  std::size_t keys_read = 0;
  std::vector<std::vector<Write>> written;
  std::function<void()> before_write;
  std::optional<base::Error> failure;
};

class TransactionTest : public testing::Test {
 protected:
  Version seed(const std::string& sk, const std::string& attributes) {
    const Write put = Put{item_of("p", sk, attributes), Absent{}};
    return table_.table.write(std::span(&put, 1), deadline_).value().front();
  }
  std::string stored(const std::string& sk) {
    const auto item = table_.table.get({"p", sk}, deadline_).value();
    return item ? item->attributes : "absent";
  }
  // Somebody else's change, past the transaction.
  void change(const std::string& sk, const std::string& attributes) {
    const auto now = table_.table.get({"p", sk}, deadline_).value();
    const Write put =
        Put{item_of("p", sk, attributes), now ? Expectation(Unchanged{now->version}) : Expectation(Absent{})};
    ASSERT_TRUE(table_.table.write(std::span(&put, 1), deadline_));
  }

  std::vector<std::string> listed_in(const std::string& set) {
    std::vector<std::string> sks;
    const ListedPage page = table_.table.select({.sets = {set}}, deadline_).value();
    for (const Listed& entry : page.entries) sks.push_back(entry.key.sk);
    return sks;
  }

  WatchedTable table_;
  base::Deadline deadline_ = base::Deadline::never();
};

}  // namespace store
