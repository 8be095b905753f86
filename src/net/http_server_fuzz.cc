// Arbitrary bytes to the request reader, whole and in pieces that the input itself chooses. Whatever comes: nothing is
// read outside, the reading ends, limits hold, a request is well-formed, and the pieces make no difference.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/limits.h"
#include "net/request_reader.h"
#include "net/response_reader.h"
#include "net/response_writer.h"

namespace {

struct Reading {
  std::vector<std::string> requests;
  int refused = 0;
};

void check_request(const net::Request& request) {
  CHECK(!request.method.empty(), "a request has a method");
  CHECK(request.path == "*" || request.path.starts_with('/'), "a path is absolute, or *");
  CHECK(request.path.size() + request.query.size() <= base::limits::kTargetBytesMax, "the target is within its limit");
  CHECK(request.body.size() <= base::limits::kBodyBytesMax, "the body is within its limit");
  CHECK(request.headers.count("Host") <= 1, "there is one Host at most");
  CHECK(request.headers.count("Content-Length") + request.headers.count("Transfer-Encoding") <= 1,
        "there is one framing");
  std::size_t bytes = 0;
  for (const net::Header& header : request.headers.all()) {
    CHECK(!header.name.empty(), "a field has a name");
    for (const char c : header.value) CHECK(c != '\r' && c != '\n' && c != '\0', "a field is one line");
    bytes += header.name.size() + header.value.size();
  }
  CHECK(bytes <= base::limits::kHeaderBytesMax + base::limits::kTargetBytesMax,
        "the header section is within its limit");
}

Reading read(std::string_view bytes, std::string_view pieces) {
  net::RequestReader reader({});
  Reading reading;
  std::string kept;
  for (std::size_t at = 0, turn = 0; at < bytes.size(); ++turn) {
    const std::size_t piece =
        pieces.empty() ? bytes.size() : 1 + static_cast<unsigned char>(pieces[turn % pieces.size()]) % 64;
    kept += bytes.substr(at, piece);
    at += piece;
    bool more = false;
    while (!kept.empty() && !more) {
      std::size_t used = 0;
      const net::RequestReader::Step step = reader.read(kept, used);
      CHECK(used <= kept.size(), "no more is used than was shown");
      kept.erase(0, used);
      switch (step) {
        case net::RequestReader::Step::kMore:
          more = true;
          break;
        case net::RequestReader::Step::kContinue:
          CHECK(reader.in_body(), "leave is asked for a body");
          break;
        case net::RequestReader::Step::kRequest: {
          const net::Request request = reader.take();
          check_request(request);
          reading.requests.push_back(request.method + " " + request.path + "?" + request.query + " " + request.body);
          break;
        }
        case net::RequestReader::Step::kRefused:
          reading.refused = reader.refusal().status;
          CHECK(reading.refused >= 400 && !reader.refusal().reason.empty(), "a refusal says why");
          return reading;
      }
    }
    CHECK(reader.in_body() || kept.size() <= 2 * (base::limits::kHeaderBytesMax + base::limits::kTargetBytesMax),
          "what is kept is bounded");
    CHECK(!reader.in_body() || kept.empty(), "of a body nothing is kept back");
  }
  return reading;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view pieces = input.substr(0, std::min<std::size_t>(4, size));
  const std::string_view bytes = input.substr(pieces.size());
  const Reading whole = read(bytes, {});
  const Reading cut = read(bytes, pieces);
  CHECK(whole.requests == cut.requests, "the pieces make no difference to what is accepted");
  CHECK(whole.refused == cut.refused, "nor to what is refused, and how");

  net::ResponseReader reader(4096);
  std::size_t used = 0;
  if (reader.read(bytes, used) == net::ResponseReader::Step::kWhole) {
    CHECK(reader.response().body.size() <= 4096, "an answer is within its limit");
  }
  CHECK(used <= bytes.size(), "no more is used than was shown");
  return 0;
}
