// What finding an endpoint costs: the rule sets of S3 (the largest) and DynamoDB compiled, and the endpoints of a
// GetItem and a GetObject resolved, from the call's input to the URL. The baseline is botocore, asked the same by
// bench/aws_endpoint.py.
//
//   build/release/bench/bench_aws_endpoint

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "aws_endpoint/endpoint.h"
#include "aws_model/library.h"
#include "base/check.h"
#include "jmespath/jmespath.h"
#include "json/parse.h"

namespace {

using Clock = std::chrono::steady_clock;

// The best of some rounds: noise of the machine only ever adds.
template <class Work>
double best_us(int rounds, int turns, Work work) {
  double best = 1e12;
  for (int round = 0; round < rounds; ++round) {
    const Clock::time_point begin = Clock::now();
    for (int turn = 0; turn < turns; ++turn) work();
    const std::chrono::duration<double, std::micro> spent = Clock::now() - begin;
    best = std::min(best, spent.count() / turns);
  }
  return best;
}

void print(std::string_view what, double us) { fmt::print("{:<60}{:>10.2f} us\n", what, us); }

void measure(aws_model::Library& library, std::string_view service_name, std::string_view operation_name,
             const json::Value& input) {
  const aws_model::Service& service = **library.service(service_name);
  const aws_model::Operation& operation = *service.operation(operation_name);
  const json::Value& rule_set = **library.endpoint_rules(service_name);
  const auto partitions = *aws_endpoint::Partitions::make(**library.partitions());
  const auto rules = *aws_endpoint::Rules::compile(rule_set, partitions);
  aws_endpoint::BuiltIns built_ins;
  built_ins.region = "eu-west-1";
  built_ins.account_id = "123456789012";

  print(fmt::format("{}: rule set compiled", service_name),
        best_us(20, 1, [&] { CHECK(aws_endpoint::Rules::compile(rule_set, partitions), "the rule set is good"); }));
  const aws_endpoint::Parameters parameters = *parameters_of(service, operation, input, built_ins, *rules);
  print(fmt::format("{} {}: parameters", service_name, operation_name), best_us(50, 2000, [&] {
          CHECK(parameters_of(service, operation, input, built_ins, *rules), "the input is good");
        }));
  print(fmt::format("{} {}: resolved", service_name, operation_name),
        best_us(50, 2000, [&] { CHECK(rules->resolve(parameters), "there is an endpoint"); }));
  print(fmt::format("{} {}: both, from input to URL", service_name, operation_name), best_us(50, 2000, [&] {
          CHECK(rules->resolve(*parameters_of(service, operation, input, built_ins, *rules)), "there is an endpoint");
        }));
}

void measure_jmespath() {
  constexpr std::string_view kExpression = "Reservations[].Instances[?State.Name == 'running'].InstanceId[]";
  json::Array reservations;
  for (int i = 0; i < 100; ++i) {
    json::Array instances;
    for (int k = 0; k < 10; ++k)
      instances.push_back(json::Object{{"InstanceId", fmt::format("i-{:017}", i * 10 + k)},
                                       {"State", {{"Name", k % 2 == 0 ? "running" : "stopped"}}}});
    reservations.push_back(json::Object{{"Instances", instances}});
  }
  const json::Value document = json::Object{{"Reservations", reservations}};
  const jmespath::Expression expression = *jmespath::Expression::compile(kExpression);
  print("JMESPath: an expression compiled",
        best_us(20, 1000, [&] { CHECK(jmespath::Expression::compile(kExpression), "the expression is good"); }));
  print("JMESPath: it, over 1,000 instances",
        best_us(50, 10, [&] { CHECK(expression.evaluate(document), "it gives"); }));
}

}  // namespace

int main() {
  base::Result<std::unique_ptr<aws_model::Library>> library = aws_model::Library::open();
  CHECK(library, "the models are in the program");
  measure(**library, "dynamodb", "GetItem", *json::parse(R"({"TableName": "t", "Key": {"id": {"S": "1"}}})"));
  measure(**library, "s3", "GetObject", *json::parse(R"({"Bucket": "bucket", "Key": "a/b"})"));
  measure_jmespath();
  return 0;
}
