// Our own cost of calls to AWS without network and signature, in time of the processor: check, encode, decode. One
// figure a line.
//
//   bench_aws_wire [ROUNDS]

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>

#include "aws_model/library.h"
#include "aws_wire/wire.h"
#include "json/parse.h"

namespace {

// What GetItem, PutItem and PutMetricData are made of in the models of DynamoDB and CloudWatch.
constexpr std::string_view kModel = R"({
  "metadata": {"apiVersion": "2012-08-10", "endpointPrefix": "x", "serviceId": "X", "jsonVersion": "1.0",
               "protocol": "PROTOCOL", "protocols": ["PROTOCOL"], "targetPrefix": "DynamoDB_20120810"},
  "operations": {
    "GetItem": {"name": "GetItem", "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "GetItemInput"},
                "output": {"shape": "GetItemOutput"}}},
  "shapes": {
    "GetItemInput": {"type": "structure", "required": ["TableName", "Key"], "members": {
      "TableName": {"shape": "TableArn"}, "Key": {"shape": "Attributes"}, "AttributesToGet": {"shape": "Names"},
      "ConsistentRead": {"shape": "Boolean"}, "ReturnConsumedCapacity": {"shape": "ReturnConsumedCapacity"},
      "ProjectionExpression": {"shape": "String"}, "ExpressionAttributeNames": {"shape": "NameMap"}}},
    "GetItemOutput": {"type": "structure", "members": {"Item": {"shape": "Attributes"},
      "ConsumedCapacity": {"shape": "ConsumedCapacity"}}},
    "ConsumedCapacity": {"type": "structure", "members": {"TableName": {"shape": "TableArn"},
      "CapacityUnits": {"shape": "Double"}, "ReadCapacityUnits": {"shape": "Double"}}},
    "Attributes": {"type": "map", "key": {"shape": "AttributeName"}, "value": {"shape": "AttributeValue"}},
    "AttributeValue": {"type": "structure", "union": true, "members": {
      "S": {"shape": "String"}, "N": {"shape": "String"}, "B": {"shape": "Blob"}, "SS": {"shape": "Names"},
      "NS": {"shape": "Names"}, "BS": {"shape": "Blobs"}, "M": {"shape": "Attributes"}, "L": {"shape": "Values"},
      "NULL": {"shape": "Boolean"}, "BOOL": {"shape": "Boolean"}}},
    "Values": {"type": "list", "member": {"shape": "AttributeValue"}},
    "Names": {"type": "list", "member": {"shape": "String"}},
    "NameMap": {"type": "map", "key": {"shape": "String"}, "value": {"shape": "String"}},
    "Blobs": {"type": "list", "member": {"shape": "Blob"}},
    "AttributeName": {"type": "string", "max": 65535},
    "TableArn": {"type": "string", "min": 1, "max": 1024},
    "ReturnConsumedCapacity": {"type": "string", "enum": ["INDEXES", "TOTAL", "NONE"]},
    "String": {"type": "string"}, "Boolean": {"type": "boolean"}, "Blob": {"type": "blob"},
    "Double": {"type": "double"}}})";

constexpr std::string_view kInput = R"({"TableName": "workspaces", "Key": {"pk": {"S": "WORKSPACE#5f2c"},
  "sk": {"S": "ACCOUNT#123456789012"}}, "ConsistentRead": true, "ReturnConsumedCapacity": "TOTAL"})";

constexpr std::string_view kItem = R"({"Item": {"pk": {"S": "WORKSPACE#5f2c"}, "sk": {"S": "ACCOUNT#123456789012"},
  "type": {"S": "enablement"}, "version": {"N": "17"}, "public": {"BOOL": true}, "owner": {"S": "N:user:6c0f-11"},
  "tags": {"M": {"stage": {"S": "prod"}, "cost": {"N": "12.5"}}}, "teams": {"L": [{"S": "a"}, {"S": "b"}]},
  "digest": {"B": "q83vASNFZ4mrze8BI0VniQ=="}, "none": {"NULL": true}},
  "ConsumedCapacity": {"TableName": "workspaces", "CapacityUnits": 1.0}})";

std::shared_ptr<const aws_model::Service> service_that_speaks(std::string_view protocol) {
  std::string model(kModel);
  for (std::size_t at = model.find("PROTOCOL"); at != std::string::npos; at = model.find("PROTOCOL"))
    model.replace(at, 8, protocol);
  return aws_model::read_service("x", json::parse(model).value(), {}, {}).value();
}

template <class Work>
double measured(const char* protocol, const char* name, std::size_t rounds, Work work) {
  for (std::size_t i = 0; i < rounds / 10; ++i) work();
  const std::clock_t begin = std::clock();
  for (std::size_t i = 0; i < rounds; ++i) work();
  const double spent_us = static_cast<double>(std::clock() - begin) * 1e6 / CLOCKS_PER_SEC;
  const double each = spent_us / static_cast<double>(rounds);
  std::printf("%s %s: %.2f us\n", protocol, name, each);
  return each;
}

void measure(const char* protocol, std::size_t rounds) {
  const auto service = service_that_speaks(protocol);
  const aws_model::Operation& operation = *service->operation("GetItem");
  const json::Value input = json::parse(kInput).value();
  // A service's answer, written by the same codec: its output as the input of an operation like it.
  aws_model::Operation backwards = operation;
  backwards.input = operation.output;
  aws_wire::Reply reply;
  reply.status = 200;
  reply.body = aws_wire::encode(*service, backwards, json::parse(kItem).value()).value().body;
  double all = 0;
  all += measured(protocol, "check", rounds, [&] {
    if (!aws_wire::check(operation, input).empty()) std::abort();
  });
  all += measured(protocol, "encode", rounds, [&] {
    if (!aws_wire::encode(*service, operation, input)) std::abort();
  });
  all += measured(protocol, "decode", rounds, [&] {
    if (!aws_wire::decode(*service, operation, reply)) std::abort();
  });
  std::printf("%s GetItem, check, encode and decode: %.2f us\n", protocol, all);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t rounds = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100000;
  measure("json", rounds);
  measure("smithy-rpc-v2-cbor", rounds);
  return 0;
}
