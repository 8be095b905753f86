// For this module's tests: a home of its own, services and places that are functions, a clock that stands still.

#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "aws_credentials/providers.h"

namespace aws_credentials::testing {

inline constexpr base::Time kNow{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24}};

inline std::string in(std::chrono::milliseconds time) { return base::format_time(kNow + time); }

class FakeCalls final : public Calls {
 public:
  std::function<aws::Result<json::Value>(const ServiceCall&)> answer;

  aws::Result<json::Value> call(const ServiceCall& call) override {
    {
      const std::lock_guard lock(mutex_);
      made_.push_back(call);
      signers_.push_back(call.credentials == nullptr ? "" : call.credentials->keys.access_key_id);
      made_.back().credentials = nullptr;  // they do not outlive the call
    }
    return answer(call);
  }
  std::vector<ServiceCall> made() {
    const std::lock_guard lock(mutex_);
    return made_;
  }
  std::vector<std::string> signers() {
    const std::lock_guard lock(mutex_);
    return signers_;
  }

 private:
  std::mutex mutex_;
  std::vector<ServiceCall> made_;
  std::vector<std::string> signers_;
};

class FakeWeb final : public Web {
 public:
  std::function<net::HttpOutcome(const net::HttpRequest&)> answer;

  net::HttpOutcome send(const net::HttpRequest& request) override {
    made.push_back(request);
    return answer(request);
  }
  std::vector<net::HttpRequest> made;
};

inline net::HttpOutcome answered(int status, std::string body) {
  net::HttpOutcome outcome;
  outcome.response.status = status;
  outcome.response.body = std::move(body);
  return outcome;
}
inline net::HttpOutcome troubled(net::Trouble trouble) {
  net::HttpOutcome outcome;
  outcome.trouble = trouble;
  outcome.error = base::Error(base::Code::kUnavailable, "no connection");
  return outcome;
}

// As STS answers; the access key is made of the role's name.
inline json::Value sts_answer(const ServiceCall& call, std::string expiration = in(std::chrono::hours(1))) {
  const std::string arn(json::view(call.input.at("RoleArn").as_string()));
  const std::string name = arn.substr(arn.rfind('/') + 1);
  return {{"Credentials",
           {{"AccessKeyId", "ASIA-" + name},
            {"SecretAccessKey", "hidden-secret"},
            {"SessionToken", "hidden-token"},
            {"Expiration", std::move(expiration)}}},
          {"AssumedRoleUser", {{"Arn", "arn:aws:sts::123456789012:assumed-role/" + name + "/session"}}}};
}

class ChainTest : public ::testing::Test {
 protected:
  ChainTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "aws-credentials-XXXXXX").string();
    home = ::mkdtemp(pattern.data());
    calls->answer = [](const ServiceCall& call) -> aws::Result<json::Value> { return sts_answer(call); };
    web->answer = [](const net::HttpRequest&) { return troubled(net::Trouble::kConnect); };
    environment["HOME"] = home.string();
    environment["PATH"] = "/usr/bin:/bin";
  }
  ~ChainTest() override { std::filesystem::remove_all(home); }

  std::string write(const std::string& name, std::string_view text) {
    std::filesystem::create_directories((home / name).parent_path());
    std::ofstream(home / name, std::ios::binary) << text;
    return (home / name).string();
  }
  std::string config_file(std::string_view text) { return write(".aws/config", text); }
  Parts parts() {
    Parts made;
    made.calls = calls;
    made.web = web;
    made.clock = &clock;
    made.entropy = &entropy;
    made.pause = [this](std::chrono::milliseconds time) { paused += time; };
    return made;
  }
  aws_config::Config config(std::optional<std::string> profile = {}) const {
    base::Result<aws_config::Config> loaded = aws_config::Config::load(environment, std::move(profile));
    EXPECT_TRUE(loaded) << loaded.error().message;
    return loaded ? std::move(*loaded) : aws_config::Config();
  }
  std::shared_ptr<aws::CredentialsProvider> chain(std::optional<std::string> profile = {}) {
    return make_chain(parts(), config(std::move(profile)));
  }
  aws::Credentials get(std::optional<std::string> profile = {}) {
    const auto got = chain(std::move(profile))->get(base::Deadline::after(std::chrono::seconds(20)));
    EXPECT_TRUE(got) << got.error().code << ": " << got.error().message;
    return got ? **got : aws::Credentials();
  }
  // None of the secrets of these tests is ever part of a failure.
  aws::Failure failure(std::optional<std::string> profile = {}) {
    const auto got = chain(std::move(profile))->get(base::Deadline::after(std::chrono::seconds(20)));
    EXPECT_FALSE(got) << (*got)->source;
    if (got) return {};
    EXPECT_EQ((got.error().message + got.error().detail).find("hidden"), std::string::npos) << got.error().message;
    return got.error();
  }
  std::string error_of(std::optional<std::string> profile = {}) {
    const aws::Failure failed = failure(std::move(profile));
    EXPECT_EQ(failed.kind, aws::Failure::Kind::kConfiguration) << failed.message;
    return failed.code + ": " + failed.message;
  }

  std::filesystem::path home;
  aws_config::Environment environment;
  std::shared_ptr<FakeCalls> calls = std::make_shared<FakeCalls>();
  std::shared_ptr<FakeWeb> web = std::make_shared<FakeWeb>();
  base::ManualClock clock{kNow};
  base::SeededEntropy entropy{1};
  std::chrono::milliseconds paused{0};
};

}  // namespace aws_credentials::testing
