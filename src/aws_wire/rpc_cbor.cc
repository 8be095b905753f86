// Smithy RPC v2 CBOR: the operation in the path, everything else in the body.

#include <fmt/format.h>

#include "aws_wire/cbor.h"
#include "aws_wire/json_body.h"
#include "aws_wire/members.h"
#include "aws_wire/protocol.h"

namespace aws_wire::protocol {

base::Result<void> encode_cbor(const aws_model::Service& service, const aws_model::Operation& operation,
                               const json::Object& input, Request& request) {
  request.method = "POST";
  request.path = fmt::format("/service/{}/operation/{}", service.target_prefix, operation.name);
  request.headers.add("smithy-protocol", "rpc-v2-cbor");
  request.headers.add("Accept", "application/cbor");
  if (service.query_compatible) request.headers.add("x-amzn-query-mode", "true");
  if (operation.input == nullptr) return {};
  request.headers.add("Content-Type", "application/cbor");
  append_cbor(request.body, *operation.input, input);
  return {};
}

base::Result<void> decode_cbor(const aws_model::Service&, const aws_model::Operation& operation, const Reply& reply,
                               json::Object& output) {
  if (operation.output == nullptr || reply.body.empty()) return {};
  return read_cbor(*operation.output, reply.body, output);
}

namespace {

std::string text_in(const json::Value& body, std::initializer_list<std::string_view> names) {
  if (!body.is_object()) return {};
  for (const std::string_view name : names) {
    const json::Value* found = body.get_object().if_contains(boosted(name));
    if (found != nullptr && found->is_string()) return std::string(json::view(found->get_string()));
  }
  return {};
}

}  // namespace

ServiceError error_cbor(const aws_model::Service& service, const aws_model::Operation& operation, const Reply& reply) {
  ServiceError error;
  error.request_id = request_id(reply);
  const json::Value body = read_cbor(std::string_view(reply.body)).value_or(json::Value());
  std::string code = text_in(body, {"__type", "code"});
  if (code.empty()) code = reply.headers.get("x-amzn-errortype").value_or(std::string_view());
  const std::string_view bare = bare_code(code);
  const std::string_view of_query = query_error_code(service, reply);
  error.shape = error_shape(operation, bare);
  if (error.shape == nullptr) error.shape = error_shape(operation, of_query);
  error.code = of_query.empty() ? bare : of_query;
  error.message = text_in(body, {"message", "Message", "errorMessage"});
  if (error.shape == nullptr) return error;
  // An error's own members are a courtesy: one that is not as modelled leaves the others out, and never hides the
  // error.
  if (!read_cbor(*error.shape, reply.body, error.members)) error.members.clear();
  drop_sensitive(*error.shape, error.members);
  return error;
}

}  // namespace aws_wire::protocol
