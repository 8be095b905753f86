#include "crypto/hasher.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace crypto {
namespace {

TEST(Hasher, HasThePublishedValues) {  // RFC 1321 appendix A.5; FIPS 180-4 examples
  EXPECT_EQ(base::hex(Hasher::of(Hasher::Kind::kMd5, "abc")), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(base::hex(Hasher::of(Hasher::Kind::kSha1, "abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(base::hex(Hasher::of(Hasher::Kind::kSha256, "")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Hasher, TakesPieces) {
  Hasher hasher(Hasher::Kind::kSha1);
  for (const char* piece : {"a", "", "bc"}) hasher.update(piece);
  Hasher moved = std::move(hasher);
  EXPECT_EQ(base::hex(moved.finish()), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

}  // namespace
}  // namespace crypto
