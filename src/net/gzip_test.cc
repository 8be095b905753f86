#include "net/gzip.h"

#include <boost/beast/zlib/inflate_stream.hpp>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace net {
namespace {

std::string inflate(std::string_view gzipped, std::size_t size) {
  namespace zlib = boost::beast::zlib;
  std::string out(size + 1, '\0');
  zlib::inflate_stream stream;
  zlib::z_params state;
  state.next_in = gzipped.data() + 10;
  state.avail_in = gzipped.size() - 18;
  state.next_out = out.data();
  state.avail_out = out.size();
  boost::beast::error_code error;
  stream.write(state, zlib::Flush::sync, error);
  out.resize(state.total_out);
  return out;
}

TEST(Gzip, IsUndone) {
  std::string large;
  for (int i = 0; i < 50'000; ++i) large += std::to_string(i * 7919);
  for (const std::string& text : {std::string(), std::string("a"), std::string(1'000'000, 'x'), large})
    EXPECT_TRUE(inflate(gzip(text), text.size()) == text) << text.size();
  EXPECT_LT(gzip(std::string(1'000'000, 'x')).size(), 3000U);
  EXPECT_TRUE(
      rc::check("any text", [](const std::string& text) { RC_ASSERT(inflate(gzip(text), text.size()) == text); }));
}

TEST(Gzip, EndsWithChecksumAndSize) {
  EXPECT_EQ(gzip("123456789").substr(gzip("123456789").size() - 8), std::string("\x26\x39\xf4\xcb\x09\0\0\0", 8));
}

}  // namespace
}  // namespace net
