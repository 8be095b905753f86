// For the tests of rule sets: rule sets from JSON text, over two partitions of which the first is the default.
// Functions only, any thread.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "aws_endpoint/endpoint.h"
#include "json/parse.h"

namespace aws_endpoint {

inline json::Value parsed(std::string_view text) {
  base::Result<json::Value> value = json::parse(text, 128);
  EXPECT_TRUE(value) << text;
  return value ? *value : json::Value();
}

inline std::shared_ptr<const Partitions> two_partitions() {
  return *Partitions::make(parsed(R"({"partitions": [
    {"id": "aws", "regionRegex": "^(us|eu)\\-\\w+\\-\\d+$", "regions": {"us-east-1": {}, "eu-west-1": {}, "aws-global": {}},
     "outputs": {"name": "aws", "dnsSuffix": "amazonaws.com", "dualStackDnsSuffix": "api.aws",
                 "implicitGlobalRegion": "us-east-1", "supportsFIPS": true, "supportsDualStack": true}},
    {"id": "aws-cn", "regionRegex": "^cn\\-\\w+\\-\\d+$", "regions": {"cn-north-1": {}, "us-in-china": {}},
     "outputs": {"name": "aws-cn", "dnsSuffix": "amazonaws.com.cn", "dualStackDnsSuffix": "api.amazonwebservices.com.cn",
                 "implicitGlobalRegion": "cn-north-1", "supportsFIPS": true, "supportsDualStack": false}}]})"));
}

inline base::Result<std::shared_ptr<const Rules>> compiled(std::string_view text) {
  return Rules::compile(parsed(text), two_partitions());
}

// A rule set with these rules, and parameters of each type.
inline std::string with_rules(std::string_view rules) {
  return R"({"version": "1.0", "parameters": {
      "Region": {"type": "string", "builtIn": "AWS::Region"}, "UseFIPS": {"type": "boolean", "required": true, "default": false},
      "Bucket": {"type": "String"}, "Names": {"type": "stringArray"}},
    "rules": )" +
         std::string(rules) + "}";
}

}  // namespace aws_endpoint
