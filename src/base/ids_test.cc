#include "base/ids.h"

#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/text.h"

namespace base {
namespace {

const std::string kUuid = "6f1c3e1e-0d0b-4e6a-9f57-0a3a2c1b7d10";

// The 16 bytes of a UUID's text.
std::vector<unsigned> bytes_of(const std::string& text) {
  std::string digits;
  for (const char c : text)
    if (c != '-') digits.push_back(c);
  std::vector<unsigned> bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    bytes.push_back(static_cast<unsigned>(std::stoul(digits.substr(i, 2), nullptr, 16)));
  return bytes;
}

TEST(Ids, RandomUuidsHaveVersionAndVariant) {
  SeededEntropy entropy(1);
  std::set<std::string> all;
  for (int i = 0; i < 2000; ++i) {
    const std::string uuid = new_uuid(entropy);
    ASSERT_EQ(parse_uuid(uuid), uuid) << "made in canonical form";
    const std::vector<unsigned> bytes = bytes_of(uuid);
    ASSERT_EQ(bytes.size(), 16U);
    EXPECT_EQ(bytes[6] >> 4, 4U);
    EXPECT_EQ(bytes[8] >> 6, 2U);
    EXPECT_TRUE(all.insert(uuid).second);
  }
}

TEST(Ids, EveryOtherBitOfARandomUuidIsRandom) {
  SeededEntropy entropy(2);
  std::vector<unsigned> ones(16), zeros(16);
  for (int i = 0; i < 200; ++i) {
    const std::vector<unsigned> bytes = bytes_of(new_uuid(entropy));
    for (std::size_t k = 0; k < 16; ++k) ones[k] |= bytes[k], zeros[k] |= ~bytes[k] & 255U;
  }
  for (std::size_t k = 0; k < 16; ++k) {
    const unsigned fixed = k == 6 ? 0xf0U : k == 8 ? 0xc0U : 0U;
    EXPECT_EQ(ones[k] & zeros[k], 255U & ~fixed) << "byte " << k;
  }
}

TEST(Ids, OrderedUuidsHoldTheTimeAndSortByIt) {
  SeededEntropy entropy(3);
  EXPECT_TRUE(rc::check("version 7", [&] {
    const std::int64_t first = *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::int64_t>(0, 1LL << 47));
    const std::int64_t later = first + *rc::gen::inRange<std::int64_t>(1, 1'000'000'000);
    const std::string a = new_ordered_uuid(entropy, Time(std::chrono::milliseconds(first)));
    const std::string b = new_ordered_uuid(entropy, Time(std::chrono::milliseconds(later)));
    RC_ASSERT(a < b);
    const std::vector<unsigned> bytes = bytes_of(a);
    std::int64_t ms = 0;
    for (std::size_t i = 0; i < 6; ++i) ms = ms * 256 + bytes[i];
    RC_ASSERT(ms == first);
    RC_ASSERT((bytes[6] >> 4) == 7U);
    RC_ASSERT((bytes[8] >> 6) == 2U);
    RC_ASSERT(parse_uuid(a) == std::optional<std::string>(a));
  }));
}

TEST(Ids, ManyOrderedUuidsOfOneMomentDiffer) {
  SeededEntropy entropy(4);
  std::set<std::string> all;
  std::set<char> shards;
  for (int i = 0; i < 5000; ++i) {
    const std::string uuid = new_ordered_uuid(entropy, Time(std::chrono::milliseconds(1'000)));
    all.insert(uuid);
    shards.insert(uuid.back());
  }
  EXPECT_EQ(all.size(), 5000U);
  EXPECT_EQ(shards.size(), 16U) << "the last digit spreads operations over their partitions";
}

TEST(Ids, EitherCaseReadsAsLowerCase) {
  EXPECT_EQ(parse_uuid("6F1C3E1E-0D0B-4E6A-9F57-0A3A2C1B7D10"), kUuid);
  EXPECT_EQ(parse_uuid("6f1C3e1E-0d0b-4E6a-9f57-0A3a2c1b7D10"), kUuid);
  EXPECT_EQ(parse_id(IdKind::kUser, "N:user:6F1C3E1E-0D0B-4E6A-9F57-0A3A2C1B7D10"), "N:user:" + kUuid);
}

TEST(Ids, RefusesEveryMalformedUuid) {
  ASSERT_TRUE(parse_uuid(kUuid));
  for (std::size_t i = 0; i < kUuid.size(); ++i) {
    std::string without = kUuid, doubled = kUuid;
    without.erase(i, 1);
    doubled.insert(i, 1, kUuid[i]);
    EXPECT_FALSE(parse_uuid(without)) << without;
    EXPECT_FALSE(parse_uuid(doubled)) << doubled;
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = kUuid;
      changed[i] = static_cast<char>(byte);
      const bool hex = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
      const bool dash = kUuid[i] == '-';
      EXPECT_EQ(parse_uuid(changed).has_value(), dash ? byte == '-' : hex) << changed;
    }
  }
  for (const std::string_view text : {"", "{6f1c3e1e-0d0b-4e6a-9f57-0a3a2c1b7d10}", "6f1c3e1e0d0b4e6a9f570a3a2c1b7d10",
                                      "urn:uuid:6f1c3e1e-0d0b-4e6a-9f57-0a3a2c1b7d10"}) {
    EXPECT_FALSE(parse_uuid(text)) << text;
  }
}

TEST(Ids, KindsAreNotTakenForEachOther) {
  const std::vector<std::pair<IdKind, std::string>> kinds = {
      {IdKind::kUser, "N:user:"}, {IdKind::kWorkspace, "N:organization:"}, {IdKind::kTeam, "N:team:"}};
  for (const auto& [kind, prefix] : kinds) {
    EXPECT_EQ(make_id(kind, kUuid), prefix + kUuid);
    for (const auto& [other, text] : kinds) EXPECT_EQ(parse_id(kind, text + kUuid).has_value(), kind == other) << text;
  }
}

TEST(Ids, RefusesMalformedNodeIds) {
  for (const std::string& text :
       {std::string(), kUuid, "n:user:" + kUuid, "N:User:" + kUuid, "N:user" + kUuid, " N:user:" + kUuid,
        "N:user:" + kUuid + " ", std::string("N:user:"), "N:user:N:user:" + kUuid,
        "N:user:" + kUuid + std::string(1, '\0'), "user:" + kUuid}) {
    EXPECT_FALSE(parse_id(IdKind::kUser, text)) << text;
  }
}

}  // namespace
}  // namespace base
