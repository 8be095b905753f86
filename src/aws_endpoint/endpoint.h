// Where a request goes: AWS's endpoint rule sets, evaluated. No host name is ever guessed. A rule set is compiled once
// and asked with parameters (region, FIPS, dual-stack, a bucket, an ARN ...); it answers with a URL, headers, and how
// to sign, or with the rule's own error.
//
//   Threads   any; a Rules never changes once it is made.
//   Errors    compile: kInvalid, with the JSON pointer of where in the rule set. resolve: kInvalid, with the rule set's
//             message, or that a parameter is missing; where the region is, fields[0].pointer is "parameter:Region".
//   Source    Smithy 2.0, "Rules engine"; the standard library's functions of AWS (partition, parseArn,
//   isVirtualHostableS3Bucket).

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "aws_model/model.h"
#include "base/result.h"
#include "json/value.h"

namespace aws_endpoint {

using Parameter = std::variant<std::string, bool, std::vector<std::string>>;
using Parameters = std::map<std::string, Parameter, std::less<>>;

struct AuthScheme {
  std::string name;  // "sigv4", "sigv4a", "sigv4-s3express", "bearer"
  std::string signing_name, signing_region;
  std::vector<std::string> signing_region_set;
  bool double_encoding_disabled = false;
};

struct Endpoint {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<AuthScheme> auth_schemes;  // in the order of preference; empty: the service's own
  json::Object properties;               // without authSchemes
};

class Partitions {
 public:
  static base::Result<std::shared_ptr<const Partitions>> make(const json::Value& document);
  virtual ~Partitions() = default;
  // The partition of a region: {name, dnsSuffix, dualStackDnsSuffix, supportsFIPS, supportsDualStack,
  // implicitGlobalRegion}; that of the regular expression where it is not listed, "aws" where nothing fits.
  [[nodiscard]] virtual const json::Object& of(std::string_view region) const = 0;
  [[nodiscard]] virtual std::vector<std::string> regions() const = 0;
};

// A parameter that the client's configuration gives: {"Region", "AWS::Region"}.
struct BuiltInParameter {
  std::string parameter, built_in;
};

class Rules {
 public:
  static base::Result<std::shared_ptr<const Rules>> compile(const json::Value& rule_set,
                                                            std::shared_ptr<const Partitions> partitions);
  virtual ~Rules() = default;
  [[nodiscard]] virtual base::Result<Endpoint> resolve(const Parameters& parameters) const = 0;
  [[nodiscard]] virtual bool knows(std::string_view parameter) const = 0;
  [[nodiscard]] virtual std::span<const BuiltInParameter> built_ins() const { return {}; }
};

// What the client's configuration says, under the names of the rule sets' built-ins.
struct BuiltIns {
  std::string region, endpoint_url, account_id;
  std::string account_id_endpoint_mode = "preferred";
  bool fips = false, dual_stack = false;
  bool s3_path_style = false, s3_accelerate = false, s3_arn_region = true, s3_disable_multi_region = false;
  bool s3_virtual_style = false;       // addressing_style = virtual; of custom endpoints, whose default is the path
  bool s3control_arn_region = false;   // the stock clients' default differs from S3's
  bool s3_no_express_session = false;  // sign requests to directory buckets themselves
  bool s3_global_endpoint = true;      // s3_us_east_1_regional_endpoint is not "regional": of us-east-1 alone
  bool sts_global_endpoint = false;    // sts_regional_endpoints = legacy
};

// All parameters of one call: built-ins, then what the input gives (expressions over it, then members), then what the
// operation says for good. Without a region, services of a whole partition get "aws-global", and S3 us-east-1. As in
// the stock clients, a custom endpoint turns FIPS and dual-stack off, since it is an address already; and S3's style is
// the path there, for GetBucketLocation, and never for a bucket that is an ARN.
//
// Errors: kInvalid (an endpoint that is no URL, a member of the wrong type).
base::Result<Parameters> parameters_of(const aws_model::Service& service, const aws_model::Operation& operation,
                                       const json::Value& input, const BuiltIns& built_ins, const Rules& rules);

}  // namespace aws_endpoint
