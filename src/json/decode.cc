#include "json/decode.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/text.h"
#include "json/kind.h"

namespace json {

void Problems::add(const Path& at, std::string message) { add(at.text(), std::move(message)); }

void Problems::add(std::string pointer, std::string message) {
  if (list_.size() < base::limits::kFieldErrorsMax)
    list_.push_back({std::move(pointer), std::move(message)});
  else
    ++dropped_;
}

base::Error Problems::to_error(base::Code code) && {
  const base::FieldError& first = list_.front();
  const std::string_view where =
      first.pointer.empty() ? std::string_view("The document") : std::string_view(first.pointer);
  std::string message = fmt::format("{} {}", where, first.message);
  const std::size_t more = list_.size() - 1 + dropped_;
  if (more == 0)
    message.append(".");
  else
    message.append(fmt::format("; and {} more.", more == 1 ? "one problem" : fmt::format("{} problems", more)));
  base::Error error(code, std::move(message));
  error.fields = std::move(list_);
  return error;
}

std::string problem_with_text(std::string_view text, const Rules& rules) {
  // Most texts are plain ASCII, and this one pass tells all about them.
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  if (!plain) {
    if (!base::is_utf8(text)) return "is not valid UTF-8";
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte == 0x7f || (byte < 0x20 && !(rules.lines && (c == '\n' || c == '\r' || c == '\t')))) {
        return fmt::format("has the control character U+{:04X}", byte);
      }
    }
  }
  const std::size_t chars = plain ? text.size() : base::code_points(text);
  if (chars < rules.chars_min)
    return chars == 0 ? "must not be empty"
                      : fmt::format("is too short; at least {} characters are needed", rules.chars_min);
  if (chars > rules.chars_max) return fmt::format("is too long; {} characters are the limit", rules.chars_max);
  if (rules.format != nullptr && !rules.format->holds(text)) return fmt::format("must be {}", rules.format->story);
  return {};
}

std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& known) {
  for (const std::string_view candidate : known) {
    if (base::equal_ignoring_case(name, candidate)) return candidate;
  }
  std::string_view best;
  std::size_t best_distance = 3;
  if (name.size() > 64) return best;
  for (const std::string_view candidate : known) {
    std::vector<std::size_t> row(candidate.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= name.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j <= candidate.size(); ++j) {
        const std::size_t above = row[j];
        row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (name[i - 1] == candidate[j - 1] ? 0U : 1U)});
        diagonal = above;
      }
    }
    if (row.back() < best_distance && row.back() < candidate.size()) {
      best = candidate;
      best_distance = row.back();
    }
  }
  return best;
}

namespace internal {
namespace {

std::string range(auto least, auto most) { return fmt::format("must be a whole number from {} to {}", least, most); }

// A double that is a whole number counts as one ("3.0"): JSON has one type of number.
std::optional<std::int64_t> whole(double number) {
  if (std::trunc(number) != number || std::abs(number) > 9007199254740992.0) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::string join(const std::vector<std::string_view>& names) { return fmt::format("{}", fmt::join(names, ", ")); }

}  // namespace

void wrong_kind(const Value& value, std::string_view wanted, const Path& at, Context& context) {
  context.problems.add(at, fmt::format("must be {}, and is {}", wanted, kind_name(value)));
}

void decode_text(const Value& value, std::string& out, const Rules& rules, const Path& at, Context& context) {
  const auto* text = value.if_string();
  if (text == nullptr) return wrong_kind(value, "a string", at, context);
  out.assign(text->data(), text->size());
  if (context.mode == Mode::kStored) return;
  if (std::string problem = problem_with_text(out, rules); !problem.empty())
    context.problems.add(at, std::move(problem));
}

void decode_signed(const Value& value, std::int64_t& out, std::int64_t least, std::int64_t most, const Path& at,
                   Context& context) {
  std::optional<std::int64_t> number;
  if (const auto* small = value.if_int64())
    number = *small;
  else if (const auto* fraction = value.if_double())
    number = whole(*fraction);
  else if (!value.is_uint64())
    return wrong_kind(value, "a number", at, context);
  if (!number || *number < least || *number > most) return context.problems.add(at, range(least, most));
  out = *number;
}

void decode_unsigned(const Value& value, std::uint64_t& out, std::uint64_t least, std::uint64_t most, const Path& at,
                     Context& context) {
  std::optional<std::uint64_t> number;
  if (const auto* large = value.if_uint64()) {
    number = *large;
  } else if (const auto* small = value.if_int64()) {
    if (*small >= 0) number = static_cast<std::uint64_t>(*small);
  } else if (const auto* fraction = value.if_double()) {
    const std::optional<std::int64_t> integer = whole(*fraction);
    if (integer && *integer >= 0) number = static_cast<std::uint64_t>(*integer);
  } else {
    return wrong_kind(value, "a number", at, context);
  }
  if (!number || *number < least || *number > most) return context.problems.add(at, range(least, most));
  out = *number;
}

void decode_double(const Value& value, double& out, const Path& at, Context& context) {
  if (const auto* fraction = value.if_double())
    out = *fraction;
  else if (const auto* small = value.if_int64())
    out = static_cast<double>(*small);
  else if (const auto* large = value.if_uint64())
    out = static_cast<double>(*large);
  else
    wrong_kind(value, "a number", at, context);
}

void decode_bool(const Value& value, bool& out, const Path& at, Context& context) {
  if (const auto* flag = value.if_bool())
    out = *flag;
  else
    wrong_kind(value, "true or false", at, context);
}

void decode_time(const Value& value, base::Time& out, const Path& at, Context& context) {
  const auto* text = value.if_string();
  const std::optional<base::Time> time = text != nullptr ? base::parse_time(view(*text)) : std::nullopt;
  if (time)
    out = *time;
  else
    context.problems.add(at, "must be a date and time as in RFC 3339, such as 2026-11-24T05:47:44Z");
}

void wrong_enum(const Value& value, const std::vector<std::string_view>& names, const Path& at, Context& context) {
  if (!value.is_string()) return wrong_kind(value, fmt::format("a string, one of {}", join(names)), at, context);
  context.problems.add(at, fmt::format("must be one of {}", join(names)));
}

const Array* list_in(const Value& value, const Rules& rules, const Path& at, Context& context) {
  const Array* array = value.if_array();
  if (array == nullptr) {
    wrong_kind(value, "an array", at, context);
  } else if (array->size() > rules.items_max) {
    context.problems.add(at, "has too many elements; " + std::to_string(rules.items_max) + " are the limit");
    return nullptr;
  }
  return array;
}

void unknown_members(const Object& object, const std::vector<std::string_view>& known, const Path& at,
                     Context& context) {
  for (const auto& member : object) {
    const std::string_view name(member.key().data(), member.key().size());
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string_view near = nearest_name(name, known);
    std::string message = "is not a member that is known here";
    if (!near.empty())
      message.append(fmt::format("; did you mean {}?", near));
    else
      message.append(known.empty() ? "; none is" : fmt::format("; known are {}", join(known)));
    context.problems.add(at.at(name), std::move(message));
  }
}

}  // namespace internal
}  // namespace json
