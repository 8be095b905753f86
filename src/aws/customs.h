// What AWS's own clients do outside the models, and what is therefore part of the wire: one table in customs.cc, one
// row a rule, with its source. A rule is a pure function that is called at one step of a call; which steps there are is
// told by the members of Rule, in their order.
//
// Threads: any; the table never changes.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aws/failure.h"
#include "aws_config/config.h"
#include "aws_endpoint/endpoint.h"
#include "aws_model/model.h"
#include "aws_wire/wire.h"
#include "json/value.h"
#include "net/http_client.h"

namespace aws {

// What a rule may look at, and what rules of one call tell each other.
struct CustomCall {
  const aws_model::Service& service;
  const aws_model::Operation& operation;
  const aws_config::Environment& environment;
  bool presigned = false;
  net::BodySource* body = nullptr;  // of a stream
  bool keys_are_encoded = false;    // we asked for it, so the caller is not to see it
  std::string url;                  // before that of the endpoint rules, where a rule says so
};

using Problems = std::vector<aws_wire::Problem>;

struct RuleTitle {
  std::string_view service, operation;  // as botocore names them; "*": every one
  std::string_view what;
  std::string_view source;  // botocore 1.44.8: handlers.py, unless said otherwise
};

struct RuleSteps {
  // Changes the input before it is checked; problems of its own go before the check's.
  void (*input)(CustomCall&, json::Object& input, Problems&) = nullptr;
  void (*endpoint)(const CustomCall&, const json::Object& input, aws_endpoint::BuiltIns&) = nullptr;
  // Changes the request, encoded but not signed.
  Result<void> (*request)(CustomCall&, const json::Object& input, aws_wire::Request&) = nullptr;
  bool without_signature = false;
  std::string_view cross_region_url;  // the member that takes a presigned URL of the same call in SourceRegion
  // Changes the answer before it is read; may turn a success into an error by its status.
  void (*reply)(const CustomCall&, aws_wire::Reply&) = nullptr;
  // False: the answer was damaged on its way.
  bool (*intact)(const aws_wire::Reply&) = nullptr;
  void (*output)(const CustomCall&, const aws_wire::Reply&, json::Object& output) = nullptr;
  void (*error)(const aws_wire::Reply&, aws_wire::ServiceError&) = nullptr;
};

struct Rule : RuleTitle, RuleSteps {};

// The rules of one operation, in the table's order. Looked up once for each operation and kept.
std::vector<const Rule*> rules_of(const aws_model::Service& service, const aws_model::Operation& operation);
std::span<const Rule> all_rules();  // for the test of the table

}  // namespace aws
