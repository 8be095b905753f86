// Bytes of a server, whole and in pieces: the same response, whatever the cut; and a proxy's URL.

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include "net/response_reader.h"
#include "net/url.h"

namespace {

std::pair<net::ResponseReader::Step, std::string> read(std::string_view bytes, std::size_t piece) {
  net::ResponseReader reader(100'000);
  std::string kept;
  auto step = net::ResponseReader::Step::kMore;
  for (std::size_t at = 0; at < bytes.size() && step == net::ResponseReader::Step::kMore; at += piece) {
    kept += bytes.substr(at, piece);
    std::size_t used = 0;
    step = reader.read(kept, used);
    kept.erase(0, used);
  }
  return {step, reader.response().body};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (read(bytes, std::max<std::size_t>(data[0], 1)) != read(bytes, size)) std::abort();
  (void)net::parse_url(bytes);
  (void)net::parse_proxy(bytes);
  return 0;
}
