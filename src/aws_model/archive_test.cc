#include "aws_model/archive.h"

#include <gtest/gtest.h>

namespace aws_model {
namespace {

TEST(Archive, TheLinkedOneOpens) {
  const auto archive = Archive::open(linked_archive());
  ASSERT_TRUE(archive) << archive.error().message;
  EXPECT_TRUE((*archive)->source().starts_with("botocore-")) << (*archive)->source();
  EXPECT_LT(linked_archive().size(), 5'000'000U) << "what it may add to the program";
  const auto rules = (*archive)->rules((*archive)->services().front());
  ASSERT_TRUE(rules) << rules.error().message;
  EXPECT_TRUE(rules->starts_with('{'));
}

void expect_damaged(std::string_view bytes, std::string_view what) {
  const auto archive = Archive::open(bytes);
  if (!archive) {
    EXPECT_EQ(archive.error().code, base::Code::kCorrupt) << what;
    return;
  }
  // The head and the index are whole: then some service is not.
  bool all_fine = (*archive)->partitions().has_value();
  for (const Archive::Packed& packed : (*archive)->services())
    all_fine = (*archive)->service(packed) && (*archive)->rules(packed) && all_fine;
  EXPECT_FALSE(all_fine) << what;
}

TEST(Archive, ADamagedOneIsAnErrorAndNeverMore) {
  const std::string whole(linked_archive());
  for (const std::size_t bytes : {0UL, 1UL, 8UL, 15UL, 16UL, 100UL, whole.size() / 2, whole.size() - 1})
    expect_damaged(std::string_view(whole).substr(0, bytes), "cut off");
  std::string other = whole;
  other[7] = '2';
  expect_damaged(other, "another form");
  other = whole;
  for (std::size_t i = 8; i < 16; ++i) other[i] = '\xff';
  expect_damaged(other, "an index of 2^64 bytes");
  for (const std::size_t at : {20UL, 1000UL, whole.size() - 300}) {
    other = whole;
    other[at] = static_cast<char>(~other[at]);
    expect_damaged(other, "a changed byte at " + std::to_string(at));
  }
}

}  // namespace
}  // namespace aws_model
