// Errors of query, ec2 and rest-xml. Services mix the forms, so each is looked for in each protocol:
//
//   <ErrorResponse><Error><Type/><Code/><Message/>members</Error><RequestId/></ErrorResponse>   query, rest-xml
//   <Response><Errors><Error><Code/><Message/></Error></Errors><RequestID/></Response>          ec2, SimpleDB
//   <Error><Code/><Message/>members<RequestId/><HostId/></Error>                                S3
//   <AccessDeniedException><Message/></AccessDeniedException>                                   front ends of AWS
//
// An answer without a body that says it (HEAD, a proxy's page) has its status as code, which is what AWS's clients
// show.

#include <array>
#include <initializer_list>
#include <string>

#include "aws_wire/binding.h"
#include "aws_wire/json_body.h"
#include "aws_wire/protocol.h"
#include "aws_wire/xml_reply.h"
#include "base/text.h"

namespace aws_wire::protocol {
namespace {

using aws_model::Type;

// The text of the first child that has one of these names.
std::string_view text_in(const xml::Element& element, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const xml::Element* const child = element.find(name);
    if (child != nullptr) return xml::trim(child->text);
  }
  return {};
}

std::string_view request_id_in(const xml::Element& element) {
  return text_in(element, {"RequestId", "RequestID", "requestId", "requestID"});
}

// Where code, message and members stand; null: this is no error that a service writes.
const xml::Element* find_error(const xml::Element& root) {
  if (root.name == "Error") return &root;
  if (const xml::Element* const error = root.find("Error")) return error;
  if (const xml::Element* const errors = root.find("Errors")) return errors->find("Error");
  return nullptr;
}

bool names_an_exception(std::string_view name) {
  return name.ends_with("Exception") || name.ends_with("Error") || name.ends_with("Fault");
}

void read_members(const xml::Element& element, const Reply& reply, ServiceError& error) {
  json::Object members;
  // What cannot be read is left out with the rest: code and message are worth more than an error about an error.
  if (!bind_reply(*error.shape, reply, members) || !xml::read_structure(*error.shape, element, members)) return;
  for (const aws_model::Member& member : error.shape->members) {
    // Models and services do not agree on its capitals.
    const boost::json::string_view name(member.name.data(), member.name.size());
    if (member.shape->type == Type::kString && base::equal_ignoring_case(member.name, "message") &&
        !members.contains(name) && !error.message.empty())
      members[name] = error.message;
  }
  drop_sensitive(*error.shape, members);
  error.members = std::move(members);
}

void read_body(const aws_model::Operation& operation, const xml::Element& root, const Reply& reply,
               ServiceError& error) {
  error.request_id = request_id_in(root);
  const xml::Element* element = find_error(root);
  if (element != nullptr) {
    error.code = text_in(*element, {"Code", "code"});
    if (error.request_id.empty()) error.request_id = request_id_in(*element);
  } else if (names_an_exception(root.name)) {
    element = &root;
    error.code = root.name;
  } else {
    return;
  }
  const xml::Element* const message = element->find("Message") ? element->find("Message") : element->find("message");
  if (message != nullptr) error.message = message->text;
  error.shape = error_shape(operation, error.code);
  if (error.shape != nullptr) read_members(*element, reply, error);
}

std::string_view reason(int status) {
  struct Reason {
    int status;
    std::string_view text;
  };
  // RFC 9110, section 15; RFC 6585.
  static constexpr std::array kReasons = {
      Reason{301, "Moved Permanently"},
      Reason{302, "Found"},
      Reason{303, "See Other"},
      Reason{304, "Not Modified"},
      Reason{307, "Temporary Redirect"},
      Reason{308, "Permanent Redirect"},
      Reason{400, "Bad Request"},
      Reason{401, "Unauthorized"},
      Reason{403, "Forbidden"},
      Reason{404, "Not Found"},
      Reason{405, "Method Not Allowed"},
      Reason{406, "Not Acceptable"},
      Reason{408, "Request Timeout"},
      Reason{409, "Conflict"},
      Reason{410, "Gone"},
      Reason{411, "Length Required"},
      Reason{412, "Precondition Failed"},
      Reason{413, "Content Too Large"},
      Reason{416, "Range Not Satisfiable"},
      Reason{429, "Too Many Requests"},
      Reason{500, "Internal Server Error"},
      Reason{501, "Not Implemented"},
      Reason{502, "Bad Gateway"},
      Reason{503, "Service Unavailable"},
      Reason{504, "Gateway Timeout"},
  };
  for (const Reason& known : kReasons) {
    if (known.status == status) return known.text;
  }
  return {};
}

}  // namespace

ServiceError error_xml(const aws_model::Service&, const aws_model::Operation& operation, const Reply& reply) {
  ServiceError error;
  if (const base::Result<xml::Document> document = xml::parse_answer(reply.body)) {
    read_body(operation, document->root(), reply, error);
  }
  if (error.request_id.empty()) error.request_id = request_id(reply);
  if (error.code.empty()) {
    error.code = std::to_string(reply.status);
    if (error.message.empty()) error.message = reason(reply.status);
  }
  return error;
}

}  // namespace aws_wire::protocol
