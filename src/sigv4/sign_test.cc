#include "sigv4/sign.h"

#include <thread>

#include <gtest/gtest.h>

#include "sigv4/signing_key.h"
#include "sigv4/sigv4_test_support.h"

namespace sigv4 {
namespace {

std::string signature_of(const std::string& text) { return text.substr(text.rfind('=') + 1); }

// Amazon S3, "Examples: Signature Calculations" of "Signature Calculations for the Authorization Header".
TEST(S3Examples, InTheHeader) {
  struct Example {
    Sent sent;
    std::string signature;
  };
  const std::pair<std::string, std::string> host = {"Host", "examplebucket.s3.amazonaws.com"};
  const Example examples[] = {
      {{.path = "/test.txt", .headers = {host, {"Range", "bytes=0-9"}}},
       "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
      {{.method = "PUT",
        .path = "/test$file.text",
        .headers = {host, {"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
        .body = "Welcome to Amazon S3."},
       "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
      {{.query = "lifecycle", .headers = {host}}, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
      {{.query = "max-keys=2&prefix=J", .headers = {host}},
       "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"}};
  const Signer signer(test_keys());
  const TestRing ring;
  for (const Example& each : examples) {
    Sent sent = each.sent;
    sent.sign(signer, kS3);
    EXPECT_EQ(signature_of(sent.header("Authorization")), each.signature);
    EXPECT_TRUE(sent.verify(Verifier(ring, rules_of(kS3))));
  }
}

// Amazon S3, "Authenticating Requests: Using Query Parameters", its example.
TEST(S3Examples, InTheQuery) {
  Sent sent{.path = "/test.txt", .headers = {{"Host", "examplebucket.s3.amazonaws.com"}}};
  sent.presign(Signer(test_keys()), kS3);
  EXPECT_EQ(sent.query,
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2F"
            "aws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
            "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST(Sign, AddsInTheOrderThatIsPromised) {
  Sent sent;
  sent.sign(Signer(test_keys("token")), kS3);
  ASSERT_EQ(sent.headers.size(), 5);
  EXPECT_EQ(sent.headers[1], (std::pair<std::string, std::string>("X-Amz-Date", "20130524T000000Z")));
  EXPECT_EQ(sent.headers[2], (std::pair<std::string, std::string>("X-Amz-Security-Token", "token")));
  EXPECT_EQ(sent.headers[3],
            (std::pair<std::string, std::string>("X-Amz-Content-SHA256", std::string(kEmptyPayloadHash))));
  EXPECT_EQ(sent.headers[4].first, "Authorization");
  EXPECT_NE(sent.headers[4].second.find("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,"),
            std::string::npos);
}

TEST(Sign, OfOtherServicesNamesThePayloadOnlyWhereItMust) {
  const Signer signer(test_keys());
  const auto names = [&](std::string_view hash, std::vector<Field> headers) {
    std::string text;
    for (const auto& [name, value] : signer.sign({"POST", "/", "", headers}, kIam, hash, kNow)) text += name + ' ';
    return text;
  };
  const Field host{"Host", "h"};
  EXPECT_EQ(names(kEmptyPayloadHash, {host}), "X-Amz-Date Authorization ");
  EXPECT_EQ(names(kUnsignedPayload, {host}), "X-Amz-Date X-Amz-Content-SHA256 Authorization ");
  EXPECT_EQ(names(kEmptyPayloadHash, {host, {"x-amz-content-sha256", "of before"}}),
            "X-Amz-Date X-Amz-Content-SHA256 Authorization ");
}

// A retry signs the headers that it sent before; the old ones must not count.
TEST(Sign, AgainGivesTheSameAsTheFirstTime) {
  const Signer signer(test_keys("token"));
  Sent first, again{.headers = {{"host", "example.amazonaws.com"},
                                {"x-amz-date", "20130101T000000Z"},
                                {"X-AMZ-SECURITY-TOKEN", "old"},
                                {"authorization", "AWS4-HMAC-SHA256 old"},
                                {"x-amz-content-sha256", "old"}}};
  first.sign(signer, kS3);
  again.sign(signer, kS3);
  EXPECT_EQ(again.header("Authorization"), first.header("Authorization"));
}

TEST(Sign, LeavesOutWhatProxiesChange) {
  const Signer signer(test_keys());
  Sent plain, more;
  for (const char* name : {"Connection", "Expect", "User-Agent", "X-Amzn-Trace-Id", "Transfer-Encoding", "TE",
                           "Traceparent", "Keep-Alive", "Upgrade", "Proxy-Authorization"}) {
    more.headers.emplace_back(name, "value");
  }
  plain.sign(signer, kIam);
  more.sign(signer, kIam);
  EXPECT_EQ(more.header("Authorization"), plain.header("Authorization"));
  for (auto& [name, value] : more.headers)
    if (value == "value") value = "changed";
  const TestRing ring;
  EXPECT_TRUE(more.verify(Verifier(ring, rules_of(kIam))));
}

TEST(SignDeath, ARequestWithoutHostIsAMistakeOfOurs) {
  EXPECT_DEATH((void)Signer(test_keys()).sign({"GET", "/", "", {}}, kS3, kUnsignedPayload, kNow), "Host");
}

TEST(Presign, LifetimeIsFromASecondToSevenDays) {
  const Signer signer(test_keys());
  const std::vector<Field> host = {{"Host", "h"}};
  const auto with = [&](std::int64_t seconds) {
    return signer.presign({"GET", "/", "", host}, kS3, kUnsignedPayload, kNow, std::chrono::seconds(seconds));
  };
  EXPECT_TRUE(with(1));
  EXPECT_TRUE(with(604'800));
  for (const std::int64_t bad : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{604'801}, INT64_MAX, INT64_MIN}) {
    ASSERT_FALSE(with(bad));
    EXPECT_EQ(with(bad).error().code, base::Code::kInvalid);
  }
}

TEST(Presign, RefusesAQueryThatIsSignedAlready) {
  const Signer signer(test_keys());
  for (const char* query : {"X-Amz-Signature=a", "a=b&X%2DAmz-Date=c", "X-Amz-Security-Token"}) {
    const std::vector<Field> host = {{"Host", "h"}};
    const auto result = signer.presign({"GET", "/", query, host}, kS3, kUnsignedPayload, kNow, std::chrono::hours(1));
    ASSERT_FALSE(result) << query;
    EXPECT_EQ(result.error().code, base::Code::kInvalid);
  }
}

TEST(Presign, SignsTheTokenOrSendsItBeside) {
  const Signer signer(test_keys("a/b+c="));
  const std::vector<Field> host = {{"Host", "h"}};
  Scope scope{.region = "eu-west-1", .service = "iotdevicegateway"};
  const Request request{"GET", "/mqtt", "", host};
  const auto inside = signer.presign(request, scope, kEmptyPayloadHash, kNow, std::chrono::hours(1));
  scope.token_unsigned = true;
  const auto outside = signer.presign(request, scope, kEmptyPayloadHash, kNow, std::chrono::hours(1));
  const auto without = Signer(test_keys()).presign(request, scope, kEmptyPayloadHash, kNow, std::chrono::hours(1));
  EXPECT_NE(inside->find("&X-Amz-Security-Token=a%2Fb%2Bc%3D&X-Amz-SignedHeaders=host&"), std::string::npos);
  EXPECT_NE(outside->find("&X-Amz-Security-Token=a%2Fb%2Bc%3D&X-Amz-Signature="), std::string::npos);
  EXPECT_EQ(signature_of(*outside), signature_of(*without));
  EXPECT_NE(signature_of(*inside), signature_of(*without));
}

TEST(KeyCache, HoldsTheLastAndNeverMixesThem) {
  internal::KeyCache cache;
  const base::Secret secret{std::string(kSecret)};
  const auto get = [&](int region) {
    return cache.get(kId, secret, "20130524", "region-" + std::to_string(region), "s3");
  };
  const auto first = get(0);
  EXPECT_EQ(get(0), first);
  for (int i = 1; i <= static_cast<int>(internal::KeyCache::kKeysMax); ++i) {
    EXPECT_EQ(get(i)->scope, "20130524/region-" + std::to_string(i) + "/s3/aws4_request");
  }
  const auto again = get(0);
  EXPECT_NE(again, first);  // 64 others came after it
  EXPECT_EQ(crypto::view(again->key.sign("x")), crypto::view(first->key.sign("x")));
  EXPECT_NE(cache.get(kId, secret, "20130525", "region-0", "s3"), again);
  EXPECT_NE(cache.get(kId, secret, "20130524", "region-0", "sqs"), again);
}

TEST(Signer, IsUsedByManyThreadsAcrossMidnightAndManyRegions) {
  const Signer signer(test_keys());
  const TestRing ring;
  const Verifier verifier(ring, {.s3 = true});
  std::atomic<int> accepted = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 200; ++i) {
          const std::string region = "region-" + std::to_string((i * 7 + t) % 100);
          const base::Time now = kNow - std::chrono::seconds(i % 3);
          Sent sent{.path = "/" + std::to_string(i)};
          sent.sign(signer, {.region = region, .service = "s3", .s3 = true}, now);
          accepted += sent.verify(verifier, now).has_value() ? 1 : 0;
        }
      });
    }
  }
  EXPECT_EQ(accepted, 800);
}

}  // namespace
}  // namespace sigv4
