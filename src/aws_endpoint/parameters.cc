// What a call says to the rule set: from the configuration, from its input, from its operation.

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "aws_endpoint/endpoint.h"
#include "aws_endpoint/standard.h"
#include "jmespath/jmespath.h"
#include "json/parse.h"

namespace aws_endpoint {
namespace {

using aws_model::Operation;
using aws_model::Service;

tl::unexpected<base::Error> refuse(std::string_view parameter, std::string message) {
  return base::fail_field(base::Code::kInvalid, fmt::format("parameter:{}", parameter), std::move(message));
}

// A JSON value as a parameter; none where it is null. Elements of a list that are null are left out, as a projection
// does it.
base::Result<std::optional<Parameter>> parameter_of(std::string_view name, const json::Value& value) {
  if (value.is_null()) return std::nullopt;
  if (value.is_bool()) return Parameter(value.get_bool());
  if (value.is_string()) return Parameter(std::string(json::view(value.get_string())));
  const json::Array* array = value.if_array();
  std::vector<std::string> list;
  if (array != nullptr) {
    for (const json::Value& element : *array) {
      if (element.is_string()) list.emplace_back(json::view(element.get_string()));
      if (!element.is_string() && !element.is_null()) array = nullptr;
      if (array == nullptr) break;
    }
  }
  if (array == nullptr)
    return refuse(name, fmt::format("The input gives the endpoint's parameter {} neither a text nor a list of texts "
                                    "nor true or false.",
                                    name));
  return Parameter(std::move(list));
}

base::Result<void> put(Parameters& parameters, const Rules& rules, std::string_view name, const json::Value& value) {
  if (!rules.knows(name)) return {};
  if (std::optional<Parameter> parameter = TRY(parameter_of(name, value)))
    parameters.insert_or_assign(std::string(name), std::move(*parameter));
  return {};
}

const json::Value* member(const json::Value& input, std::string_view name) {
  const json::Object* object = input.if_object();
  return object == nullptr ? nullptr : object->if_contains(boost::json::string_view(name.data(), name.size()));
}

// What the rules of S3 are not told is decided here, as the stock clients do it.
bool path_style(const Service& service, const Operation& operation, const json::Value& input,
                const BuiltIns& built_ins) {
  if (service.name != "s3") return built_ins.s3_path_style;
  // The bucket's region is not known, and a host name of the bucket would answer that it is another one.
  if (operation.name == "GetBucketLocation") return true;
  const json::Value* bucket = member(input, "Bucket");
  if (bucket != nullptr && bucket->is_string() && json::view(bucket->get_string()).starts_with("arn:") &&
      std::count(bucket->get_string().begin(), bucket->get_string().end(), ':') >= 5) {
    return false;
  }
  if (built_ins.s3_accelerate) return false;
  const bool custom =
      !built_ins.endpoint_url.empty() && built_ins.endpoint_url.find("s3-accelerate.") == std::string::npos;
  return custom ? !built_ins.s3_virtual_style : built_ins.s3_path_style;
}

std::optional<Parameter> given(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<Parameter>(text);
}

// Services that belong to a whole partition, and can be called without a region. The models do not say it: this is the
// "partitionEndpoint" of botocore's endpoints.json, for which the rules know the region "aws-global".
constexpr std::array<std::string_view, 20> kGlobalServices{
    "account",       "billingconductor", "budgets",        "ce",
    "chime",         "cloudfront",       "codecatalyst",   "health",
    "iam",           "importexport",     "networkmanager", "notificationscontacts",
    "organizations", "route53",          "savingsplans",   "shield",
    "sts",           "support",          "taxsettings",    "waf"};

std::string_view region_of(const Service& service, const BuiltIns& built_ins) {
  if (!built_ins.region.empty()) return built_ins.region;
  if (service.name == "s3") return "us-east-1";
  return std::binary_search(kGlobalServices.begin(), kGlobalServices.end(), service.name) ? "aws-global" : "";
}

using Source = std::optional<Parameter> (*)(const BuiltIns& built_ins);
// Every built-in of the rule sets but region and path style. A custom endpoint is an address already: which variant of
// the service's own would be taken does not matter any more.
constexpr std::array<std::pair<std::string_view, Source>, 12> kBuiltIns{{
    {"AWS::UseFIPS",
     [](const BuiltIns& from) -> std::optional<Parameter> { return from.fips && from.endpoint_url.empty(); }},
    {"AWS::UseDualStack",
     [](const BuiltIns& from) -> std::optional<Parameter> { return from.dual_stack && from.endpoint_url.empty(); }},
    {"SDK::Endpoint", [](const BuiltIns& from) { return given(from.endpoint_url); }},
    {"AWS::Auth::AccountId", [](const BuiltIns& from) { return given(from.account_id); }},
    {"AWS::Auth::AccountIdEndpointMode", [](const BuiltIns& from) { return given(from.account_id_endpoint_mode); }},
    {"AWS::S3::Accelerate", [](const BuiltIns& from) -> std::optional<Parameter> { return from.s3_accelerate; }},
    {"AWS::S3::UseGlobalEndpoint",
     [](const BuiltIns& from) -> std::optional<Parameter> { return from.s3_global_endpoint; }},
    {"AWS::S3::DisableMultiRegionAccessPoints",
     [](const BuiltIns& from) -> std::optional<Parameter> { return from.s3_disable_multi_region; }},
    {"AWS::S3::UseArnRegion", [](const BuiltIns& from) -> std::optional<Parameter> { return from.s3_arn_region; }},
    {"AWS::S3Control::UseArnRegion",
     [](const BuiltIns& from) -> std::optional<Parameter> { return from.s3control_arn_region; }},
    {"AWS::S3::DisableS3ExpressSessionAuth",
     [](const BuiltIns& from) -> std::optional<Parameter> { return from.s3_no_express_session; }},
    {"AWS::STS::UseGlobalEndpoint",
     [](const BuiltIns& from) -> std::optional<Parameter> { return from.sts_global_endpoint; }},
}};

base::Result<void> put_built_ins(Parameters& parameters, const Service& service, const Operation& operation,
                                 const json::Value& input, const BuiltIns& built_ins, const Rules& rules) {
  if (!built_ins.endpoint_url.empty() && !parse_url(built_ins.endpoint_url)) {
    return refuse("Endpoint", fmt::format("The endpoint {} is no URL that requests can be sent to: it needs http:// or "
                                          "https://, a host, and neither query nor fragment.",
                                          built_ins.endpoint_url));
  }
  for (const auto& [parameter, built_in] : rules.built_ins()) {
    if (built_in == "AWS::S3::ForcePathStyle") {
      parameters.insert_or_assign(parameter, path_style(service, operation, input, built_ins));
      continue;
    }
    if (built_in == "AWS::Region") {
      const std::string_view region = region_of(service, built_ins);
      if (!region.empty()) parameters.insert_or_assign(parameter, std::string(region));
      continue;
    }
    const auto* known =
        std::find_if(kBuiltIns.begin(), kBuiltIns.end(), [&](const auto& each) { return each.first == built_in; });
    if (known == kBuiltIns.end()) continue;  // the rule set's default, or its error where it has none
    if (std::optional<Parameter> value = known->second(built_ins))
      parameters.insert_or_assign(parameter, std::move(*value));
  }
  // A setting of the client that is no built-in.
  const bool has_setting =
      std::any_of(service.client_context.begin(), service.client_context.end(),
                  [](const aws_model::Parameter& setting) { return setting.name == "DisableS3ExpressSessionAuth"; });
  if (has_setting && built_ins.s3_no_express_session && rules.knows("DisableS3ExpressSessionAuth"))
    parameters.insert_or_assign("DisableS3ExpressSessionAuth", true);
  return {};
}

// Almost all are true, false or a plain text.
base::Result<json::Value> constant(std::string_view text) {
  if (text == "true" || text == "false") return json::Value(text == "true");
  return json::parse(text);
}

}  // namespace

base::Result<Parameters> parameters_of(const Service& service, const Operation& operation, const json::Value& input,
                                       const BuiltIns& built_ins, const Rules& rules) {
  Parameters parameters;
  TRY(put_built_ins(parameters, service, operation, input, built_ins, rules));
  for (const aws_model::Parameter& from : operation.input_parameters) {
    const jmespath::Expression expression = TRY(jmespath::Expression::compile(from.value));
    const base::Result<json::Value> value = expression.evaluate(input);
    // Functions of the expressions refuse a member that is not there ("keys(RequestItems)"): it gives nothing then.
    if (value) TRY(put(parameters, rules, from.name, *value));
  }
  if (operation.input != nullptr) {
    for (const aws_model::Member& from : operation.input->members) {
      if (from.context_param.empty()) continue;
      if (const json::Value* value = member(input, from.name)) TRY(put(parameters, rules, from.context_param, *value));
    }
  }
  for (const aws_model::Parameter& from : operation.static_parameters)
    TRY(put(parameters, rules, from.name, TRY(constant(from.value))));
  return parameters;
}

}  // namespace aws_endpoint
