#include "aws_endpoint/terms.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "json/decode.h"

namespace aws_endpoint {
namespace {

// "name", "name[0]" or "[0]".
std::optional<Step> read_step(std::string_view text) {
  const std::size_t bracket = text.find('[');
  Step step{std::string(text.substr(0, bracket)), std::nullopt};
  if (bracket == std::string_view::npos) return step.name.empty() ? std::nullopt : std::optional(step);
  if (text.back() != ']') return std::nullopt;
  const std::string_view digits = text.substr(bracket + 1, text.size() - bracket - 2);
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  step.index = index;
  return step;
}

// The steps of a path, and the type that they end at.
base::Result<std::pair<std::vector<Step>, Type>> read_steps(std::string_view path, char separator, Type type,
                                                            const json::Path& at) {
  std::vector<Step> steps;
  while (true) {
    const std::size_t end = path.find(separator);
    const std::string_view text = path.substr(0, end);
    std::optional<Step> step = read_step(text);
    if (!step) return refuse(at, fmt::format("\"{}\" is no name of a part", text));
    const Type inner = type_of(type, *step);
    if (inner == Type::kNone) return refuse(at, fmt::format("{} has no part \"{}\"", story(type), text));
    type = inner;
    steps.push_back(std::move(*step));
    if (end == std::string_view::npos) return std::pair(std::move(steps), type);
    path.remove_prefix(end + 1);
  }
}

std::string unknown_function(std::string_view name) {
  const std::vector<std::string_view> known = {
      "isSet",         "not",       "getAttr",          "booleanEquals",
      "stringEquals",  "parseURL",  "isValidHostLabel", "uriEncode",
      "aws.partition", "substring", "aws.parseArn",     "aws.isVirtualHostableS3Bucket"};
  const std::string_view meant = json::nearest_name(name, known);
  return meant.empty() ? fmt::format("there is no function {}", name)
                       : fmt::format("there is no function {}; did you mean {}?", name, meant);
}

}  // namespace

std::string_view story(Type type) {
  switch (type) {
    case Type::kNone:
      return "nothing";
    case Type::kBoolean:
      return "true or false";
    case Type::kInteger:
      return "an integer";
    case Type::kString:
      return "a text";
    case Type::kStrings:
      return "a list of texts";
    case Type::kPartition:
      return "a partition";
    case Type::kUrl:
      return "a URL";
    case Type::kArn:
      return "an ARN";
  }
  return {};
}

base::Result<void> Terms::Level::check(const json::Path& at) const {
  if (terms_.depth_ <= base::limits::kEndpointRuleDepthMax) return {};
  return refuse(at,
                fmt::format("it is nested too deeply; {} levels are the limit", base::limits::kEndpointRuleDepthMax));
}

const std::pair<std::string, Type>* Terms::visible(std::string_view name) const {
  const auto found = std::find_if(names_.begin(), names_.end(), [&](const auto& known) { return known.first == name; });
  return found == names_.end() ? nullptr : &*found;
}

base::Result<Slot> Terms::declare(std::string_view name, Type type, const json::Path& at) {
  if (visible(name) != nullptr) return refuse(at, fmt::format("{} has a value already", name));
  if (names_.size() == kVariablesMax)
    return refuse(at, fmt::format("there are more than {} parameters and assigned names", kVariablesMax));
  names_.emplace_back(name, type);
  return static_cast<Slot>(names_.size() - 1);
}

base::Result<Term> Terms::term(const json::Value& value, const json::Path& at) {
  const Level level(*this);
  TRY(level.check(at));
  if (value.is_bool()) return Term{Type::kBoolean, value.get_bool(), {}};
  if (value.is_int64()) return Term{Type::kInteger, value.get_int64(), {}};
  if (value.is_string()) return template_of(json::view(value.get_string()), at);
  const json::Object* object = value.if_object();
  if (object == nullptr) return refuse(at, "it must be a text, a boolean, an integer, a reference or a function");
  if (find(*object, "ref") != nullptr) return reference(TRY(text_of(*object, "ref", at)), at.at("ref"));
  if (find(*object, "fn") == nullptr) return refuse(at, "it has neither ref nor fn");
  if (find(*object, "assign") != nullptr) return refuse(at.at("assign"), "only a condition can assign");
  Call made = TRY(call(*object, at));
  const Type type = result_of(made);
  return Term{type, std::move(made), {}};
}

base::Result<Term> Terms::text(const json::Value& value, const json::Path& at) {
  Term made = TRY(term(value, at));
  if (made.type != Type::kString) return refuse(at, fmt::format("it is {}, and must be a text", story(made.type)));
  return made;
}

base::Result<Term> Terms::reference(std::string_view name, const json::Path& at) const {
  const auto* known = visible(name);
  if (known == nullptr) return refuse(at, fmt::format("{} is neither a parameter nor assigned before", name));
  return Term{known->second, static_cast<Slot>(known - names_.data()), known->first};
}

base::Result<Reference> Terms::reference_in(std::string_view inside, const json::Path& at) const {
  const std::size_t sign = inside.find('#');
  const Term term = TRY(reference(inside.substr(0, sign), at));
  Reference made{std::get<Slot>(term.is), {}, std::string(inside)};
  Type type = term.type;
  if (sign != std::string_view::npos)
    std::tie(made.steps, type) = TRY(read_steps(inside.substr(sign + 1), '#', type, at));
  if (type != Type::kString) return refuse(at, fmt::format("{{{}}} is {}, and must be a text", inside, story(type)));
  return made;
}

base::Result<Term> Terms::template_of(std::string_view text, const json::Path& at) const {
  Template made{{std::string()}, {}};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c == '{' || c == '}') && i + 1 < text.size() && text[i + 1] == c) {
      made.texts.back().push_back(c);  // written twice, it stands for itself
      ++i;
    } else if (c == '{') {
      const std::size_t end = text.find('}', i);
      if (end == std::string_view::npos) return refuse(at, "a { has no }");
      made.references.push_back(TRY(reference_in(text.substr(i + 1, end - i - 1), at)));
      made.texts.emplace_back();
      i = end;
    } else if (c == '}') {
      return refuse(at, "a } has no {");
    } else {
      made.texts.back().push_back(c);
    }
  }
  if (made.references.empty()) return Term{Type::kString, std::move(made.texts.front()), {}};
  return Term{Type::kString, std::move(made), {}};
}

Type Terms::result_of(const Call& call) {
  if (call.function != nullptr) return call.function->result;
  Type type = call.arguments.front().type;
  for (const Step& step : call.steps) type = type_of(type, step);
  return type;
}

base::Result<Call> Terms::call(const json::Object& object, const json::Path& at) {
  const std::string_view name = TRY(text_of(object, "fn", at));
  const json::Array& arguments = *TRY(array_of(object, "argv", at));
  const json::Path inside = at.at("argv");
  if (name == "getAttr") return attribute(arguments, inside);
  Call made;
  made.function = find_function(name);
  if (made.function == nullptr) return refuse(at.at("fn"), unknown_function(name));
  const std::vector<Type>& takes = made.function->takes;
  if (arguments.size() != takes.size())
    return refuse(inside, fmt::format("{} takes {} arguments; there are {}", name, takes.size(), arguments.size()));
  made.arguments.reserve(takes.size());
  for (std::size_t i = 0; i < takes.size(); ++i) {
    made.arguments.push_back(TRY(term(arguments[i], inside.at(i))));
    const Type type = made.arguments.back().type;
    if (takes[i] != Type::kNone && takes[i] != type)
      return refuse(inside.at(i), fmt::format("it is {}; {} takes {} here", story(type), name, story(takes[i])));
  }
  return made;
}

base::Result<Call> Terms::attribute(const json::Array& arguments, const json::Path& at) {
  if (arguments.size() != 2)
    return refuse(at, fmt::format("getAttr takes 2 arguments; there are {}", arguments.size()));
  if (!arguments[1].is_string()) return refuse(at.at(1), "getAttr takes a text here");
  Call made;
  made.arguments.push_back(TRY(term(arguments[0], at.at(0))));
  made.steps = TRY(read_steps(json::view(arguments[1].get_string()), '.', made.arguments[0].type, at.at(1))).first;
  return made;
}

}  // namespace aws_endpoint
