// For the tests of HttpClient: requests, bodies out of texts, and a server that answers with what it was sent.

#pragma once

#include <algorithm>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http_client.h"
#include "net/testing_stage.h"

namespace net::testing {

inline HttpRequest request_to(std::string url, std::string method = "GET") {
  HttpRequest request;
  request.method = std::move(method);
  request.url = std::move(url);
  request.deadline = base::Deadline::after(kPatience);
  return request;
}

inline std::string words(const HttpOutcome& outcome) { return outcome.error ? outcome.error->message : "no error"; }

class TextSource final : public BodySource {
 public:
  explicit TextSource(std::string text, bool sized = true, std::size_t piece = 1000)
      : text_(std::move(text)), sized_(sized), piece_(piece) {}
  [[nodiscard]] std::optional<std::uint64_t> size() const override {
    return sized_ ? std::optional<std::uint64_t>(text_.size() + lie) : std::nullopt;
  }
  base::Result<void> rewind() override {
    ++rewinds;
    at_ = 0;
    return {};
  }
  base::Result<std::size_t> read(char* room, std::size_t size) override {
    if (fails) return base::fail(base::Code::kUnavailable, "the disk is gone");
    const std::size_t count = std::min({size, piece_, text_.size() - at_});
    std::memcpy(room, text_.data() + at_, count);
    at_ += count;
    return count;
  }
  int rewinds = 0;
  std::size_t lie = 0;
  bool fails = false;

 private:
  std::string text_;
  bool sized_;
  std::size_t piece_;
  std::size_t at_ = 0;
};

class TextSink final : public BodySink {
 public:
  base::Result<void> write(std::string_view bytes) override {
    if (fails) return base::fail(base::Code::kUnavailable, "the disk is full");
    text += bytes;
    largest = std::max(largest, bytes.size());
    return {};
  }
  std::string text;
  std::size_t largest = 0;
  bool fails = false;
};

// Answers every request of every connection with what it was, until the client goes.
struct Echo {
  std::mutex mutex;
  std::vector<RawRequest> seen;
  Stage stage{[this](RawClient& connection, int) {
    while (true) {
      const RawRequest request = read_request(connection);
      if (request.line.empty()) return;
      {
        const std::lock_guard lock(mutex);
        seen.push_back(request);
      }
      const bool head = request.line.starts_with("HEAD");
      connection.send(head ? "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" : answer_of(200, request.body));
    }
  }};
};

}  // namespace net::testing
