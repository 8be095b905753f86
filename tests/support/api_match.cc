#include "tests/support/api_match.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "json/encode.h"
#include "json/parse.h"

namespace test {
namespace {

// Texts that no answer has: characters of the private use area.
constexpr std::string_view kAnything = "\uE000";
constexpr std::string_view kAbsent = "\uE001";
constexpr std::string_view kDots = "...";
constexpr std::string_view kAbsentWord = "absent";

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

// The name in `{name}` at this place; empty where there is none.
std::string_view name_at(std::string_view text, std::size_t place) {
  std::size_t end = place + 1;
  while (end < text.size() && is_word(text[end])) ++end;
  if (end == place + 1 || end >= text.size() || text[end] != '}' || text[place + 1] == '.') return {};
  return text.substr(place + 1, end - place - 1);
}

bool is(const json::Value& value, std::string_view mark) {
  return value.is_string() && json::view(value.get_string()) == mark;
}

std::string text_of(const json::Value& value) { return json::encode(value); }

// From the words of a case to plain JSON.
class Plain {
 public:
  explicit Plain(std::string_view text) : text_(text) {}

  std::string make() {
    while (at_ < text_.size()) step();
    return std::move(out_);
  }

 private:
  void step() {
    const char c = text_[at_];
    if (c == '"') return copy_string();
    if (text_.substr(at_).starts_with(kDots)) return dots();
    if (text_.substr(at_).starts_with(kAbsentWord)) return put(kAbsentWord, kAbsent);
    if (c == '{' || c == '[') open_.push_back(c);
    if ((c == '}' || c == ']') && !open_.empty()) open_.pop_back();
    out_.push_back(c);
    ++at_;
  }
  void copy_string() {
    do {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) out_.push_back(text_[at_++]);
      out_.push_back(text_[at_++]);
    } while (at_ < text_.size() && text_[at_] != '"');
    if (at_ < text_.size()) out_.push_back(text_[at_++]);
  }
  void put(std::string_view word, std::string_view mark) {
    out_.append("\"").append(mark).append("\"");
    at_ += word.size();
  }
  void dots() {
    const std::size_t last = out_.find_last_not_of(" \n");
    const char before = last == std::string::npos ? ' ' : out_[last];
    if (open_.empty() || open_.back() == '[' || before == ':') return put(kDots, kAnything);
    if (before == ',') out_.resize(last);
    at_ += kDots.size();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string out_;
  std::vector<char> open_;
};

void compare(const std::string& where, const json::Value& expected, const json::Value& actual,
             std::vector<std::string>& list);

void differ(const std::string& where, const json::Value& expected, const json::Value& actual,
            std::vector<std::string>& list) {
  list.push_back(
      fmt::format("{}: expected {}, got {}", where.empty() ? "the whole" : where, text_of(expected), text_of(actual)));
}

void compare_objects(const std::string& where, const json::Object& expected, const json::Object& actual,
                     std::vector<std::string>& list) {
  for (const auto& [key, value] : expected) {
    const std::string place = where + '/' + std::string(key);
    const auto found = actual.find(key);
    if (is(value, kAbsent)) {
      if (found != actual.end())
        list.push_back(fmt::format("{}: must not be there, is {}", place, text_of(found->value())));
    } else if (found == actual.end()) {
      list.push_back(fmt::format("{}: is not there; there are {}", place, text_of(json::Value(actual))));
    } else {
      compare(place, value, found->value(), list);
    }
  }
}

void compare_lists(const std::string& where, const json::Array& expected, const json::Array& actual,
                   std::vector<std::string>& list) {
  const bool open = !expected.empty() && is(expected[expected.size() - 1], kAnything);
  const std::size_t size = expected.size() - (open ? 1 : 0);
  if (open ? actual.size() < size : actual.size() != size) {
    list.push_back(fmt::format("{}: expected {}{} elements, got {}: {}", where.empty() ? "the list" : where,
                               open ? "at least " : "", size, actual.size(), text_of(json::Value(actual))));
  }
  for (std::size_t i = 0; i < std::min(size, actual.size()); ++i)
    compare(fmt::format("{}/{}", where, i), expected[i], actual[i], list);
}

void compare(const std::string& where, const json::Value& expected, const json::Value& actual,
             std::vector<std::string>& list) {
  if (is(expected, kAnything)) return;
  if (expected.is_object() && actual.is_object())
    return compare_objects(where, expected.get_object(), actual.get_object(), list);
  if (expected.is_array() && actual.is_array())
    return compare_lists(where, expected.get_array(), actual.get_array(), list);
  if (expected.is_string() && actual.is_string()) {
    if (!matches(json::view(expected.get_string()), json::view(actual.get_string())))
      differ(where, expected, actual, list);
    return;
  }
  if (expected != actual) differ(where, expected, actual, list);
}

void check_problem(const net::Response& response, const json::Object& problem, std::vector<std::string>& broken) {
  const auto text = [&](std::string_view name) {
    const auto found = problem.find(boost::json::string_view(name.data(), name.size()));
    return found != problem.end() && found->value().is_string() ? json::view(found->value().get_string())
                                                                : std::string_view();
  };
  for (const std::string_view name : {"type", "title", "detail", "message", "requestId"}) {
    if (text(name).empty()) broken.push_back(fmt::format("a problem document has a text {}", name));
  }
  if (text("detail") != text("message")) broken.emplace_back("detail and message of a problem say the same");
  if (text("requestId") != response.headers.get("X-Request-Id"))
    broken.emplace_back("requestId of a problem is that of the header");
  const auto status = problem.find("status");
  if (status == problem.end() || status->value() != json::Value(response.status))
    broken.emplace_back("status of a problem is that of the answer");
  const auto errors = problem.find("errors");
  if (errors == problem.end() || !errors->value().is_array()) broken.emplace_back("errors of a problem is a list");
}

}  // namespace

void Names::set(std::string name, std::string value) { values_[std::move(name)] = std::move(value); }

const std::string& Names::at(std::string_view name) const {
  const auto found = values_.find(name);
  CHECK(found != values_.end(), "the name was checked before");
  return found->second;
}

base::Result<std::string> Names::fill(std::string_view text) const {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view name = text[i] == '{' ? name_at(text, i) : std::string_view();
    if (name.empty()) {
      out.push_back(text[i]);
      continue;
    }
    const auto found = values_.find(name);
    if (found == values_.end()) {
      return base::fail(base::Code::kInvalid, fmt::format("{{{}}} stands for nothing", name));
    }
    out.append(found->second);
    i += name.size() + 1;
  }
  return out;
}

std::string Names::show(std::string text) const {
  for (const auto& [name, value] : values_) {
    if (value.size() < 8) continue;  // a status, a version: it would be found everywhere
    const std::string shown = '{' + name + '}';
    for (std::size_t at = 0; (at = text.find(value, at)) != std::string::npos; at += shown.size())
      text.replace(at, value.size(), shown);
  }
  return text;
}

base::Result<json::Value> parse_expected(std::string_view text) { return json::parse(Plain(text).make()); }

std::vector<std::string> differences(const json::Value& expected, const json::Value& actual) {
  std::vector<std::string> list;
  compare("", expected, actual, list);
  return list;
}

bool matches(std::string_view pattern, std::string_view text) {
  std::size_t dots = pattern.find(kDots);
  if (dots == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, dots))) return false;
  text.remove_prefix(dots);
  for (;;) {
    pattern.remove_prefix(dots + kDots.size());
    dots = pattern.find(kDots);
    if (dots == std::string_view::npos) return text.ends_with(pattern);
    const std::size_t found = text.find(pattern.substr(0, dots));
    if (found == std::string_view::npos) return false;
    text.remove_prefix(found + dots);
  }
}

std::vector<std::string> broken_rules(std::string_view method, const net::Response& response) {
  std::vector<std::string> broken;
  const auto header = [&](std::string_view name) { return response.headers.get(name).value_or(""); };
  const auto needs = [&](int status, std::string_view name) {
    if (response.status == status && header(name).empty()) broken.push_back(fmt::format("{} carries {}", status, name));
  };
  needs(401, "WWW-Authenticate");
  needs(405, "Allow");
  needs(429, "Retry-After");
  needs(503, "Retry-After");
  needs(201, "Location");
  if (header("X-Request-Id").empty()) broken.emplace_back("every answer has X-Request-Id");
  if (response.status >= 500) broken.emplace_back("no caller gets a 5xx here");
  if (response.status == 204 && !response.body.empty()) broken.emplace_back("204 has no body");
  if (response.body.empty() || response.events || method == "OPTIONS") return broken;
  const bool problem = response.status >= 400;
  const std::string_view type = header("Content-Type");
  if (type != (problem ? "application/problem+json" : "application/json") && !type.starts_with("text/"))
    broken.push_back(fmt::format("Content-Type is {}", type));
  if (!problem && type.starts_with("text/")) return broken;
  const base::Result<json::Value> value = json::parse(response.body);
  if (!value) {
    broken.push_back("the body is JSON: " + value.error().message);
  } else if (problem) {
    if (value->is_object())
      check_problem(response, value->get_object(), broken);
    else
      broken.emplace_back("a problem document is an object");
  }
  return broken;
}

}  // namespace test
