// Answers have up to some hundred thousand elements of a few dozen shapes, so what is to be looked for in a shape is
// sorted once per answer (Plan), and then each child finds its member by bisection; the members' elements are noted in
// `found_`, and read in the model's order.

#include "aws_wire/xml_reply.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "aws_wire/json_body.h"
#include "aws_wire/members.h"
#include "aws_wire/path.h"
#include "aws_wire/scalar.h"
#include "aws_wire/xml_traits.h"
#include "base/text.h"

namespace aws_wire::xml {
namespace {

using aws_model::Location;
using aws_model::Member;
using aws_model::Shape;
using aws_model::Type;

struct Plan {
  struct Name {
    std::string_view text;
    std::uint32_t member;
  };
  std::vector<Name> elements;  // sorted

  [[nodiscard]] const Name* find(std::string_view name) const {
    const auto at = std::lower_bound(elements.begin(), elements.end(), name,
                                     [](const Name& left, std::string_view right) { return left.text < right; });
    return at == elements.end() || at->text != name ? nullptr : &*at;
  }
};

std::string_view without_prefix(std::string_view name) { return name.substr(name.find(':') + 1); }

// A flattened list whose elements have a name goes by that name.
std::string_view element_name(const Member& member) {
  if (is_flattened(member) && member.shape->type == Type::kList && !member.shape->element->location_name.empty())
    return member.shape->element->location_name;
  return name_of(member);
}

Plan plan_of(const Shape& shape) {
  Plan plan;
  for (std::uint32_t i = 0; i < shape.members.size(); ++i) {
    const Member& member = shape.members[i];
    if (member.location == Location::kHeader || member.location == Location::kHeaders ||
        member.location == Location::kStatusCode)
      continue;
    if (!member.xml_attribute) plan.elements.push_back({element_name(member), i});
  }
  std::sort(plan.elements.begin(), plan.elements.end(), [](const Plan::Name& left, const Plan::Name& right) {
    return std::tie(left.text, left.member) < std::tie(right.text, right.member);
  });
  return plan;
}

bool is_nil(const Element& element) {
  return std::any_of(element.attributes.begin(), element.attributes.end(), [](const Attribute& attribute) {
    return attribute.name == "nil" && trim(attribute.value) == "true";
  });
}

class Reader {
 public:
  bool structure(const Shape& shape, const Element& element, json::Object& output, const Path& at) {
    const Plan& plan = plan_for(shape);
    const std::size_t base = found_.size();
    found_.resize(base + shape.members.size(), nullptr);
    for (const Element* child = element.child; child != nullptr; child = child->next) {
      const Plan::Name* name = plan.find(child->name);
      for (; name != nullptr && name != plan.elements.data() + plan.elements.size() && name->text == child->name;
           ++name) {
        if (found_[base + name->member] == nullptr) found_[base + name->member] = child;
      }
    }
    output.reserve(output.size() + static_cast<std::size_t>(
                                       std::count_if(found_.begin() + static_cast<std::ptrdiff_t>(base), found_.end(),
                                                     [](const Element* found) { return found != nullptr; })));
    bool good = true;
    for (std::size_t i = 0; good && i < shape.members.size(); ++i) {
      if (shape.members[i].xml_attribute)
        good = attribute(shape.members[i], element, output, at);
      else if (found_[base + i] != nullptr)
        good = member(shape.members[i], *found_[base + i], output, at);
    }
    found_.resize(base);
    return good;
  }

  // `element`: the first of its name.
  bool member(const Member& member, const Element& element, json::Object& output, const Path& at) {
    if (is_nil(element)) return true;
    json::Value value(output.storage());
    bool present = true;
    const Path here = at.member(member.name);
    if (!read(member, element, value, present, here)) return false;
    if (present) output.insert_or_assign(boosted(member.name), std::move(value));
    return true;
  }

  [[nodiscard]] base::Error failure() const { return *error_; }

 private:
  bool read(const Member& member, const Element& element, json::Value& value, bool& present, const Path& at) {
    switch (member.shape->type) {
      case Type::kStructure:
        return structure(*member.shape, element, value.emplace_object(), at);
      case Type::kList:
        if (!list(member, element, value.emplace_array(), at)) return false;
        present = !is_flattened(member) || !value.get_array().empty();
        return true;
      case Type::kMap:
        if (!map(member, element, value.emplace_object(), at)) return false;
        present = !is_flattened(member) || !value.get_object().empty();
        return true;
      default:
        return scalar(member, element.text, value, present, at);
    }
  }

  bool scalar(const Member& member, std::string_view text, json::Value& value, bool& present, const Path& at) {
    const Type type = member.shape->type;
    if (type == Type::kString) {
      value.emplace_string().assign(text.data(), text.size());
      return true;
    }
    const std::string_view trimmed = trim(text);
    if (trimmed.empty() && type != Type::kBlob) {
      present = false;
      return true;
    }
    std::optional<json::Value> read = read_scalar(member, trimmed);
    if (!read) {
      error_ = reply_error(at, "must be of type " + std::string(aws_model::name(type)) + ".");
      return false;
    }
    value = std::move(*read);
    return true;
  }

  bool list(const Member& member, const Element& first, json::Array& array, const Path& at) {
    const bool flattened = is_flattened(member);
    const Member& item = *member.shape->element;
    for (const Element* element = flattened ? &first : first.child; element != nullptr; element = element->next) {
      if ((flattened && element->name != first.name) || is_nil(*element)) continue;
      json::Value value(array.storage());
      bool present = true;
      const Path here = at.at(array.size());
      if (!read(item, *element, value, present, here)) return false;
      if (present) array.push_back(std::move(value));
    }
    return true;
  }

  bool map(const Member& member, const Element& first, json::Object& object, const Path& at) {
    const bool flattened = is_flattened(member);
    const Member& mapped = *member.shape->element;
    const std::string_view key_name = name_or(*member.shape->key, kKeyName);
    const std::string_view value_name = name_or(mapped, kValueName);
    for (const Element* entry = flattened ? &first : first.child; entry != nullptr; entry = entry->next) {
      if (flattened && entry->name != first.name) continue;
      const Element* const key = entry->find(key_name);
      const Element* const element = entry->find(value_name);
      if (key == nullptr) {
        error_ = reply_error(at, "must have a key in each entry.");
        return false;
      }
      if (element == nullptr || is_nil(*element)) continue;
      json::Value value(object.storage());
      bool present = true;
      const Path here = at.key(key->text, member.shape->key->shape->sensitive);
      if (!read(mapped, *element, value, present, here)) return false;
      if (present) object.insert_or_assign(boosted(key->text), std::move(value));
    }
    return true;
  }

  bool attribute(const Member& member, const Element& element, json::Object& output, const Path& at) {
    const std::string_view name = without_prefix(name_of(member));
    for (const Attribute& attribute : element.attributes) {
      if (attribute.name != name) continue;
      json::Value value(output.storage());
      bool present = true;
      const Path here = at.member(member.name);
      if (!scalar(member, attribute.value, value, present, here)) return false;
      if (present) output.insert_or_assign(boosted(member.name), std::move(value));
      return true;
    }
    return true;
  }

  const Plan& plan_for(const Shape& shape) {
    if (const auto at = plans_.find(&shape); at != plans_.end()) return at->second;
    return plans_.emplace(&shape, plan_of(shape)).first->second;
  }

  std::unordered_map<const Shape*, Plan> plans_;
  std::vector<const Element*> found_;  // of the structures being read, from the outermost inwards
  std::optional<base::Error> error_;
};

}  // namespace

base::Result<Document> parse_answer(std::string_view body) {
  Document document = TRY(Document::parse(body));
  if (base::equal_ignoring_case(document.root().name, "html")) {
    return base::fail(base::Code::kUnavailable,
                      "The answer is a page of HTML, not the service's: something between here and there sent it.");
  }
  return document;
}

base::Result<void> read_structure(const Shape& shape, const Element& element, json::Object& output) {
  Reader reader;
  if (!reader.structure(shape, element, output, Path{})) return base::fail(reader.failure());
  return {};
}

base::Result<void> read_payload(const Member& member, const Element& root, json::Object& output) {
  Reader reader;
  if (!reader.member(member, root, output, Path{})) return base::fail(reader.failure());
  return {};
}

}  // namespace aws_wire::xml
