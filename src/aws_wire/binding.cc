// A template is "/{Bucket}/{Key+}?list-type=2": labels in braces, one with a plus taking slashes too; what stands
// behind the question mark is the beginning of the query.
//
// Header lists: RFC 9110 section 5.6.1, elements between commas, quoted where they have a comma or a quote themselves.
// The dates of RFC 822 have one comma each and are never quoted, so that in a list of them every second comma
// separates.

#include "aws_wire/binding.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "aws_wire/members.h"
#include "aws_wire/scalar.h"
#include "base/text.h"
#include "json/encode.h"
#include "json/parse.h"

namespace aws_wire {
namespace {

using aws_model::Location;
using aws_model::Member;
using aws_model::Shape;
using aws_model::TimestampFormat;
using aws_model::Type;

std::string bound_text(const Member& member, const json::Value& value) {
  return scalar_text(member, value, TimestampFormat::kIso8601);
}

// The elements of a bound list have the list's location, and with it the location's timestamp format.
Member element_at(const Member& list, Location location) {
  Member element = *list.shape->element;
  element.location = location;
  return element;
}

// --- path and query of a request

base::Result<void> append_template(std::string& out, std::string_view text, const Shape* input,
                                   const json::Object& values) {
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    out.append(text.substr(0, open));
    if (open == std::string_view::npos) return {};
    const std::size_t close = text.find('}', open);
    if (close == std::string_view::npos) {
      return base::fail(base::Code::kInvalid, "The model's path has a brace that is not closed.", std::string(text));
    }
    std::string_view label = text.substr(open + 1, close - open - 1);
    const bool greedy = label.ends_with('+');
    if (greedy) label.remove_suffix(1);
    const Member* member = label_member(input, label);
    const json::Value* value = member == nullptr ? nullptr : given(values, member->name);
    const std::string filled = value == nullptr ? std::string() : bound_text(*member, *value);
    if (filled.empty()) {
      const std::string path(member == nullptr ? label : member->name);
      return base::fail_field(base::Code::kInvalid, path,
                              fmt::format("{} must not be empty: it is part of the request's path.", path));
    }
    out.append(percent_encode(filled, greedy));
    text.remove_prefix(close + 1);
  }
  return {};
}

void append_query(std::string& query, std::string_view name, std::string_view value) {
  if (!query.empty()) query.push_back('&');
  query.append(percent_encode(name));
  query.push_back('=');
  query.append(percent_encode(value));
}

bool has_query_member(const Shape& shape, std::string_view name) {
  return std::any_of(shape.members.begin(), shape.members.end(), [&](const Member& member) {
    return member.location == Location::kQuery && member.shape->type != Type::kMap && wire_name(member) == name;
  });
}

void append_query_list(std::string& query, std::string_view name, const Member& list, const json::Value& value) {
  const Member element = element_at(list, Location::kQuery);
  if (!value.is_array()) return append_query(query, name, bound_text(element, value));
  for (const json::Value& each : value.get_array()) {
    if (!each.is_null()) append_query(query, name, bound_text(element, each));
  }
}

// The members of a map are parameters of their own; those that are bound by name come before one of the same name.
void append_query_map(std::string& query, const Shape& input, const Member& map, const json::Value& value) {
  if (!value.is_object()) return;
  const Member element = element_at(map, Location::kQuery);
  for (const auto& each : value.get_object()) {
    if (each.value().is_null() || has_query_member(input, key_of(each))) continue;
    if (element.shape->type == Type::kList)
      append_query_list(query, key_of(each), element, each.value());
    else
      append_query(query, key_of(each), bound_text(element, each.value()));
  }
}

void append_query_member(std::string& query, const Shape& input, const Member& member, const json::Value& value) {
  if (member.shape->type == Type::kMap)
    append_query_map(query, input, member, value);
  else if (member.shape->type == Type::kList)
    append_query_list(query, wire_name(member), member, value);
  else
    append_query(query, wire_name(member), bound_text(member, value));
}

// --- headers of a request

std::string list_element(const std::string& text) {
  if (text.find_first_of(",\"") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  quoted.push_back('"');
  return quoted;
}

std::string header_list(const Member& list, const json::Array& elements) {
  const Member element = element_at(list, Location::kHeader);
  const bool quotes = element.shape->type == Type::kString;
  std::string joined;
  bool first = true;
  for (const json::Value& each : elements) {
    if (each.is_null()) continue;
    const std::string text = bound_text(element, each);
    if (!std::exchange(first, false)) joined.append(", ");
    joined.append(quotes ? list_element(text) : text);
  }
  return joined;
}

std::string header_text(const Member& member, const json::Value& value) {
  if (member.json_value) {
    std::string text;
    json::append(text, value);
    return base::base64(text);
  }
  if (member.shape->type == Type::kList && value.is_array()) return header_list(member, value.get_array());
  return bound_text(member, value);
}

// What would end the header, or smuggle another one in.
base::Result<void> add_header(Request& request, const Member& member, std::string name, std::string value) {
  if (!is_header_text(value) || !is_header_name(name)) {
    return base::fail_field(base::Code::kInvalid, std::string(member.name),
                            fmt::format("{} has a character that a header cannot carry.", member.name));
  }
  request.headers.add(std::move(name), std::move(value));
  return {};
}

base::Result<void> bind_header(Request& request, const Member& member, const json::Value& value) {
  if (member.location == Location::kHeader) {
    if (!member.json_value && value.is_array() && value.get_array().empty()) return {};
    return add_header(request, member, std::string(wire_name(member)), header_text(member, value));
  }
  if (!value.is_object() || member.shape->type != Type::kMap) return {};
  const Member element = element_at(member, Location::kHeader);
  for (const auto& each : value.get_object()) {
    if (each.value().is_null()) continue;
    // The prefix may be empty: it is then no name of the member's own.
    std::string name = fmt::format("{}{}", member.location_name, key_of(each));
    TRY(add_header(request, member, std::move(name), header_text(element, each.value())));
  }
  return {};
}

// --- headers of a reply

// Header bytes that are not UTF-8 are Latin-1, as HTTP once said.
std::string header_utf8(std::string_view bytes) {
  if (base::is_utf8(bytes)) return std::string(bytes);
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte < 0x80) {
      text.push_back(c);
    } else {
      text.push_back(static_cast<char>(0xc0 | (byte >> 6)));
      text.push_back(static_cast<char>(0x80 | (byte & 0x3f)));
    }
  }
  return text;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> elements;
  std::string element;
  bool quoted = false, was_quoted = false;
  const auto finish = [&] {
    std::string_view trimmed = was_quoted ? std::string_view(element) : base::trim(element);
    elements.emplace_back(trimmed);
    element.clear();
    was_quoted = false;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\' && i + 1 < text.size()) {
      element.push_back(text[++i]);
    } else if (c == '"' && (quoted || base::trim(element).empty())) {
      if (!quoted) element.clear();
      quoted = !quoted;
      was_quoted = true;
    } else if (c == ',' && !quoted) {
      finish();
    } else if (!was_quoted || quoted || (c != ' ' && c != '\t')) {
      element.push_back(c);
    }
  }
  finish();
  return elements;
}

std::vector<std::string> split_dates(std::string_view text) {
  std::vector<std::string> dates;
  while (!text.empty()) {
    std::size_t comma = text.find(',');
    const bool weekday = comma != std::string_view::npos && base::trim(text.substr(0, comma)).size() <= 9 &&
                         base::trim(text.substr(0, comma)).find_first_of("0123456789") == std::string_view::npos;
    if (weekday) comma = text.find(',', comma + 1);
    dates.emplace_back(base::trim(text.substr(0, comma)));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return dates;
}

base::Error header_error(const Member& member, std::string_view story) {
  return base::Error(base::Code::kUnavailable,
                     fmt::format("The service's answer has a header {} that {}.", wire_name(member), story));
}

base::Result<json::Value> header_value(const Member& member, std::string_view raw) {
  const std::string text = header_utf8(raw);
  if (member.json_value) {
    const auto repaired = repaired_base64(text);
    const auto decoded = repaired ? base::parse_base64(*repaired) : std::nullopt;
    if (!decoded) return base::fail(header_error(member, "is not base64"));
    base::Result<json::Value> parsed = json::parse(*decoded);
    if (!parsed) return base::fail(header_error(member, "is not JSON within base64"));
    return std::move(*parsed);
  }
  if (member.shape->type != Type::kList) {
    std::optional<json::Value> value = read_scalar(member, text);
    if (!value) return base::fail(header_error(member, fmt::format("is no {}", name(member.shape->type))));
    return std::move(*value);
  }
  const Member element = element_at(member, Location::kHeader);
  json::Array list;
  for (const std::string& each : element.shape->type == Type::kTimestamp ? split_dates(text) : split_list(text)) {
    std::optional<json::Value> value = read_scalar(element, each);
    if (!value)
      return base::fail(header_error(member, fmt::format("has an element that is no {}", name(element.shape->type))));
    list.push_back(std::move(*value));
  }
  return json::Value(std::move(list));
}

base::Result<void> bind_header_map(const Member& member, const Reply& reply, json::Object& output) {
  if (member.shape->type != Type::kMap) return {};
  const Member element = element_at(member, Location::kHeader);
  json::Object map;
  for (const net::Header& header : reply.headers.all()) {
    const std::string_view name = header.name;
    const std::size_t prefix = member.location_name.size();
    if (!base::equal_ignoring_case(name.substr(0, prefix), member.location_name)) continue;
    json::Value value = TRY(header_value(element, header.value));
    map.insert_or_assign(boost::json::string_view(name.data() + prefix, name.size() - prefix), std::move(value));
  }
  output.insert_or_assign(boosted(member.name), std::move(map));
  return {};
}

// Several lines of one name are one list (RFC 9110 section 5.3).
std::optional<std::string> header_line(const net::Headers& headers, std::string_view name, bool joins) {
  std::optional<std::string> line;
  for (const net::Header& header : headers.all()) {
    if (!base::equal_ignoring_case(header.name, name)) continue;
    if (!line)
      line = header.value;
    else if (joins)
      line->append(", ").append(header.value);
  }
  return line;
}

}  // namespace

std::string percent_encode(std::string_view text, bool slash_stays) {
  if (!slash_stays) return base::percent_encode(text);
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  while (true) {
    const std::size_t slash = text.find('/');
    out.append(base::percent_encode(text.substr(0, slash)));
    if (slash == std::string_view::npos) return out;
    out.push_back('/');
    text.remove_prefix(slash + 1);
  }
}

bool is_header_text(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return (static_cast<std::uint8_t>(c) < 0x20 && c != '\t') || c == 0x7f; });
}

bool is_header_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

const Member* label_member(const Shape* input, std::string_view label) {
  if (input == nullptr) return nullptr;
  for (const Member& member : input->members) {
    if (member.location == Location::kUri && wire_name(member) == label) return &member;
  }
  return nullptr;
}

base::Result<void> bind_request(const aws_model::Operation& operation, const json::Object& input, Request& request) {
  if (!operation.method.empty()) request.method = operation.method;
  const std::string_view uri = operation.request_uri.empty() ? "/" : operation.request_uri;
  const std::size_t question = uri.find('?');
  request.path.clear();
  TRY(append_template(request.path, uri.substr(0, question), operation.input, input));
  request.query.clear();
  if (question != std::string_view::npos)
    TRY(append_template(request.query, uri.substr(question + 1), operation.input, input));
  if (operation.input == nullptr) return {};
  for (const Member& member : operation.input->members) {
    if (member.location != Location::kQuery && member.location != Location::kHeader &&
        member.location != Location::kHeaders) {
      continue;
    }
    const json::Value* value = given(input, member.name);
    if (value == nullptr) continue;
    if (member.location == Location::kQuery)
      append_query_member(request.query, *operation.input, member, *value);
    else
      TRY(bind_header(request, member, *value));
  }
  return {};
}

base::Result<void> bind_reply(const Shape& shape, const Reply& reply, json::Object& output) {
  for (const Member& member : shape.members) {
    const boost::json::string_view name = boosted(member.name);
    if (member.location == Location::kStatusCode) {
      output.insert_or_assign(name, reply.status);
    } else if (member.location == Location::kHeaders) {
      TRY(bind_header_map(member, reply, output));
    } else if (member.location == Location::kHeader) {
      const bool joins = member.shape->type == Type::kList;
      const std::optional<std::string> line = header_line(reply.headers, wire_name(member), joins);
      if (line) output.insert_or_assign(name, TRY(header_value(member, *line)));
    }
  }
  return {};
}

Body body_of(const aws_model::Operation& operation, const json::Object& input) {
  Body body;
  if (operation.input == nullptr) return body;
  const Shape& shape = *operation.input;
  if (shape.payload != nullptr) {
    body.payload = shape.payload;
    body.value = given(input, shape.payload->name);
    const Type type = shape.payload->shape->type;
    body.streams = !shape.payload->shape->is_document && (type == Type::kBlob || type == Type::kString);
    body.any_member = body.value != nullptr;
    return body;
  }
  for (const Member& member : shape.members) {
    if (member.location == Location::kBody && given(input, member.name) != nullptr) {
      body.any_member = true;
      break;
    }
  }
  return body;
}

}  // namespace aws_wire
