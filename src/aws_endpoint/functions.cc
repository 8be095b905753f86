// The rules engine's functions by name, with their types; and what getAttr and # find in a value.

#include <algorithm>
#include <array>

#include "aws_endpoint/program.h"
#include "base/text.h"

namespace aws_endpoint {
namespace {

using Arguments = std::span<const Value>;

std::string_view text(const Value& value) { return *std::get_if<std::string_view>(&value); }
bool boolean(const Value& value) { return *std::get_if<bool>(&value); }
std::int64_t integer(const Value& value) { return *std::get_if<std::int64_t>(&value); }
bool all_set(Arguments arguments) { return std::all_of(arguments.begin(), arguments.end(), is_set); }

// The specification's types keep what is not set away from these; where a rule set lets it through nonetheless, they
// answer as botocore does.
Value run_is_set(Arguments arguments, Scope&) { return is_set(arguments[0]); }
Value run_not(Arguments arguments, Scope&) { return !is_set(arguments[0]) || !boolean(arguments[0]); }
Value run_boolean_equals(Arguments arguments, Scope&) { return boolean(arguments[0]) == boolean(arguments[1]); }
Value run_string_equals(Arguments arguments, Scope&) { return text(arguments[0]) == text(arguments[1]); }

Value run_partition(Arguments arguments, Scope& scope) {
  return &scope.partitions.of(is_set(arguments[0]) ? text(arguments[0]) : std::string_view());
}

Value run_parse_arn(Arguments arguments, Scope& scope) {
  std::optional<Arn> arn = is_set(arguments[0]) ? parse_arn(text(arguments[0])) : std::nullopt;
  if (!arn) return {};
  return &scope.arns.emplace_front(std::move(*arn));
}
Value run_parse_url(Arguments arguments, Scope& scope) {
  std::optional<Url> url = is_set(arguments[0]) ? parse_url(text(arguments[0])) : std::nullopt;
  if (!url) return {};
  return &scope.urls.emplace_front(std::move(*url));
}

Value run_is_host_label(Arguments arguments, Scope&) {
  return all_set(arguments) && is_host_label(text(arguments[0]), boolean(arguments[1]));
}
Value run_is_hostable_bucket(Arguments arguments, Scope&) {
  return all_set(arguments) && is_virtual_hostable_bucket(text(arguments[0]), boolean(arguments[1]));
}

Value run_uri_encode(Arguments arguments, Scope& scope) {
  if (!is_set(arguments[0])) return {};
  return std::string_view(scope.texts.emplace_front(base::percent_encode(text(arguments[0]))));
}
Value run_substring(Arguments arguments, Scope&) {
  const std::optional<std::string_view> part =
      substring(text(arguments[0]), integer(arguments[1]), integer(arguments[2]), boolean(arguments[3]));
  return part ? Value(*part) : Value();
}

const std::array<Function, 11>& functions() {
  using enum Type;
  static const std::array<Function, 11> all{{
      {"isSet", kBoolean, {kNone}, true, run_is_set},
      {"not", kBoolean, {kBoolean}, true, run_not},
      {"booleanEquals", kBoolean, {kBoolean, kBoolean}, false, run_boolean_equals},
      {"stringEquals", kBoolean, {kString, kString}, false, run_string_equals},
      {"parseURL", kUrl, {kString}, true, run_parse_url},
      {"isValidHostLabel", kBoolean, {kString, kBoolean}, true, run_is_host_label},
      {"uriEncode", kString, {kString}, true, run_uri_encode},
      {"substring", kString, {kString, kInteger, kInteger, kBoolean}, false, run_substring},
      {"aws.partition", kPartition, {kString}, true, run_partition},
      {"aws.parseArn", kArn, {kString}, true, run_parse_arn},
      {"aws.isVirtualHostableS3Bucket", kBoolean, {kString, kBoolean}, true, run_is_hostable_bucket},
  }};
  return all;
}

Value member_of(const Value& value, std::string_view name) {
  if (const auto* partition = std::get_if<const json::Object*>(&value)) {
    const json::Value* member = (*partition)->if_contains(boost::json::string_view(name.data(), name.size()));
    if (member == nullptr) return {};
    if (member->is_bool()) return member->get_bool();
    return member->is_string() ? Value(json::view(member->get_string())) : Value();
  }
  if (const auto* given = std::get_if<const Url*>(&value)) {
    const Url& url = **given;
    if (name == "isIp") return url.is_ip;
    if (name == "normalizedPath") return std::string_view(url.normalized_path);
    return name == "scheme" ? url.scheme : (name == "authority" ? url.authority : url.path);
  }
  if (const auto* given = std::get_if<const Arn*>(&value)) {
    const Arn& arn = **given;
    if (name == "resourceId") return &arn.resource_id;
    if (name == "partition") return arn.partition;
    return name == "service" ? arn.service : (name == "region" ? arn.region : arn.account_id);
  }
  return {};
}

}  // namespace

const Function* find_function(std::string_view name) {
  const auto& all = functions();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Function& each) { return each.name == name; });
  return found == all.end() ? nullptr : &*found;
}

Value step_into(const Value& value, const Step& step) {
  const Value found = step.name.empty() ? value : member_of(value, step.name);
  if (!step.index) return found;
  const auto* list = std::get_if<const Strings*>(&found);
  return list == nullptr || *step.index >= (*list)->size() ? Value() : Value((**list)[*step.index]);
}

Type type_of(Type type, const Step& step) {
  const auto member = [&]() -> Type {
    const auto is_one_of = [&](std::initializer_list<std::string_view> names) {
      return std::find(names.begin(), names.end(), step.name) != names.end();
    };
    switch (type) {
      case Type::kPartition:
        if (is_one_of({"supportsFIPS", "supportsDualStack"})) return Type::kBoolean;
        if (is_one_of({"name", "dnsSuffix", "dualStackDnsSuffix", "implicitGlobalRegion"})) return Type::kString;
        return Type::kNone;
      case Type::kUrl:
        if (is_one_of({"isIp"})) return Type::kBoolean;
        return is_one_of({"scheme", "authority", "path", "normalizedPath"}) ? Type::kString : Type::kNone;
      case Type::kArn:
        if (is_one_of({"resourceId"})) return Type::kStrings;
        return is_one_of({"partition", "service", "region", "accountId"}) ? Type::kString : Type::kNone;
      default:
        return Type::kNone;
    }
  };
  const Type found = step.name.empty() ? type : member();
  if (!step.index) return found;
  return found == Type::kStrings ? Type::kString : Type::kNone;
}

}  // namespace aws_endpoint
