// What the protocols have in common: which one is spoken, what is bound to the HTTP message, the host's prefix.

#include "aws_wire/wire.h"

#include <algorithm>

#include <fmt/format.h>

#include "aws_wire/binding.h"
#include "aws_wire/members.h"
#include "aws_wire/protocol.h"

namespace aws_wire {
namespace {

using aws_model::Member;
using aws_model::Protocol;
using aws_model::Shape;
using aws_model::Type;

Protocol spoken(const aws_model::Service& service) {
  return service.protocols.empty() ? Protocol::kJson : service.protocols.front();
}

bool binds(Protocol protocol) { return protocol == Protocol::kRestJson || protocol == Protocol::kRestXml; }

bool has_event_stream(const Shape* shape) {
  return shape != nullptr && std::any_of(shape->members.begin(), shape->members.end(),
                                         [](const Member& member) { return member.shape->is_event_stream; });
}

// "{AccountId}." with the members that are labels of the host.
base::Result<std::string> host_prefix(const aws_model::Operation& operation, const json::Object& input) {
  std::string prefix;
  std::string_view rest = operation.host_prefix;
  while (!rest.empty()) {
    const std::size_t open = rest.find('{');
    prefix.append(rest.substr(0, open));
    if (open == std::string_view::npos) break;
    const std::size_t close = rest.find('}', open);
    const std::string_view label = rest.substr(open + 1, close == std::string_view::npos ? close : close - open - 1);
    const json::Value* value = input.if_contains(boosted(label));
    if (value == nullptr || !value->is_string() || value->get_string().empty()) {
      return base::fail_field(base::Code::kInvalid, std::string(label),
                              fmt::format("{} must not be empty: it is a part of the host's name.", label));
    }
    prefix.append(json::view(value->get_string()));
    rest.remove_prefix(close == std::string_view::npos ? rest.size() : close + 1);
  }
  return prefix;
}

base::Result<void> encode_as(Protocol protocol, const aws_model::Service& service,
                             const aws_model::Operation& operation, const json::Object& input, Request& request) {
  switch (protocol) {
    case Protocol::kJson:
      return protocol::encode_json(service, operation, input, request);
    case Protocol::kRestJson:
      return protocol::encode_rest_json(service, operation, input, request);
    case Protocol::kCbor:
      return protocol::encode_cbor(service, operation, input, request);
    case Protocol::kRestXml:
      return protocol::encode_rest_xml(service, operation, input, request);
    case Protocol::kQuery:
      return protocol::encode_query(service, operation, input, request);
    case Protocol::kEc2:
      break;
  }
  return protocol::encode_ec2(service, operation, input, request);
}

base::Result<void> decode_as(Protocol protocol, const aws_model::Service& service,
                             const aws_model::Operation& operation, const Reply& reply, json::Object& output) {
  switch (protocol) {
    case Protocol::kJson:
      return protocol::decode_json(service, operation, reply, output);
    case Protocol::kRestJson:
      return protocol::decode_rest_json(service, operation, reply, output);
    case Protocol::kCbor:
      return protocol::decode_cbor(service, operation, reply, output);
    case Protocol::kRestXml:
      return protocol::decode_rest_xml(service, operation, reply, output);
    case Protocol::kQuery:
      return protocol::decode_query(service, operation, reply, output);
    case Protocol::kEc2:
      break;
  }
  return protocol::decode_ec2(service, operation, reply, output);
}

}  // namespace

base::Result<Request> encode(const aws_model::Service& service, const aws_model::Operation& operation,
                             const json::Value& input) {
  if (has_event_stream(operation.input) || has_event_stream(operation.output)) {
    return base::fail(base::Code::kInvalid, fmt::format("{} of {} is an event stream, which is not spoken here.",
                                                        operation.name, service.name));
  }
  const json::Object none;
  const json::Object& object = input.is_object() ? input.get_object() : none;
  const Protocol protocol = spoken(service);
  Request request;
  request.method = operation.method.empty() ? "POST" : operation.method;
  if (!operation.host_prefix.empty()) request.host_prefix = TRY(host_prefix(operation, object));
  if (binds(protocol)) {
    TRY(bind_request(operation, object, request));
    const Body body = body_of(operation, object);
    request.body_streams = body.streams && body.value == nullptr;
  }
  TRY(encode_as(protocol, service, operation, object, request));
  return request;
}

base::Result<json::Value> decode(const aws_model::Service& service, const aws_model::Operation& operation,
                                 const Reply& reply) {
  const Protocol protocol = spoken(service);
  json::Object output;
  if (operation.output != nullptr && binds(protocol)) TRY(bind_reply(*operation.output, reply, output));
  TRY(decode_as(protocol, service, operation, reply, output));
  return json::Value(std::move(output));
}

bool answer_streams(const aws_model::Operation& operation) {
  if (operation.output == nullptr || operation.output->payload == nullptr) return false;
  const Shape& shape = *operation.output->payload->shape;
  return shape.type == Type::kBlob && !shape.is_document;
}

ServiceError decode_error(const aws_model::Service& service, const aws_model::Operation& operation,
                          const Reply& reply) {
  switch (spoken(service)) {
    case Protocol::kJson:
    case Protocol::kRestJson:
      return protocol::error_json(service, operation, reply);
    case Protocol::kCbor:
      return protocol::error_cbor(service, operation, reply);
    case Protocol::kRestXml:
    case Protocol::kQuery:
    case Protocol::kEc2:
      break;
  }
  return protocol::error_xml(service, operation, reply);
}

}  // namespace aws_wire
