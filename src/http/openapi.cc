// The OpenAPI document is put together from what the endpoints say about themselves; nothing about an endpoint is
// written here a second time.

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/text.h"
#include "http/problem.h"
#include "http/service.h"
#include "json/parse.h"

namespace http {
namespace {

using json::Array;
using json::Object;
using json::Value;

boost::json::string_view plain(std::string_view text) { return {text.data(), text.size()}; }
Object reference(std::string_view kind, std::string_view name) {
  return {{"$ref", fmt::format("#/components/{}/{}", kind, name)}};
}

// Text that is part of the program, and so is JSON.
Value constant(std::string_view text) {
  base::Result<Value> value = json::parse(text);
  CHECK(value.has_value(), "a constant of this file is JSON");
  return std::move(*value);
}

const ProblemFace& face_of(const std::vector<ProblemFace>& faces, int status) {
  const auto found = std::find_if(faces.begin(), faces.end(), [&](const ProblemFace& f) { return f.status == status; });
  CHECK(found != faces.end(), "an endpoint names only statuses of base/error_table.h as its problems");
  return *found;
}

// "Not Found" is the component NotFound.
std::string component_name(std::string_view title) {
  std::string name(title);
  std::erase_if(name, [](char c) { return c == ' ' || c == '-'; });
  return name;
}

constexpr std::string_view kProblemSchema = R"({
  "type": "object",
  "description": "A problem document (RFC 9457).",
  "required": ["type", "title", "status", "detail", "message", "requestId", "errors"],
  "properties": {
    "type": {"type": "string", "format": "uri-reference", "description": "The class of the problem."},
    "title": {"type": "string", "description": "The class in words; the same for every problem of the class."},
    "status": {"type": "integer", "minimum": 400, "maximum": 599},
    "detail": {"type": "string", "description": "What was wrong here, and what to do."},
    "message": {"type": "string", "description": "The same text as `detail`, for older clients."},
    "requestId": {"type": "string", "description": "Name this when asking for help; the server's log has it too."},
    "errors": {
      "type": "array",
      "description": "Each thing that was wrong with the request; empty where it is not about one.",
      "items": {
        "type": "object",
        "required": ["pointer", "message"],
        "properties": {
          "pointer": {
            "type": "string",
            "description": "A JSON pointer into the body (RFC 6901), or `query:NAME`, `path:NAME`, `header:NAME`."
          },
          "message": {"type": "string"}
        }
      }
    }
  }
})";

constexpr std::string_view kHeaders = R"({
  "ETag": {
    "description": "The version of what is shown; give it back in `If-Match`.",
    "schema": {"type": "string", "pattern": "^\"[0-9]+\"$", "examples": ["\"3\""]}
  },
  "Location": {
    "description": "Where the thing that was made, or the operation that was begun, is to be found.",
    "schema": {"type": "string", "format": "uri-reference"}
  },
  "Link": {
    "description": "The next page, as `<target>; rel=\"next\"`; absent on the last one.",
    "schema": {"type": "string"}
  },
  "X-Total-Count": {
    "description": "How many there are on all pages together; only where `count=true` was asked.",
    "schema": {"type": "integer", "minimum": 0}
  },
  "Retry-After": {"description": "After how many seconds to try again.", "schema": {"type": "integer", "minimum": 0}},
  "WWW-Authenticate": {"description": "The scheme, and what was wrong with the token.", "schema": {"type": "string"}},
  "Allow": {"description": "The methods that the path knows.", "schema": {"type": "string"}}
})";

Object common_parameters() {
  Object all;
  all["IfMatch"] = constant(R"({
    "name": "If-Match", "in": "header", "required": false,
    "description": "Change it only if its version is one of these (RFC 9110, section 13.1.1); else the answer is 412.",
    "schema": {"type": "string", "pattern": "^(\\*|\"[!#-~]*\"(, ?\"[!#-~]*\")*)$", "examples": ["\"3\""]}
  })");
  all["IdempotencyKey"] = {
      {"name", "Idempotency-Key"},
      {"in", "header"},
      {"required", false},
      {"description",
       fmt::format(
           "A text of your own for this one change, such as a UUID. Sent again with the same body within {} hours, "
           "it gives the first answer again and changes nothing more; with another body it is refused (422).",
           base::limits::kIdempotencyKept.count())},
      {"schema",
       {{"type", "string"},
        {"minLength", 1},
        {"maxLength", base::limits::kIdempotencyKeyBytesMax},
        {"pattern", "^[!-~]+$"}}}};
  return all;
}

Object problem_response(const ProblemFace& face) {
  Object example{
      {"type", face.type},
      {"title", plain(face.title)},
      {"status", face.status},
      {"detail", "query:limit must be a whole number from 1 to 1000."},
      {"message", "query:limit must be a whole number from 1 to 1000."},
      {"requestId", "5f0c3d1e9a7b42c8b6e1d2f3a4958677"},
      {"errors", Array{Object{{"pointer", "query:limit"}, {"message", "must be a whole number from 1 to 1000"}}}}};
  if (face.status != 400) {
    example["detail"] = "What was wrong here, and what to do.";
    example["message"] = "What was wrong here, and what to do.";
    example["errors"] = Array{};
  }
  Object response{{"description", plain(face.title)}};
  Object headers;
  if (face.status == 401) headers["WWW-Authenticate"] = reference("headers", "WWW-Authenticate");
  if (face.status == 405) headers["Allow"] = reference("headers", "Allow");
  if (face.status == 429 || face.status == 503) headers["Retry-After"] = reference("headers", "Retry-After");
  if (!headers.empty()) response["headers"] = std::move(headers);
  response["content"] = {
      {"application/problem+json", {{"schema", reference("schemas", "Problem")}, {"example", std::move(example)}}}};
  return response;
}

// The problems that an endpoint can answer with, its own and those of everybody, in order.
std::vector<int> problem_statuses(const Endpoint& endpoint) {
  std::vector<int> all = endpoint.spec.problems;
  all.insert(all.end(), {400, 500, 503});
  if (endpoint.spec.needs_token) all.push_back(401);
  if (endpoint.spec.takes_if_match) all.push_back(412);
  if (endpoint.spec.takes_idempotency_key) all.push_back(422);
  if (endpoint.body != nullptr) all.insert(all.end(), {413, 415});
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

Array parameters_of(const Endpoint& endpoint) {
  Array list;
  for (const Parameter& parameter : endpoint.spec.parameters) {
    Object schema{{"type", "string"}, {"minLength", 1}};
    schema["pattern"] =
        parameter.format != nullptr ? plain(parameter.format->pattern) : "^[^/\\u0000-\\u001f\\u007f]+$";
    list.push_back(Object{{"name", plain(parameter.name)},
                          {"in", "path"},
                          {"required", true},
                          {"description", plain(parameter.doc)},
                          {"schema", std::move(schema)}});
  }
  for (const QueryParameter& parameter : endpoint.query) {
    Object shown{{"name", parameter.name}, {"in", "query"}, {"required", parameter.required}};
    if (!parameter.doc.empty()) shown["description"] = parameter.doc;
    if (parameter.may_be_empty) shown["allowEmptyValue"] = true;
    shown["schema"] = parameter.schema;
    list.push_back(std::move(shown));
  }
  if (endpoint.spec.takes_if_match) list.push_back(reference("parameters", "IfMatch"));
  if (endpoint.spec.takes_idempotency_key) list.push_back(reference("parameters", "IdempotencyKey"));
  return list;
}

Object answer_of(const Answer& answer, json::Components& schemas) {
  Object shown{{"description", plain(answer.doc)}};
  Object headers;
  for (const std::string_view name : answer.headers) headers[plain(name)] = reference("headers", name);
  if (!headers.empty()) shown["headers"] = std::move(headers);
  Object schema;
  if (answer.schema != nullptr)
    schema = answer.schema(schemas);
  else if (answer.content_type != "application/json")
    schema["type"] = "string";
  if (!schema.empty() || answer.schema != nullptr)
    shown["content"] = Object{{plain(answer.content_type), {{"schema", std::move(schema)}}}};
  return shown;
}

Object operation_of(const Endpoint& endpoint, const std::vector<ProblemFace>& faces, json::Components& schemas) {
  const Spec& spec = endpoint.spec;
  Object operation{{"operationId", plain(spec.name)}};
  if (!spec.tag.empty()) operation["tags"] = Array{plain(spec.tag)};
  operation["summary"] = plain(spec.summary);
  if (!spec.doc.empty()) operation["description"] = plain(spec.doc);
  operation["security"] = spec.needs_token ? Array{Object{{"bearer", Array{}}}} : Array{};
  if (Array parameters = parameters_of(endpoint); !parameters.empty()) operation["parameters"] = std::move(parameters);
  if (endpoint.body != nullptr) {
    operation["requestBody"] =
        Object{{"required", !endpoint.body_may_miss},
               {"content", Object{{"application/json", Object{{"schema", endpoint.body(schemas)}}}}}};
  }
  Object responses;
  for (const Answer& answer : spec.answers) {
    const std::string status = std::to_string(answer.status);
    if (!responses.contains(status)) responses[status] = answer_of(answer, schemas);
  }
  for (const int status : problem_statuses(endpoint)) {
    responses[std::to_string(status)] = reference("responses", component_name(face_of(faces, status).title));
  }
  operation["responses"] = std::move(responses);
  return operation;
}

Array tags_of(const Router& router, const ServiceOptions& options) {
  std::vector<Tag> tags = options.tags;
  for (const auto& endpoint : router.endpoints()) {
    const std::string_view name = endpoint->spec.tag;
    if (name.empty()) continue;
    if (std::none_of(tags.begin(), tags.end(), [&](const Tag& tag) { return tag.name == name; }))
      tags.push_back({std::string(name), ""});
  }
  Array list;
  for (const Tag& tag : tags) {
    Object shown{{"name", tag.name}};
    if (!tag.doc.empty()) shown["description"] = tag.doc;
    list.push_back(std::move(shown));
  }
  return list;
}

// With line breaks, so that a change of the committed document reads as one; what is short stays on its line.
void append_pretty(std::string& out, const Value& value, std::size_t indent) {
  static constexpr std::size_t kLineMax = 100;
  std::string line;
  json::append(line, value);
  const bool list = value.is_array() && !value.get_array().empty();
  const bool members = value.is_object() && !value.get_object().empty();
  if ((!list && !members) || line.size() + indent <= kLineMax) {
    out.append(line);
    return;
  }
  out.push_back(list ? '[' : '{');
  bool first = true;
  const auto next = [&] {
    out.append(first ? "\n" : ",\n").append(indent + 1, ' ');
    first = false;
  };
  if (list) {
    for (const Value& element : value.get_array()) {
      next();
      append_pretty(out, element, indent + 1);
    }
  } else {
    for (const auto& member : value.get_object()) {
      next();
      base::append_json_string(out, {member.key().data(), member.key().size()});
      out.append(": ");
      append_pretty(out, member.value(), indent + 1);
    }
  }
  out.append("\n").append(indent, ' ').push_back(list ? ']' : '}');
}

}  // namespace

std::string openapi(const Router& router, const ServiceOptions& options) {
  Object document{{"openapi", "3.1.0"}};
  Object info{{"title", options.title}, {"version", options.version}};
  if (!options.description.empty()) info["description"] = options.description;
  document["info"] = std::move(info);
  Array servers;
  for (auto base = router.base_paths().rbegin(); base != router.base_paths().rend(); ++base) {
    servers.push_back(Object{{"url", base->empty() ? std::string("/") : *base}});
  }
  document["servers"] = std::move(servers);
  document["tags"] = tags_of(router, options);

  const std::vector<ProblemFace> faces = problem_faces();
  json::Components schemas;
  schemas.emplace("Problem", constant(kProblemSchema).get_object());
  Object paths;
  for (const auto& endpoint : router.endpoints()) {
    Value& path = paths[plain(endpoint->spec.path)];
    if (!path.is_object()) path = Object{};
    path.get_object()[plain(base::to_lower_ascii(endpoint->spec.method))] = operation_of(*endpoint, faces, schemas);
  }
  document["paths"] = std::move(paths);

  Object components;
  Object& shown_schemas = components["schemas"].emplace_object();
  for (auto& [name, schema] : schemas) shown_schemas[name] = std::move(schema);
  Object& responses = components["responses"].emplace_object();
  for (const ProblemFace& face : faces) {
    const std::string name = component_name(face.title);
    if (!responses.contains(name)) responses[name] = problem_response(face);
  }
  components["parameters"] = common_parameters();
  components["headers"] = constant(kHeaders);
  components["securitySchemes"] = constant(R"({"bearer": {
    "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
    "description": "A JSON Web Token of an issuer that the server trusts: `Authorization: Bearer <token>`."}})");
  document["components"] = std::move(components);

  std::string out;
  append_pretty(out, document, 0);
  out.push_back('\n');
  return out;
}

}  // namespace http
