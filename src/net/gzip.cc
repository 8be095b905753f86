#include "net/gzip.h"

#include <cstdint>

#include <boost/beast/zlib/deflate_stream.hpp>

#include "base/check.h"
#include "base/crc.h"

namespace net {

namespace {

void append_little_endian(std::string& out, std::uint32_t number) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>((number >> shift) & 0xFF);
}

}  // namespace

std::string gzip(std::string_view bytes) {
  namespace zlib = boost::beast::zlib;
  // Deflate, no name, no time, so that the same bytes give the same result; "unknown" operating system.
  std::string out("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  zlib::deflate_stream deflate;
  const std::size_t head = out.size();
  out.resize(head + deflate.upper_bound(bytes.size()) + 64);
  zlib::z_params state;
  state.next_in = bytes.data();
  state.avail_in = bytes.size();
  state.next_out = out.data() + head;
  state.avail_out = out.size() - head;
  boost::beast::error_code error;
  deflate.write(state, zlib::Flush::finish, error);
  CHECK(error == zlib::error::end_of_stream, "there is room for the whole stream");
  out.resize(head + state.total_out);
  append_little_endian(out, base::crc32(bytes));
  append_little_endian(out, static_cast<std::uint32_t>(bytes.size()));
  return out;
}

}  // namespace net
