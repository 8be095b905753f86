#include "base/entropy.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include <gtest/gtest.h>

namespace base {
namespace {

// Gives the bytes 0, 1, 2, ... 255, 0, ...: every byte as often as every other.
class CountingEntropy final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    for (std::uint8_t& byte : bytes) byte = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

TEST(Entropy, EveryCharacterIsEquallyLikely) {
  CountingEntropy entropy;
  std::map<char, int> counts;
  for (const char c : entropy.alphanumeric(248 * 5)) ++counts[c];
  EXPECT_EQ(counts.size(), 62U);
  for (const auto& [c, count] : counts) EXPECT_EQ(count, 20) << c;
}

TEST(Entropy, AlphanumericOfTheKernelLooksRandom) {
  SystemEntropy entropy;
  std::map<char, int> counts;
  constexpr int kDraws = 62'000;
  for (const char c : entropy.alphanumeric(kDraws)) {
    ASSERT_TRUE(std::isalnum(static_cast<unsigned char>(c)));
    ++counts[c];
  }
  double chi_square = 0;
  for (const auto& [c, count] : counts) chi_square += (count - 1000.0) * (count - 1000.0) / 1000.0;
  EXPECT_LT(chi_square, 200.0) << "61 degrees of freedom: by chance in one of 10^16 runs";
  EXPECT_NE(entropy.alphanumeric(32), entropy.alphanumeric(32));
}

TEST(Entropy, AnyLength) {
  SystemEntropy entropy;
  for (const std::size_t count : {0, 1, 63, 64, 65, 1000}) EXPECT_EQ(entropy.alphanumeric(count).size(), count);
  std::array<std::uint8_t, 0> none{};
  entropy.fill(none);
}

TEST(Entropy, TheKernelFillsTheWholeOfALongSpan) {
  SystemEntropy entropy;
  std::vector<std::uint8_t> bytes(1 << 20, 0);  // more than one getrandom gives at a time when interrupted
  entropy.fill(bytes);
  const auto zeros = std::count(bytes.end() - 4096, bytes.end(), 0);
  EXPECT_LT(zeros, 200);
}

TEST(Entropy, ASeedRepeats) {
  SeededEntropy first(7), second(7), other(8);
  const std::string text = first.alphanumeric(40);
  EXPECT_EQ(second.alphanumeric(40), text);
  EXPECT_NE(other.alphanumeric(40), text);
  EXPECT_NE(first.alphanumeric(40), text) << "and goes on";
}

}  // namespace
}  // namespace base
