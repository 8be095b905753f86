#include "aws_cli/asked.h"

#include <gtest/gtest.h>

namespace aws_cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string refused(const Asked& asked) {
  const auto meant = meaning_of(asked);
  if (meant) return "";
  EXPECT_EQ(meant.error().kind, aws::Failure::Kind::kInput);
  EXPECT_EQ(meant.error().code, "Usage");
  return meant.error().message;
}

TEST(Asked, TimesAreReadAsSeconds) {
  Asked asked;
  EXPECT_EQ(meaning_of(asked)->timeout, std::nullopt);
  EXPECT_EQ(meaning_of(asked)->expires, seconds(3600));
  for (const auto& [text, span] : {std::pair("30", 30'000), {"0.5", 500}, {"1e1", 10'000}, {"0.001", 1}}) {
    asked.timeout = text;
    EXPECT_EQ(meaning_of(asked)->timeout, milliseconds(span)) << text;
  }
  for (const char* text : {"", "0", "-1", "soon", "1s", "nan", "inf", " 1", "1e99"}) {
    asked.timeout = text;
    EXPECT_NE(refused(asked).find("--timeout"), std::string::npos) << text;
  }
}

TEST(Asked, UrlsHoldForAWeekAtMost) {
  Asked asked;
  asked.presign = true;
  for (const auto& [text, span] : {std::pair("1", 1), {"604800", 604'800}}) {
    asked.expires_in = text;
    EXPECT_EQ(meaning_of(asked)->expires, seconds(span));
  }
  for (const char* text : {"", "0", "-1", "604801", "1.5", "x"}) {
    asked.expires_in = text;
    EXPECT_NE(refused(asked).find("--expires-in"), std::string::npos) << text;
  }
  asked.presign = false;
  asked.expires_in = "5";
  EXPECT_NE(refused(asked).find("--presign"), std::string::npos);
}

TEST(Asked, WhatDoesNotGoTogetherIsTold) {
  Asked asked;
  asked.presign = asked.dry_run = true;
  EXPECT_EQ(refused(asked), "--presign and --dry-run do not go together: give one of them.");
  asked = {};
  asked.all_pages = true;
  asked.wait = "TableExists";
  EXPECT_EQ(refused(asked), "--all-pages and --wait do not go together: give one of them.");
  asked = {};
  asked.dry_run = true;
  asked.body = "file";
  asked.output_body = "other";
  EXPECT_EQ(refused(asked), "");
}

}  // namespace
}  // namespace aws_cli
