// json 1.0 and 1.1: one path, the operation in a header, everything in the body.

#include <array>

#include <boost/json/monotonic_resource.hpp>
#include <fmt/format.h>

#include "aws_wire/json_body.h"
#include "aws_wire/protocol.h"

namespace aws_wire::protocol {

base::Result<void> encode_json(const aws_model::Service& service, const aws_model::Operation& operation,
                               const json::Object& input, Request& request) {
  request.method = "POST";
  request.headers.add("X-Amz-Target", fmt::format("{}.{}", service.target_prefix, operation.name));
  request.headers.add("Content-Type", fmt::format("application/x-amz-json-{}",
                                                  service.json_version.empty() ? "1.0" : service.json_version));
  if (service.query_compatible) request.headers.add("x-amzn-query-mode", "true");
  if (operation.input == nullptr)
    request.body = "{}";
  else
    append_json(request.body, *operation.input, input, false);
  return {};
}

base::Result<void> decode_json(const aws_model::Service&, const aws_model::Operation& operation, const Reply& reply,
                               json::Object& output) {
  if (operation.output == nullptr) return {};
  std::array<unsigned char, 8192> first;  // NOLINT(cppcoreguidelines-pro-type-member-init): an arena's memory
  boost::json::monotonic_resource arena(first.data(), first.size());
  const json::Value value = TRY(parse_reply(reply, &arena));
  return read_json(*operation.output, value, false, output);
}

}  // namespace aws_wire::protocol
