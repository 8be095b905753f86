#include "net/request_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/limits.h"

namespace net {
namespace {

using Step = RequestReader::Step;

// What a reader makes of bytes that come in pieces: its requests in words, and its refusal.
struct Reading {
  std::vector<std::string> requests;
  int refused = 0;
  std::string reason;
  std::size_t left = 0;
  bool operator==(const Reading& other) const {
    return requests == other.requests && refused == other.refused && reason == other.reason;
  }
};

std::string describe(const Request& request, const RequestReader& reader) {
  std::string text = request.method + "|" + request.path + "|" + request.query + "|" + request.body + "|" +
                     (reader.keep_alive() ? "keep" : "close");
  for (const Header& header : request.headers.all()) text += "|" + header.name + "=" + header.value;
  return text;
}

Reading read(std::string_view bytes, const std::vector<std::size_t>& pieces, std::span<const std::string> hosts = {}) {
  RequestReader reader(hosts);
  Reading reading;
  std::string kept;
  for (std::size_t at = 0, turn = 0; at < bytes.size() && reading.refused == 0; ++turn) {
    const std::size_t piece = pieces.empty() ? bytes.size() : std::max<std::size_t>(1, pieces[turn % pieces.size()]);
    kept += bytes.substr(at, piece);
    at += piece;
    while (!kept.empty()) {
      std::size_t used = 0;
      const Step step = reader.read(kept, used);
      kept.erase(0, used);
      if (step == Step::kMore) break;
      if (step == Step::kRequest) reading.requests.push_back(describe(reader.take(), reader));
      if (step == Step::kRefused) {
        reading.refused = reader.refusal().status;
        reading.reason = reader.refusal().reason;
        break;
      }
    }
  }
  reading.left = kept.size();
  return reading;
}

TEST(RequestReader, ReadsPipelinedRequests) {
  const Reading reading = read(
      "\r\nGET /a?b HTTP/1.1\r\nHost: h\r\n\r\n"
      "POST /c HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nxyz"
      "PUT /d HTTP/1.1\r\nHost: h\r\ntransfer-encoding: CHUNKED\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nHost: trailer\r\n\r\n"
      "GET /e HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
      {});
  EXPECT_EQ(reading.refused, 0) << reading.reason;
  EXPECT_EQ(reading.requests,
            (std::vector<std::string>{"GET|/a|b||keep|Host=h", "POST|/c||xyz|keep|Host=h|Content-Length=3",
                                      "PUT|/d||abc|keep|Host=h|transfer-encoding=CHUNKED",
                                      "GET|/e|||close|Host=h|Connection=close"}));
}

struct Refused {
  int status;
  std::string bytes;
};

std::string with(std::string_view fields) {
  return "POST / HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n\r\n";
}

// What has been used to smuggle requests past a proxy, or is not HTTP at all. Each is refused whole and byte by byte.
const std::vector<Refused>& corpus() {
  static const std::vector<Refused> kCorpus = {
      // framing
      {400, with("Content-Length: 5\r\nTransfer-Encoding: chunked")},
      {400, with("Transfer-Encoding: chunked\r\nContent-Length: 5")},
      {400, with("Content-Length: 5\r\nContent-Length: 6")},
      {400, with("Content-Length: 5\r\nContent-Length: 5")},
      {400, with("Content-Length: 5, 6")},
      {400, with("Content-Length: 5, 5")},
      {400, with("Content-Length: +5")},
      {400, with("Content-Length: -5")},
      {400, with("Content-Length: 5 5")},
      {400, with("Content-Length: 0x5")},
      {400, with("Content-Length: 5a")},
      {400, with("Content-Length:")},
      {400, with("Content-Length: 99999999999999999999999")},
      {400, with("Content-Length : 5")},
      {400, with("Content-Length\t: 5")},
      {501, with("Transfer-Encoding: gzip")},
      {501, with("Transfer-Encoding: identity")},
      {501, with("Transfer-Encoding: gzip, chunked")},
      {501, with("Transfer-Encoding: chunked, identity")},
      {501, with("Transfer-Encoding: xchunked")},
      {501, with("Transfer-Encoding: chunked;q=1")},
      {501, with("Transfer-Encoding: \"chunked\"")},
      {501, with("Transfer-Encoding:")},
      {400, with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")},
      {400, with("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity")},
      {400, with("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked")},
      {400, with("Transfer-Encoding: gzip\r\nContent-Length: 5")},
      {400, with("Transfer-Encoding\x0b: chunked")},
      {400, with("Transfer-Encoding:\x0b"
                 "chunked")},
      {400, with("Transfer-Encoding: chunked\x0c")},
      {400, with("Transfer-Encoding : chunked")},
      {400, with("Transfer-Encoding: chunked\n X: y")},
      {400, with("Transfer-Encoding:\r\n chunked")},
      {400, with("X: y\r\n Transfer-Encoding: chunked")},
      {400, with("X: y\r\n\tz")},
      {400, with("X: y\rTransfer-Encoding: chunked")},
      {400, with("X: y\nTransfer-Encoding: chunked")},
      {400, with("\rTransfer-Encoding: chunked")},
      {400, "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {400, with("Transfer-Encoding: chunked") + "5\nhello\r\n0\r\n\r\n"},
      {400, with("Transfer-Encoding: chunked") + "5;\n\r\nhello\r\n0\r\n\r\n"},
      {400, with("Transfer-Encoding: chunked") + "zz\r\n"},
      // fields
      {400, with("No colon")},
      {400, with(": no name")},
      {400, with("N\xc3\xa4me: x")},
      {400, with("Name with space: x")},
      {400, with("Name(): x")},
      {400, with(std::string("X: a\0b", 6))},
      {400, with("X: a\x01")},
      {400, with("X: a\x7f")},
      {400, "GET / HTTP/1.1\r\n Host: h\r\n\r\n"},
      // Host
      {400, "GET / HTTP/1.1\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
      {400, "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"},
      {400, "GET http://good/ HTTP/1.1\r\n\r\n"},
      {400, "GET http://go@od/ HTTP/1.1\r\nHost: h\r\n\r\n"},
      // request line
      {505, "GET / HTTP/2.0\r\nHost: h\r\n\r\n"},
      {505, "GET / HTTP/1.2\r\nHost: h\r\n\r\n"},
      {505, "GET / HTTP/0.9\r\nHost: h\r\n\r\n"},
      {505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {400, "GET / HTTP/1.1 \r\nHost: h\r\n\r\n"},
      {400, "GET / http/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET / HTTP/11\r\nHost: h\r\n\r\n"},
      {400, "GET / HTTP/1.10\r\nHost: h\r\n\r\n"},
      {400, "GET /\r\n\r\n"},
      {400, "GET\r\n\r\n"},
      {400, "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET /  HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET / a HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET\t/\tHTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, " GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET / HTTP/1.1\nHost: h\n\n"},
      {400, "GET / HTTP/1.1\rHost: h\r\r"},
      {400, "G@T / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "\"GET\" / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, std::string("GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n", 29)},
      {400, "GET /\x80 HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET /#a HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET * HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET h:80 HTTP/1.1\r\nHost: h\r\n\r\n"},
      {501, "CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, std::string(100, 'A') + " / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11)},
      {400, std::string(64, '\0')},
      {400, "\xff\xfe\xfd\r\n\r\n"},
      {417, "GET / HTTP/1.1\r\nHost: h\r\nExpect: the moon\r\n\r\n"},
      {417, "GET / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue, more\r\n\r\n"},
      // limits
      {414, "GET /" + std::string(base::limits::kTargetBytesMax, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n"},
      {414, "GET /" + std::string(2 * base::limits::kTargetBytesMax, 'a')},
      {431, with("X: " + std::string(base::limits::kHeaderBytesMax, 'a'))},
      {413, with("Content-Length: 1048577")},
      {413, with("Content-Length: 18446744073709551615")},
      {413, with("Transfer-Encoding: chunked") + "100001\r\n"},
      {413, with("Transfer-Encoding: chunked") + "1\r\na\r\n100000\r\n"},
  };
  return kCorpus;
}

TEST(RequestReader, RefusesTheSmugglingCorpus) {
  for (const Refused& one : corpus()) {
    const Reading whole = read(one.bytes, {});
    EXPECT_EQ(whole.refused, one.status) << one.bytes.substr(0, 200) << "\n" << whole.reason;
    EXPECT_TRUE(whole.requests.empty()) << one.bytes.substr(0, 200);
    EXPECT_FALSE(whole.reason.empty());
    if (one.bytes.size() > 4000) continue;
    EXPECT_EQ(read(one.bytes, {1}), whole) << one.bytes;
    EXPECT_EQ(read(one.bytes, {7}), whole) << one.bytes;
    // Behind a good request it is refused in the same way, and the good one stands.
    const Reading behind = read("GET / HTTP/1.1\r\nHost: h\r\n\r\n" + one.bytes, {});
    EXPECT_EQ(behind.requests.size(), 1U);
    EXPECT_EQ(behind.refused, one.status) << one.bytes;
  }
}

TEST(RequestReader, TakesWhatIsUnusualAndRight) {
  for (const std::string& bytes :
       {std::string("GET / HTTP/1.0\r\n\r\n"), std::string("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"),
        std::string("M-SEARCH /x HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"), with("X:\t tab \t"), with("X:"),
        with("X: caf\xc3\xa9"), with("Content-Length: 0"), with("Content-Length: 000"), with("Expect: 100-Continue"),
        "GET /" + std::string(base::limits::kTargetBytesMax - 1, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n",
        with("X: " + std::string(base::limits::kHeaderBytesMax - 30, 'a'))}) {
    const Reading reading = read(bytes, {});
    EXPECT_EQ(reading.refused, 0) << bytes.substr(0, 100) << reading.reason;
    EXPECT_EQ(reading.requests.size(), 1U) << bytes.substr(0, 100);
  }
}

TEST(RequestReader, TakesABodyOfExactlyTheLimit) {
  const std::string body(base::limits::kBodyBytesMax, 'b');
  EXPECT_EQ(read(with("Content-Length: 1048576") + body, {65536}).requests.size(), 1U);
  EXPECT_EQ(read(with("Transfer-Encoding: chunked") + "100000\r\n" + body + "\r\n0\r\n\r\n", {65536}).requests.size(),
            1U);
}

TEST(RequestReader, PutsTheHostOfAnAbsoluteTargetFirst) {
  const std::vector<std::string> hosts = {"good"};
  const Reading reading = read("GET http://good/a?b HTTP/1.1\r\nHost: other\r\n\r\n", {}, hosts);
  EXPECT_EQ(reading.requests, (std::vector<std::string>{"GET|/a|b||keep|Host=good"}));
  EXPECT_EQ(read("GET http://bad/ HTTP/1.1\r\nHost: good\r\n\r\n", {}, hosts).refused, 400);
  EXPECT_EQ(read("GET / HTTP/1.1\r\nHost: bad\r\n\r\n", {}, hosts).refused, 400);
  EXPECT_EQ(read("GET / HTTP/1.1\r\nHost: GOOD:81\r\n\r\n", {}, hosts).refused, 0);
}

TEST(RequestReader, AsksForLeaveOnlyWhereTheClientWaits) {
  const std::string head = with("Expect: 100-continue\r\nContent-Length: 2");
  RequestReader reader({});
  std::size_t used = 0;
  EXPECT_EQ(reader.read(head, used), Step::kContinue);
  EXPECT_EQ(used, head.size());
  EXPECT_EQ(reader.read("xy", used), Step::kRequest);
  EXPECT_EQ(reader.take().body, "xy");
  EXPECT_EQ(reader.read(head + "x", used), Step::kMore);  // who sends on needs no leave
}

TEST(RequestReader, HttpOnePointZeroGetsOneAnswer) {
  const Reading reading =
      read("GET / HTTP/1.0\r\nConnection: keep-alive\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx", {});
  ASSERT_EQ(reading.requests.size(), 1U) << reading.reason;
  EXPECT_NE(reading.requests[0].find("|close|"), std::string::npos);
}

rc::Gen<std::string> token() { return rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('a', 'z'))); }

std::string random_request() {
  const std::string body = *rc::gen::arbitrary<std::string>();
  std::string text = *rc::gen::element<std::string>("GET", "POST", "DELETE", "X-Y") + " /" + *token() + "?" + *token() +
                     " HTTP/1.1\r\nHost: h\r\n";
  for (const std::string& name : *rc::gen::container<std::vector<std::string>>(token())) {
    text += "X-" + name.substr(0, 20) + ": " + (*token()).substr(0, 50) + "\r\n";
  }
  if (*rc::gen::arbitrary<bool>()) {
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  } else if (body.empty()) {
    text += "\r\n";
  } else {
    text += "Transfer-Encoding: chunked\r\n\r\n";
    const std::size_t half = body.size() / 2;
    for (const std::string& part : {body.substr(0, half), body.substr(half)}) {
      char size[20];
      std::snprintf(size, sizeof(size), "%zx\r\n", part.size());
      if (!part.empty()) text += size + part + "\r\n";
    }
    text += "0\r\n\r\n";
  }
  return text;
}

TEST(RequestReader, AnyCutOfValidRequestsGivesTheSame) {
  EXPECT_TRUE(rc::check("pieces do not matter", [] {
    std::string bytes;
    const int count = *rc::gen::inRange(1, 4);
    for (int i = 0; i < count; ++i) bytes += random_request();
    const auto pieces =
        *rc::gen::nonEmpty(rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 40)));
    const Reading whole = read(bytes, {});
    RC_ASSERT(whole.refused == 0);
    RC_ASSERT(whole.requests.size() == static_cast<std::size_t>(count));
    RC_ASSERT(whole.left == 0U);
    RC_ASSERT(read(bytes, pieces) == whole);
  }));
}

TEST(RequestReader, AnyCutOfDamagedRequestsGivesTheSame) {
  EXPECT_TRUE(rc::check("pieces do not matter, damaged or not", [] {
    std::string bytes = random_request();
    const std::size_t at = *rc::gen::inRange<std::size_t>(0, bytes.size());
    bytes[at] = *rc::gen::element('\r', '\n', ' ', '\0', ':', '\t', 'x', '\x80', '\x7f', ',');
    const auto pieces =
        *rc::gen::nonEmpty(rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 40)));
    RC_ASSERT(read(bytes, pieces) == read(bytes, {}));
  }));
}

}  // namespace
}  // namespace net
