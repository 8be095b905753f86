#include "audit/verify.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "audit/audit_test_support.h"
#include "base/text.h"
#include "json/encode.h"
#include "store/memory_table.h"

namespace audit {
namespace {

const base::Deadline kNever = base::Deadline::never();
using Items = std::map<store::Key, store::Item>;

// A trail in memory, and all of its items to do harm to.
class Written {
 public:
  explicit Written(std::uint64_t seed = 1) : entropy_(seed) {}

  void change(int thing) {
    const auto done = store::transact(table_, kNever, [&](store::Transaction& tx) -> base::Result<void> {
      const store::Key key{fmt::format("node#{}", thing), "node"};
      TRY(tx.get(key));
      trail_.record(tx, {"N:user:ada", "r"}, {"node.change", "node", key.pk, "N:user:ada"});
      tx.put({.key = key,
              .index = {},
              .type = "node",
              .attributes = fmt::format(R"({{"uuid":"{}","n":{}}})", thing, ++n_)});
      return {};
    });
    ASSERT_TRUE(done);
    clock_.advance(std::chrono::milliseconds(1));
  }
  // As many at once as shards are to be used: each transaction is prepared before the first one commits.
  void change_at_once(int count) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i)
      threads.emplace_back([this, i] {
        for (int k = 0; k < 4; ++k) change_alone(i);
      });
    for (std::thread& thread : threads) thread.join();
  }
  Items items() {
    Items all;
    for (std::size_t shard = 0; shard < Trail::kShards; ++shard) {
      store::Query query{.pk = head_key(shard_name(shard)).pk, .items_max = store::kReadsMax};
      store::Page page = table_.query(query, kNever).value();
      for (store::Item& item : page.items) all.emplace(item.key, item);
    }
    return all;
  }

 private:
  void change_alone(int thing) {
    (void)store::transact(table_, kNever, [&](store::Transaction& tx) -> base::Result<void> {
      const store::Key key{fmt::format("node#t{}", thing), "node"};
      TRY(tx.get(key));
      trail_.record(tx, {"N:user:ada", "r"}, {"node.change", "node", key.pk, "N:user:ada"});
      tx.put({.key = key, .index = {}, .type = "node", .attributes = fmt::format(R"({{"uuid":"{}"}})", thing)});
      return {};
    });
  }

  store::MemoryTable table_;
  base::ManualClock clock_{base::Time(std::chrono::milliseconds(1'763'963'264'123))};
  base::SeededEntropy entropy_;
  Trail trail_{table_, test_key(), clock_, entropy_};
  int n_ = 0;
};

Verification verify(const Items& items, const std::optional<KeptHeads>& kept = {}, char key = 'k') {
  Checker checker(test_key(key).public_bytes());
  for (const auto& [place, item] : items) {
    store::Item moved = item;
    moved.key = place;
    checker.take(moved);
  }
  return checker.finish(kept);
}

KeptHeads heads_of(const Items& items) {
  KeptHeads kept{.public_key = base::base64url(test_key().public_bytes()), .read_at = {}, .heads = {}};
  for (const auto& [place, item] : items) {
    if (item.type != kHeadType) continue;
    const Head head = read_head(item).value();
    kept.heads.push_back(
        {place.pk.substr(kPartition.size()), head.number, hash_text(head.hash), base::base64url(head.signature)});
  }
  return kept;
}

std::string text(const Verification& found) {
  std::string all;
  for (const Finding& each : found.findings) all += fmt::format("{} {}: {}\n", each.kind, each.event, each.text);
  return all;
}

// One finding, of this kind, about this event.
void expect_one(const Verification& found, std::string_view kind, const std::string& event) {
  ASSERT_EQ(found.findings.size(), 1U) << text(found);
  EXPECT_EQ(found.findings[0].kind, kind) << text(found);
  EXPECT_EQ(found.findings[0].event, event) << text(found);
  EXPECT_NE(found.findings[0].text.find(event), std::string::npos) << "the sentence names it: " << text(found);
}

class VerifyTest : public testing::Test {
 protected:
  // Forty events in two shards, twenty in each.
  VerifyTest() {
    for (int i = 0; i < 40; ++i) written.change(i % 7);
    items = written.items();
    shard = items.begin()->first.pk.substr(kPartition.size());
    other = items.rbegin()->first.pk.substr(kPartition.size());
  }
  store::Item& at(std::uint64_t number) { return items.at(event_key(shard, number)); }
  std::string id(std::uint64_t number) const { return event_id(shard, number); }
  void remove(std::uint64_t number) { items.erase(event_key(shard, number)); }
  // The head of the shard as it was when it had `number` events.
  void put_back_head(std::uint64_t number) {
    const StoredEvent next = read_event(at(number + 1)).value();
    store::Item head = sign_head(test_key(), shard, number, *parse_hash(next.previous), read_event(at(number))->time);
    items[head.key] = head;
  }

  Written written;
  Items items;
  std::string shard, other;
};

TEST_F(VerifyTest, WhatWasNotTouchedIsGood) {
  const Verification found = verify(items, heads_of(items));
  EXPECT_EQ(text(found), "");
  EXPECT_EQ(found.events, 40U);
  EXPECT_EQ(found.shards, 2U);
  EXPECT_EQ(found.witnesses, 39U);
  EXPECT_EQ(found.kept_heads, 2U);
}

TEST_F(VerifyTest, AnEmptyTrailIsGood) {
  const Verification found = verify({});
  EXPECT_EQ(text(found), "");
  EXPECT_EQ(found.events, 0U);
}

TEST_F(VerifyTest, OneByteOfAnEvent) {
  for (const std::uint64_t number : {1, 2, 10, 19, 20}) {
    const Items whole = items;
    std::string& attributes = at(number).attributes;
    const std::size_t place = attributes.find("N:user:ada");
    attributes[place + 7] = 'b';
    expect_one(verify(items), "changed", id(number));
    items = whole;
  }
}

TEST_F(VerifyTest, EveryByteOfAnEvent) {
  store::Item& event = at(10);
  const std::string whole = event.attributes;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    event.attributes[i] = static_cast<char>(whole[i] ^ 1);
    const Verification found = verify(items);
    ASSERT_FALSE(found.findings.empty()) << i;
    EXPECT_EQ(found.findings[0].event, id(10)) << i << ' ' << text(found);
    event.attributes = whole;
  }
}

TEST_F(VerifyTest, EveryByteOfAHead) {
  store::Item& head = items.at(head_key(shard));
  const std::string whole = head.attributes;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    head.attributes[i] = static_cast<char>(whole[i] ^ 1);
    EXPECT_FALSE(verify(items).findings.empty()) << i;
    head.attributes = whole;
  }
}

TEST_F(VerifyTest, WhatIsBesideTheAttributes) {
  at(10).version = 2;
  expect_one(verify(items), "changed", id(10));
  at(10).version = 1;
  at(10).type = "note";
  expect_one(verify(items), "changed", id(10));
  at(10).type = kEventType;
  at(10).index = store::Key{"owner#ada", "x"};
  expect_one(verify(items), "changed", id(10));
}

TEST_F(VerifyTest, RemovedInTheMiddle) {
  for (const std::uint64_t number : {1, 2, 10, 19}) {
    const Items whole = items;
    remove(number);
    expect_one(verify(items), "removed", id(number));
    items = whole;
  }
  for (std::uint64_t number = 5; number < 9; ++number) remove(number);
  expect_one(verify(items), "removed", id(5));
}

TEST_F(VerifyTest, CutOffAtTheEnd) {
  remove(20);
  expect_one(verify(items), "cut off", id(20));
  remove(19);
  expect_one(verify(items), "cut off", id(19));
}

TEST_F(VerifyTest, CutOffWithItsHead) {
  remove(20);
  items.erase(head_key(shard));
  const Verification found = verify(items);
  ASSERT_FALSE(found.findings.empty());
  EXPECT_EQ(found.findings[0].kind, "cut off");
  EXPECT_EQ(found.findings[0].event, id(19));
}

TEST_F(VerifyTest, CutOffWithAnOlderHeadPutBackContradictsTheWitness) {
  put_back_head(15);
  for (std::uint64_t number = 16; number <= 20; ++number) remove(number);
  const Verification found = verify(items);
  ASSERT_EQ(found.findings.size(), 1U) << text(found);
  EXPECT_EQ(found.findings[0].kind, "cut off");
  EXPECT_EQ(found.findings[0].event, id(16));
}

TEST_F(VerifyTest, AnOlderHeadAlone) {
  put_back_head(15);
  expect_one(verify(items), "inserted", id(16));
}

TEST_F(VerifyTest, AllShardsCutOffTogetherAreSeenByKeptHeadsAlone) {
  const KeptHeads kept = heads_of(items);
  for (const std::string& each : {shard, other}) {
    shard = each;
    put_back_head(15);
    for (std::uint64_t number = 16; number <= 20; ++number) remove(number);
  }
  EXPECT_EQ(text(verify(items)), "") << "it is what once was the state";
  const Verification found = verify(items, kept);
  EXPECT_EQ(found.findings.size(), 2U) << text(found);
  for (const Finding& each : found.findings) EXPECT_EQ(each.kind, "cut off");
}

TEST_F(VerifyTest, AWholeShardRemoved) {
  std::erase_if(items, [&](const auto& each) { return each.first.pk == head_key(shard).pk; });
  const Verification found = verify(items);
  ASSERT_EQ(found.findings.size(), 1U) << text(found);
  EXPECT_EQ(found.findings[0].kind, "cut off");
  EXPECT_TRUE(found.findings[0].event.starts_with(shard));
}

TEST_F(VerifyTest, TwoSwapped) {
  std::swap(at(7).attributes, at(12).attributes);
  const Verification found = verify(items);
  ASSERT_EQ(found.findings.size(), 2U) << text(found);
  EXPECT_EQ(found.findings[0].kind, "reordered");
  EXPECT_EQ(found.findings[0].event, id(7));
  EXPECT_EQ(found.findings[1].event, id(12));
}

TEST_F(VerifyTest, OneOfAnotherShard) {
  at(7).attributes = items.at(event_key(other, 7)).attributes;
  expect_one(verify(items), "reordered", id(7));
}

TEST_F(VerifyTest, InsertedAtTheEndInTheMiddleAndBeside) {
  const Items whole = items;
  items[event_key(shard, 21)] = at(20);
  Verification found = verify(items);
  ASSERT_FALSE(found.findings.empty());
  EXPECT_EQ(found.findings[0].event, id(21)) << text(found);

  items = whole;  // those after it move up by one
  for (std::uint64_t number = 20; number >= 10; --number)
    items[event_key(shard, number + 1)] = whole.at(event_key(shard, number));
  found = verify(items);
  ASSERT_GE(found.findings.size(), 2U);
  EXPECT_EQ(found.findings[0].kind, "reordered");

  for (const store::Key& key : {store::Key{"audit#" + shard, "0"}, store::Key{"audit#" + shard, number_text(0)},
                                store::Key{"audit#" + shard, "zz"}, store::Key{"audit#zz", number_text(1)},
                                store::Key{"audit#40", number_text(1)}, store::Key{"audit#", "head"},
                                store::Key{"audit#" + shard, "000000000000000A"}}) {
    items = whole;
    items[key] = at(1);
    found = verify(items);
    ASSERT_EQ(found.findings.size(), 1U) << key.pk << ' ' << key.sk << '\n' << text(found);
    EXPECT_EQ(found.findings[0].kind, "inserted");
  }
  items = whole;  // far beyond: no memory is taken for what is not there
  items[event_key(shard, ~std::uint64_t{0})] = at(1);
  EXPECT_FALSE(verify(items).findings.empty());
}

TEST_F(VerifyTest, AnInventedShard) {
  items[event_key("3f", 1)] = at(1);
  EXPECT_FALSE(verify(items).findings.empty());
}

TEST_F(VerifyTest, AHistoryWrittenAnewWithoutTheKey) {
  // Event 10 is changed, and every hash after it is made to fit; the head cannot be.
  std::string& attributes = at(10).attributes;
  attributes[attributes.find("N:user:ada") + 7] = 'b';
  Hash hash = hash_of_event(shard, 10, *parse_hash(read_event(at(10))->previous), attributes);
  for (std::uint64_t number = 11; number <= 20; ++number) {
    StoredEvent event = read_event(at(number)).value();
    event.previous = hash_text(hash);
    at(number).attributes = json::encode(event);
    hash = hash_of_event(shard, number, hash, at(number).attributes);
  }
  EXPECT_FALSE(verify(items).findings.empty());
  // With a head that fits, too, signed by another key; and, with the right key, against the witnesses.
  items[head_key(shard)] = sign_head(test_key('z'), shard, 20, hash, read_event(at(20))->time);
  EXPECT_EQ(verify(items).findings[0].kind, "head");
  const KeptHeads kept = heads_of(written.items());
  items[head_key(shard)] = sign_head(test_key(), shard, 20, hash, read_event(at(20))->time);
  Verification found = verify(items, kept);
  ASSERT_FALSE(found.findings.empty());
  EXPECT_EQ(found.findings[0].kind, "changed");
}

TEST_F(VerifyTest, AnotherKey) {
  const Verification replaced = verify(items, {}, 'z');
  EXPECT_EQ(replaced.findings.size(), 2U);
  for (const Finding& each : replaced.findings) EXPECT_EQ(each.kind, "head");
  KeptHeads kept = heads_of(items);
  kept.public_key = base::base64url(test_key('z').public_bytes());
  EXPECT_EQ(verify(items, kept).findings[0].kind, "key");
  Checker no_key("short");
  EXPECT_EQ(no_key.finish({}).findings[0].kind, "key");
}

TEST_F(VerifyTest, KeptHeadsThatAreForged) {
  KeptHeads kept = heads_of(items);
  kept.heads[0].number = 3;
  kept.heads[1].signature = "AAAA";
  const Verification found = verify(items, kept);
  EXPECT_EQ(found.findings.size(), 2U);
}

TEST_F(VerifyTest, FindingsAreBounded) {
  for (auto& [place, item] : items) item.attributes = "{}";
  for (std::uint64_t i = 0; i < 500; ++i) items[{"audit#" + shard, fmt::format("x{}", i)}] = at(1);
  const Verification found = verify(items);
  EXPECT_EQ(found.findings.size(), Checker::kFindingsMax);
  EXPECT_GT(found.findings_left_out, 0U);
}

// Any one harm that is done to any trail, without the key, is found; except where the trail stays one that was.
TEST(VerifyProperty, ARandomTamperingIsAlwaysFound) {
  EXPECT_TRUE(rc::check("found", [] {
    Written written(*rc::gen::arbitrary<std::uint64_t>());
    const int alone = *rc::gen::inRange(3, 25);
    for (int i = 0; i < alone; ++i) written.change(i);
    if (*rc::gen::inRange(0, 3) == 0) written.change_at_once(*rc::gen::inRange(2, 5));
    Items items = written.items();
    const Items before = items;
    RC_ASSERT(verify(items).findings.empty());
    std::vector<store::Key> keys;
    for (const auto& [key, item] : items) keys.push_back(key);
    const store::Key& key = *rc::gen::elementOf(keys);
    const store::Key& second = *rc::gen::elementOf(keys);
    switch (*rc::gen::inRange(0, 6)) {
      case 0: {
        std::string& attributes = items[key].attributes;
        attributes[*rc::gen::inRange<std::size_t>(0, attributes.size())] = static_cast<char>(*rc::gen::inRange(0, 256));
        break;
      }
      case 1:
        items.erase(key);
        break;
      case 2:
        std::swap(items[key].attributes, items[second].attributes);
        break;
      case 3: {
        std::string sk = key.sk;
        sk[*rc::gen::inRange<std::size_t>(0, sk.size())] = *rc::gen::element('0', '1', '7', 'f', 'h', 'z');
        items[{key.pk, sk}] = items[key];
        break;
      }
      case 4:
        items[{second.pk, key.sk}] = items[key];
        break;
      default: {
        std::string& attributes = items[key].attributes;
        const auto from = *rc::gen::inRange<std::size_t>(0, attributes.size());
        attributes.erase(from, *rc::gen::inRange<std::size_t>(1, 20));
      }
    }
    if (items == before) return;
    RC_ASSERT(!verify(items).findings.empty());
  }));
}

// The bytes are a format: files of today are verified by the program of tomorrow.
TEST(Chain, TheBytesAreThese) {
  const Hash first = hash_of_event("2a", 1, Hash{}, R"({"id":"2a-0000000000000001"})");
  const Hash second = hash_of_event("2a", 2, first, "{}");
  EXPECT_EQ(hash_text(first), "1cff4314f7d4de7ffe9c7b8efbeb8a3e8e4c59e7a4972ef4ad71b654d4f555d9");
  EXPECT_EQ(hash_text(second), "03a496bba121ef097c0ae46ad81e5ad63f8081dbaa5618a31fe15ac4fa0e6b74");
  EXPECT_EQ(base::base64url(test_key().sign(signed_text("2a", 2, second))),
            "B8VQbuerRjyr2nKO3W0xlK032HdnXspE7F-P7MwjcKk6XGkf6Mjc0jtwJkalD-3IrzwFNBkHUfy5y4RbJT8tAA");
  EXPECT_EQ(event_key("2a", 31).sk, "000000000000001f");
  EXPECT_EQ(event_key("2a", 31).pk, "audit#2a");
}

TEST(Chain, NumbersAndHashesHaveOneSpelling) {
  EXPECT_EQ(parse_number("000000000000001f"), 31U);
  for (const std::string bad :
       {"", "1f", "000000000000001F", "000000000000001g", "0000000000000001f", "-00000000000001f"})
    EXPECT_FALSE(parse_number(bad)) << bad;
  const std::string hex(64, 'a');
  EXPECT_EQ(hash_text(*parse_hash(hex)), hex);
  for (const std::string& bad : {std::string(64, 'A'), std::string(63, 'a'), std::string(64, 'g'), std::string()})
    EXPECT_FALSE(parse_hash(bad)) << bad;
}

}  // namespace
}  // namespace audit
