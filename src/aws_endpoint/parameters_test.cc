// What a call tells the rule set, from hand-made services: precedence, types, and what S3 needs beside its rules.

#include <gtest/gtest.h>

#include "aws_endpoint/endpoint.h"
#include "aws_endpoint/rules_test_support.h"

namespace aws_endpoint {
namespace {

using aws_model::Member;
using aws_model::Operation;
using aws_model::Service;
using aws_model::Shape;

constexpr std::string_view kRuleSet = R"({"version": "1.0", "parameters": {
    "Region": {"type": "string", "builtIn": "AWS::Region"}, "Endpoint": {"type": "string", "builtIn": "SDK::Endpoint"},
    "UseFIPS": {"type": "boolean", "builtIn": "AWS::UseFIPS"}, "UseDualStack": {"type": "boolean", "builtIn": "AWS::UseDualStack"},
    "AccountId": {"type": "string", "builtIn": "AWS::Auth::AccountId"},
    "AccountIdEndpointMode": {"type": "string", "builtIn": "AWS::Auth::AccountIdEndpointMode"},
    "ForcePathStyle": {"type": "boolean", "builtIn": "AWS::S3::ForcePathStyle"},
    "UseArnRegion": {"type": "boolean", "builtIn": "AWS::S3Control::UseArnRegion"},
    "New": {"type": "boolean", "default": false, "builtIn": "AWS::NotInventedYet"},
    "DisableS3ExpressSessionAuth": {"type": "boolean"},
    "Name": {"type": "string"}, "Names": {"type": "stringArray"}, "Flag": {"type": "boolean"}}, "rules": []})";

class ParametersOf : public ::testing::Test {
 protected:
  base::Result<Parameters> of(std::string_view given) const {
    return parameters_of(service, operation, parsed(given), built_ins, *rules);
  }

  std::shared_ptr<const Rules> rules = *compiled(kRuleSet);
  Shape text{.name = "Text"};
  Member name{.name = "TableName", .shape = &text, .context_param = "Name"};
  Shape input{.name = "Input", .type = aws_model::Type::kStructure, .members = {&name, 1}};
  Service service{.name = "s3"};
  Operation operation{.name = "GetObject", .input = &input};
  BuiltIns built_ins{.region = "eu-west-1"};
};

TEST_F(ParametersOf, BuiltInsThatAreSet) {
  Parameters wanted = {{"Region", "eu-west-1"},   {"UseFIPS", false},
                       {"UseDualStack", false},   {"AccountIdEndpointMode", "preferred"},
                       {"ForcePathStyle", false}, {"UseArnRegion", false}};
  EXPECT_EQ(*of("{}"), wanted);
  built_ins.account_id = "123456789012";
  built_ins.fips = built_ins.dual_stack = built_ins.s3control_arn_region = true;
  wanted["AccountId"] = "123456789012";
  wanted["UseFIPS"] = wanted["UseDualStack"] = wanted["UseArnRegion"] = true;
  EXPECT_EQ(*of("{}"), wanted);
}

TEST_F(ParametersOf, ACustomEndpointIsAnAddressAlready) {
  built_ins.fips = built_ins.dual_stack = true;
  built_ins.endpoint_url = "http://127.0.0.1:8000";
  const Parameters made = *of("{}");
  EXPECT_EQ(made.at("Endpoint"), Parameter("http://127.0.0.1:8000"));
  EXPECT_EQ(made.at("UseFIPS"), Parameter(false));
  EXPECT_EQ(made.at("UseDualStack"), Parameter(false));
  EXPECT_EQ(made.at("ForcePathStyle"), Parameter(true));
  for (const std::string_view bad : {"localhost:8000", "ftp://a", "https://a?b=c", "https://"}) {
    built_ins.endpoint_url = bad;
    const base::Result<Parameters> refused = of("{}");
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().fields[0].pointer, "parameter:Endpoint");
  }
}

TEST_F(ParametersOf, WithoutARegion) {
  built_ins.region.clear();
  EXPECT_EQ(of("{}")->at("Region"), Parameter("us-east-1"));
  for (const std::string_view global : {"account", "iam", "sts", "waf"}) {
    service.name = global;
    EXPECT_EQ(of("{}")->at("Region"), Parameter("aws-global")) << global;
  }
  service.name = "dynamodb";
  EXPECT_FALSE(of("{}")->contains("Region"));
}

TEST_F(ParametersOf, StyleOfS3) {
  const auto path_style = [&](std::string_view given) { return std::get<bool>(of(given)->at("ForcePathStyle")); };
  built_ins.s3_path_style = true;
  EXPECT_TRUE(path_style(R"({"Bucket": "b"})"));
  EXPECT_FALSE(path_style(R"({"Bucket": "arn:aws:s3:us-west-2:123456789012:accesspoint:mine"})"));
  EXPECT_TRUE(path_style(R"({"Bucket": "arn:aws:s3"})"));
  built_ins.s3_accelerate = true;
  EXPECT_FALSE(path_style("{}"));
  operation.name = "GetBucketLocation";
  EXPECT_TRUE(path_style("{}"));
  operation.name = "GetObject";
  built_ins = {.region = "eu-west-1", .endpoint_url = "https://a"};
  EXPECT_TRUE(path_style("{}"));
  built_ins.s3_virtual_style = true;
  EXPECT_FALSE(path_style("{}"));
  service.name = "other";
  EXPECT_FALSE(path_style("{}"));
}

TEST_F(ParametersOf, WhatTheInputSays) {
  EXPECT_EQ(of(R"({"TableName": "t"})")->at("Name"), Parameter("t"));
  EXPECT_FALSE(of(R"({"TableName": null})")->contains("Name"));
  EXPECT_FALSE(of("null")->contains("Name"));
  const base::Result<Parameters> wrong = of(R"({"TableName": {"a": 1}})");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().fields[0].pointer, "parameter:Name");
  name.context_param = "NotOfTheRules";
  EXPECT_FALSE(of(R"({"TableName": "t"})")->contains("NotOfTheRules"));
}

TEST_F(ParametersOf, ExpressionsOverTheInput) {
  aws_model::Parameter from{"Names", "keys(RequestItems)"};
  operation.input_parameters = {&from, 1};
  EXPECT_EQ(of(R"({"RequestItems": {"a": [], "b": []}})")->at("Names"), Parameter(std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(of("{}")->contains("Names"));  // keys() of nothing is refused: nothing is said then
  from.value = "Items[*].[Put.Name, Delete.Name][]";
  EXPECT_EQ(of(R"({"Items": [{"Put": {"Name": "a"}}, {"Delete": {"Name": "b"}}]})")->at("Names"),
            Parameter(std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(of(R"({"Items": [{"Put": {"Name": 1}}]})"));
  from.value = "not an expression";
  EXPECT_FALSE(of("{}"));
}

TEST_F(ParametersOf, TheOperationHasTheLastWord) {
  const aws_model::Parameter expression{"Name", "'from expression'"};
  operation.input_parameters = {&expression, 1};
  EXPECT_EQ(of("{}")->at("Name"), Parameter("from expression"));
  EXPECT_EQ(of(R"({"TableName": "from member"})")->at("Name"), Parameter("from member"));
  const std::vector<aws_model::Parameter> constants = {
      {"Name", R"("const\u0041nt")"}, {"Flag", "true"}, {"Region", "\"r\""}};
  operation.static_parameters = constants;
  const Parameters made = *of(R"({"TableName": "from member"})");
  EXPECT_EQ(made.at("Name"), Parameter("constAnt"));
  EXPECT_EQ(made.at("Flag"), Parameter(true));
  EXPECT_EQ(made.at("Region"), Parameter("r"));
}

TEST_F(ParametersOf, ASettingThatIsNoBuiltIn) {
  built_ins.s3_no_express_session = true;
  EXPECT_FALSE(of("{}")->contains("DisableS3ExpressSessionAuth"));
  const aws_model::Parameter setting{"DisableS3ExpressSessionAuth", "boolean"};
  service.client_context = {&setting, 1};
  EXPECT_EQ(of("{}")->at("DisableS3ExpressSessionAuth"), Parameter(true));
}

}  // namespace
}  // namespace aws_endpoint
