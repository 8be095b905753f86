// Any bytes as answer or error in each XML protocol: there is a value, or a reason why not; and a value that was read
// is written and read again as the same value.

#include <cstdint>
#include <string>
#include <vector>

#include "aws_wire/model_test_support.h"
#include "aws_wire/protocol.h"
#include "aws_wire/xml_root.h"
#include "base/check.h"
#include "json/encode.h"

namespace {

using aws_model::Member;
using aws_model::Shape;
using aws_model::Type;

// A shape with each trait, one of its members being itself.
const aws_model::Operation& operation() {
  static aws_wire::Model model;
  static const aws_model::Operation made = [] {
    const Shape* string = model.of(Type::kString);
    const Shape* integer = model.of(Type::kInteger);
    Shape* tree = model.structure("Tree", {});
    Shape* named = model.map(string, integer);
    named->key = model.keep({.shape = string, .location_name = "Name"});
    named->element = model.keep({.shape = integer, .location_name = "Value"});
    static const std::vector<Member> members{
        {.name = "A", .shape = string},
        {.name = "B", .shape = model.of(Type::kBoolean)},
        {.name = "I", .shape = integer},
        {.name = "L", .shape = model.of(Type::kLong)},
        {.name = "D", .shape = model.of(Type::kDouble)},
        {.name = "X", .shape = model.of(Type::kBlob)},
        {.name = "T", .shape = model.of(Type::kTimestamp)},
        {.name = "List", .shape = model.list(tree)},
        {.name = "Flat", .shape = model.list(tree), .location_name = "f", .flattened = true},
        {.name = "Map", .shape = model.map(string, tree)},
        {.name = "FlatMap", .shape = named, .location_name = "m", .flattened = true},
        {.name = "Type", .shape = string, .location_name = "xsi:type", .xml_attribute = true},
        {.name = "Tree", .shape = tree}};
    tree->members = members;
    static const Shape* const errors[] = {tree};
    tree->is_exception = true;
    aws_model::Operation operation{.name = "Op", .input = tree, .output = tree, .result_wrapper = "R"};
    operation.input_as_member = {.location_name = "Tree", .xml_namespace = {"xsi", "urn:xsi"}};
    operation.errors = errors;
    return operation;
  }();
  return made;
}

void check_again(const json::Object& value) {
  aws_wire::Request request;
  CHECK(aws_wire::protocol::encode_rest_xml({}, operation(), value, request).has_value(),
        "what is read can be written");
  json::Object again;
  const aws_wire::Reply reply{.status = 200, .body = request.body};
  CHECK(aws_wire::protocol::decode_rest_xml({}, operation(), reply, again).has_value(), "what we write, we read");
  // A structure whose only members are attributes has no body.
  CHECK(request.body.empty() || json::encode(again) == json::encode(value), "the same value");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const aws_wire::Reply reply{.status = 200, .body = std::string(reinterpret_cast<const char*>(data), size)};
  for (auto* decode :
       {&aws_wire::protocol::decode_query, &aws_wire::protocol::decode_ec2, &aws_wire::protocol::decode_rest_xml}) {
    json::Object output;
    const base::Result<void> result = decode({}, operation(), reply, output);
    if (result)
      check_again(output);
    else
      CHECK(!result.error().message.empty(), "a refusal says why");
  }
  const aws_wire::ServiceError error = aws_wire::protocol::error_xml({}, operation(), reply);
  CHECK(!error.code.empty(), "there is always a code");
  if (aws_wire::xml_root_text(reply.body))
    CHECK(!aws_wire::xml_root_name(reply.body).empty(), "what is XML has a root");
  return 0;
}
