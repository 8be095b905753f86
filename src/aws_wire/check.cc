// The input is walked once, along the model. What is wrong is told without the value wherever the model says that it,
// or anything around it, is sensitive.

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "aws_model/suggest.h"
#include "aws_wire/binding.h"
#include "aws_wire/members.h"
#include "aws_wire/path.h"
#include "aws_wire/scalar.h"
#include "aws_wire/wire.h"
#include "base/limits.h"
#include "base/text.h"
#include "json/encode.h"
#include "json/kind.h"

namespace aws_wire {
namespace {

using aws_model::Location;
using aws_model::Member;
using aws_model::Shape;
using aws_model::Type;
namespace limits = base::limits;

constexpr std::size_t kListedMax = 12;       // so many names are told in a message; more help nobody
constexpr std::size_t kQuotedBytesMax = 64;  // of a value in a message

std::string_view wanted_for(Type type) {
  switch (type) {
    case Type::kStructure:
    case Type::kMap:
      return "an object";
    case Type::kList:
      return "an array";
    case Type::kString:
      return "a string";
    case Type::kBoolean:
      return "true or false";
    case Type::kInteger:
    case Type::kLong:
    case Type::kBigInteger:
      return "a whole number";
    case Type::kFloat:
    case Type::kDouble:
      return "a number, or one of the strings NaN, Infinity and -Infinity";
    case Type::kBigDecimal:
      return "a number";
    case Type::kBlob:
      return "bytes as a base64 string";
    case Type::kTimestamp:
      break;
  }
  return "a timestamp: ISO 8601 with a zone, like 2026-11-24T05:47:44Z, or seconds since 1970";
}

std::string number_text(double number) {
  std::string text;
  append_double(text, number);
  return text;
}

std::string listed(const std::vector<std::string_view>& names, std::string_view between) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kListedMax; ++i) {
    if (i > 0) text.append(", ");
    text.append(names[i]);
  }
  if (names.size() > kListedMax) text.append(fmt::format(" {} {} more", between, names.size() - kListedMax));
  return text;
}

std::string quoted(std::string_view text) {
  std::string out;
  json::append_text(out, text.substr(0, kQuotedBytesMax));
  if (text.size() > kQuotedBytesMax) out.append("...");
  return out;
}

class Checker {
 public:
  explicit Checker(const CheckOptions& options) : options_(options) {}

  std::vector<Problem> operation(const aws_model::Operation& operation, const json::Value& input) {
    const Path root;
    Shape nothing;
    nothing.type = Type::kStructure;
    const Shape& shape = operation.input == nullptr ? nothing : *operation.input;
    const json::Object none;
    if (!input.is_object() && !input.is_null()) {
      problem(root, fmt::format("The input must be an object, not {}.", json::kind_name(input)));
    } else {
      const json::Object& object = input.is_null() ? none : input.get_object();
      structure(shape, object, root, shape.sensitive);
      for (const Member& member : shape.members) {
        if (const json::Value* value = given(object, member.name)) bound(shape, member, *value, root);
      }
    }
    return std::move(problems_);
  }

 private:
  void problem(const Path& at, std::string message) {
    if (problems_.size() < limits::kAwsProblemsMax)
      problems_.push_back({at.text(), std::move(message)});
    else if (problems_.size() == limits::kAwsProblemsMax)
      problems_.push_back({"", "There are more problems than these."});
  }

  // --- structures

  void structure(const Shape& shape, const json::Object& object, const Path& at, bool hidden) {
    std::size_t known = 0;
    for (const auto& each : object) {
      const Member* member = shape.find(key_of(each));
      if (member == nullptr) {
        if (!each.value().is_null()) unknown(shape, key_of(each), at);
        continue;
      }
      if (each.value().is_null()) continue;
      ++known;
      value(*member, each.value(), at.member(member->name), hidden);
    }
    if (shape.is_union) {
      if (known != 1) union_problem(shape, known, at);
      return;
    }
    for (const Member& member : shape.members) {
      if (!member.required || given(object, member.name) != nullptr) continue;
      if (options_.body_given && at.kind == Path::Kind::kRoot && shape.payload == &member) continue;
      problem(at.member(member.name), "This is required.");
    }
  }

  void unknown(const Shape& shape, std::string_view name, const Path& at) {
    std::vector<std::string_view> names;
    for (const Member& member : shape.members) names.push_back(member.name);
    std::string message = "There is no such member here.";
    const std::string meant = aws_model::did_you_mean(name, names);
    if (!meant.empty())
      message.append(meant);
    else if (names.empty())
      message.append(" This takes none.");
    else
      message.append(fmt::format(" There are {}.", listed(names, "and")));
    problem(at.key(name), std::move(message));
  }

  void union_problem(const Shape& shape, std::size_t known, const Path& at) {
    std::vector<std::string_view> names;
    for (const Member& member : shape.members) names.push_back(member.name);
    problem(at, fmt::format("Exactly one member must be given here, of {}; there {}.", listed(names, "or"),
                            known == 0 ? "is none" : fmt::format("are {}", known)));
  }

  // --- values

  void value(const Member& member, const json::Value& value, const Path& at, bool hidden) {
    const Shape& shape = *member.shape;
    hidden |= shape.sensitive;
    if (++depth_ > limits::kAwsDepthMax) {
      problem(at, fmt::format("This is nested too deeply: {} levels are the limit.", limits::kAwsDepthMax));
    } else if (shape.is_event_stream) {
      problem(at, "This is an event stream, which is not spoken here: leave it out.");
    } else if (shape.is_document) {
      document(value, at);
    } else if (!(member.json_value && !value.is_string())) {  // else any JSON value
      typed(shape, value, at, hidden);
    }
    --depth_;
  }

  void document(const json::Value& value, const Path& at) {
    if (deeper_than(value, limits::kAwsDepthMax - std::min(depth_, limits::kAwsDepthMax)))
      problem(at, fmt::format("This is nested too deeply: {} levels are the limit.", limits::kAwsDepthMax));
  }

  static bool deeper_than(const json::Value& value, std::size_t levels) {
    if (!value.is_structured()) return false;
    if (levels == 0) return true;
    if (value.is_array()) {
      const json::Array& array = value.get_array();
      return std::any_of(array.begin(), array.end(), [&](const auto& each) { return deeper_than(each, levels - 1); });
    }
    const json::Object& object = value.get_object();
    return std::any_of(object.begin(), object.end(),
                       [&](const auto& each) { return deeper_than(each.value(), levels - 1); });
  }

  void typed(const Shape& shape, const json::Value& value, const Path& at, bool hidden) {
    switch (shape.type) {
      case Type::kStructure:
        if (!value.is_object()) return mistyped(shape, value, at);
        return structure(shape, value.get_object(), at, hidden);
      case Type::kList:
        if (!value.is_array()) return mistyped(shape, value, at);
        return list(shape, value.get_array(), at, hidden);
      case Type::kMap:
        if (!value.is_object()) return mistyped(shape, value, at);
        return map(shape, value.get_object(), at, hidden);
      case Type::kString:
        if (!value.is_string()) return mistyped(shape, value, at);
        return string(shape, json::view(value.get_string()), at, hidden);
      case Type::kBoolean:
        if (!value.is_bool()) mistyped(shape, value, at);
        return;
      case Type::kInteger:
      case Type::kLong:
        return integer(shape, value, at, hidden);
      case Type::kBigInteger:
      case Type::kBigDecimal:
        return big_number(shape, value, at);
      case Type::kFloat:
      case Type::kDouble:
        return floating(shape, value, at, hidden);
      case Type::kBlob:
        return blob(shape, value, at);
      case Type::kTimestamp:
        if (!read_instant(value)) mistyped(shape, value, at);
        return;
    }
  }

  void mistyped(const Shape& shape, const json::Value& value, const Path& at) {
    std::string message = fmt::format("This must be {}", wanted_for(shape.type));
    const bool right_kind = value.is_string() && (shape.type == Type::kBlob || shape.type == Type::kTimestamp);
    if (!right_kind) message.append(fmt::format(", not {}", json::kind_name(value)));
    message.push_back('.');
    if (shape.type == Type::kString && value.is_structured())
      message.append(" A JSON document stands here as text, in a string.");
    problem(at, std::move(message));
  }

  void list(const Shape& shape, const json::Array& array, const Path& at, bool hidden) {
    length(shape, array.size(), "elements", at);
    for (std::size_t i = 0; i < array.size(); ++i) {
      const json::Value& each = array[i];
      if (!each.is_null())
        value(*shape.element, each, at.at(i), hidden);
      else if (!shape.sparse)
        problem(at.at(i), "This must not be null: leave the element out.");
    }
  }

  void map(const Shape& shape, const json::Object& object, const Path& at, bool hidden) {
    const bool hidden_keys = hidden || shape.key->shape->sensitive;
    std::size_t entries = 0;
    for (const auto& each : object) {
      if (each.value().is_null() && !shape.sparse) continue;
      ++entries;
      const Path here = at.key(key_of(each), hidden_keys);
      string(*shape.key->shape, key_of(each), here, hidden_keys, "The key");
      if (!each.value().is_null()) value(*shape.element, each.value(), here, hidden);
    }
    length(shape, entries, "entries", at);
  }

  void string(const Shape& shape, std::string_view text, const Path& at, bool hidden, std::string_view what = "This") {
    if (shape.min || shape.max) length(shape, base::code_points(text), "characters", at, what);
    if (shape.enumeration.empty() || options_.unknown_enumeration_allowed) return;
    if (std::binary_search(shape.enumeration.begin(), shape.enumeration.end(), text)) return;
    const std::vector<std::string_view> values(shape.enumeration.begin(), shape.enumeration.end());
    std::string message = fmt::format("{} must be one of {}", what, listed(values, "and"));
    message.append(hidden ? "." : fmt::format(", not {}.", quoted(text)));
    if (!hidden) message.append(aws_model::did_you_mean(text, values));
    problem(at, std::move(message));
  }

  void blob(const Shape& shape, const json::Value& value, const Path& at) {
    if (!value.is_string()) return mistyped(shape, value, at);
    const std::optional<std::size_t> bytes = base64_bytes(json::view(value.get_string()));
    if (!bytes) return mistyped(shape, value, at);
    length(shape, *bytes, "bytes", at);
  }

  void length(const Shape& shape, std::size_t has, std::string_view unit, const Path& at,
              std::string_view what = "This") {
    const auto size = static_cast<double>(has);
    if (shape.min && size < *shape.min) {
      problem(at, fmt::format("{} must have at least {} {}, and has {}.", what, number_text(*shape.min), unit, has));
    } else if (shape.max && size > *shape.max) {
      problem(at, fmt::format("{} must have at most {} {}, and has {}.", what, number_text(*shape.max), unit, has));
    }
  }

  // --- numbers

  void integer(const Shape& shape, const json::Value& value, const Path& at, bool hidden) {
    const bool fits_long = shape.type == Type::kLong;
    const std::optional<std::int64_t> number = whole_number(value);
    if (!number) {
      if (!value.is_number() || (value.is_double() && std::trunc(value.get_double()) != value.get_double()))
        return value.is_number() ? problem(at, "This must be a whole number.") : mistyped(shape, value, at);
      return problem(at, fmt::format("This must be a whole number of {} bits.", fits_long ? 64 : 32));
    }
    const bool fits = fits_long || (*number >= std::numeric_limits<std::int32_t>::min() &&
                                    *number <= std::numeric_limits<std::int32_t>::max());
    if (!fits) return problem(at, "This must be a whole number of 32 bits.");
    range(shape, static_cast<double>(*number), fmt::format_int(*number).str(), at, hidden);
  }

  void floating(const Shape& shape, const json::Value& value, const Path& at, bool hidden) {
    if (value.is_string() && special_number(json::view(value.get_string()))) return;
    if (!value.is_number()) return mistyped(shape, value, at);
    const auto number = value.to_number<double>();
    if (shape.type == Type::kFloat && std::fabs(number) > std::numeric_limits<float>::max())
      return problem(at, "This is too large for a number of single precision.");
    if (shape.min || shape.max) range(shape, number, number_text(number), at, hidden);
  }

  // Numbers of any size stand as numbers where they fit, else as their digits in a string.
  void big_number(const Shape& shape, const json::Value& value, const Path& at) {
    if (value.is_number() && (shape.type == Type::kBigDecimal || whole_number(value) || value.is_uint64())) return;
    if (value.is_string()) {
      Member member;
      member.shape = &shape;
      if (read_scalar(member, json::view(value.get_string()))) return;
    }
    mistyped(shape, value, at);
  }

  void range(const Shape& shape, double number, const std::string& text, const Path& at, bool hidden) {
    const bool below = shape.min && number < *shape.min;
    if (!below && !(shape.max && number > *shape.max)) return;
    const std::string bound = number_text(below ? *shape.min : *shape.max);
    const std::string is = hidden ? std::string() : fmt::format(", and is {}", text);
    problem(at, fmt::format("This must be at {} {}{}.", below ? "least" : "most", bound, is));
  }

  // --- what a member's place in the request asks for

  void bound(const Shape& input, const Member& member, const json::Value& value, const Path& root) {
    const Path at = root.member(member.name);
    if (options_.body_given && input.payload == &member)
      problem(at, "The body comes from elsewhere: leave this member out.");
    if (member.location == Location::kUri && value.is_string() && value.get_string().empty() && !has_length(member))
      problem(at, "This must not be empty: it is a part of the request's path.");
    if (member.host_label && value.is_string()) host_label(json::view(value.get_string()), at);
    if (member.location == Location::kHeader && !member.json_value) header(value, at);
    if (member.location == Location::kHeaders && value.is_object()) {
      for (const auto& each : value.get_object()) {
        const Path here = at.key(key_of(each), member.shape->sensitive || member.shape->key->shape->sensitive);
        if (!is_header_name(fmt::format("{}{}", member.location_name, key_of(each))))
          problem(here, "The key has a character that the name of a header cannot have.");
        header(each.value(), here);
      }
    }
  }

  static bool has_length(const Member& member) { return member.shape->min.value_or(0) >= 1; }

  void host_label(std::string_view label, const Path& at) {
    const bool letters = std::all_of(label.begin(), label.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    });
    if (label.empty())
      problem(at, "This must not be empty: it is a part of the host's name.");
    else if (!letters || label.front() == '.' || label.back() == '.' || label.find("..") != std::string_view::npos)
      problem(at, "This is a part of the host's name: letters, digits, hyphens, and dots between them.");
  }

  void header(const json::Value& value, const Path& at) {
    if (value.is_string() && !is_header_text(json::view(value.get_string())))
      problem(at, "This has a control character, which a header cannot carry.");
    if (!value.is_array()) return;
    for (std::size_t i = 0; i < value.get_array().size(); ++i) header(value.get_array()[i], at.at(i));
  }

  const CheckOptions& options_;
  std::vector<Problem> problems_;
  std::size_t depth_ = 0;
};

}  // namespace

std::vector<Problem> check(const aws_model::Operation& operation, const json::Value& input,
                           const CheckOptions& options) {
  return Checker(options).operation(operation, input);
}

json::Value with_tokens(const aws_model::Operation& operation, json::Value input,
                        const std::function<std::string()>& token) {
  if (operation.input == nullptr || !(input.is_object() || input.is_null())) return input;
  for (const Member& member : operation.input->members) {
    if (!member.idempotency_token) continue;
    if (input.is_null()) input.emplace_object();
    json::Value& value = input.get_object()[boosted(member.name)];
    if (value.is_null()) value = token();
  }
  return input;
}

}  // namespace aws_wire
