// Requests that are bad in one way, whoever sends them.

#include <array>

#include <fmt/format.h>

#include "json/encode.h"
#include "json/parse.h"
#include "tests/hardening/machine.h"

namespace hardening {
namespace {

// The body with its first member's value, where that is a text, changed into these bytes of JSON text.
bool set_first_text(std::string& body, const std::string& to) {
  const std::size_t colon = body.find("\":\"");
  if (colon == std::string::npos) return false;
  const std::size_t from = colon + 3;
  std::size_t end = from;
  while (body[end] != '"') end += body[end] == '\\' ? 2 : 1;
  body.replace(from, end - from, to);
  return true;
}

bool set_first_value(std::string& body, const std::string& to) {
  const base::Result<json::Value> value = json::parse(body);
  if (!value || !value->is_object() || value->get_object().empty()) return false;
  json::Object object = value->get_object();
  std::string out = "{";
  bool first = true;
  for (const auto& [name, each] : object) {
    if (!first) out += ',';
    out += json_text(std::string(name)) + ':' + (first ? to : json::encode(each));
    first = false;
  }
  body = out + '}';
  return true;
}

int spoil_body(std::string& body, std::uint32_t how) {
  const bool is_object = body.starts_with('{');
  switch (how) {
    case 0:
      body.pop_back();
      return 400;
    case 1:
      body.insert(body.size() - 1, body == "{}" ? R"("zz":1)" : R"(,"zz":1)");
      return 400;
    case 2:
      if (!is_object || body == "{}") return 0;
      body = body.substr(0, body.size() - 1) + ',' + body.substr(1);
      return 400;
    case 3:
      body = "[" + body + "]";
      return 400;
    case 4:
      body = "null";
      return 400;
    case 5:
      return set_first_text(body, "\xff\xfe") ? 400 : 0;
    case 6:
      return set_first_text(body, "a\\u0000b") ? 400 : 0;
    case 7:
      return set_first_text(body, "\\ud800") ? 400 : 0;
    case 8:
      return set_first_text(body, std::string(70'000, 'x')) ? 400 : 0;
    case 9:
      return set_first_value(body, "[]") ? 400 : 0;
    case 10:
      return set_first_value(body, "{}") ? 400 : 0;
    case 11:
      return set_first_value(body, "1e999") ? 400 : 0;
    case 12:
      return set_first_value(body, "7") ? 400 : 0;
    case 13:
      body = std::string(200, '[') + std::string(200, ']');
      return 400;
    case 14:
      body += " x";
      return 400;
    case 15:
      body = "\xef\xbb\xbf" + body;
      return 400;
    case 16:
      return set_first_text(body, "a\x01z") ? 400 : 0;
    case 17:
      return set_first_text(body, "\\u001b[31m") ? 400 : 0;
    default:
      body = "\"" + std::string(1000, '{') + "\"";
      return 400;
  }
}

}  // namespace

int spoil(Plan& plan, std::uint32_t how) {
  const std::uint32_t more = how / 16;
  const bool posts = plan.method == "POST";
  const bool sends_none = plan.method == "GET" || plan.method == "DELETE";
  switch (how % 16) {
    case 0:
      plan.who = -1;
      return 401;
    case 1:
      plan.who = -1;
      plan.headers.push_back({"Authorization", more % 2 == 0 ? "Bearer a.b.c" : "Basic YTpi"});
      return 401;
    case 2:
      plan.target += (plan.target.find('?') == std::string::npos ? "?" : "&") +
                     std::array<std::string, 3>{"zz=1", "limit=%zz", "%ff=1"}[more % 3];
      return 400;
    case 3: {
      const std::size_t id = plan.target.find('-', plan.target.find('/', 1) + 1);
      if (plan.target.find('/', 1) == std::string::npos || id == std::string::npos) return 0;
      plan.target.replace(id, 1, std::array<std::string, 3>{"", "%00", "%ff"}[more % 3]);
      return 400;
    }
    case 4:
      if (!posts) return 0;
      plan.headers.push_back(
          {"Idempotency-Key", std::array<std::string, 3>{"", "two words", std::string(256, 'k')}[more % 3]});
      return plan.refusal == 0 ? 400 : 0;
    case 5:
      if (!plan.takes_if_match) return 0;
      std::erase_if(plan.headers, [](const net::Header& header) { return header.name == "If-Match"; });
      plan.headers.push_back({"If-Match", std::array<std::string, 4>{"\"1", "1", "\"1\" \"2\"", "*, \"1\""}[more % 4]});
      return 400;
    case 6:
      if (!sends_none) return 0;
      plan.body = "{}";
      return 400;
    case 7:
      if (plan.body.empty()) return 0;
      plan.headers.push_back({"Content-Type", more % 2 == 0 ? "text/plain" : "application/json; charset=latin1"});
      return 415;
    case 8:
      plan.method = more % 2 == 0 ? "TRACE" : "get";
      plan.body.clear();
      return 405;
    default:
      return plan.body.empty() ? 0 : spoil_body(plan.body, more % 19);
  }
}

}  // namespace hardening
