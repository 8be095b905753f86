// What would go wrong: a bucket in a host name that is none, a request that is signed for another region because an ARN
// was read wrongly, a path that climbs out of the endpoint's.

#include "aws_endpoint/standard.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "aws_endpoint/region_pattern.h"

namespace aws_endpoint {
namespace {

TEST(ParseArn, PartsAndResource) {
  const std::optional<Arn> arn = parse_arn("arn:aws:s3:us-west-2:123456789012:accesspoint/mine:part");
  ASSERT_TRUE(arn);
  EXPECT_EQ(arn->partition, "aws");
  EXPECT_EQ(arn->service, "s3");
  EXPECT_EQ(arn->region, "us-west-2");
  EXPECT_EQ(arn->account_id, "123456789012");
  EXPECT_EQ(arn->resource_id, (std::vector<std::string_view>{"accesspoint", "mine", "part"}));
}

TEST(ParseArn, RegionAndAccountMayBeEmpty) {
  const std::optional<Arn> arn = parse_arn("arn:aws:s3:::bucket");
  ASSERT_TRUE(arn);
  EXPECT_EQ(arn->region, "");
  EXPECT_EQ(arn->account_id, "");
  EXPECT_EQ(parse_arn("arn:aws:s3:::a::/")->resource_id, (std::vector<std::string_view>{"a", "", "", ""}));
}

TEST(ParseArn, WhatIsNone) {
  for (const std::string_view text :
       {"", "arn", "arn:", "arn:aws:s3", "arn:aws:s3:r:a", "arn:aws:s3:r:a:", "arn::s3:r:a:x", "arn:aws::r:a:x",
        "ARN:aws:s3:r:a:x", "xarn:aws:s3:r:a:x", "bucket"}) {
    EXPECT_FALSE(parse_arn(text)) << text;
  }
}

struct UrlRow {
  std::string_view text, authority, path, normalized;
  bool is_ip;
};

TEST(ParseUrl, Parts) {
  for (const UrlRow& row : std::initializer_list<UrlRow>{
           {"https://example.com", "example.com", "", "/", false},
           {"http://example.com:8000/", "example.com:8000", "/", "/", false},
           {"https://example.com/a/b", "example.com", "/a/b", "/a/b/", false},
           {"https://example.com/a/../b/./c//d/", "example.com", "/a/../b/./c//d/", "/b/c/d/", false},
           {"https://example.com/../../a", "example.com", "/../../a", "/a/", false},
           {"https://example.com/a b%20c", "example.com", "/a b%20c", "/a%20b%20c/", false},
           {"https://user@example.com", "user@example.com", "", "/", false},
           {"https://127.0.0.1", "127.0.0.1", "", "/", true},
           {"https://127.0.0.1:9000/x", "127.0.0.1:9000", "/x", "/x/", true},
           {"https://1.2.3", "1.2.3", "", "/", false},
           {"https://1.2.3.4.5", "1.2.3.4.5", "", "/", false},
           {"http://[::1]:9000", "[::1]:9000", "", "/", true},
           {"http://[fe80::1%25eth0]", "[fe80::1%25eth0]", "", "/", true},
           {"http://[nonsense]", "[nonsense]", "", "/", false},
       }) {
    const std::optional<Url> url = parse_url(row.text);
    ASSERT_TRUE(url) << row.text;
    EXPECT_EQ(url->authority, row.authority) << row.text;
    EXPECT_EQ(url->path, row.path) << row.text;
    EXPECT_EQ(url->normalized_path, row.normalized) << row.text;
    EXPECT_EQ(url->is_ip, row.is_ip) << row.text;
  }
}

TEST(ParseUrl, WhatIsNone) {
  for (const std::string_view text :
       {"", "example.com", "ftp://example.com", "https:/example.com", "https://", "https:///path",
        "https://example.com?a=b", "https://example.com/#top", "https://example.com:port", "https://example.com:99999",
        "https://[::1", "http://:80", "https://exa\nmple.com"}) {
    EXPECT_FALSE(parse_url(text)) << text;
  }
}

TEST(HostLabel, Rfc1123) {
  for (const std::string_view good : {"a", "A-1", "1", "us-east-1"}) EXPECT_TRUE(is_host_label(good, false)) << good;
  EXPECT_TRUE(is_host_label(std::string(63, 'a'), false));
  EXPECT_FALSE(is_host_label(std::string(64, 'a'), false));
  for (const std::string_view bad : {"", "-a", "a-", "a_b", "a.b", "é", "a b", "a\n"})
    EXPECT_FALSE(is_host_label(bad, false)) << bad;
  EXPECT_TRUE(is_host_label("a.b-c.d", true));
  for (const std::string_view bad : {"", ".", "a.", ".a", "a..b", "a.-b"})
    EXPECT_FALSE(is_host_label(bad, true)) << bad;
}

TEST(VirtualHostableBucket, Names) {
  EXPECT_TRUE(is_virtual_hostable_bucket("my-bucket", false));
  EXPECT_TRUE(is_virtual_hostable_bucket("my.bucket", true));
  EXPECT_FALSE(is_virtual_hostable_bucket("my.bucket", false));
  for (const std::string_view bad : {"", "ab", "Upper", "192.168.5.4", "under_score", "-ab"}) {
    EXPECT_FALSE(is_virtual_hostable_bucket(bad, true)) << bad;
  }
}

TEST(Substring, BothEnds) {
  EXPECT_EQ(substring("abcdef", 0, 2, false), "ab");
  EXPECT_EQ(substring("abcdef", 0, 2, true), "ef");
  EXPECT_EQ(substring("abcdef", 1, 6, true), "abcde");
  EXPECT_EQ(substring("abc", 0, 3, false), "abc");
  EXPECT_FALSE(substring("abc", 0, 4, false));
  EXPECT_FALSE(substring("abc", 2, 2, false));
  EXPECT_FALSE(substring("abc", 2, 1, true));
  EXPECT_FALSE(substring("abc", -1, 1, false));
  EXPECT_FALSE(substring("", 0, 1, false));
  EXPECT_FALSE(substring("aéb", 0, 1, false));  // bytes and characters would differ
}

TEST(Substring, ReversedIsTheSameCountedFromTheEnd) {
  EXPECT_TRUE(rc::check("substring(reverse) counts from the end", [] {
    const std::string text = *rc::gen::container<std::string>(rc::gen::inRange('a', 'z'));
    const auto size = static_cast<std::int64_t>(text.size());
    const std::int64_t start = *rc::gen::inRange<std::int64_t>(0, 12), stop = *rc::gen::inRange<std::int64_t>(0, 12);
    const auto reversed = substring(text, start, stop, true);
    const bool fits = start < stop && stop <= size;
    RC_ASSERT(reversed.has_value() == fits);
    if (fits) RC_ASSERT(*reversed == *substring(text, size - stop, size - start, false));
  }));
}

TEST(RegionPattern, TheOnesOfThePartitions) {
  const RegionPattern aws = *RegionPattern::compile("^(us|eu|ap|sa|ca|me|af|il|mx)\\-\\w+\\-\\d+$");
  for (const std::string_view good : {"us-east-1", "eu-new-99", "mx-a_B9-0"}) EXPECT_TRUE(aws.matches(good)) << good;
  for (const std::string_view bad : {"", "us", "us-east", "us-east-", "us-east-1a", "us-gov-east-1", "xus-east-1",
                                     "US-EAST-1", "us--1", "us-é-1", "us-east-1\n"}) {
    EXPECT_FALSE(aws.matches(bad)) << bad;
  }
  const RegionPattern germany = *RegionPattern::compile("^eusc\\-(de)\\-\\w+\\-\\d+$");
  EXPECT_TRUE(germany.matches("eusc-de-east-1"));
  EXPECT_FALSE(germany.matches("eusc-fr-east-1"));
}

TEST(RegionPattern, WhatIsNotKnownIsRefused) {
  for (const std::string_view bad :
       {"",        "^",      "$",     "^$x",    "us",      "^us",        "us$",         "^.*$", "^a+$",
        "^[a]$",   "^\\s$",  "^\\w$", "^\\w*$", "^\\w+a$", "^\\w+\\d+$", "^\\d+(1|a)$", "^(a$", "^(a|ab)$",
        "^(a|a)$", "^(a|)$", "^a)$",  "^a\\$",  "^\\",     "^(a|(b))$",  "^a|b$"}) {
    const auto made = RegionPattern::compile(bad);
    ASSERT_FALSE(made) << bad;
    EXPECT_NE(made.error().message.find("column"), std::string::npos) << made.error().message;
  }
}

}  // namespace
}  // namespace aws_endpoint
