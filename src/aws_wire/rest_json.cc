// rest-json's bodies; what is bound to path, query and headers is wire.cc's.

#include <algorithm>
#include <array>

#include <boost/json/monotonic_resource.hpp>

#include "aws_wire/binding.h"
#include "aws_wire/json_body.h"
#include "aws_wire/members.h"
#include "aws_wire/protocol.h"
#include "base/text.h"

namespace aws_wire::protocol {
namespace {

using aws_model::Location;
using aws_model::Member;
using aws_model::Shape;
using aws_model::Type;

bool is_raw(const Member& payload) {
  const Type type = payload.shape->type;
  return !payload.shape->is_document && (type == Type::kBlob || type == Type::kString);
}

bool has_body_member(const Shape& shape) {
  return std::any_of(shape.members.begin(), shape.members.end(),
                     [](const Member& member) { return member.location == Location::kBody; });
}

}  // namespace

base::Result<void> encode_rest_json(const aws_model::Service&, const aws_model::Operation& operation,
                                    const json::Object& input, Request& request) {
  if (operation.input == nullptr) return {};
  const Body body = body_of(operation, input);
  if (body.streams) {
    if (body.value == nullptr || !body.value->is_string()) return {};
    const std::string_view text = json::view(body.value->get_string());
    request.body = body.payload->shape->type == Type::kBlob ? base::parse_base64(text).value_or("") : std::string(text);
    return {};
  }
  if (body.payload != nullptr) {
    if (body.value == nullptr)
      request.body = "{}";
    else
      append_json(request.body, *body.payload, *body.value);
  } else if (has_body_member(*operation.input)) {
    append_json(request.body, *operation.input, input, true);
  }
  if (!request.body.empty() && !request.headers.get("Content-Type"))
    request.headers.add("Content-Type", "application/json");
  return {};
}

base::Result<void> decode_rest_json(const aws_model::Service&, const aws_model::Operation& operation,
                                    const Reply& reply, json::Object& output) {
  const Shape* shape = operation.output;
  if (shape == nullptr) return {};
  const Member* payload = shape->payload;
  if (payload != nullptr && is_raw(*payload)) {
    if (reply.body_went_elsewhere) return {};
    const bool blob = payload->shape->type == Type::kBlob;
    if (!blob && !base::is_utf8(reply.body))
      return base::fail(reply_error(Path().member(payload->name), "must be UTF-8."));
    output.emplace(boosted(payload->name), blob ? base::base64(reply.body) : reply.body);
    return {};
  }
  if (payload == nullptr && !has_body_member(*shape)) return {};
  std::array<unsigned char, 8192> first;  // NOLINT(cppcoreguidelines-pro-type-member-init): an arena's memory
  boost::json::monotonic_resource arena(first.data(), first.size());
  const json::Value value = TRY(parse_reply(reply, &arena));
  if (payload == nullptr) return read_json(*shape, value, true, output);
  const Path root;
  json::Value read = TRY(read_json(*payload, value, root.member(payload->name)));
  if (!read.is_null()) output.emplace(boosted(payload->name), std::move(read));
  return {};
}

}  // namespace aws_wire::protocol
