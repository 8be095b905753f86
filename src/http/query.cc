#include "http/query.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/text.h"

namespace http {
namespace {

// What stands before the first mark, or all of it; the text is left with what follows the mark.
std::string_view cut(std::string_view& text, char mark) {
  const std::size_t end = text.find(mark);
  const std::string_view before = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return before;
}

// One name or value of application/x-www-form-urlencoded; none for a broken escape or text that is not UTF-8.
std::optional<std::string> decode_form(std::string_view text) {
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), '+', ' ');
  if (plain.find('%') != std::string::npos) {
    std::optional<std::string> decoded = base::percent_decode(plain);
    if (!decoded) return std::nullopt;
    plain = std::move(*decoded);
  }
  if (!base::is_utf8(plain)) return std::nullopt;
  return plain;
}

}  // namespace

base::Result<QueryPairs> parse_query(std::string_view query) {
  QueryPairs pairs;
  json::Problems problems;
  while (!query.empty()) {
    const std::string_view piece = cut(query, '&');
    if (piece.empty()) continue;
    std::string_view rest = piece;
    const std::string_view raw_name = cut(rest, '=');
    std::optional<std::string> name = decode_form(raw_name);
    std::optional<std::string> value = decode_form(rest);
    if (!name) {
      problems.add("query:" + std::string(raw_name), "is a name with a broken percent-escape, or not UTF-8");
    } else if (!value) {
      problems.add("query:" + *name, "has a broken percent-escape, or is not UTF-8");
    } else {
      pairs.emplace_back(std::move(*name), std::move(*value));
    }
  }
  if (!problems.empty()) return base::fail(std::move(problems).to_error(base::Code::kInvalid));
  return pairs;
}

base::Result<void> refuse_query(std::string_view query) {
  if (query.empty()) return {};
  QueryPairs pairs = TRY(parse_query(query));
  json::Problems problems;
  internal::QueryFieldsBase fields{pairs, problems};
  fields.finish();
  if (!problems.empty()) return base::fail(std::move(problems).to_error(base::Code::kInvalid));
  return {};
}

namespace internal {

std::string read_bool(std::string_view text, bool& out) {
  if (text == "true") {
    out = true;
  } else if (text == "false") {
    out = false;
  } else {
    return "must be true or false";
  }
  return {};
}

std::string read_whole(std::string_view text, std::int64_t least, std::int64_t most, std::int64_t& out) {
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  const bool plain = !digits.empty() && (digits.size() == 1 || digits[0] != '0') &&
                     std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (!plain || error != std::errc() || number < least || number > most) {
    return fmt::format("must be a whole number from {} to {}", least, most);
  }
  out = number;
  return {};
}

std::string not_one_of(const std::vector<std::string_view>& names) {
  return fmt::format("must be one of {}", fmt::join(names, ", "));
}

std::optional<std::string> QueryFieldsBase::take(std::string_view name) {
  std::optional<std::string> found;
  for (auto& [key, value] : pairs) {
    if (key != name) continue;
    if (found) {
      problems.add("query:" + std::string(name), "is given more than once");
      break;
    }
    found = std::move(value);
  }
  return found;
}

void QueryFieldsBase::finish() {
  std::vector<std::string_view> told;
  for (const auto& [name, value] : pairs) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    if (std::find(told.begin(), told.end(), name) != told.end()) continue;
    told.emplace_back(name);
    std::string message = "is not a parameter that is known here";
    if (known.empty())
      message.append("; none is");
    else if (const std::string_view near = json::nearest_name(name, known); !near.empty())
      message.append(fmt::format("; did you mean {}?", near));
    else
      message.append(fmt::format("; known are {}", fmt::join(known, ", ")));
    problems.add("query:" + name, std::move(message));
    if (told.size() > base::limits::kFieldErrorsMax) return;
  }
}

}  // namespace internal
}  // namespace http
