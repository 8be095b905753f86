#include "cli/api.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/fields.h"
#include "json/encode.h"
#include "json/parse.h"

namespace cli {
namespace {

using base::Code;

constexpr std::chrono::seconds kPatience{40};  // the server's own is 30 s
constexpr std::chrono::minutes kPatienceForEvents{10};
constexpr std::size_t kAnswerBytesMax = 64 * 1024 * 1024;
constexpr std::size_t kTokenBytesMax = 12 * 1024;  // of the 16 KiB that a header section may have

Code code_of(int status) {
  switch (status) {
    case 401:
      return Code::kUnauthenticated;
    case 403:
      return Code::kForbidden;
    case 404:
      return Code::kNotFound;
    case 405:
      return Code::kMethodNotAllowed;
    case 408:
      return Code::kRequestTimeout;
    case 409:
      return Code::kConflict;
    case 412:
      return Code::kPreconditionFailed;
    case 422:
      return Code::kImpossible;
    case 429:
      return Code::kTooManyRequests;
    case 502:
    case 503:
    case 504:
      return Code::kUnavailable;
    default:
      return status >= 500 ? Code::kInternal : status >= 400 ? Code::kInvalid : Code::kUnavailable;
  }
}

std::string advice_for(int status) {
  switch (status) {
    case 401:
      return " Log in again: stewardry login --url URL.";
    case 429:
    case 503:
      return " Try again in a moment.";
    case 500:
      return " That is a mistake of the server: tell its operator the request id.";
    default:
      return "";
  }
}

std::string encoded(const Query& query) {
  std::string text;
  for (const auto& [name, value] : query) {
    text += text.empty() ? '?' : '&';
    text.append(base::percent_encode(name)).append("=").append(base::percent_encode(value));
  }
  return text;
}

}  // namespace

std::string segment(std::string_view text) { return base::percent_encode(text); }

base::Result<ServerUrl> parse_server_url(const std::string& text) {
  ServerUrl url;
  const std::size_t colon = text.find("://");
  const std::string scheme = base::to_lower_ascii(text.substr(0, colon));
  if (colon == std::string::npos || (scheme != "http" && scheme != "https") ||
      text.find_first_of("?#@ \t\r\n") != std::string::npos) {
    return base::fail(Code::kInvalid,
                      "A server's URL looks like https://stewardry.example.org or "
                      "http://127.0.0.1:8080; this is none: " +
                          text);
  }
  url.encrypted = scheme == "https";
  const std::size_t path = std::min(text.find('/', colon + 3), text.size());
  url.origin = text.substr(0, path);
  url.path = text.substr(path);
  while (url.path.ends_with('/')) url.path.pop_back();
  std::string host = base::to_lower_ascii(text.substr(colon + 3, path - colon - 3));
  host = host.starts_with('[') ? host.substr(0, host.find(']') + 1) : host.substr(0, host.find(':'));
  url.local = host == "localhost" || host == "[::1]" || host.starts_with("127.");
  const base::Result<net::Client> usable = net::Client::make(url.origin, {});
  if (!usable) return base::fail(usable.error());
  return url;
}

std::string next_query_of(std::string_view link_header) {
  const std::size_t rel = link_header.find("rel=\"next\"");
  if (rel == std::string_view::npos) return "";
  const std::size_t end = link_header.rfind('>', rel);
  const std::size_t start = end == std::string_view::npos ? end : link_header.rfind('<', end);
  if (start == std::string_view::npos) return "";
  const std::string_view target = link_header.substr(start + 1, end - start - 1);
  const std::size_t mark = target.find('?');
  return mark == std::string_view::npos ? std::string() : std::string(target.substr(mark));
}

base::Error problem_of(const net::Response& response) {
  const base::Result<json::Value> parsed = json::parse(response.body);
  const json::Object* problem = parsed ? parsed->if_object() : nullptr;
  if (response.status >= 300 && response.status < 400) {
    return base::Error(Code::kUnavailable,
                       fmt::format("The server sends us elsewhere, to {}: log in with that URL if it is right.",
                                   response.headers.get("Location").value_or("nowhere")));
  }
  if (problem == nullptr || text_at(*problem, "detail").empty()) {
    return base::Error(code_of(response.status) == Code::kInternal ? Code::kUnavailable : code_of(response.status),
                       fmt::format("The answer is {}, and not of a Stewardry server. Is the URL right?{}",
                                   response.status, advice_for(response.status)));
  }
  base::Error error(code_of(response.status), text_at(*problem, "detail") + advice_for(response.status));
  if (const json::Array* fields = array_at(*problem, "errors")) {
    for (const json::Value& each : *fields) {
      if (const json::Object* field = each.if_object())
        error.fields.push_back({text_at(*field, "pointer"), text_at(*field, "message")});
    }
  }
  if (const std::string id = text_at(*problem, "requestId"); !id.empty()) error.detail = "request " + id;
  return error;
}

base::Result<Api> Api::open(const std::string& url, const base::Secret& token, const std::string& trust_file) {
  const ServerUrl parsed = TRY(parse_server_url(url));
  const std::string& text = token.reveal();
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (text.empty() || !plain || text.size() > kTokenBytesMax)
    return base::fail(Code::kInvalid, "That is not a token: a token is one word of visible ASCII characters.");
  net::FetchOptions options;
  options.body_bytes_max = kAnswerBytesMax;
  options.trust_file = trust_file;
  return Api(TRY(net::Client::make(parsed.origin, std::move(options))), parsed.path, token);
}

base::Result<Reply> Api::send(const Ask& ask, const std::string& query) {
  net::Outgoing request;
  request.method = ask.method;
  request.target = base_path_ + ask.path + query;
  request.headers.add("Authorization", "Bearer " + token_.reveal());
  request.headers.add("Accept", "application/json, application/problem+json");
  if (!ask.if_match.empty()) request.headers.add("If-Match", ask.if_match);
  if (!ask.idempotency_key.empty()) request.headers.add("Idempotency-Key", ask.idempotency_key);
  if (ask.body) {
    request.headers.add("Content-Type", "application/json");
    request.body = json::encode(json::Value(*ask.body));
  }
  const net::Response response = TRY(client_.send(request, base::Deadline::after(kPatience)));
  if (response.status >= 300) return base::fail(problem_of(response));
  Reply reply;
  reply.status = response.status;
  reply.etag = response.headers.get("ETag").value_or("");
  reply.next_query = next_query_of(response.headers.get("Link").value_or(""));
  if (response.body.empty()) return reply;
  base::Result<json::Value> body = json::parse(response.body);
  if (!body) {
    return base::fail(Code::kUnavailable,
                      "What answers is not a Stewardry server: its answer is not JSON. Is the URL right?",
                      body.error().message);
  }
  reply.body = std::move(*body);
  return reply;
}

base::Result<Reply> Api::call(const Ask& ask) { return send(ask, encoded(ask.query)); }

base::Result<Reply> Api::next(const Ask& ask, const Reply& page) { return send(ask, page.next_query); }

base::Result<Reply> Api::get(const std::string& path, const Query& query) {
  Ask ask;
  ask.path = path;
  ask.query = query;
  return call(ask);
}

base::Result<void> Api::wait_for_end(const std::string& path) {
  net::Outgoing request;
  request.target = base_path_ + path;
  request.headers.add("Authorization", "Bearer " + token_.reveal());
  request.headers.add("Accept", "text/event-stream");
  const net::Response response = TRY(client_.send(request, base::Deadline::after(kPatienceForEvents)));
  if (response.status >= 300) return base::fail(problem_of(response));
  return {};
}

}  // namespace cli
