#include "aws_cli/output.h"

#include "base/text.h"
#include "json/encode.h"

namespace aws_cli {
namespace {

void new_line(std::string& out, std::size_t depth) { out.append("\n").append(2 * depth, ' '); }

void append_pretty(std::string& out, const json::Value& value, std::size_t depth) {
  if (const json::Object* object = value.if_object(); object != nullptr && !object->empty()) {
    out += '{';
    bool first = true;
    for (const auto& member : *object) {
      if (!std::exchange(first, false)) out += ',';
      new_line(out, depth + 1);
      json::append_text(out, {member.key().data(), member.key().size()});
      out += ": ";
      append_pretty(out, member.value(), depth + 1);
    }
    new_line(out, depth);
    out += '}';
  } else if (const json::Array* array = value.if_array(); array != nullptr && !array->empty()) {
    out += '[';
    bool first = true;
    for (const json::Value& each : *array) {
      if (!std::exchange(first, false)) out += ',';
      new_line(out, depth + 1);
      append_pretty(out, each, depth + 1);
    }
    new_line(out, depth);
    out += ']';
  } else {
    json::append(out, value);
  }
}

}  // namespace

std::string document(const json::Value& value, bool pretty) {
  std::string out;
  if (pretty)
    append_pretty(out, value, 0);
  else
    json::append(out, value);
  return out + "\n";
}

json::Value as_json(const aws::Prepared& prepared, const std::optional<std::string>& body_file) {
  json::Object headers;
  for (const net::Header& each : prepared.headers.all()) {
    json::Value& value = headers[each.name];
    value = value.is_null() ? each.value : std::string(value.get_string()) + ", " + each.value;
  }
  json::Object out{{"method", prepared.method}, {"url", prepared.url}, {"headers", std::move(headers)}};
  if (body_file)
    out["bodyFile"] = *body_file;
  else if (base::is_utf8(prepared.body))
    out["body"] = prepared.body;
  else
    out["bodyBase64"] = base::base64(prepared.body);
  return out;
}

}  // namespace aws_cli
