// rest-xml: HTTP bindings (binding.h) around a body that is one XML document, or bytes or text as they are.
//
// Source: Smithy 2.0, "AWS restXml protocol" and "XML binding traits".

#include <algorithm>
#include <string>

#include "aws_wire/binding.h"
#include "aws_wire/json_body.h"
#include "aws_wire/protocol.h"
#include "aws_wire/scalar.h"
#include "aws_wire/xml_reply.h"
#include "aws_wire/xml_traits.h"
#include "aws_wire/xml_writer.h"
#include "base/text.h"

namespace aws_wire::protocol {
namespace {

using aws_model::Location;
using aws_model::Member;
using aws_model::Shape;
using aws_model::Type;

class BodyWriter {
 public:
  void element(const Member& member, std::string_view name, const json::Value& value) {
    if (value.is_null()) return;
    const Shape& shape = *member.shape;
    if (shape.type == Type::kList && value.is_array()) return list(member, name, value.get_array());
    if (shape.type == Type::kMap && value.is_object()) return map(member, name, value.get_object());
    writer_.begin(name);
    writer_.namespace_of(member.xml_namespace);
    if (shape.type == Type::kStructure && value.is_object())
      members(shape, value.get_object(), Members::kAll);
    else
      writer_.text(scalar_text(member, value, aws_model::TimestampFormat::kIso8601));
    writer_.end(name);
  }

  // The members of the input that have no place outside the body.
  void input(const Member& root, std::string_view name, const json::Object& object) {
    writer_.begin(name);
    writer_.namespace_of(root.xml_namespace);
    members(*root.shape, object, Members::kOfBody);
    writer_.end(name);
  }

  std::string take() { return writer_.take(); }

 private:
  enum class Members : std::uint8_t { kAll, kOfBody };

  void members(const Shape& shape, const json::Object& object, Members which) {
    const auto each = [&](bool attributes) {
      for (const Member& member : shape.members) {
        if (member.xml_attribute != attributes) continue;
        if (which == Members::kOfBody && member.location != Location::kBody) continue;
        const json::Value* const value = object.if_contains({member.name.data(), member.name.size()});
        if (value == nullptr || value->is_null()) continue;
        const std::string_view name = xml::name_of(member);
        if (attributes)
          writer_.attribute(name, scalar_text(member, *value, aws_model::TimestampFormat::kIso8601));
        else
          element(member, name, *value);
      }
    };
    each(true);  // while the tag is open
    each(false);
  }

  void list(const Member& member, std::string_view name, const json::Array& array) {
    const Member& item = *member.shape->element;
    const bool flattened = xml::is_flattened(member);
    if (!flattened) {
      writer_.begin(name);
      writer_.namespace_of(member.xml_namespace);
    }
    const std::string_view item_name = flattened ? name : xml::name_or(item, xml::kElementName);
    for (const json::Value& value : array) element(item, item_name, value);
    if (!flattened) writer_.end(name);
  }

  void map(const Member& member, std::string_view name, const json::Object& object) {
    const Member& key = *member.shape->key;
    const Member& mapped = *member.shape->element;
    const bool flattened = xml::is_flattened(member);
    if (!flattened) {
      writer_.begin(name);
      writer_.namespace_of(member.xml_namespace);
    }
    const std::string_view entry = flattened ? name : xml::kEntryName;
    for (const auto& [text, value] : object) {
      if (value.is_null()) continue;
      writer_.begin(entry);
      if (flattened) writer_.namespace_of(member.xml_namespace);
      const std::string_view key_name = xml::name_or(key, xml::kKeyName);
      writer_.begin(key_name);
      writer_.namespace_of(key.xml_namespace);
      writer_.text({text.data(), text.size()});
      writer_.end(key_name);
      element(mapped, xml::name_or(mapped, xml::kValueName), value);
      writer_.end(entry);
    }
    if (!flattened) writer_.end(name);
  }

  xml::Writer writer_;
};

// The root has the service's namespace where nothing nearer gives one.
void write_xml(const aws_model::Service& service, Member root, const Body& body, const json::Object& input,
               Request& request) {
  if (root.xml_namespace.uri.empty()) root.xml_namespace = service.xml_namespace;
  const std::string_view name = xml::name_or(root, root.shape->name);
  BodyWriter writer;
  if (body.payload != nullptr)
    writer.element(root, name, *body.value);
  else
    writer.input(root, name, input);
  request.body = writer.take();
  if (!request.headers.get("Content-Type")) request.headers.set("Content-Type", "application/xml");
}

bool is_bytes(const Member& payload) {
  return payload.shape->type == Type::kBlob || payload.shape->type == Type::kString;
}

base::Result<void> read_bytes(const Member& payload, const Reply& reply, json::Object& output) {
  std::string text;
  if (payload.shape->type == Type::kBlob) {
    text = base::base64(reply.body);
  } else if (base::is_utf8(reply.body)) {
    text = reply.body;
  } else {
    return base::fail(reply_error(Path().member(payload.name), "must be UTF-8."));
  }
  output.insert_or_assign({payload.name.data(), payload.name.size()}, text);
  return {};
}

}  // namespace

base::Result<void> encode_rest_xml(const aws_model::Service& service, const aws_model::Operation& operation,
                                   const json::Object& input, Request& request) {
  if (operation.input == nullptr || request.body_streams) return {};
  const Body body = body_of(operation, input);
  if (body.payload == nullptr) {
    Member root = operation.input_as_member;
    root.shape = operation.input;
    if (root.location_name.empty()) root.location_name = operation.input->location_name;
    if (root.xml_namespace.uri.empty()) root.xml_namespace = operation.input->xml_namespace;
    if (body.any_member) write_xml(service, root, body, input, request);
    return {};
  }
  if (body.value == nullptr || body.value->is_null()) return {};
  if (!is_bytes(*body.payload)) {
    write_xml(service, *body.payload, body, input, request);
  } else if (body.value->is_string()) {
    const std::string_view text = json::view(body.value->get_string());
    request.body = body.payload->shape->type == Type::kBlob ? base::parse_base64(text).value_or("") : std::string(text);
  }
  return {};
}

base::Result<void> decode_rest_xml(const aws_model::Service&, const aws_model::Operation& operation, const Reply& reply,
                                   json::Object& output) {
  const Shape* const shape = operation.output;
  if (shape == nullptr) return {};
  if (const Member* const payload = shape->payload; payload != nullptr && is_bytes(*payload)) {
    if (reply.body_went_elsewhere) return {};
    return read_bytes(*payload, reply, output);
  }
  const bool has_body = std::any_of(shape->members.begin(), shape->members.end(), [](const Member& member) {
    return member.location != Location::kHeader && member.location != Location::kHeaders &&
           member.location != Location::kStatusCode;
  });
  if (!has_body || xml::trim(reply.body).empty()) return {};
  const xml::Document document = TRY(xml::parse_answer(reply.body));
  if (shape->payload != nullptr) return xml::read_payload(*shape->payload, document.root(), output);
  return xml::read_structure(*shape, document.root(), output);
}

}  // namespace aws_wire::protocol
