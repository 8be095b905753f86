// What is signed is accepted, and nothing else: every byte of a signed request is changed, one at a time and to another
// value, and each time the request must be refused, unless the change is one that AWS counts as none: the case of an
// escape's digit in a query or an S3 path, and one white space for another within a header value.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/text.h"
#include "sigv4/sigv4_test_support.h"

namespace sigv4 {
namespace {

std::string text_of(std::string_view alphabet, int longest) {
  const auto letter = rc::gen::elementOf(std::string(alphabet));
  return *rc::gen::resize(longest, rc::gen::container<std::string>(letter));
}

// Segments that are not empty and no dots: what is left out of a path must not be what differs.
std::string any_path() {
  std::string path;
  const int segments = *rc::gen::inRange(0, 4);
  for (int i = 0; i < segments; ++i) path += "/s" + base::percent_encode(text_of("aZ9-~ +/%:\xc3\xa9", 8));
  return path.empty() ? "/" : path;
}

std::string any_query() {
  std::string query;
  const int count = *rc::gen::inRange(0, 5);
  for (int i = 0; i < count; ++i) {
    query += (i == 0 ? "" : "&") + base::percent_encode(text_of("abX-=& +", 4));
    if (*rc::gen::arbitrary<bool>()) query += '=' + base::percent_encode(text_of("ab/+%&= \xe1\x88\xb4", 6));
  }
  return query;
}

Sent any_request() {
  Sent sent{.method = *rc::gen::elementOf(std::vector<std::string>{"GET", "PUT", "POST", "DELETE"}),
            .path = any_path(),
            .query = any_query(),
            .body = *rc::gen::arbitrary<std::string>()};
  if (*rc::gen::arbitrary<bool>()) sent.headers.emplace_back("Content-Type", "text/" + text_of("abc", 5));
  const int count = *rc::gen::inRange(0, 4);
  for (int i = 0; i < count; ++i) {
    sent.headers.emplace_back("X-Amz-Meta-" + text_of("abc", 2), "v " + text_of("ab,\"=; \t", 10) + 'v');
  }
  return sent;
}

enum class Part { kMethod, kPath, kQuery, kHeader, kBody };

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_case_of_one(char a, char b) { return (a ^ b) == 0x20 && ((a | 0x20) >= 'a' && (a | 0x20) <= 'z'); }

// Whether `text` with another byte at `at` is the same to AWS.
bool is_same(Part part, bool s3, const std::string& text, std::size_t at, char with) {
  if (text[at] == with) return true;
  if (part == Part::kHeader) return is_space(text[at]) && is_space(with);
  const bool in_escape = (at >= 1 && text[at - 1] == '%') || (at >= 2 && text[at - 2] == '%');
  return (part == Part::kQuery || (part == Part::kPath && s3)) && in_escape && is_case_of_one(text[at], with);
}

void expect_each_byte_counts(Sent& sent, std::string& text, Part part, const Verifier& verifier, bool s3) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char was = text[at];
    const char with = *rc::gen::arbitrary<char>();
    if (is_same(part, s3, text, at, with)) continue;
    text[at] = with;
    const auto verified = sent.verify(verifier);
    if (verified) RC_LOG() << "byte " << at << " of part " << static_cast<int>(part) << " became " << int(with) << '\n';
    RC_ASSERT(!verified);
    RC_ASSERT(verified.error().code == base::Code::kUnauthenticated);
    text[at] = was;
  }
}

void check_every_byte(bool in_query, bool s3) {
  const Scope scope = s3 ? kS3 : kIam;
  const std::string token = *rc::gen::element(std::string(), std::string("to/ken+="));
  const Signer signer(test_keys(token));
  const TestRing ring(token);
  const Verifier verifier(ring, rules_of(scope));
  Sent sent = any_request();
  if (in_query) {
    sent.presign(signer, scope);
  } else {
    sent.sign(signer, scope);
  }
  const auto verified = sent.verify(verifier);
  if (!verified) RC_LOG() << verified.error().message << '\n' << sent.path << '\n' << sent.query << '\n';
  RC_ASSERT(verified.has_value());
  expect_each_byte_counts(sent, sent.method, Part::kMethod, verifier, s3);
  expect_each_byte_counts(sent, sent.path, Part::kPath, verifier, s3);
  expect_each_byte_counts(sent, sent.query, Part::kQuery, verifier, s3);
  // A signed URL says nothing of the type of the body unless it is signed, and for S3 nothing of the body.
  for (std::size_t i = 0; i < sent.headers.size(); ++i) {
    expect_each_byte_counts(sent, sent.headers[i].second, Part::kHeader, verifier, s3);
  }
  if (!in_query || !s3) expect_each_byte_counts(sent, sent.body, Part::kBody, verifier, s3);
  RC_ASSERT(sent.verify(verifier).has_value());  // all is as it was
}

TEST(Property, EveryByteOfASignedRequestCounts) {
  EXPECT_TRUE(rc::check("services, header", [] { check_every_byte(false, false); }));
  EXPECT_TRUE(rc::check("S3, header", [] { check_every_byte(false, true); }));
}

TEST(Property, EveryByteOfASignedUrlCounts) {
  EXPECT_TRUE(rc::check("services, query", [] { check_every_byte(true, false); }));
  EXPECT_TRUE(rc::check("S3, query", [] { check_every_byte(true, true); }));
}

// Whole parts that come, go or change places.
TEST(Property, PartsThatComeOrGoAreRefused) {
  EXPECT_TRUE(rc::check([](bool s3, bool in_query) {
    const Scope scope = s3 ? kS3 : kIam;
    const Signer signer(test_keys());
    const TestRing ring;
    const Verifier verifier(ring, rules_of(scope));
    Sent sent = any_request();
    if (in_query) {
      sent.presign(signer, scope);
    } else {
      sent.sign(signer, scope);
    }
    for (std::size_t i = 0; i < sent.headers.size(); ++i) {
      Sent less = sent;
      less.headers.erase(less.headers.begin() + static_cast<std::ptrdiff_t>(i));
      RC_ASSERT(!less.verify(verifier));
    }
    Sent more = sent;
    more.query += more.query.empty() ? "x" : "&x";
    RC_ASSERT(!more.verify(verifier));
    more = sent;
    more.headers.emplace_back("X-Amz-Meta-New", "");
    RC_ASSERT(!more.verify(verifier));
    more = sent;
    more.path += "/more";
    RC_ASSERT(!more.verify(verifier));
  }));
}

}  // namespace
}  // namespace sigv4
