// Rule sets as Smithy writes them: which rule decides, what it may use, and what of it is refused. The rule sets of the
// services are compared with the stock client's in tests/aws_endpoint.

#include <gtest/gtest.h>

#include "aws_endpoint/endpoint.h"
#include "aws_endpoint/rules_test_support.h"
#include "base/limits.h"
#include "json/encode.h"

namespace aws_endpoint {
namespace {

base::Result<Endpoint> resolved(std::string_view rules, const Parameters& parameters) {
  const std::shared_ptr<const Rules> made = TRY(compiled(with_rules(rules)));
  return made->resolve(parameters);
}

std::string url_of(std::string_view rules, const Parameters& parameters) {
  const base::Result<Endpoint> endpoint = resolved(rules, parameters);
  return endpoint ? endpoint->url : "refused: " + endpoint.error().message;
}

// A rule set with one condition: "yes" where it is met.
std::string asked(std::string_view condition, const Parameters& parameters) {
  return url_of(R"([{"type": "endpoint", "conditions": [)" + std::string(condition) +
                    R"(], "endpoint": {"url": "yes"}},
                    {"type": "endpoint", "conditions": [], "endpoint": {"url": "no"}}])",
                parameters);
}

TEST(Rules, TheFirstThatHoldsDecides) {
  constexpr std::string_view kRules = R"([
    {"type": "tree", "conditions": [{"fn": "isSet", "argv": [{"ref": "Bucket"}]}], "rules": [
      {"type": "endpoint", "conditions": [{"fn": "stringEquals", "argv": [{"ref": "Bucket"}, "a"]}],
       "endpoint": {"url": "https://first"}},
      {"type": "error", "conditions": [{"fn": "stringEquals", "argv": [{"ref": "Bucket"}, "bad"]}],
       "error": "{Bucket} is not wanted"}]},
    {"type": "endpoint", "conditions": [], "endpoint": {"url": "https://last"}}])";
  EXPECT_EQ(url_of(kRules, {{"Bucket", "a"}}), "https://first");
  EXPECT_EQ(url_of(kRules, {{"Bucket", "bad"}}), "refused: bad is not wanted");
  EXPECT_EQ(url_of(kRules, {{"Bucket", "other"}}), "https://last");  // out of the tree again
  EXPECT_EQ(url_of(kRules, {}), "https://last");
  EXPECT_EQ(url_of(kRules, {{"Unknown", "parameter"}}), "https://last");
  EXPECT_EQ(url_of("[]", {{"Bucket", "secret"}}), "refused: No endpoint is known for these parameters (Bucket).");
}

TEST(Rules, WhatAConditionAssignsIsSeenInside) {
  constexpr std::string_view kRules = R"([
    {"type": "tree", "conditions": [{"fn": "aws.partition", "argv": [{"ref": "Region"}], "assign": "p"}], "rules": [
      {"type": "endpoint", "conditions": [
         {"fn": "aws.parseArn", "argv": [{"ref": "Bucket"}], "assign": "arn"},
         {"fn": "getAttr", "argv": [{"ref": "arn"}, "resourceId[1]"], "assign": "name"}],
       "endpoint": {"url": "https://{name}-{arn#accountId}.{arn#region}.{p#dnsSuffix}{{}}"}},
      {"type": "endpoint", "conditions": [{"fn": "uriEncode", "argv": [{"ref": "Bucket"}], "assign": "name"}],
       "endpoint": {"url": "https://{Region}.{p#dualStackDnsSuffix}/{name}"}}]}])";
  EXPECT_EQ(url_of(kRules, {{"Region", "cn-north-1"}, {"Bucket", "arn:aws:s3:r:1:ap/x"}}),
            "https://x-1.r.amazonaws.com.cn{}");
  EXPECT_EQ(url_of(kRules, {{"Region", "eu-new-1"}, {"Bucket", "a b/é"}}), "https://eu-new-1.api.aws/a%20b%2F%C3%A9");
  EXPECT_EQ(url_of(kRules, {{"Region", "eu-new-1"}, {"Bucket", "arn:aws:s3:r:1:only"}}),
            "https://eu-new-1.api.aws/arn%3Aaws%3As3%3Ar%3A1%3Aonly");
}

TEST(Rules, HeadersPropertiesAndSchemes) {
  const base::Result<Endpoint> endpoint = resolved(R"([{"type": "endpoint", "conditions": [], "endpoint": {
      "url": {"ref": "Bucket"},
      "headers": {"x-amz-account-id": ["{Region}"], "x-two": ["1", "2"]},
      "properties": {"backend": "S3Express", "nested": {"a": ["{Region}", 1, {}, []]},
        "authSchemes": [
          {"name": "sigv4a", "signingName": "s3", "signingRegionSet": ["*", "{Region}"], "disableDoubleEncoding": true},
          {"name": "sigv4", "signingRegion": "{Region}"}]}}}])",
                                                   {{"Region", "eu-west-1"}, {"Bucket", "https://b"}});
  ASSERT_TRUE(endpoint) << endpoint.error().message;
  EXPECT_EQ(endpoint->url, "https://b");
  EXPECT_EQ(endpoint->headers, (std::vector<std::pair<std::string, std::string>>{
                                   {"x-amz-account-id", "eu-west-1"}, {"x-two", "1"}, {"x-two", "2"}}));
  EXPECT_EQ(json::encode(endpoint->properties), R"({"backend":"S3Express","nested":{"a":["eu-west-1",1,{},[]]}})");
  ASSERT_EQ(endpoint->auth_schemes.size(), 2u);
  EXPECT_EQ(endpoint->auth_schemes[0].name, "sigv4a");
  EXPECT_EQ(endpoint->auth_schemes[0].signing_region_set, (std::vector<std::string>{"*", "eu-west-1"}));
  EXPECT_TRUE(endpoint->auth_schemes[0].double_encoding_disabled);
  EXPECT_EQ(endpoint->auth_schemes[1].signing_region, "eu-west-1");
  EXPECT_EQ(endpoint->auth_schemes[1].signing_name, "");
  EXPECT_FALSE(endpoint->auth_schemes[1].double_encoding_disabled);
}

TEST(Rules, ConditionsOfEachFunction) {
  const Parameters set = {
      {"Bucket", "my-bucket"}, {"Region", "us-east-1"}, {"Names", std::vector<std::string>{"n0", "n1"}}};
  for (
      const std::string_view met : {
          R"({"fn": "isSet", "argv": [{"ref": "Bucket"}]})",
          R"({"fn": "isSet", "argv": [{"ref": "Names"}]})",
          R"({"fn": "not", "argv": [{"fn": "isSet", "argv": [{"fn": "parseURL", "argv": ["no url"]}]}]})",
          R"({"fn": "booleanEquals", "argv": [{"ref": "UseFIPS"}, false]})",
          R"({"fn": "booleanEquals", "argv": [true, {"fn": "getAttr",
               "argv": [{"fn": "parseURL", "argv": ["http://1.2.3.4"]}, "isIp"]}]})",
          R"({"fn": "stringEquals", "argv": [{"fn": "getAttr", "argv": [{"ref": "Names"}, "[1]"]}, "n1"]})",
          R"({"fn": "stringEquals", "argv": ["{Bucket}.{Region}", "my-bucket.us-east-1"]})",
          R"({"fn": "stringEquals", "argv": [{"fn": "substring", "argv": [{"ref": "Bucket"}, 0, 6, true]}, "bucket"]})",
          R"({"fn": "isValidHostLabel", "argv": [{"ref": "Region"}, false]})",
          R"({"fn": "aws.isVirtualHostableS3Bucket", "argv": [{"ref": "Bucket"}, false]})",
          R"({"fn": "substring", "argv": [{"ref": "Bucket"}, 0, 1, false]})",
          R"({"fn": "uriEncode", "argv": [{"ref": "Bucket"}]})",
      }) {
    EXPECT_EQ(asked(met, set), "yes") << met;
  }
  for (const std::string_view unmet : {
           R"({"fn": "not", "argv": [true]})",
           R"({"fn": "getAttr", "argv": [{"ref": "Names"}, "[2]"]})",
           R"({"fn": "substring", "argv": [{"ref": "Bucket"}, 0, 100, false]})",
           R"({"fn": "aws.parseArn", "argv": [{"ref": "Bucket"}]})",
           R"({"fn": "isValidHostLabel", "argv": ["a.b", false]})",
           R"({"fn": "booleanEquals", "argv": [{"ref": "UseFIPS"}, true]})",
       }) {
    EXPECT_EQ(asked(unmet, set), "no") << unmet;
  }
}

TEST(Rules, WhatIsNotSetIsTakenWhereTheStandardLibraryTakesIt) {
  EXPECT_EQ(asked(R"({"fn": "isValidHostLabel", "argv": [{"ref": "Region"}, false]})", {}), "no");
  EXPECT_EQ(asked(R"({"fn": "parseURL", "argv": [{"ref": "Bucket"}]})", {}), "no");
  EXPECT_EQ(asked(R"({"fn": "aws.partition", "argv": [{"ref": "Region"}]})", {}), "yes");  // the default one
  EXPECT_EQ(asked(R"({"fn": "stringEquals", "argv": [{"ref": "Bucket"}, "a"]})", {}),
            "refused: The endpoint cannot be found: stringEquals is asked of Bucket, which is not set.");
  EXPECT_EQ(url_of(R"([{"type": "endpoint", "conditions": [], "endpoint": {"url": "https://{Bucket}"}}])", {}),
            "refused: The endpoint cannot be found: the rule puts in {Bucket}, which is not set.");
}

TEST(Rules, AMissingRegionIsSaidClearly) {
  for (const std::string_view rules : {
           R"([{"type": "error", "conditions": [], "error": "Invalid Configuration: Missing Region"}])",
           R"([{"type": "endpoint", "conditions": [], "endpoint": {"url": "https://{Region}"}}])",
           R"([{"type": "endpoint", "conditions": [{"fn": "stringEquals", "argv": [{"ref": "Region"}, "a"]}],
                "endpoint": {"url": "https://a"}}])",
       }) {
    const base::Result<Endpoint> endpoint = resolved(rules, {});
    ASSERT_FALSE(endpoint);
    EXPECT_EQ(endpoint.error().code, base::Code::kInvalid);
    ASSERT_EQ(endpoint.error().fields.size(), 1u) << endpoint.error().message;
    EXPECT_EQ(endpoint.error().fields[0].pointer, "parameter:Region");
    EXPECT_NE(endpoint.error().message.find("set AWS_REGION"), std::string::npos);
  }
}

TEST(Rules, ParametersHaveTypesAndDefaults) {
  const auto rules = compiled(R"({"version": "1.0", "parameters": {
      "A": {"type": "string", "default": "a", "required": true}, "B": {"type": "boolean", "default": true},
      "C": {"type": "stringArray", "default": ["c0"]}, "D": {"type": "string", "required": true}},
    "rules": [{"type": "endpoint", "conditions": [{"fn": "booleanEquals", "argv": [{"ref": "B"}, true]},
        {"fn": "getAttr", "argv": [{"ref": "C"}, "[0]"], "assign": "c"}], "endpoint": {"url": "{A}{c}{D}"}}]})");
  ASSERT_TRUE(rules) << rules.error().message;
  EXPECT_EQ((*rules)->resolve({{"D", "d"}})->url, "ac0d");
  EXPECT_EQ((*rules)->resolve({{"D", "d"}, {"A", "x"}, {"C", std::vector<std::string>{"y"}}})->url, "xyd");
  EXPECT_EQ((*rules)->resolve({}).error().message, "The endpoint needs the parameter D, which is not set.");
  for (const Parameters& wrong :
       {Parameters{{"D", true}}, Parameters{{"D", "d"}, {"B", "true"}}, Parameters{{"D", "d"}, {"C", "c"}}}) {
    EXPECT_NE((*rules)->resolve(wrong).error().message.find("of the wrong type"), std::string::npos);
  }
  EXPECT_TRUE((*rules)->knows("A"));
  EXPECT_FALSE((*rules)->knows("Z"));
}

struct Hostile {
  std::string_view rule, at, part;
};

TEST(Rules, WhatIsNoRuleIsRefusedWithItsPlace) {
  for (
      const Hostile& row : std::initializer_list<Hostile>{
          {R"(7)", "/rules/0", "an object"},
          {R"({"type": "tree", "conditions": []})", "/rules/0", "rules is missing"},
          {R"({"type": "tree", "rules": []})", "/rules/0", "conditions is missing"},
          {R"({"type": "forest", "conditions": []})", "/rules/0/type", "tree, endpoint or error"},
          {R"({"type": "error", "conditions": []})", "/rules/0", "error is missing"},
          {R"({"type": "error", "conditions": [], "error": true})", "/rules/0/error", "must be a text"},
          {R"({"type": "endpoint", "conditions": [], "endpoint": {}})", "/rules/0/endpoint", "url is missing"},
          {R"({"type": "endpoint", "conditions": [], "endpoint": {"url": "a{b"}})", "/rules/0/endpoint/url",
           "has no }"},
          {R"({"type": "endpoint", "conditions": [], "endpoint": {"url": "a}b"}})", "/rules/0/endpoint/url",
           "has no {"},
          {R"({"type": "endpoint", "conditions": [], "endpoint": {"url": "{}"}})", "/rules/0/endpoint/url",
           "neither a param"},
          {R"({"type": "endpoint", "conditions": [], "endpoint": {"url": "{Nothing}"}})", "/rules/0/endpoint/url",
           "Nothing"},
          {R"({"type": "endpoint", "conditions": [], "endpoint": {"url": "{UseFIPS}"}})", "/rules/0/endpoint/url",
           "true or false, and must be a text"},
          {R"({"type": "endpoint", "conditions": [], "endpoint": {"url": "{Bucket#name}"}})", "/rules/0/endpoint/url",
           "a text has no part \"name\""},
          {R"({"type": "endpoint", "conditions": [], "endpoint": {"url": "a", "headers": {"x": "y"}}})",
           "/rules/0/endpoint/headers/x", "must be a list"},
          {R"({"type": "endpoint", "conditions": [], "endpoint": {"url": "a", "properties": {"authSchemes": [{}]}}})",
           "/rules/0/endpoint/properties/authSchemes/0", "name is missing"},
          {R"({"type": "tree", "conditions": [{"fn": "isset", "argv": []}], "rules": []})", "/rules/0/conditions/0/fn",
           "did you mean isSet?"},
          {R"({"type": "tree", "conditions": [{"fn": "isSet", "argv": []}], "rules": []})",
           "/rules/0/conditions/0/argv", "takes 1 arguments; there are 0"},
          {R"({"type": "tree", "conditions": [{"fn": "stringEquals", "argv": [{"ref": "UseFIPS"}, "a"]}], "rules": []})",
           "/rules/0/conditions/0/argv/0", "it is true or false; stringEquals takes a text here"},
          {R"({"type": "tree", "conditions": [{"fn": "not", "argv": ["a"]}], "rules": []})",
           "/rules/0/conditions/0/argv/0", "takes true or false here"},
          {R"({"type": "tree", "conditions": [{"fn": "not", "argv": [null]}], "rules": []})",
           "/rules/0/conditions/0/argv/0", "must be a text, a boolean"},
          {R"({"type": "tree", "conditions": [{"fn": "not", "argv": [{}]}], "rules": []})",
           "/rules/0/conditions/0/argv/0", "neither ref nor fn"},
          {R"({"type": "tree", "conditions": [{"fn": "isSet", "argv": [{"ref": "later"}]},
               {"fn": "uriEncode", "argv": ["a"], "assign": "later"}], "rules": []})",
           "/rules/0/conditions/0/argv/0/ref", "neither a parameter nor assigned before"},
          {R"({"type": "tree", "conditions": [{"fn": "uriEncode", "argv": ["a"], "assign": "Bucket"}], "rules": []})",
           "/rules/0/conditions/0/assign", "has a value already"},
          {R"({"type": "tree", "conditions": [{"fn": "isSet", "argv": [{"fn": "uriEncode", "argv": ["a"], "assign": "b"}]}],
               "rules": []})",
           "/rules/0/conditions/0/argv/0/assign", "only a condition"},
          {R"({"type": "tree", "conditions": [{"fn": "getAttr", "argv": [{"ref": "Names"}, "[x]"]}], "rules": []})",
           "/rules/0/conditions/0/argv/1", "no name of a part"},
          {R"({"type": "tree", "conditions": [{"fn": "getAttr", "argv": [{"ref": "Names"}, "[0][1]"]}], "rules": []})",
           "/rules/0/conditions/0/argv/1", "no name of a part"},
          {R"({"type": "tree", "conditions": [{"fn": "getAttr", "argv": [{"ref": "Names"}, "[0].a"]}], "rules": []})",
           "/rules/0/conditions/0/argv/1", "a text has no part"},
          {R"({"type": "tree", "conditions": [{"fn": "getAttr", "argv": [{"ref": "Names"}]}], "rules": []})",
           "/rules/0/conditions/0/argv", "takes 2 arguments"},
      }) {
    const auto made = compiled(with_rules('[' + std::string(row.rule) + ']'));
    ASSERT_FALSE(made) << row.rule;
    EXPECT_EQ(made.error().code, base::Code::kInvalid);
    ASSERT_EQ(made.error().fields.size(), 1u);
    EXPECT_EQ(made.error().fields[0].pointer, row.at) << row.rule;
    EXPECT_NE(made.error().message.find(row.part), std::string::npos) << made.error().message;
  }
}

TEST(Rules, WhatIsNoRuleSetIsRefused) {
  for (const std::string_view text :
       {"null", "[]", "{}", R"({"parameters": {}})", R"({"version": "2.0", "parameters": {}, "rules": []})",
        R"({"parameters": {"A": {}}, "rules": []})", R"({"parameters": {"A": {"type": "number"}}, "rules": []})",
        R"({"parameters": {"A": {"type": "string", "default": 1}}, "rules": []})",
        R"({"parameters": {"A": {"type": "stringArray", "default": [1]}}, "rules": []})",
        R"({"parameters": {"A": {"type": "string", "required": "yes"}}, "rules": []})"}) {
    EXPECT_FALSE(compiled(text)) << text;
  }
  EXPECT_TRUE(compiled(R"({"parameters": {}, "rules": []})"));
}

// A rule set may be any file that somebody names: neither depth nor number may break the program.
TEST(Rules, DepthAndNamesAreLimited) {
  const auto nested = [](std::size_t levels) {
    std::string open, close;
    for (std::size_t i = 0; i < levels; ++i) {
      open += R"({"type":"tree","conditions":[],"rules":[)";
      close += "]}";
    }
    return compiled(with_rules('[' + open + close + ']'));
  };
  EXPECT_TRUE(nested(40));
  const auto functions = [](std::size_t levels) {
    json::Value value = true;
    for (std::size_t i = 0; i < levels; ++i) value = json::Object{{"fn", "not"}, {"argv", json::Array{value}}};
    json::Value rule_set = parsed(with_rules(R"([{"type": "tree", "conditions": [], "rules": []}])"));
    rule_set.as_object()["rules"].as_array()[0].as_object()["conditions"].as_array().push_back(value);
    return Rules::compile(rule_set, two_partitions());
  };
  EXPECT_TRUE(functions(base::limits::kEndpointRuleDepthMax - 1));
  const auto deep = functions(base::limits::kEndpointRuleDepthMax + 1);
  ASSERT_FALSE(deep);
  EXPECT_NE(deep.error().message.find("nested too deeply"), std::string::npos);

  json::Object many;
  for (int i = 0; i < 65; ++i) many["p" + std::to_string(i)] = json::Object{{"type", "string"}};
  const auto made = Rules::compile(json::Object{{"parameters", many}, {"rules", json::Array{}}}, two_partitions());
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("more than 64"), std::string::npos);
}

TEST(Partitions, ListedThenPatternThenTheFirst) {
  const std::shared_ptr<const Partitions> partitions = two_partitions();
  const auto name = [&](std::string_view region) { return partitions->of(region).at("name").as_string(); };
  EXPECT_EQ(name("eu-west-1"), "aws");
  EXPECT_EQ(name("cn-new-7"), "aws-cn");
  EXPECT_EQ(name("us-in-china"), "aws-cn");  // listed there, whatever it looks like
  EXPECT_EQ(name("us-new-1"), "aws");
  EXPECT_EQ(name("mars"), "aws");
  EXPECT_EQ(name(""), "aws");
  EXPECT_EQ(partitions->regions(),
            (std::vector<std::string>{"aws-global", "cn-north-1", "eu-west-1", "us-east-1", "us-in-china"}));
}

TEST(Partitions, WhatIsNoneIsRefused) {
  const std::string good = R"({"id": "aws", "regionRegex": "^a$", "regions": {}, "outputs": {"dnsSuffix": "a",
    "dualStackDnsSuffix": "b", "implicitGlobalRegion": "c", "supportsFIPS": true, "supportsDualStack": true}})";
  EXPECT_TRUE(Partitions::make(parsed(R"({"partitions": [)" + good + "]}")));
  for (const std::string_view text :
       {"null", "{}", R"({"partitions": []})", R"({"partitions": [{}]})", R"({"partitions": 1})"})
    EXPECT_FALSE(Partitions::make(parsed(text))) << text;
  for (const auto& [from, to] : std::initializer_list<std::pair<std::string, std::string>>{
           {"^a$", "^.*$"},
           {R"("id": "aws")", R"("id": 1)"},
           {R"("supportsFIPS": true)", R"("supportsFIPS": "true")"},
           {R"("regions": {})", R"("regions": [])"},
           {R"("dnsSuffix": "a",)", ""}}) {
    std::string bad = good;
    bad.replace(bad.find(from), from.size(), to);
    const auto made = Partitions::make(parsed(R"({"partitions": [)" + bad + "]}"));
    ASSERT_FALSE(made) << bad;
    EXPECT_EQ(made.error().fields[0].pointer.find("/partitions/0"), 0u);
  }
}

}  // namespace
}  // namespace aws_endpoint
