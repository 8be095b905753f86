#include "jmespath/evaluation.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "jmespath/functions.h"

namespace jmespath {
namespace {

// How often the document itself may be made again in one evaluation.
constexpr std::size_t kTimesDocument = 16;
constexpr std::size_t kBytesPerValue = 32;  // so many bytes of text count as one value

std::size_t size_of(const json::Value& value) {
  std::size_t size = 1;
  if (const json::Array* array = value.if_array()) {
    for (const json::Value& element : *array) size += size_of(element);
  } else if (const json::Object* object = value.if_object()) {
    for (const auto& member : *object) size += size_of(member.value()) + member.key().size() / kBytesPerValue;
  } else if (const auto* text = value.if_string()) {
    size += text->size() / kBytesPerValue;
  }
  return size;
}

const json::Value* member_of(const json::Value& value, std::string_view name) {
  const json::Object* object = value.if_object();
  return object == nullptr ? nullptr : object->if_contains(boost::json::string_view(name.data(), name.size()));
}

const json::Value* element_of(const json::Value& value, std::int64_t index) {
  const json::Array* array = value.if_array();
  if (array == nullptr) return nullptr;
  const auto size = static_cast<std::int64_t>(array->size());
  if (index < 0) index += size;
  return index < 0 || index >= size ? nullptr : &(*array)[static_cast<std::size_t>(index)];
}

const json::Value* part_of(const Node& node, const json::Value& value) {
  return node.kind == Kind::kField ? member_of(value, node.text) : element_of(value, node.start);
}

Item borrowed(const json::Value* value) { return value == nullptr ? Item() : Item(value); }

}  // namespace

bool is_false(const json::Value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return true;
    case boost::json::kind::bool_:
      return !value.get_bool();
    case boost::json::kind::string:
      return value.get_string().empty();
    case boost::json::kind::array:
      return value.get_array().empty();
    case boost::json::kind::object:
      return value.get_object().empty();
    default:
      return false;
  }
}

int compare_numbers(const json::Value& left, const json::Value& right) {
  const auto order = [](const auto a, const auto b) { return a < b ? -1 : (b < a ? 1 : 0); };
  if (left.is_double() || right.is_double()) {
    // long double has 64 bits of mantissa here: every integer of 64 bits is exact in it.
    static_assert(std::numeric_limits<long double>::digits >= 64);
    const auto wide = [](const json::Value& value) -> long double {
      if (value.is_int64()) return static_cast<long double>(value.get_int64());
      if (value.is_uint64()) return static_cast<long double>(value.get_uint64());
      return value.get_double();
    };
    return order(wide(left), wide(right));
  }
  if (left.is_int64() && right.is_int64()) return order(left.get_int64(), right.get_int64());
  if (left.is_uint64() && right.is_uint64()) return order(left.get_uint64(), right.get_uint64());
  if (left.is_int64())
    return left.get_int64() < 0 ? -1 : order(static_cast<std::uint64_t>(left.get_int64()), right.get_uint64());
  return right.get_int64() < 0 ? 1 : order(left.get_uint64(), static_cast<std::uint64_t>(right.get_int64()));
}

bool equal(const json::Value& left, const json::Value& right) {
  if (left.is_number() && right.is_number()) return compare_numbers(left, right) == 0;
  if (left.kind() != right.kind()) return false;
  if (const json::Array* array = left.if_array()) {
    const json::Array& other = right.get_array();
    return array->size() == other.size() && std::equal(array->begin(), array->end(), other.begin(), equal);
  }
  if (const json::Object* object = left.if_object()) {
    const json::Object& other = right.get_object();
    return object->size() == other.size() && std::all_of(object->begin(), object->end(), [&](const auto& member) {
             const json::Value* there = other.if_contains(member.key());
             return there != nullptr && equal(member.value(), *there);
           });
  }
  return left == right;
}

Evaluation::Evaluation(const json::Value& document) : document_(document), left_(base::limits::kJmespathValuesMax) {}

base::Result<void> Evaluation::spend(std::size_t values, std::size_t bytes) {
  values += bytes / kBytesPerValue;
  if (values > left_ && !counted_) {
    counted_ = true;
    left_ += kTimesDocument * size_of(document_);
  }
  if (values > left_) {
    return base::fail(base::Code::kInvalid,
                      fmt::format("The JMESPath expression makes too much out of its document: more than {} values and "
                                  "{} times the document.",
                                  base::limits::kJmespathValuesMax, kTimesDocument));
  }
  left_ -= values;
  return {};
}

base::Result<void> Evaluation::spend_for(const json::Value& value) { return spend(size_of(value)); }

base::Result<json::Value> Evaluation::own(Item item) {
  if (!item.is_borrowed()) return std::move(item.made());
  TRY(spend_for(item.get()));
  return item.get();
}

base::Result<Item> Evaluation::run(const Node& node, const json::Value& current) {
  switch (node.kind) {
    case Kind::kCurrent:
      return Item(&current);
    case Kind::kField:
    case Kind::kIndex:
      return borrowed(part_of(node, current));
    case Kind::kSlice:
      return slice(node, current);
    case Kind::kLiteral:
      return Item(&node.literal);
    case Kind::kChain:
      return chain(node, current);
    case Kind::kProjection:
    case Kind::kFilter:
      return project(node, current);
    case Kind::kValueProjection:
      return project_values(node, current);
    case Kind::kFlatten:
      return flatten(node, current);
    case Kind::kOr:
    case Kind::kAnd: {
      Item left = TRY(run(*node.children[0], current));
      if (is_false(left.get()) == (node.kind == Kind::kAnd)) return left;
      return run(*node.children[1], current);
    }
    case Kind::kNot:
      return Item(json::Value(is_false(TRY(run(*node.children[0], current)).get())));
    case Kind::kCompare:
      return compare(node, current);
    case Kind::kList:
      return list(node, current);
    case Kind::kHash:
      return hash(node, current);
    case Kind::kQuoted:
      return Item();  // whoever is called takes the node
    case Kind::kCall: {
      Call now{*this, node, {}};
      now.arguments.reserve(node.children.size());
      for (const auto& child : node.children) now.arguments.push_back(TRY(run(*child, current)));
      return call(*node.function, now);
    }
  }
  return Item();
}

base::Result<Item> Evaluation::chain(const Node& node, const json::Value& current) {
  Item item(&current);
  for (const auto& child : node.children) {
    const bool is_part = child->kind == Kind::kField || child->kind == Kind::kIndex;
    if (item.is_borrowed()) {
      item = TRY(run(*child, item.get()));
    } else if (is_part) {
      // What is inside of an owned value is taken out of it, so that it outlives the rest.
      const json::Value* part = part_of(*child, item.made());
      item = part == nullptr ? Item() : Item(std::move(const_cast<json::Value&>(*part)));  // NOLINT: ours to move
    } else {
      Item next = TRY(run(*child, item.get()));
      if (next.is_borrowed()) next = Item(TRY(own(std::move(next))));
      item = std::move(next);
    }
  }
  return item;
}

// The right side of a projection for one element.
base::Result<void> Evaluation::collect(const Node& node, const json::Value& element, json::Array& out) {
  Item item = TRY(run(node, element));
  TRY(spend(1));
  if (!item.is_null()) out.push_back(TRY(own(std::move(item))));
  return {};
}

base::Result<Item> Evaluation::project(const Node& node, const json::Value& current) {
  const Item left = TRY(run(*node.children[0], current));
  const json::Array* elements = left.get().if_array();
  if (elements == nullptr) return Item();
  json::Array out;
  for (const json::Value& element : *elements) {
    if (node.kind == Kind::kFilter) {
      TRY(spend(1));
      if (is_false(TRY(run(*node.children[2], element)).get())) continue;
    }
    TRY(collect(*node.children[1], element, out));
  }
  return Item(json::Value(std::move(out)));
}

base::Result<Item> Evaluation::project_values(const Node& node, const json::Value& current) {
  const Item left = TRY(run(*node.children[0], current));
  const json::Object* object = left.get().if_object();
  if (object == nullptr) return Item();
  json::Array out;
  for (const auto& member : *object) TRY(collect(*node.children[1], member.value(), out));
  return Item(json::Value(std::move(out)));
}

base::Result<Item> Evaluation::flatten(const Node& node, const json::Value& current) {
  const Item left = TRY(run(*node.children[0], current));
  const json::Array* elements = left.get().if_array();
  if (elements == nullptr) return Item();
  json::Array out;
  for (const json::Value& element : *elements) {
    TRY(spend_for(element));
    if (const json::Array* inner = element.if_array())
      out.insert(out.end(), inner->begin(), inner->end());
    else
      out.push_back(element);
  }
  return Item(json::Value(std::move(out)));
}

base::Result<Item> Evaluation::compare(const Node& node, const json::Value& current) {
  const Item left = TRY(run(*node.children[0], current));
  const Item right = TRY(run(*node.children[1], current));
  const json::Value& a = left.get();
  const json::Value& b = right.get();
  if (node.comparator == Comparator::kEqual || node.comparator == Comparator::kNotEqual) {
    TRY(spend_for(a));
    return Item(json::Value(equal(a, b) == (node.comparator == Comparator::kEqual)));
  }
  // The specification orders numbers only; the clients that people know order strings as well.
  int order = 0;
  if (a.is_number() && b.is_number())
    order = compare_numbers(a, b);
  else if (a.is_string() && b.is_string())
    order = a.get_string().compare(b.get_string());
  else
    return Item();
  switch (node.comparator) {
    case Comparator::kLess:
      return Item(json::Value(order < 0));
    case Comparator::kLessOrEqual:
      return Item(json::Value(order <= 0));
    case Comparator::kGreater:
      return Item(json::Value(order > 0));
    default:
      return Item(json::Value(order >= 0));
  }
}

base::Result<Item> Evaluation::list(const Node& node, const json::Value& current) {
  if (current.is_null()) return Item();
  json::Array out;
  out.reserve(node.children.size());
  TRY(spend(1 + node.children.size()));
  for (const auto& child : node.children) out.push_back(TRY(own(TRY(run(*child, current)))));
  return Item(json::Value(std::move(out)));
}

base::Result<Item> Evaluation::hash(const Node& node, const json::Value& current) {
  if (current.is_null()) return Item();
  json::Object out;
  out.reserve(node.children.size());
  TRY(spend(1 + node.children.size()));
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    out.insert_or_assign(node.names[i], TRY(own(TRY(run(*node.children[i], current)))));
  }
  return Item(json::Value(std::move(out)));
}

base::Result<Item> Evaluation::slice(const Node& node, const json::Value& current) {
  const json::Array* array = current.if_array();
  if (array == nullptr) return Item();
  const auto size = static_cast<std::int64_t>(array->size());
  const bool forward = node.step > 0;
  // A bound outside of the array is the end that it is nearest to; going backwards, both ends stand one lower.
  const std::int64_t low = forward ? 0 : -1, high = forward ? size : size - 1;
  const auto bound = [&](std::int64_t at) { return std::clamp(at < 0 ? at + size : at, low, high); };
  const std::int64_t from = node.from ? bound(*node.from) : (forward ? low : high);
  const std::int64_t to = node.to ? bound(*node.to) : (forward ? high : low);
  json::Array out;
  for (std::int64_t i = from; forward ? i < to : i > to;) {
    const json::Value& element = (*array)[static_cast<std::size_t>(i)];
    TRY(spend_for(element));
    out.push_back(element);
    // The step may be so wide that a sum would overflow.
    if (forward ? node.step >= to - i : node.step <= to - i) break;
    i += node.step;
  }
  return Item(json::Value(std::move(out)));
}

}  // namespace jmespath
