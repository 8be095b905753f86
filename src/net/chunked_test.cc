#include "net/chunked.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/limits.h"

namespace net {
namespace {

using Step = ChunkDecoder::Step;

struct Decoded {
  Step step = Step::kMore;
  std::string body;
  std::size_t used = 0;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view bytes, std::size_t piece, std::size_t limit = 1000) {
  ChunkDecoder decoder(limit);
  Decoded result;
  while (result.used < bytes.size() && result.step == Step::kMore) {
    std::size_t used = 0;
    result.step = decoder.decode(bytes.substr(result.used, piece), used, result.body);
    result.used += used;
  }
  return result;
}

TEST(Chunked, JoinsChunksAndLeavesWhatFollows) {
  const std::string_view bytes = "5\r\nhello\r\n6;name=\"a b\"\r\n world\r\n0\r\nX-Trailer: dropped\r\n\r\nGET /";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    const Decoded result = decode(bytes, piece);
    EXPECT_EQ(result.step, Step::kWhole) << piece;
    EXPECT_EQ(result.body, "hello world") << piece;
    EXPECT_EQ(result.used, bytes.size() - 5) << piece;
  }
}

// The last chunk in pieces trips an assertion in Beast 1.81's own decoder.
TEST(Chunked, TakesTheLastChunkInPieces) {
  EXPECT_EQ(decode("0\r\n\r\n", 1).step, Step::kWhole);
  EXPECT_EQ(decode("0\r\n\r\n", 3).step, Step::kWhole);
  EXPECT_EQ(decode("0000\r\n\r\n", 4).step, Step::kWhole);
}

TEST(Chunked, RefusesWhatTwoServersReadDifferently) {
  for (const std::string_view bytes : {"\r\n",
                                       "g\r\n",
                                       "-1\r\n",
                                       "+5\r\nhello\r\n",
                                       "0x5\r\nhello\r\n",
                                       " 5\r\nhello\r\n",
                                       "5 \r\nhello\r\n",
                                       "5\nhello\r\n",
                                       "5\r\nhelloX",
                                       "5\r\nhello\n",
                                       "5\r\rhello",
                                       "5;a\n\r\nhello",
                                       "5;a=\"\n\"\r\nhello\r\n",
                                       "5;a\rb\r\n",
                                       "1000000000000000\r\n",
                                       "ffffffffffffffffffff\r\n",
                                       "0\r\n folded\r\n\r\n",
                                       "0\r\n: nameless\r\n\r\n",
                                       "0\r\na: b\n\r\n",
                                       "0\r\na: \x01\r\n\r\n",
                                       "0\r\n\rX"}) {
    EXPECT_EQ(decode(bytes, 1000).step, Step::kBad) << bytes;
    EXPECT_EQ(decode(bytes, 1).step, Step::kBad) << bytes;
  }
}

TEST(Chunked, StopsAtTheLimitBeforeTheDataComes) {
  EXPECT_EQ(decode("a\r\n", 100, 10).step, Step::kMore);
  EXPECT_EQ(decode("b\r\n", 100, 10).step, Step::kTooLarge);
  EXPECT_EQ(decode("6\r\nabcdef\r\n5\r\n", 100, 10).step, Step::kTooLarge);
  EXPECT_EQ(decode("fffffffffffffff\r\n", 100, 10).step, Step::kTooLarge);
}

TEST(Chunked, DoesNotListenForEverToExtensionsAndTrailers) {
  const std::string much(base::limits::kHeaderBytesMax + 10, 'a');
  EXPECT_EQ(decode("5;" + much, 100).step, Step::kBad);
  EXPECT_EQ(decode("0\r\na: " + much, 100).step, Step::kBad);
}

TEST(Chunked, AnyCutOfAnyBytesGivesTheSame) {
  EXPECT_TRUE(rc::check("decoding does not depend on the pieces", [] {
    // Out of a few characters, so that a good part is nearly valid.
    const std::string bytes =
        *rc::gen::container<std::string>(rc::gen::element('0', '3', '\r', '\n', ';', 'a', ':', ' '));
    const std::size_t piece = *rc::gen::inRange<std::size_t>(1, 9);
    RC_ASSERT(decode(bytes, piece) == decode(bytes, 10'000));
  }));
}

}  // namespace
}  // namespace net
