#include "aws_cli/shape_text.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace aws_cli {
namespace {

using aws_model::Member;
using aws_model::Operation;
using aws_model::Service;
using aws_model::Shape;
using aws_model::Type;

constexpr std::size_t kColumnsMax = 110;
constexpr std::size_t kNamesMax = 32;       // longer names push their type to the right
constexpr std::size_t kChoicesInLine = 60;  // of characters; more go on lines of their own

std::string number_text(double number) { return fmt::format("{}", number); }

// "1 to 10 characters", "at least 1 item".
std::string range_text(const Shape& shape, std::string_view unit) {
  const std::string of = unit.empty() ? std::string() : " " + std::string(unit);
  if (shape.min && shape.max && *shape.min == *shape.max) return number_text(*shape.min) + of;
  if (shape.min && shape.max) return number_text(*shape.min) + " to " + number_text(*shape.max) + of;
  if (shape.min) return "at least " + number_text(*shape.min) + of;
  if (shape.max) return "at most " + number_text(*shape.max) + of;
  return {};
}

std::string_view unit_of(Type type) {
  switch (type) {
    case Type::kString:
      return "characters";
    case Type::kBlob:
      return "bytes";
    case Type::kList:
      return "items";
    case Type::kMap:
      return "entries";
    default:
      return {};
  }
}

std::string_view type_name(const Shape& shape) {
  if (shape.is_event_stream) return "event stream (not spoken)";
  if (shape.is_document) return "any JSON value";
  switch (shape.type) {
    case Type::kBlob:
      return "blob (base64)";
    case Type::kTimestamp:
      return "timestamp (ISO 8601)";
    case Type::kFloat:
    case Type::kDouble:
      return "number";
    case Type::kInteger:
    case Type::kLong:
    case Type::kBigInteger:
      return "integer";
    case Type::kBigDecimal:
      return "decimal";
    default:
      return aws_model::name(shape.type);
  }
}

class Page {
 public:
  [[nodiscard]] std::string take() { return std::move(out_); }

  void line(std::size_t indent, std::string_view text) { out_.append(indent, ' ').append(text).append("\n"); }

  void structure(const Shape& shape, std::size_t indent) {
    std::size_t names = 0;
    for (const Member& each : shape.members) {
      if (each.name.size() <= kNamesMax) names = std::max(names, each.name.size());
    }
    for (const Member& each : shape.members) {
      std::string text(each.name);
      text.append(names > text.size() ? names - text.size() : 0, ' ').append("  ").append(member_text(each));
      line(indent, text);
      below(*each.shape, indent + 2);
    }
  }

  // Ways of the operation's own: before the members of an input or output.
  void shape(std::string_view title, const Shape* shape) {
    out_.append("\n").append(title).append("\n");
    if (shape == nullptr || shape->members.empty()) return line(2, "nothing: {}");
    written_.insert(shape);
    structure(*shape, 2);
  }

 private:
  static std::string member_text(const Member& member) {
    std::string text = member.required ? "required " : "";
    text += member.json_value ? "any JSON value" : type_text(*member.shape);
    if (member.idempotency_token) text += ", made up where it is absent";
    if (member.streaming || member.shape->streaming) text += ", streamed";
    if (member.deprecated) text += ", deprecated";
    return text;
  }

  // "list (1 to 10 items) of map of string to structure X".
  static std::string type_text(const Shape& shape, int depth = 0) {
    std::string text(type_name(shape));
    std::vector<std::string> rules;
    if (const std::string range = range_text(shape, unit_of(shape.type)); !range.empty()) rules.push_back(range);
    if (!shape.pattern.empty() && shape.pattern.size() <= kChoicesInLine)
      rules.push_back(fmt::format("pattern {}", shape.pattern));
    if (shape.sensitive) rules.emplace_back("sensitive");
    const std::string choices = fmt::format("{}", fmt::join(shape.enumeration, ", "));
    if (!choices.empty() && choices.size() <= kChoicesInLine) rules.push_back("one of " + choices);
    const bool structure = shape.type == Type::kStructure && !shape.is_document;
    if (structure) text = fmt::format("{} {}", shape.is_union ? "one member of" : "structure", shape.name);
    if (!rules.empty()) text += fmt::format(" ({})", fmt::join(rules, "; "));
    if (depth >= 8) return text;  // lists within lists: no model goes so far
    if (shape.type == Type::kList && shape.element != nullptr)
      return text + " of " + type_text(*shape.element->shape, depth + 1);
    if (shape.type == Type::kMap && shape.element != nullptr && shape.key != nullptr)
      return text + " of " + type_text(*shape.key->shape, depth + 1) + " to " +
             type_text(*shape.element->shape, depth + 1);
    return text;
  }

  // What did not fit in the member's line: choices, patterns, and the members of a structure, also one within lists and
  // maps.
  void below(const Shape& whole, std::size_t indent) {
    const Shape* inner = &whole;
    for (int depth = 0; depth < 8 && inner->element != nullptr; ++depth) {
      if (inner->key != nullptr) choices(*inner->key->shape, indent);
      inner = inner->element->shape;
    }
    choices(*inner, indent);
    if (inner->type != Type::kStructure || inner->is_document || inner->members.empty()) return;
    if (!written_.insert(inner).second) return line(indent, "(as above)");
    structure(*inner, indent);
  }

  void choices(const Shape& shape, std::size_t indent) {
    if (shape.pattern.size() > kChoicesInLine) line(indent, fmt::format("pattern {}", shape.pattern));
    const std::string all = fmt::format("{}", fmt::join(shape.enumeration, ", "));
    if (all.size() <= kChoicesInLine) return;
    std::string text = "one of";
    for (std::size_t i = 0; i < shape.enumeration.size(); ++i) {
      const std::string_view each = shape.enumeration[i];
      if (indent + text.size() + each.size() + 2 > kColumnsMax) {
        line(indent, text);
        text = "  ";
      } else {
        text += ' ';
      }
      text.append(each).append(i + 1 < shape.enumeration.size() ? "," : "");
    }
    line(indent, text);
  }

  std::string out_;
  std::set<const Shape*> written_;
};

std::vector<std::string_view> waiters_of(const Service& service, const Operation& operation) {
  std::vector<std::string_view> names;
  for (const aws_model::Waiter& each : service.waiters) {
    if (each.operation == operation.name) names.push_back(each.name);
  }
  return names;
}

void errors(Page& page, const Operation& operation) {
  if (operation.errors.empty()) return;
  page.line(0, "");
  page.line(0, "Errors");
  for (const Shape* each : operation.errors) {
    const std::string_view code = each->error_code.empty() ? each->name : each->error_code;
    std::string text(code);
    if (each->error_status != 0) text += fmt::format("  (HTTP {})", each->error_status);
    if (each->retryable || each->throttling) text += "  a retry helps";
    page.line(2, text);
  }
}

std::size_t widest(const auto& list, auto name) {
  std::size_t width = 0;
  for (const auto& each : list) width = std::max(width, name(each).size());
  return width;
}

}  // namespace

std::string services_text(const std::vector<aws_model::Entry>& services) {
  const std::size_t width = widest(services, [](const aws_model::Entry& each) { return std::string_view(each.name); });
  std::string out;
  for (const aws_model::Entry& each : services) out += fmt::format("{:<{}}  {}\n", each.name, width, each.full_name);
  return out;
}

std::string operations_text(const Service& service) {
  const auto short_name = [](const Operation& each) { return aws_model::command_name(each.name); };
  const std::size_t width = widest(service.operations, short_name);
  std::string out;
  for (const Operation& each : service.operations)
    out += fmt::format("{:<{}}  {}\n", short_name(each), width, each.name);
  return out;
}

std::string service_help(const Service& service) {
  Page page;
  page.line(0, fmt::format("{} ({}, {})", service.full_name, service.name, service.version));
  page.line(0, "");
  page.line(0, "Usage");
  page.line(2, fmt::format("stewardry aws {} OPERATION [options]", service.name));
  page.line(0, "");
  page.line(0, "Operations");
  std::string out = page.take();
  const std::string operations = operations_text(service);
  for (std::size_t at = 0; at < operations.size();) {
    const std::size_t end = operations.find('\n', at);
    out.append("  ").append(operations, at, end - at + 1);
    at = end + 1;
  }
  if (!service.waiters.empty()) out += "\nWaiters (--wait)\n";
  for (const aws_model::Waiter& each : service.waiters)
    out += fmt::format("  {}  of {}, every {} s, at most {} times\n", each.name, each.operation, each.delay_s,
                       each.attempts_max);
  return out + fmt::format("\nMore about one of them: stewardry aws {} OPERATION --help\n", service.name);
}

std::string operation_help(const Service& service, const Operation& operation) {
  Page page;
  page.line(0, fmt::format("{} {}{}", service.full_name, operation.name, operation.deprecated ? " (deprecated)" : ""));
  page.line(0, "");
  page.line(0, "Usage");
  page.line(2, fmt::format("stewardry aws {} {} [--input FILE|-|JSON] [options]", service.name,
                           aws_model::command_name(operation.name)));
  if (service.paginator(operation) != nullptr) page.line(2, "Comes in pages: --all-pages fetches them all.");
  if (const auto waiters = waiters_of(service, operation); !waiters.empty())
    page.line(2, fmt::format("--wait takes {}.", fmt::join(waiters, ", ")));
  page.shape("Input", operation.input);
  page.shape("Output", operation.output);
  errors(page, operation);
  return page.take();
}

}  // namespace aws_cli
