#include "aws/checksum.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "aws/chunked_body.h"

namespace aws {
namespace {

TEST(Checksum, HasThePublishedValues) {
  EXPECT_EQ(checksum_of(ChecksumKind::kCrc32, "123456789"), "y/Q5Jg==");
  EXPECT_EQ(checksum_of(ChecksumKind::kCrc32c, "123456789"), "4waSgw==");
  EXPECT_EQ(checksum_of(ChecksumKind::kCrc64Nvme, "123456789"), "rosUhgp5mIg=");
  EXPECT_EQ(checksum_of(ChecksumKind::kSha1, "abc"), "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=");
  EXPECT_EQ(checksum_of(ChecksumKind::kSha256, "abc"), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
  EXPECT_EQ(checksum_of(ChecksumKind::kSha512, "123456789"),
            "2eZ2LdHI6vbWGzxhkvxAjU1tXxF20MKRabwk5xw/J0rSf81YEbMT1oH35V7ALXPUmclUVba1u1A6z1dPuo/+hQ==");
}

TEST(Checksum, IsKnownByName) {
  for (const ChecksumKind kind : kChecksumKinds) EXPECT_EQ(checksum_kind(name_of(kind)), kind);
  EXPECT_EQ(checksum_kind("crc32c"), ChecksumKind::kCrc32c);
  EXPECT_FALSE(checksum_kind("MD5"));
}

// Gives its text in pieces of one size, with or without saying how much it is.
class Pieces final : public net::BodySource {
 public:
  Pieces(std::string text, std::size_t piece, bool sized) : text_(std::move(text)), piece_(piece), sized_(sized) {}
  [[nodiscard]] std::optional<std::uint64_t> size() const override {
    return sized_ ? std::optional<std::uint64_t>(text_.size()) : std::nullopt;
  }
  base::Result<void> rewind() override {
    at_ = 0;
    return {};
  }
  base::Result<std::size_t> read(char* room, std::size_t size) override {
    const std::size_t count = text_.copy(room, std::min(size, piece_), at_);
    at_ += count;
    return count;
  }

 private:
  std::string text_;
  std::size_t piece_, at_ = 0;
  bool sized_;
};

std::string all_of(net::BodySource& source, std::size_t step) {
  std::string all, room(step, '\0');
  while (const std::size_t got = source.read(room.data(), step).value()) all.append(room, 0, got);
  return all;
}

TEST(ChunkedBody, IsWhatS3Reads) {
  Pieces pieces("123456789", 4, true);
  ChunkedBody body(pieces, ChecksumKind::kCrc32);
  EXPECT_EQ(all_of(body, 7), "9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n");
  Pieces nothing("", 4, true);
  ChunkedBody empty(nothing, ChecksumKind::kCrc32);
  EXPECT_EQ(all_of(empty, 7), "0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n");
  Pieces endless("abc", 4, false);
  EXPECT_FALSE(ChunkedBody(endless, ChecksumKind::kCrc32).size());
}

TEST(ChunkedBody, KnowsItsLengthBeforeAndIsReadAgain) {
  EXPECT_TRUE(rc::check("the length is right, whatever the pieces", [] {
    const std::size_t size = *rc::gen::element<std::size_t>(0, 1, 15, 16, 65'535, 65'536, 65'537, 131'072, 200'000);
    const ChecksumKind kind = *rc::gen::elementOf(kChecksumKinds);
    Pieces pieces(std::string(size, 'x'), *rc::gen::inRange<std::size_t>(1000, 100'000), true);
    ChunkedBody body(pieces, kind);
    const std::string first = all_of(body, *rc::gen::inRange<std::size_t>(100, 100'000));
    RC_ASSERT(body.size() == first.size());
    RC_ASSERT(body.rewind().has_value());
    RC_ASSERT(all_of(body, 4096) == first);
  }));
}

TEST(ReadThrough, ReadsAllAndRewinds) {
  struct Count final : ByteEater {
    std::string seen;
    void eat(std::string_view bytes) override { seen += bytes; }
  } count;
  Pieces pieces("abcdef", 4, true);
  ASSERT_TRUE(read_through(pieces, count));
  EXPECT_EQ(count.seen, "abcdef");
  EXPECT_EQ(all_of(pieces, 100), "abcdef");
}

}  // namespace
}  // namespace aws
