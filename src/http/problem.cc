#include "http/problem.h"

#include <algorithm>

#include "base/error_table.h"
#include "json/encode.h"

namespace http {
namespace {

using base::Code;

constexpr Code kCodes[] = {
    Code::kInvalid,          Code::kUnauthenticated,    Code::kForbidden,       Code::kNotFound,
    Code::kMethodNotAllowed, Code::kNotAcceptable,      Code::kRequestTimeout,  Code::kConflict,
    Code::kLengthRequired,   Code::kPreconditionFailed, Code::kTooLarge,        Code::kUriTooLong,
    Code::kUnsupportedMedia, Code::kImpossible,         Code::kHeadersTooLarge, Code::kTooManyRequests,
    Code::kInternal,         Code::kUnavailable,        Code::kDeadline,        Code::kCorrupt};

// Statuses of the transport that no error of ours has.
constexpr base::ErrorFace kTransportFaces[] = {{417, "Expectation Failed", "expectation-failed", 0},
                                               {501, "Not Implemented", "not-implemented", 0},
                                               {505, "HTTP Version Not Supported", "version-not-supported", 0}};

constexpr std::string_view kTypeStart = "/docs#/problems/";

base::ErrorFace face_of_status(int status) {
  for (const base::ErrorFace& face : kTransportFaces) {
    if (face.http_status == status) return face;
  }
  for (const Code code : kCodes) {
    if (base::face(code).http_status == status) return base::face(code);
  }
  return base::face(Code::kInvalid);
}

net::Response document(const base::ErrorFace& face, std::string_view message,
                       const std::vector<base::FieldError>& fields, std::string_view request_id) {
  net::Response response;
  response.status = face.http_status;
  response.headers.add("Content-Type", "application/problem+json");
  std::string& out = response.body;
  out.reserve(256 + 2 * message.size());
  out.append("{\"type\":\"").append(kTypeStart).append(face.slug).append("\",\"title\":\"").append(face.title);
  out.append("\",\"status\":");
  json::append_number(out, static_cast<std::int64_t>(face.http_status));
  std::string text;
  base::append_json_string(text, message);
  out.append(",\"detail\":").append(text).append(",\"message\":").append(text).append(",\"requestId\":");
  base::append_json_string(out, request_id);
  out.append(",\"errors\":[");
  for (std::size_t i = 0; i < fields.size(); ++i) {
    out.append(i == 0 ? "{\"pointer\":" : ",{\"pointer\":");
    base::append_json_string(out, fields[i].pointer);
    out.append(",\"message\":");
    base::append_json_string(out, fields[i].message);
    out.push_back('}');
  }
  out.append("]}");
  return response;
}

// RFC 6750 section 3: error_description has printable ASCII, without quote and backslash.
std::string description(std::string_view message) {
  std::string text(message);
  std::replace_if(text.begin(), text.end(), [](char c) { return c < 0x20 || c > 0x7e || c == '"' || c == '\\'; }, '\'');
  return text;
}

}  // namespace

net::Response problem(const base::Error& error, std::string_view request_id) {
  const base::ErrorFace face = base::face(error.code);
  if (face.http_status == 500) {
    return document(face,
                    "The server made a mistake. It is recorded under this request id; nothing is known to be wrong "
                    "with the request.",
                    {}, request_id);
  }
  net::Response response = document(face, error.message, error.fields, request_id);
  if (face.http_status == 503 || face.http_status == 429) {
    response.headers.add("Retry-After", std::to_string(error.retry_after_s.value_or(1)));
  } else if (error.retry_after_s) {
    response.headers.add("Retry-After", std::to_string(*error.retry_after_s));
  }
  if (error.code == Code::kUnauthenticated) {
    const bool token_sent = std::any_of(error.fields.begin(), error.fields.end(), [](const base::FieldError& field) {
      return field.pointer == "header:Authorization";
    });
    response.headers.add("WWW-Authenticate", token_sent ? "Bearer error=\"invalid_token\", error_description=\"" +
                                                              description(error.message) + '"'
                                                        : std::string("Bearer"));
  }
  return response;
}

net::Response problem(int status, std::string_view reason, std::string_view request_id) {
  net::Response response = document(face_of_status(status), reason, {}, request_id);
  response.status = status;
  if (status == 503) response.headers.add("Retry-After", "1");
  return response;
}

std::vector<ProblemFace> problem_faces() {
  std::vector<ProblemFace> faces;
  const auto add = [&](const base::ErrorFace& face) {
    const auto at = std::upper_bound(faces.begin(), faces.end(), face.http_status,
                                     [](int status, const ProblemFace& other) { return status < other.status; });
    faces.insert(at, {face.http_status, face.title, std::string(kTypeStart) + std::string(face.slug)});
  };
  for (const Code code : kCodes) add(base::face(code));
  for (const base::ErrorFace& face : kTransportFaces) add(face);
  return faces;
}

}  // namespace http
