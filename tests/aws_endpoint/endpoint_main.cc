// Endpoint rules over a pipe, for endpoint_test.py: one JSON object a line is answered with one.
//
//   {"service": "s3"}                                           that service's rules from now on: {"service": "s3"}
//   {"parameters": {"Region": "eu-west-1"}}                     resolves with just these
//   {"operation", "input", "region", "fips", ...: BuiltIns}     resolves what a client would ask
//   {"jmespath": "a.b", "document": ...}                        {"value"}
// A resolved endpoint is {"url", "headers", "authSchemes", "properties"}; what is refused, {"error", "fields"}.

#include <iostream>
#include <memory>
#include <string>

#include "aws_endpoint/endpoint.h"
#include "aws_model/library.h"
#include "jmespath/jmespath.h"
#include "json/encode.h"
#include "json/parse.h"

namespace {

json::Value text(std::string_view view) { return json::Value(boost::json::string_view(view.data(), view.size())); }

json::Object told(const aws_endpoint::Endpoint& endpoint) {
  json::Object headers;
  for (const auto& [name, value] : endpoint.headers) headers[name].emplace_array().push_back(text(value));
  json::Array schemes;
  for (const aws_endpoint::AuthScheme& scheme : endpoint.auth_schemes) {
    json::Array regions;
    for (const std::string& region : scheme.signing_region_set) regions.push_back(text(region));
    schemes.push_back(json::Object{{"name", scheme.name},
                                   {"signingName", scheme.signing_name},
                                   {"signingRegion", scheme.signing_region},
                                   {"signingRegionSet", regions},
                                   {"disableDoubleEncoding", scheme.double_encoding_disabled}});
  }
  return {{"url", endpoint.url}, {"headers", headers}, {"authSchemes", schemes}, {"properties", endpoint.properties}};
}

aws_endpoint::Parameters parameters_in(const json::Object& object) {
  aws_endpoint::Parameters parameters;
  for (const auto& member : object) {
    aws_endpoint::Parameter& parameter = parameters[std::string(member.key())];
    if (member.value().is_bool()) {
      parameter = member.value().get_bool();
    } else if (member.value().is_string()) {
      parameter = std::string(json::view(member.value().get_string()));
    } else {
      std::vector<std::string> list;
      for (const json::Value& element : member.value().as_array()) list.emplace_back(json::view(element.as_string()));
      parameter = std::move(list);
    }
  }
  return parameters;
}

aws_endpoint::BuiltIns built_ins_in(const json::Object& object) {
  aws_endpoint::BuiltIns built_ins;
  const auto take = [&](std::string_view name, auto& out) {
    const json::Value* value = object.if_contains(boost::json::string_view(name.data(), name.size()));
    if (value == nullptr) return;
    if constexpr (std::is_same_v<std::remove_reference_t<decltype(out)>, bool>)
      out = value->as_bool();
    else
      out = json::view(value->as_string());
  };
  take("region", built_ins.region);
  take("endpoint_url", built_ins.endpoint_url);
  take("account_id", built_ins.account_id);
  take("account_id_endpoint_mode", built_ins.account_id_endpoint_mode);
  take("fips", built_ins.fips);
  take("dual_stack", built_ins.dual_stack);
  take("s3_path_style", built_ins.s3_path_style);
  take("s3_virtual_style", built_ins.s3_virtual_style);
  take("s3_accelerate", built_ins.s3_accelerate);
  take("s3_arn_region", built_ins.s3_arn_region);
  take("s3control_arn_region", built_ins.s3control_arn_region);
  take("s3_disable_multi_region", built_ins.s3_disable_multi_region);
  take("s3_no_express_session", built_ins.s3_no_express_session);
  take("s3_global_endpoint", built_ins.s3_global_endpoint);
  take("sts_global_endpoint", built_ins.sts_global_endpoint);
  return built_ins;
}

class Pipe {
 public:
  explicit Pipe(aws_model::Library& library) : library_(library) {}

  base::Result<json::Object> answer(const std::string& line) {
    const json::Value request = TRY(json::parse(line));
    const json::Object& object = request.as_object();
    if (const json::Value* expression = object.if_contains("jmespath")) {
      const jmespath::Expression compiled = TRY(jmespath::Expression::compile(json::view(expression->as_string())));
      return json::Object{{"value", TRY(compiled.evaluate(object.at("document")))}};
    }
    if (const json::Value* name = object.if_contains("service")) {
      const std::string_view service = json::view(name->as_string());
      service_ = TRY(library_.service(service));
      if (!partitions_) partitions_ = TRY(aws_endpoint::Partitions::make(*TRY(library_.partitions())));
      rules_ = TRY(aws_endpoint::Rules::compile(*TRY(library_.endpoint_rules(service)), partitions_));
      return json::Object{{"service", *name}};
    }
    if (const json::Value* parameters = object.if_contains("parameters"))
      return told(TRY(rules_->resolve(parameters_in(parameters->as_object()))));
    const aws_model::Operation* operation =
        TRY(aws_model::find_operation(*service_, json::view(object.at("operation").as_string())));
    const aws_endpoint::Parameters parameters =
        TRY(parameters_of(*service_, *operation, object.at("input"), built_ins_in(object), *rules_));
    return told(TRY(rules_->resolve(parameters)));
  }

 private:
  aws_model::Library& library_;
  const aws_model::Service* service_ = nullptr;
  std::shared_ptr<const aws_endpoint::Partitions> partitions_;
  std::shared_ptr<const aws_endpoint::Rules> rules_;
};

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  base::Result<std::unique_ptr<aws_model::Library>> library = aws_model::Library::open();
  if (!library) {
    std::cerr << library.error().message << '\n';
    return 1;
  }
  Pipe pipe(**library);
  std::string line;
  while (std::getline(std::cin, line)) {
    base::Result<json::Object> answer = pipe.answer(line);
    if (!answer) {
      json::Array fields;
      for (const base::FieldError& field : answer.error().fields) fields.push_back(text(field.pointer));
      answer = json::Object{{"error", answer.error().message}, {"fields", fields}};
    }
    std::cout << json::encode(*answer) << '\n' << std::flush;
  }
  return 0;
}
