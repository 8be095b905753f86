// A rule set once it is compiled: names are places in a table of variables, templates are lists of parts, every type is
// known. Of this module only. The program is not changed once it is made; a Scope belongs to one evaluation.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "aws_endpoint/endpoint.h"
#include "aws_endpoint/standard.h"
#include "json/value.h"

namespace aws_endpoint {

using Strings = std::vector<std::string_view>;
// The alternatives stand in the order of Type. A text is a view: into the parameters, the program, or the scope.
using Value = std::variant<std::monostate, bool, std::int64_t, std::string_view, const Strings*, const json::Object*,
                           const Url*, const Arn*>;
enum class Type : std::uint8_t { kNone, kBoolean, kInteger, kString, kStrings, kPartition, kUrl, kArn };
inline bool is_set(const Value& value) { return value.index() != 0; }

inline constexpr std::size_t kVariablesMax = 64;  // parameters, and what the conditions around a rule assign
using Slot = std::uint8_t;

// What one evaluation knows, and what its values point to.
struct Scope {
  const Partitions& partitions;
  std::array<Value, kVariablesMax> variables;
  std::string problem;  // why the evaluation cannot go on; empty: it can
  std::forward_list<std::string> texts;
  std::forward_list<Strings> lists;
  std::forward_list<Url> urls;
  std::forward_list<Arn> arns;
};

struct Function {
  std::string_view name;
  Type result;
  std::vector<Type> takes;  // kNone: anything
  bool takes_unset;         // is called with arguments that are not set; the others refuse those
  Value (*run)(std::span<const Value> arguments, Scope& scope);
};
const Function* find_function(std::string_view name);

// "resourceId[0]": a member, an element, or one after the other.
struct Step {
  std::string name;
  std::optional<std::size_t> index;
};
Value step_into(const Value& value, const Step& step);
Type type_of(Type type, const Step& step);  // kNone: there is no such thing

struct Term;

struct Reference {
  Slot slot = 0;
  std::vector<Step> steps;
  std::string text;  // as the rule set has it
};
struct Template {  // text, reference, text, reference, ... text
  std::vector<std::string> texts;
  std::vector<Reference> references;
};
struct Call {
  const Function* function = nullptr;  // null: getAttr, of the one argument
  std::vector<Term> arguments;
  std::vector<Step> steps;
};
struct Term {
  Type type = Type::kNone;
  std::variant<bool, std::int64_t, std::string, Slot, Template, Call> is;
  std::string name;  // of what a slot holds
};

struct Condition {
  Call call;
  std::optional<Slot> assign;
};

// A property of an endpoint: texts are templates, at any depth.
struct Property {
  std::string name;     // where it is a member
  json::Value literal;  // where it is neither of the others
  std::optional<Term> text;
  std::vector<Property> members;
  std::vector<Property> elements;
};
struct Scheme {
  std::string name;
  std::optional<Term> signing_name, signing_region;
  std::vector<Term> signing_region_set;
  bool double_encoding_disabled = false;
};

struct Rule {
  enum class Kind : std::uint8_t { kTree, kEndpoint, kError };
  Kind kind = Kind::kTree;
  std::vector<Condition> conditions;
  std::vector<Rule> rules;  // of a tree
  Term text;                // the URL, or the error's message
  std::vector<std::pair<std::string, Term>> headers;
  std::vector<Scheme> schemes;
  std::vector<Property> properties;
};

struct Declared {
  std::string name;
  Type type = Type::kString;
  bool required = false;
  std::variant<std::monostate, bool, std::string, std::vector<std::string>> otherwise;
};

struct Program {
  std::vector<Declared> parameters;  // the n-th is in slot n
  std::vector<BuiltInParameter> built_ins;
  std::vector<Rule> rules;
};

base::Result<Program> compile_program(const json::Value& rule_set);

}  // namespace aws_endpoint
