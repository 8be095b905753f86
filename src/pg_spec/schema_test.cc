// The documentation's examples are read, and schemas/database-spec.json knows exactly the keys that the reader knows.

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "pg_spec/spec.h"
#include "pg_spec/yaml.h"

namespace pg_spec {
namespace {

namespace bj = boost::json;
using internal::Node;

std::string file(const std::string& path) {
  std::ifstream in(std::string(PG_SPEC_SOURCE_DIR) + "/" + path);
  EXPECT_TRUE(in) << path;
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

const bj::value& schema() {
  static const bj::value kSchema = bj::parse(file("schemas/database-spec.json"));
  return kSchema;
}

const bj::object& resolve(const bj::value& of) {
  const bj::object* at = &of.as_object();
  while (const bj::value* ref = at->if_contains("$ref")) {
    const std::string_view path = ref->as_string();
    at = &schema().at("$defs").at(path.substr(path.rfind('/') + 1)).as_object();
  }
  return *at;
}

// As much of JSON Schema as the document needs, over YAML's tree: where a node is wrong, or nothing.
bool valid(const bj::value& of, const Node& node);

bool has_type(std::string_view type, const Node& node) {
  const bool boolean = node.is_text() && node.plain && (node.text == "true" || node.text == "false");
  const std::size_t sign = node.text.starts_with('-') ? 1 : 0;
  const bool integer = node.is_text() && node.plain && node.text.size() > sign &&
                       node.text.find_first_not_of("0123456789", sign) == std::string::npos;
  if (type == "null") return node.is_null();
  if (type == "object") return node.is_map();
  if (type == "array") return node.is_list();
  if (type == "boolean") return boolean;
  if (type == "integer" || type == "number") return integer;
  return type == "string" && node.is_text() && !boolean && !integer;
}

bool valid_members(const bj::object& rules, const Node& node) {
  const bj::value* properties = rules.if_contains("properties");
  const bj::value* additional = rules.if_contains("additionalProperties");
  for (const internal::Member& each : node.members) {
    const bj::value* of = properties == nullptr ? nullptr : properties->as_object().if_contains(each.key);
    if (of == nullptr) of = additional;
    if (of == nullptr) continue;
    if (of->is_bool() ? !of->as_bool() : !valid(*of, each.value)) return false;
  }
  return true;
}

bool valid(const bj::value& of, const Node& node) {
  const bj::object& rules = resolve(of);
  if (const bj::value* any = rules.if_contains("anyOf")) {
    if (!std::ranges::any_of(any->as_array(), [&](const bj::value& each) { return valid(each, node); })) return false;
  }
  if (const bj::value* one = rules.if_contains("enum")) {
    if (!std::ranges::any_of(one->as_array(), [&](const bj::value& each) { return node.text == each.as_string(); }))
      return false;
  }
  if (const bj::value* type = rules.if_contains("type")) {
    const bj::array types = type->is_array() ? type->as_array() : bj::array{*type};
    if (!std::ranges::any_of(types, [&](const bj::value& each) { return has_type(each.as_string(), node); }))
      return false;
  }
  if (const bj::value* items = rules.if_contains("items")) {
    if (!std::ranges::all_of(node.items, [&](const Node& each) { return valid(*items, each); })) return false;
  }
  return valid_members(rules, node);
}

std::vector<std::string> examples() {
  const std::string text = file("docs/reference/database-spec.md");
  std::vector<std::string> found;
  constexpr std::string_view kOpen = "```yaml\n";
  for (std::size_t at = 0; (at = text.find(kOpen, at)) != std::string::npos;) {
    const std::size_t begin = at + kOpen.size();
    at = text.find("```", begin);
    found.push_back(text.substr(begin, at - begin));
  }
  return found;
}

TEST(Documentation, EveryExampleIsReadAndFollowsTheSchema) {
  const std::vector<std::string> all = examples();
  ASSERT_GE(all.size(), 2U);
  for (const std::string& each : all) {
    const base::Result<Spec> spec = read(each, "database-spec.md");
    ASSERT_TRUE(spec) << spec.error().message << "\n" << each;
    internal::Problems problems;
    Node root;
    ASSERT_TRUE(internal::parse_yaml(each, root, problems));
    for (const internal::Member& member : root.members) {
      const bj::value* of = schema().at("properties").as_object().if_contains(member.key);
      ASSERT_NE(of, nullptr) << member.key;
      EXPECT_TRUE(valid(*of, member.value)) << member.key << " of\n" << each;
    }
  }
}

// The smallest one: what the decision record asks for, in a few lines.
TEST(Documentation, TheSimpleCaseIsSmall) {
  const std::string first = examples().at(0);
  EXPECT_LE(std::ranges::count(first, '\n'), 6);
  EXPECT_GE(read(first, "first")->roles.size(), 3U);
}

// A document that has every key that the schema knows, and where each mapping with fixed keys stands.
class Sampler {
 public:
  bj::value sample(const bj::value& of, const std::string& pointer) {
    const bj::object& rules = resolve(of);
    if (const bj::value* any = rules.if_contains("anyOf")) return sample(best(any->as_array()), pointer);
    if (const bj::value* one = rules.if_contains("enum")) return one->as_array().front();
    if (const bj::value* properties = rules.if_contains("properties"))
      return with_keys(properties->as_object(), pointer);
    if (const bj::value* values = rules.if_contains("additionalProperties"); values != nullptr && values->is_object()) {
      const std::string key = name_for(*values);
      return bj::object{{key, sample(*values, pointer + "/" + key)}};
    }
    if (const bj::value* items = rules.if_contains("items")) return list(*items, pointer);
    return "x";
  }

  std::map<std::string, std::set<std::string>> keys;  // by pointer

 private:
  int names_ = 0;

  // The alternative that says most.
  static const bj::value& best(const bj::array& alternatives) {
    for (const bj::value& each : alternatives) {
      const bj::object& rules = resolve(each);
      if (rules.contains("properties") || rules.contains("additionalProperties")) return each;
    }
    return alternatives.front();
  }

  // Roles are declared once, so those names are never the same; all others are x, which external_roles has.
  std::string name_for(const bj::value& of) {
    const bj::value* ref = of.as_object().if_contains("$ref");
    const std::string_view path = ref == nullptr ? std::string_view() : std::string_view(ref->as_string());
    if (path.ends_with("/routine")) return "f()";
    if (path.ends_with("/large_object")) return "1";
    const bool declares = path.empty() || path.ends_with("/role_attributes") || path.ends_with("/login");
    return declares ? fmt::format("x{}", ++names_) : "x";
  }

  bj::value with_keys(const bj::object& properties, const std::string& pointer) {
    bj::object made;
    for (const auto& each : properties) {
      const std::string key(each.key());
      keys[pointer].insert(key);
      made[key] = sample(each.value(), pointer + "/" + key);
    }
    return made;
  }

  bj::value list(const bj::value& items, const std::string& pointer) {
    const bj::object& rules = resolve(items);
    if (!rules.contains("maxProperties")) return bj::array{sample(items, pointer + "/0")};
    bj::array made;  // one of several: each in an element of its own
    for (const auto& each : rules.at("properties").as_object()) {
      const std::string at = fmt::format("{}/{}/{}", pointer, made.size(), std::string_view(each.key()));
      made.push_back(bj::object{{each.key(), sample(each.value(), at)}});
    }
    return made;
  }
};

// "..., it has a, b, c" of a problem.
std::set<std::string> keys_in(std::string_view message) {
  std::set<std::string> keys;
  constexpr std::string_view kBefore = "; it has ";
  std::size_t at = message.find(kBefore);
  if (at == std::string_view::npos) return keys;
  for (at += kBefore.size(); at < message.size();) {
    const std::size_t end = std::min(message.find(", ", at), message.size());
    keys.emplace(message.substr(at, end - at));
    at = end + 2;
  }
  return keys;
}

TEST(Schema, KnowsExactlyTheKeysOfTheReader) {
  Sampler sampler;
  const bj::value document = sampler.sample(schema(), "");
  ASSERT_GT(sampler.keys.size(), 30U);
  for (const auto& [pointer, keys] : sampler.keys) {
    bj::value changed = document;
    changed.at_pointer(pointer).as_object()["zzzzzzzz"] = 1;
    const base::Result<Spec> spec = read(bj::serialize(changed), "sample.json");
    ASSERT_FALSE(spec);
    std::set<std::string> known;
    for (const base::FieldError& each : spec.error().fields) {
      if (each.message.find("has no key") == std::string::npos) continue;
      EXPECT_EQ(each.pointer, pointer + "/zzzzzzzz") << each.message;
      known = keys_in(each.message);
    }
    EXPECT_EQ(known, keys) << "at " << pointer;
  }
}

}  // namespace
}  // namespace pg_spec
