#include "base/secret.h"

#include <array>
#include <cstring>
#include <new>
#include <ostream>

#include <gtest/gtest.h>

namespace base {
namespace {

// Whether `needle`, or a part of it of four bytes, is among the bytes that a Secret was made of.
bool remains(const std::array<unsigned char, sizeof(Secret)>& bytes, std::string_view needle) {
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (std::size_t i = 0; i + 4 <= needle.size(); ++i)
    if (all.find(needle.substr(i, 4)) != std::string_view::npos) return true;
  return false;
}

// A Secret in memory that can be looked at when it is gone.
struct Room {
  alignas(Secret) std::array<unsigned char, sizeof(Secret)> bytes{};
  Secret* make(const char* text) { return new (bytes.data()) Secret(std::string(text)); }
};

constexpr const char* kShort = "hunter2hunter2";  // inside the object: shorter than 16

TEST(Secret, IsWipedWhenItGoes) {
  Room room;
  Secret* secret = room.make(kShort);
  ASSERT_TRUE(remains(room.bytes, kShort)) << "the test looks at the right place";
  secret->~Secret();
  EXPECT_FALSE(remains(room.bytes, kShort));
}

TEST(Secret, LeavesNothingWhereItWasMovedFrom) {
  Room room;
  Secret* secret = room.make(kShort);
  const Secret taken(std::move(*secret));
  EXPECT_FALSE(remains(room.bytes, kShort));
  EXPECT_EQ(taken.reveal(), kShort);
  EXPECT_TRUE(secret->empty());
  secret->~Secret();

  Secret* again = room.make(kShort);
  Secret target(std::string("something else"));
  target = std::move(*again);
  EXPECT_FALSE(remains(room.bytes, kShort));
  EXPECT_EQ(target.reveal(), kShort);
  again->~Secret();
}

TEST(Secret, AShorterOneLeavesNothingOfTheLonger) {
  Room room;
  Secret* secret = room.make(kShort);
  *secret = Secret(std::string("x"));
  EXPECT_FALSE(remains(room.bytes, kShort));
  EXPECT_EQ(secret->reveal(), "x");
  secret->~Secret();

  const Secret tiny(std::string("y"));
  Secret* copied = room.make(kShort);
  *copied = tiny;
  EXPECT_FALSE(remains(room.bytes, kShort));
  EXPECT_EQ(copied->reveal(), "y");
  copied->~Secret();
}

TEST(Secret, CopiesAndSurvivesItself) {
  Secret secret(std::string("a long secret that does not fit inside the object"));
  const Secret copy = secret;
  Secret& same = secret;
  secret = same;
  EXPECT_EQ(secret.reveal(), copy.reveal());
  secret = std::move(same);
  EXPECT_EQ(secret.reveal(), copy.reveal());
  EXPECT_TRUE(Secret().empty());
}

template <class T>
concept Prints = requires(std::ostream& out, const T& value) { out << value; };
static_assert(!Prints<Secret>, "a secret does not print");
static_assert(!std::is_convertible_v<Secret, std::string> && !std::is_convertible_v<Secret, std::string_view>);

TEST(Secret, ComparesEveryByte) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_FALSE(equal_in_constant_time("", "a"));
  const std::string text("a\0b\xff", 4);
  EXPECT_TRUE(equal_in_constant_time(text, std::string(text)));
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string other = text;
      other[i] = static_cast<char>(other[i] ^ (1 << bit));
      EXPECT_FALSE(equal_in_constant_time(text, other)) << i << " " << bit;
    }
  }
  EXPECT_FALSE(equal_in_constant_time(text, text + '\0'));
}

}  // namespace
}  // namespace base
