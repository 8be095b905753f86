// Errors of json and rest-json. Where the code stands differs by service and by age: in the header x-amzn-errortype, in
// the body as __type, code or Code; with a namespace before '#' and a URL behind ':'.

#include <array>

#include <boost/json/monotonic_resource.hpp>

#include "aws_wire/binding.h"
#include "aws_wire/json_body.h"
#include "aws_wire/members.h"
#include "aws_wire/protocol.h"
#include "base/text.h"

namespace aws_wire::protocol {
namespace {

constexpr std::size_t kForeignTextMax = 500;  // of a body that is no error of the service: a proxy's page

std::string_view text_in(const json::Value& body, std::initializer_list<std::string_view> names) {
  if (!body.is_object()) return {};
  for (const std::string_view name : names) {
    const json::Value* found = body.get_object().if_contains(boosted(name));
    if (found != nullptr && found->is_string() && !found->get_string().empty()) return json::view(found->get_string());
  }
  return {};
}

std::string foreign_text(std::string_view body) {
  body = body.substr(0, body.find_last_not_of(" \t\r\n") + 1);
  std::size_t end = std::min(body.size(), kForeignTextMax);
  while (end > 0 && end < body.size() && (static_cast<unsigned char>(body[end]) & 0xc0) == 0x80) --end;
  body = body.substr(0, end);
  return base::is_utf8(body) ? std::string(body) : std::string();
}

}  // namespace

ServiceError error_json(const aws_model::Service& service, const aws_model::Operation& operation, const Reply& reply) {
  ServiceError error;
  error.request_id = request_id(reply);
  std::array<unsigned char, 4096> first;  // NOLINT(cppcoreguidelines-pro-type-member-init): an arena's memory
  boost::json::monotonic_resource arena(first.data(), first.size());
  base::Result<json::Value> parsed = parse_reply(reply, &arena);
  const json::Value none;
  const json::Value& body = parsed ? *parsed : none;

  std::string_view code = reply.headers.get("x-amzn-errortype").value_or(std::string_view());
  if (code.empty()) code = text_in(body, {"__type", "code", "Code"});
  code = bare_code(code);
  error.shape = error_shape(operation, code);
  const std::string_view of_query = query_error_code(service, reply);
  if (error.shape == nullptr) error.shape = error_shape(operation, of_query);
  error.code = of_query.empty() ? code : of_query;

  error.message = text_in(body, {"message", "Message", "errorMessage"});
  if (error.message.empty()) error.message = reply.headers.get("x-amzn-error-message").value_or(std::string_view());
  if (error.message.empty() && !parsed) error.message = foreign_text(reply.body);

  if (error.shape == nullptr) return error;
  // An error's own members are a courtesy: one that is not as modelled leaves the others out, and never hides the
  // error.
  const bool bound = service.protocols.front() == aws_model::Protocol::kRestJson;
  if (bound && !bind_reply(*error.shape, reply, error.members)) error.members.clear();
  if (!read_json(*error.shape, body, bound, error.members)) error.members.clear();
  drop_sensitive(*error.shape, error.members);
  return error;
}

}  // namespace aws_wire::protocol
