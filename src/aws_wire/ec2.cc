// The ec2 protocol: requests are forms (query_form.h); an answer is <OperationResponse>members</OperationResponse>,
// with the request's id among the members.

#include "aws_wire/protocol.h"
#include "aws_wire/query_form.h"
#include "aws_wire/xml_reply.h"

namespace aws_wire::protocol {

base::Result<void> encode_ec2(const aws_model::Service& service, const aws_model::Operation& operation,
                              const json::Object& input, Request& request) {
  query::encode(query::Dialect::kEc2, service, operation, input, request);
  return {};
}

base::Result<void> decode_ec2(const aws_model::Service&, const aws_model::Operation& operation, const Reply& reply,
                              json::Object& output) {
  const bool promises_nothing = operation.output == nullptr || operation.output->members.empty();
  if (promises_nothing && xml::trim(reply.body).empty()) return {};
  const xml::Document document = TRY(xml::parse_answer(reply.body));
  if (promises_nothing) return {};
  return xml::read_structure(*operation.output, document.root(), output);
}

}  // namespace aws_wire::protocol
