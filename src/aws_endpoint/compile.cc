// From the JSON of a rule set to a program.

#include <utility>

#include <fmt/format.h>

#include "aws_endpoint/program.h"
#include "aws_endpoint/reader.h"
#include "aws_endpoint/terms.h"
#include "base/text.h"

namespace aws_endpoint {
namespace {

class Compiler {
 public:
  base::Result<Program> run(const json::Value& rule_set) {
    const json::Path root;
    const json::Object& object = *TRY(object_at(rule_set, root));
    if (const json::Value* version = find(object, "version")) {
      if (!version->is_string() || !json::view(version->get_string()).starts_with("1."))
        return refuse(root.at("version"), "only version 1 is known");
    }
    const json::Value* parameters = find(object, "parameters");
    if (parameters == nullptr) return refuse(root, "parameters is missing");
    for (const auto& member : *TRY(object_at(*parameters, root.at("parameters"))))
      TRY(parameter(member.key(), member.value(), root.at("parameters").at(member.key())));
    program_.rules = TRY(rules(object, root));
    return std::move(program_);
  }

 private:
  base::Result<void> parameter(std::string_view name, const json::Value& value, const json::Path& at) {
    const json::Object& object = *TRY(object_at(value, at));
    const std::string type = base::to_lower_ascii(TRY(text_of(object, "type", at)));
    Declared declared{std::string(name), Type::kString, false, {}};
    if (type == "boolean")
      declared.type = Type::kBoolean;
    else if (type == "stringarray")
      declared.type = Type::kStrings;
    else if (type != "string")
      return refuse(at.at("type"), "it must be string, boolean or stringArray");
    if (const json::Value* required = find(object, "required")) {
      if (!required->is_bool()) return refuse(at.at("required"), "it must be true or false");
      declared.required = required->get_bool();
    }
    if (const json::Value* given = find(object, "default")) TRY(otherwise(*given, declared, at.at("default")));
    if (find(object, "builtIn") != nullptr)
      program_.built_ins.push_back({declared.name, std::string(TRY(text_of(object, "builtIn", at)))});
    TRY(terms_.declare(name, declared.type, at));
    program_.parameters.push_back(std::move(declared));
    return {};
  }

  static base::Result<void> otherwise(const json::Value& value, Declared& declared, const json::Path& at) {
    if (value.is_bool() && declared.type == Type::kBoolean) {
      declared.otherwise = value.get_bool();
    } else if (value.is_string() && declared.type == Type::kString) {
      declared.otherwise = std::string(json::view(value.get_string()));
    } else if (value.is_array() && declared.type == Type::kStrings) {
      std::vector<std::string> list;
      for (const json::Value& element : value.get_array()) {
        if (!element.is_string()) return refuse(at, "it must be a list of texts");
        list.emplace_back(json::view(element.get_string()));
      }
      declared.otherwise = std::move(list);
    } else {
      return refuse(at, fmt::format("it must be {}, as the parameter", story(declared.type)));
    }
    return {};
  }

  base::Result<std::vector<Rule>> rules(const json::Object& object, const json::Path& at) {
    const json::Array& list = *TRY(array_of(object, "rules", at));
    const json::Path inside = at.at("rules");
    std::vector<Rule> made;
    made.reserve(list.size());
    for (std::size_t i = 0; i < list.size(); ++i) made.push_back(TRY(rule(list[i], inside.at(i))));
    return made;
  }

  base::Result<Rule> rule(const json::Value& value, const json::Path& at) {
    const Terms::Level level(terms_);
    TRY(level.check(at));
    const json::Object& object = *TRY(object_at(value, at));
    const std::size_t outside = terms_.declared();
    Rule made;
    const json::Array& conditions = *TRY(array_of(object, "conditions", at));
    made.conditions.reserve(conditions.size());
    for (std::size_t i = 0; i < conditions.size(); ++i)
      made.conditions.push_back(TRY(condition(conditions[i], at.at("conditions").at(i))));

    const std::string_view type = TRY(text_of(object, "type", at));
    if (type == "tree") {
      made.rules = TRY(rules(object, at));
    } else if (type == "error") {
      made.kind = Rule::Kind::kError;
      const json::Value* error = find(object, "error");
      if (error == nullptr) return refuse(at, "error is missing");
      made.text = TRY(terms_.text(*error, at.at("error")));
    } else if (type == "endpoint") {
      made.kind = Rule::Kind::kEndpoint;
      const json::Value* endpoint_value = find(object, "endpoint");
      if (endpoint_value == nullptr) return refuse(at, "endpoint is missing");
      TRY(endpoint(*endpoint_value, at.at("endpoint"), made));
    } else {
      return refuse(at.at("type"), "it must be tree, endpoint or error");
    }
    terms_.forget_after(outside);
    return made;
  }

  base::Result<Condition> condition(const json::Value& value, const json::Path& at) {
    const json::Object& object = *TRY(object_at(value, at));
    Condition made{TRY(terms_.call(object, at)), std::nullopt};
    if (find(object, "assign") != nullptr) {
      const std::string_view name = TRY(text_of(object, "assign", at));
      made.assign = TRY(terms_.declare(name, Terms::result_of(made.call), at.at("assign")));
    }
    return made;
  }

  base::Result<void> endpoint(const json::Value& value, const json::Path& at, Rule& made) {
    const json::Object& object = *TRY(object_at(value, at));
    const json::Value* url = find(object, "url");
    if (url == nullptr) return refuse(at, "url is missing");
    made.text = TRY(terms_.text(*url, at.at("url")));
    if (const json::Value* headers = find(object, "headers")) {
      const json::Path inside = at.at("headers");
      const json::Object& named = *TRY(object_at(*headers, inside));
      for (const auto& member : named) {
        const std::string_view name = member.key();
        const json::Array& list = *TRY(array_of(named, name, inside));
        for (std::size_t i = 0; i < list.size(); ++i)
          made.headers.emplace_back(name, TRY(terms_.text(list[i], inside.at(name).at(i))));
      }
    }
    if (const json::Value* properties = find(object, "properties")) {
      const json::Path inside = at.at("properties");
      const json::Object& named = *TRY(object_at(*properties, inside));
      for (const auto& member : named) {
        const std::string_view name = member.key();
        if (name == "authSchemes")
          made.schemes = TRY(schemes(named, inside));
        else
          made.properties.push_back(TRY(property(name, member.value(), inside.at(name))));
      }
    }
    return {};
  }

  base::Result<std::vector<Scheme>> schemes(const json::Object& properties, const json::Path& at) {
    const json::Array& list = *TRY(array_of(properties, "authSchemes", at));
    std::vector<Scheme> made;
    for (std::size_t i = 0; i < list.size(); ++i) made.push_back(TRY(scheme(list[i], at.at("authSchemes").at(i))));
    return made;
  }

  base::Result<Scheme> scheme(const json::Value& value, const json::Path& at) {
    const json::Object& object = *TRY(object_at(value, at));
    Scheme made;
    made.name = TRY(text_of(object, "name", at));
    if (const json::Value* name = find(object, "signingName"))
      made.signing_name = TRY(terms_.text(*name, at.at("signingName")));
    if (const json::Value* region = find(object, "signingRegion"))
      made.signing_region = TRY(terms_.text(*region, at.at("signingRegion")));
    if (find(object, "signingRegionSet") != nullptr) {
      const json::Array& set = *TRY(array_of(object, "signingRegionSet", at));
      for (std::size_t i = 0; i < set.size(); ++i)
        made.signing_region_set.push_back(TRY(terms_.text(set[i], at.at("signingRegionSet").at(i))));
    }
    if (const json::Value* disabled = find(object, "disableDoubleEncoding")) {
      if (!disabled->is_bool()) return refuse(at.at("disableDoubleEncoding"), "it must be true or false");
      made.double_encoding_disabled = disabled->get_bool();
    }
    return made;
  }

  base::Result<Property> property(std::string_view name, const json::Value& value, const json::Path& at) {
    const Terms::Level level(terms_);
    TRY(level.check(at));
    Property made;
    made.name = name;
    if (value.is_string()) {
      made.text = TRY(terms_.text(value, at));
    } else if (const json::Object* object = value.if_object(); object != nullptr && !object->empty()) {
      for (const auto& member : *object)
        made.members.push_back(TRY(property(member.key(), member.value(), at.at(member.key()))));
    } else if (const json::Array* array = value.if_array(); array != nullptr && !array->empty()) {
      for (std::size_t i = 0; i < array->size(); ++i) made.elements.push_back(TRY(property({}, (*array)[i], at.at(i))));
    } else {
      made.literal = value;
    }
    return made;
  }

  Terms terms_;
  Program program_;
};

}  // namespace

base::Result<Program> compile_program(const json::Value& rule_set) { return Compiler().run(rule_set); }

}  // namespace aws_endpoint
