// Rules about answers. All of it comes from outside: what a rule cannot read is left as it is.

#include <charconv>

#include "aws/customs_rules.h"
#include "aws_wire/scalar.h"
#include "base/crc.h"
#include "base/text.h"
#include "json/parse.h"

namespace aws::customs {

namespace {

// '+' is a blank here: the keys come as a form's values do.
std::string decode_key(std::string_view text) {
  std::string spaced(text);
  for (char& c : spaced) c = c == '+' ? ' ' : c;
  std::optional<std::string> decoded = base::percent_decode(spaced);
  return decoded && base::is_utf8(*decoded) ? std::move(*decoded) : std::string(text);
}

void decode_member(json::Object& object, std::string_view member) {
  json::Value* value = object.if_contains(member);
  if (value == nullptr || !value->is_string()) return;
  const std::string decoded = decode_key(json::view(value->get_string()));
  *value = decoded;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view trim_xml(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

Root root_of(std::string_view xml) {
  if (xml.starts_with("\xef\xbb\xbf")) xml.remove_prefix(3);
  while (true) {
    while (!xml.empty() && is_space(xml.front())) xml.remove_prefix(1);
    const std::string_view end = xml.starts_with("<?") ? "?>" : xml.starts_with("<!--") ? "-->" : "";
    if (end.empty()) break;
    const std::size_t at = xml.find(end);
    if (at == std::string_view::npos) return {};
    xml.remove_prefix(at + end.size());
  }
  const std::size_t name_end = xml.find_first_of(" \t\r\n/>");
  if (!xml.starts_with('<') || name_end == std::string_view::npos) return {};
  Root root;
  root.name = xml.substr(1, name_end - 1);
  root.name.remove_prefix(root.name.find(':') == std::string_view::npos ? 0 : root.name.find(':') + 1);
  const std::size_t tag_end = xml.find('>');
  if (tag_end == std::string_view::npos || xml[tag_end - 1] == '/') return root;
  const std::string_view content = xml.substr(tag_end + 1);
  const std::size_t closing = content.find('<');
  if (closing != std::string_view::npos && content.substr(closing).starts_with("</"))
    root.text = trim_xml(content.substr(0, closing));
  return root;
}

// Bodies that are an object's own bytes cannot be told from an error; those of the other operations are XML.
void s3_error_within_success(const CustomCall& call, aws_wire::Reply& reply) {
  if (reply.status != 200 || reply.body_went_elsewhere || call.operation.output == nullptr) return;
  const aws_model::Member* payload = call.operation.output->payload;
  if (payload != nullptr && (payload->shape->type == aws_model::Type::kBlob ||
                             payload->shape->type == aws_model::Type::kString || payload->shape->is_event_stream))
    return;
  if (trim_xml(reply.body).empty()) return;
  const Root root = root_of(reply.body);
  if (root.name == "Error" || root.name.empty()) reply.status = 500;
}

void s3_expires(const CustomCall& /*call*/, aws_wire::Reply& reply) {
  const std::optional<std::string_view> expires = reply.headers.get("Expires");
  if (!expires || aws_wire::parse_instant(*expires)) return;
  net::Headers kept;
  for (const net::Header& header : reply.headers.all()) {
    if (!base::equal_ignoring_case(header.name, "Expires")) kept.add(header.name, header.value);
  }
  reply.headers = std::move(kept);
}

bool dynamodb_checksum(const aws_wire::Reply& reply) {
  const std::optional<std::string_view> sent = reply.headers.get("x-amz-crc32");
  if (!sent || reply.headers.get("Content-Encoding")) return true;
  std::uint32_t expected = 0;
  const auto [end, error] = std::from_chars(sent->data(), sent->data() + sent->size(), expected);
  return error == std::errc() && end == sent->data() + sent->size() && base::crc32(reply.body) == expected;
}

void s3_decode_keys(const CustomCall& call, const aws_wire::Reply& /*reply*/, json::Object& output) {
  const json::Value* encoding = output.if_contains("EncodingType");
  if (!call.keys_are_encoded || encoding == nullptr || *encoding != "url") return;
  // ListObjectsV2's ContinuationToken is opaque and comes as it is, whatever the documentation says.
  for (const char* member :
       {"Delimiter", "Marker", "NextMarker", "Prefix", "StartAfter", "KeyMarker", "NextKeyMarker"}) {
    // ListObjects does not encode its Prefix.
    if (call.operation.name != "ListObjects" || std::string_view(member) != "Prefix") decode_member(output, member);
  }
  for (const auto& [list, member] : {std::pair("Contents", "Key"), std::pair("Versions", "Key"),
                                     std::pair("DeleteMarkers", "Key"), std::pair("CommonPrefixes", "Prefix")}) {
    json::Value* items = output.if_contains(list);
    if (items == nullptr || !items->is_array()) continue;
    for (json::Value& item : items->get_array()) {
      if (item.is_object()) decode_member(item.get_object(), member);
    }
  }
}

void s3_bucket_location(const CustomCall& /*call*/, const aws_wire::Reply& reply, json::Object& output) {
  const Root root = root_of(reply.body);
  if (root.name == "LocationConstraint" && !root.text.empty()) output["LocationConstraint"] = root.text;
}

void console_output(const CustomCall& /*call*/, const aws_wire::Reply& /*reply*/, json::Object& output) {
  const json::Value* text = output.if_contains("Output");
  if (text == nullptr || !text->is_string()) return;
  std::string packed;
  for (const char c : json::view(text->get_string())) {
    if (!is_space(c)) packed += c;
  }
  const std::optional<std::string> decoded = base::parse_base64(packed);
  // A console may print any byte; what is no UTF-8 stays base64 rather than being changed.
  if (decoded && base::is_utf8(*decoded)) output["Output"] = *decoded;
}

void oauth_message(const aws_wire::Reply& reply, aws_wire::ServiceError& error) {
  if (!error.message.empty()) return;
  const base::Result<json::Value> body = json::parse(reply.body);
  if (!body || !body->is_object()) return;
  const json::Value* description = body->get_object().if_contains("error_description");
  if (description != nullptr && description->is_string()) error.message = json::view(description->get_string());
}

}  // namespace aws::customs
