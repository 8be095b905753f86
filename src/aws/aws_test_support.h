// For this module's tests: a service that is played by a script and checks every signature, and a client of it whose
// clock, chance and pauses are the test's own.

#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "aws/client.h"
#include "json/parse.h"
#include "net/testing_stage.h"
#include "sigv4/verify.h"

namespace aws::testing {

using namespace std::chrono_literals;
using Env = aws_config::Environment;

inline constexpr base::Time kNow{1'795'499'264'000ms};
inline constexpr const char* kDate = "Tue, 24 Nov 2026 05:47:44 GMT";
inline constexpr const char* kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
inline constexpr const char* kSession = "session-token-that-is-secret";

inline aws_model::Library& library() {
  static const std::unique_ptr<aws_model::Library> models = aws_model::Library::open().value();
  return *models;
}

inline json::Value parsed(std::string_view text) {
  base::Result<json::Value> value = json::parse(text);
  EXPECT_TRUE(value) << text;
  return value ? *value : json::Value();
}

// What is played for one request.
struct Scene {
  int status = 200;
  std::string body = "{}";
  std::string headers;  // whole lines
  bool lost = false;    // closes without an answer
  std::size_t cut = 0;  // closes when so many bytes of the body are missing
  bool checks_signature = true;
};

class Theatre final : public sigv4::KeyRing {
 public:
  explicit Theatre(bool s3 = false) : verifier_(*this, {"", "", s3, 300s}) {}

  std::string session;                  // that must come with the key; empty: none
  std::atomic<base::Time> time = kNow;  // of the service's clock
  std::function<Scene(const net::testing::RawRequest&)> otherwise = [](const auto&) { return Scene(); };

  void then(Scene scene) {
    const std::lock_guard lock(mutex_);
    script_.push_back(std::move(scene));
  }
  std::vector<net::testing::RawRequest> seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(stage_.port()); }
  [[nodiscard]] std::optional<Found> find(std::string_view access_key_id) const override {
    if (access_key_id != "AKIDEXAMPLE") return std::nullopt;
    return Found{base::Secret(kSecret), base::Secret(session)};
  }
  // Empty: the signature holds; else what is wrong with it.
  [[nodiscard]] std::string verify(const net::testing::RawRequest& request) const {
    const std::size_t first = request.line.find(' '), last = request.line.rfind(' ');
    const std::string method = request.line.substr(0, first), target = request.line.substr(first + 1, last - first - 1);
    const std::size_t question = std::min(target.find('?'), target.size());
    std::vector<std::pair<std::string, std::string>> headers;
    for (std::size_t at = request.head.find("\r\n") + 2; at < request.head.size() - 2;) {
      const std::size_t colon = request.head.find(':', at), end = request.head.find("\r\n", at);
      headers.emplace_back(request.head.substr(at, colon - at),
                           base::trim(std::string_view(request.head).substr(colon + 1, end - colon - 1)));
      at = end + 2;
    }
    std::vector<sigv4::Field> fields;
    for (const auto& [name, value] : headers) fields.push_back({name, value});
    const std::string query = question < target.size() ? target.substr(question + 1) : "";
    const std::string path = target.substr(0, question);
    const auto verified =
        verifier_.verify({method, path, query, fields}, sigv4::payload_hash(request.body), time.load());
    return verified ? "" : verified.error().message + " (" + verified.error().detail + ")";
  }

 private:
  void play(net::testing::RawClient& connection) {
    while (true) {
      const net::testing::RawRequest request = net::testing::read_request(connection);
      if (request.line.empty()) return;
      const Scene scene = take(request);
      if (scene.lost) return;
      if (scene.checks_signature) {
        EXPECT_EQ(verify(request), "") << request.head;
      }
      const bool mute = request.line.starts_with("HEAD");
      const std::string answer = net::testing::answer_of(scene.status, scene.body, scene.headers);
      const std::size_t missing = mute ? scene.body.size() : scene.cut;
      connection.send(std::string_view(answer).substr(0, answer.size() - missing));
      if (scene.cut > 0) return;
    }
  }
  Scene take(const net::testing::RawRequest& request) {
    const std::lock_guard lock(mutex_);
    seen_.push_back(request);
    if (script_.empty()) return otherwise(request);
    Scene scene = std::move(script_.front());
    script_.pop_front();
    return scene;
  }

  sigv4::Verifier verifier_;
  std::mutex mutex_;
  std::deque<Scene> script_;
  std::vector<net::testing::RawRequest> seen_;
  net::testing::Stage stage_{[this](net::testing::RawClient& connection, int) { play(connection); }};
};

class CountingCredentials final : public CredentialsProvider {
 public:
  explicit CountingCredentials(std::string session = "") {
    Credentials made;
    made.keys = {"AKIDEXAMPLE", base::Secret(kSecret), base::Secret(std::move(session))};
    made.account_id = "123456789012";
    credentials_ = std::make_shared<const Credentials>(std::move(made));
  }
  Result<std::shared_ptr<const Credentials>> get(base::Deadline /*deadline*/) override {
    ++gets;
    return credentials_;
  }
  void invalidate(const Credentials& refused) override {
    EXPECT_EQ(&refused, credentials_.get());
    ++invalidated;
  }
  std::atomic<int> gets = 0, invalidated = 0;

 private:
  std::shared_ptr<const Credentials> credentials_;
};

// A client, and all that is around it.
struct World {
  explicit World(aws_config::Environment more = {}, std::shared_ptr<CredentialsProvider> provider = nullptr)
      : credentials(provider ? std::move(provider) : std::make_shared<CountingCredentials>()) {
    aws_config::Environment environment = std::move(more);
    environment.try_emplace("AWS_REGION", "eu-central-1");
    environment["AWS_CONFIG_FILE"] = environment["AWS_SHARED_CREDENTIALS_FILE"] = "/nonexistent/aws";
    base::Result<aws_config::Config> config = aws_config::Config::load(std::move(environment));
    EXPECT_TRUE(config) << config.error().message;
    Surroundings with{library(), http, clock, entropy, &metrics, &log, [this](std::chrono::milliseconds wait) {
                        const std::lock_guard lock(mutex);
                        pauses.push_back(wait);
                        return !gives_up;
                      }};
    client = std::make_unique<Client>(std::move(with), std::move(*config), credentials);
  }
  std::string logged() {
    const std::lock_guard lock(mutex);
    return lines;
  }

  std::mutex mutex;
  std::string lines;
  std::vector<std::chrono::milliseconds> pauses;
  bool gives_up = false;
  net::HttpClient http;
  base::ManualClock clock{kNow};
  base::SeededEntropy entropy{1};
  base::Registry metrics;
  base::Logger log{clock, base::LogLevel::kDebug, [this](std::string_view line) {
                     const std::lock_guard lock(mutex);
                     lines += line;
                   }};
  std::shared_ptr<CredentialsProvider> credentials;
  std::unique_ptr<Client> client;
};

inline Call call_of(const Theatre& theatre, std::string service, std::string operation, std::string_view input = "{}") {
  Call call;
  call.service = std::move(service);
  call.operation = std::move(operation);
  call.input = parsed(input);
  call.endpoint_url = theatre.url();
  call.deadline = base::Deadline::after(net::testing::kPatience);
  return call;
}

template <class T>
std::string words(const Result<T>& result) {
  return result ? "no failure" : result.error().code + ": " + result.error().message + " " + result.error().detail;
}

}  // namespace aws::testing
