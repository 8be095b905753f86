// The JSON Schema (2020-12, as in OpenAPI 3.1) of a described struct (json/describe.h). Each described struct becomes
// one named component; what refers to it is a $ref. Pure, any thread.

#pragma once

#include <map>
#include <string>
#include <string_view>

#include "json/describe.h"

namespace json {

using Components = std::map<std::string, Object, std::less<>>;

namespace internal {

void apply_text_rules(Object& schema, const Rules& rules);
void apply_number_rules(Object& schema, const Rules& rules);

template <class T>
Object schema_of(const Rules& rules, Components& components);

struct SchemaFields {
  Components& components;
  Object properties;
  Array required;

  template <class C, class M>
  void operator()(std::string_view name, M C::*, const Rules& rules = {}) {
    Object schema;
    if constexpr (is_optional_v<M>) {
      schema = schema_of<typename M::value_type>(rules, components);
      if (rules.null_when_absent) schema = Object{{"anyOf", Array{std::move(schema), Object{{"type", "null"}}}}};
    } else {
      schema = schema_of<M>(rules, components);
    }
    if (!rules.doc.empty()) schema["description"] = boost::json::string_view(rules.doc.data(), rules.doc.size());
    if (!rules.example.empty())
      schema["examples"] = Array{boost::json::string_view(rules.example.data(), rules.example.size())};
    const boost::json::string_view key(name.data(), name.size());
    properties[key] = std::move(schema);
    if (rules.null_when_absent || (!is_optional_v<M> && !rules.may_miss)) required.emplace_back(key);
  }
};

template <class T>
Object schema_of(const Rules& rules, Components& components) {
  Object schema;
  if constexpr (std::is_same_v<T, std::string>) {
    schema["type"] = "string";
    apply_text_rules(schema, rules);
  } else if constexpr (std::is_same_v<T, bool>) {
    schema["type"] = "boolean";
  } else if constexpr (std::is_same_v<T, base::Time>) {
    schema["type"] = "string";
    schema["format"] = "date-time";
  } else if constexpr (std::is_same_v<T, double>) {
    schema["type"] = "number";
  } else if constexpr (std::is_integral_v<T>) {
    schema["type"] = "integer";
    apply_number_rules(schema, rules);
  } else if constexpr (std::is_enum_v<T>) {
    schema["type"] = "string";
    Array all;
    for (const auto& [member, name] : kEnumNames<T>)
      all.emplace_back(boost::json::string_view(name.data(), name.size()));
    schema["enum"] = std::move(all);
  } else if constexpr (std::is_same_v<T, Value>) {
  } else if constexpr (std::is_same_v<T, Object>) {
    schema["type"] = "object";
  } else if constexpr (is_each_v<T>) {
    schema["type"] = "array";
    schema["maxItems"] = rules.items_max;
    // What an element should be; one that is otherwise spoils only itself, so the document must not forbid it.
    schema["items"] = Object{{"anyOf", Array{schema_of<typename T::Element>(rules, components), Object{}}}};
  } else if constexpr (is_vector_v<T>) {
    schema["type"] = "array";
    schema["maxItems"] = rules.items_max;
    schema["items"] = schema_of<typename T::value_type>(rules, components);
  } else {
    static_assert(Described<T>, "a member's type must be one of those that json/describe.h lists");
    const std::string name(T::kTypeName);
    if (!components.contains(name)) {
      components.emplace(name, Object{});  // before its fields, for types that hold themselves
      SchemaFields fields{components, {}, {}};
      T::describe(fields);
      Object& component = components[name];
      component["type"] = "object";
      component["properties"] = std::move(fields.properties);
      if (!fields.required.empty()) component["required"] = std::move(fields.required);
      if constexpr (requires { T::kClosed; }) component["additionalProperties"] = false;
      if constexpr (requires { T::kMembersMin; }) component["minProperties"] = T::kMembersMin;
      if constexpr (requires { T::kDoc; })
        component["description"] = boost::json::string_view(T::kDoc.data(), T::kDoc.size());
    }
    schema["$ref"] = "#/components/schemas/" + name;
  }
  return schema;
}

}  // namespace internal

// A struct whose unknown members are refused says so with `static constexpr bool kClosed = true;`, that some of its
// members must be there, whichever they are, with `static constexpr int kMembersMin` (which whoever decodes it checks),
// and what it is for with `static constexpr std::string_view kDoc`.
template <class T>
Object schema(Components& components) {
  return internal::schema_of<T>(Rules{}, components);
}

}  // namespace json
