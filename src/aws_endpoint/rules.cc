// The evaluation of a program: the first rule whose conditions hold decides. Rules in a tree see what the conditions
// around them assigned; since a rule's own names lie in slots above those of the rules around it, nothing has to be put
// back when it does not hold.

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "aws_endpoint/program.h"

namespace aws_endpoint {
namespace {

constexpr std::string_view kRegionPointer = "parameter:Region";

tl::unexpected<base::Error> no_region() {
  return base::fail_field(base::Code::kInvalid, std::string(kRegionPointer),
                          "No region is set, and this call needs one: set AWS_REGION, or region in the configuration.");
}

class Evaluation {
 public:
  Evaluation(const Program& program, const Partitions& partitions)
      : program_(program), scope_{.partitions = partitions} {}

  base::Result<Endpoint> run(const Parameters& parameters) {
    for (std::size_t i = 0; i < program_.parameters.size(); ++i) {
      const Declared& declared = program_.parameters[i];
      const auto given = parameters.find(declared.name);
      TRY(given == parameters.end() ? take_default(declared, scope_.variables[i])
                                    : take(declared, given->second, scope_.variables[i]));
    }
    const Rule* rule = first_that_holds(program_.rules);
    if (rule == nullptr && scope_.problem.empty()) return nothing_holds(parameters);
    Endpoint endpoint;
    if (rule != nullptr && rule->kind == Rule::Kind::kEndpoint) endpoint = make(*rule);
    std::string message = rule != nullptr && rule->kind == Rule::Kind::kError ? text(rule->text) : std::string();
    if (region_missing_) return no_region();
    if (!scope_.problem.empty())
      return base::fail(base::Code::kInvalid, "The endpoint cannot be found: " + scope_.problem + ".");
    if (rule->kind == Rule::Kind::kEndpoint) return endpoint;
    if (is_unset("Region") && message.find("Region") != std::string::npos) return no_region();
    return base::fail(base::Code::kInvalid, std::move(message));
  }

 private:
  base::Result<void> take(const Declared& declared, const Parameter& given, Value& slot) {
    if (const auto* text = std::get_if<std::string>(&given); text != nullptr && declared.type == Type::kString) {
      slot = std::string_view(*text);
    } else if (const auto* boolean = std::get_if<bool>(&given); boolean != nullptr && declared.type == Type::kBoolean) {
      slot = *boolean;
    } else if (const auto* list = std::get_if<std::vector<std::string>>(&given);
               list != nullptr && declared.type == Type::kStrings) {
      slot = &scope_.lists.emplace_front(list->begin(), list->end());
    } else {
      return base::fail(base::Code::kInvalid,
                        fmt::format("The endpoint's parameter {} is of the wrong type.", declared.name));
    }
    return {};
  }

  base::Result<void> take_default(const Declared& declared, Value& slot) {
    if (const auto* text = std::get_if<std::string>(&declared.otherwise)) {
      slot = std::string_view(*text);
    } else if (const auto* boolean = std::get_if<bool>(&declared.otherwise)) {
      slot = *boolean;
    } else if (const auto* list = std::get_if<std::vector<std::string>>(&declared.otherwise)) {
      slot = &scope_.lists.emplace_front(list->begin(), list->end());
    } else if (declared.required) {
      if (declared.name == "Region") return no_region();
      return base::fail_field(base::Code::kInvalid, "parameter:" + declared.name,
                              fmt::format("The endpoint needs the parameter {}, which is not set.", declared.name));
    }
    return {};
  }

  [[nodiscard]] bool is_unset(std::string_view parameter) const {
    for (std::size_t i = 0; i < program_.parameters.size(); ++i) {
      if (program_.parameters[i].name == parameter) return !is_set(scope_.variables[i]);
    }
    return false;
  }

  const Rule* first_that_holds(const std::vector<Rule>& rules) {
    for (const Rule& rule : rules) {
      const bool holds = std::all_of(rule.conditions.begin(), rule.conditions.end(),
                                     [this](const Condition& condition) { return is_met(condition); });
      if (!scope_.problem.empty()) return nullptr;
      if (!holds) continue;
      if (rule.kind != Rule::Kind::kTree) return &rule;
      if (const Rule* inner = first_that_holds(rule.rules)) return inner;
      if (!scope_.problem.empty()) return nullptr;
    }
    return nullptr;
  }

  bool is_met(const Condition& condition) {
    const Value value = call(condition.call);
    if (!scope_.problem.empty() || !is_set(value)) return false;
    if (condition.assign) scope_.variables[*condition.assign] = value;
    const bool* boolean = std::get_if<bool>(&value);
    return boolean == nullptr || *boolean;
  }

  Value call(const Call& call) {
    constexpr std::size_t kArgumentsMax = 4;
    if (call.function == nullptr) {
      Value value = evaluate(call.arguments.front());
      if (!is_set(value)) return missing(call.arguments.front(), "getAttr");
      for (const Step& step : call.steps) value = step_into(value, step);
      return value;
    }
    std::array<Value, kArgumentsMax> arguments;
    for (std::size_t i = 0; i < call.arguments.size(); ++i) {
      arguments[i] = evaluate(call.arguments[i]);
      if (!scope_.problem.empty()) return {};
      if (!is_set(arguments[i]) && !call.function->takes_unset) return missing(call.arguments[i], call.function->name);
    }
    return call.function->run(std::span(arguments).first(call.arguments.size()), scope_);
  }

  Value missing(const Term& term, std::string_view function) {
    if (scope_.problem.empty()) {
      region_missing_ = term.name == "Region";
      scope_.problem = fmt::format("{} is asked of {}, which is not set", function,
                                   term.name.empty() ? std::string_view("a value") : std::string_view(term.name));
    }
    return {};
  }

  Value evaluate(const Term& term) {
    if (const auto* slot = std::get_if<Slot>(&term.is)) return scope_.variables[*slot];
    if (const auto* boolean = std::get_if<bool>(&term.is)) return *boolean;
    if (const auto* literal = std::get_if<std::string>(&term.is)) return std::string_view(*literal);
    if (const auto* inner = std::get_if<Call>(&term.is)) return call(*inner);
    if (const auto* integer = std::get_if<std::int64_t>(&term.is)) return *integer;
    return std::string_view(scope_.texts.emplace_front(fill(*std::get_if<Template>(&term.is))));
  }

  std::string fill(const Template& pattern) {
    std::string out = pattern.texts.front();
    for (std::size_t i = 0; i < pattern.references.size(); ++i) {
      const Reference& reference = pattern.references[i];
      Value value = scope_.variables[reference.slot];
      for (const Step& step : reference.steps) value = step_into(value, step);
      if (const auto* text = std::get_if<std::string_view>(&value)) {
        out.append(*text);
      } else if (scope_.problem.empty()) {
        region_missing_ = reference.text == "Region";
        scope_.problem = fmt::format("the rule puts in {{{}}}, which is not set", reference.text);
      }
      out.append(pattern.texts[i + 1]);
    }
    return out;
  }

  std::string text(const Term& term) {
    if (const auto* pattern = std::get_if<Template>(&term.is)) return fill(*pattern);
    const Value value = evaluate(term);
    if (const auto* found = std::get_if<std::string_view>(&value)) return std::string(*found);
    missing(term, "a text");
    return {};
  }

  Endpoint make(const Rule& rule) {
    Endpoint endpoint;
    endpoint.url = text(rule.text);
    endpoint.headers.reserve(rule.headers.size());
    for (const auto& [name, term] : rule.headers) endpoint.headers.emplace_back(name, text(term));
    endpoint.auth_schemes.reserve(rule.schemes.size());
    for (const Scheme& scheme : rule.schemes) {
      AuthScheme& made = endpoint.auth_schemes.emplace_back();
      made.name = scheme.name;
      if (scheme.signing_name) made.signing_name = text(*scheme.signing_name);
      if (scheme.signing_region) made.signing_region = text(*scheme.signing_region);
      for (const Term& region : scheme.signing_region_set) made.signing_region_set.push_back(text(region));
      made.double_encoding_disabled = scheme.double_encoding_disabled;
    }
    for (const Property& property : rule.properties) endpoint.properties[property.name] = make(property);
    return endpoint;
  }

  json::Value make(const Property& property) {
    if (property.text) return json::Value(text(*property.text));
    if (!property.members.empty()) {
      json::Object object;
      for (const Property& inner : property.members) object[inner.name] = make(inner);
      return object;
    }
    if (!property.elements.empty()) {
      json::Array array;
      for (const Property& inner : property.elements) array.push_back(make(inner));
      return array;
    }
    return property.literal;
  }

  // The names alone: a bucket or a key is nobody's business in a message.
  [[nodiscard]] static tl::unexpected<base::Error> nothing_holds(const Parameters& parameters) {
    std::string names;
    for (const auto& [name, value] : parameters) names.append(names.empty() ? "" : ", ").append(name);
    return base::fail(base::Code::kInvalid,
                      fmt::format("No endpoint is known for these parameters ({}).", names.empty() ? "none" : names));
  }

  const Program& program_;
  Scope scope_;
  bool region_missing_ = false;  // is the problem
};

class CompiledRules final : public Rules {
 public:
  CompiledRules(Program program, std::shared_ptr<const Partitions> partitions)
      : program_(std::move(program)), partitions_(std::move(partitions)) {}

  [[nodiscard]] base::Result<Endpoint> resolve(const Parameters& parameters) const override {
    return Evaluation(program_, *partitions_).run(parameters);
  }
  [[nodiscard]] bool knows(std::string_view parameter) const override {
    return std::any_of(program_.parameters.begin(), program_.parameters.end(),
                       [&](const Declared& declared) { return declared.name == parameter; });
  }
  [[nodiscard]] std::span<const BuiltInParameter> built_ins() const override { return program_.built_ins; }

 private:
  const Program program_;
  const std::shared_ptr<const Partitions> partitions_;
};

}  // namespace

base::Result<std::shared_ptr<const Rules>> Rules::compile(const json::Value& rule_set,
                                                          std::shared_ptr<const Partitions> partitions) {
  Program program = TRY(compile_program(rule_set));
  return std::shared_ptr<const Rules>(std::make_shared<CompiledRules>(std::move(program), std::move(partitions)));
}

}  // namespace aws_endpoint
