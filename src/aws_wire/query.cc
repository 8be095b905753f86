// The query protocol: requests are forms (query_form.h); an answer is
//   <OperationResponse><OperationResult>members</OperationResult><ResponseMetadata>...</ResponseMetadata></...>
// where the model names the inner element. An output whose shape is a wrapper stands one element deeper still.

#include <fmt/format.h>

#include "aws_wire/protocol.h"
#include "aws_wire/query_form.h"
#include "aws_wire/xml_reply.h"

namespace aws_wire::protocol {
namespace {

base::Result<const xml::Element*> result_in(const aws_model::Operation& operation, const xml::Element& root) {
  const xml::Element* result = &root;
  if (!operation.result_wrapper.empty()) {
    result = root.find(operation.result_wrapper);
    if (result == nullptr) {
      return base::fail(base::Code::kUnavailable,
                        fmt::format("The answer has no element {}, where the result of {} stands.",
                                    operation.result_wrapper, operation.name));
    }
  }
  if (!operation.output->wrapper) return result;
  const xml::Element* const inner = result->find(operation.output->name);
  return inner == nullptr ? result : inner;
}

}  // namespace

base::Result<void> encode_query(const aws_model::Service& service, const aws_model::Operation& operation,
                                const json::Object& input, Request& request) {
  query::encode(query::Dialect::kQuery, service, operation, input, request);
  return {};
}

base::Result<void> decode_query(const aws_model::Service&, const aws_model::Operation& operation, const Reply& reply,
                                json::Object& output) {
  const bool promises_nothing = operation.output == nullptr || operation.output->members.empty();
  if (promises_nothing && xml::trim(reply.body).empty()) return {};
  const xml::Document document = TRY(xml::parse_answer(reply.body));
  if (promises_nothing) return {};
  const xml::Element* const result = TRY(result_in(operation, document.root()));
  return xml::read_structure(*operation.output, *result, output);
}

}  // namespace aws_wire::protocol
