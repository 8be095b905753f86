#include "base/error_table.h"

namespace base {

ErrorFace face(Code code) {
  switch (code) {
    case Code::kInvalid:
      return {400, "Bad Request", "invalid-request", 2};
    case Code::kUnauthenticated:
      return {401, "Unauthorized", "unauthenticated", 4};
    case Code::kForbidden:
      return {403, "Forbidden", "forbidden", 5};
    case Code::kNotFound:
      return {404, "Not Found", "not-found", 6};
    case Code::kMethodNotAllowed:
      return {405, "Method Not Allowed", "method-not-allowed", 2};
    case Code::kNotAcceptable:
      return {406, "Not Acceptable", "not-acceptable", 2};
    case Code::kRequestTimeout:
      return {408, "Request Timeout", "request-timeout", 9};
    case Code::kConflict:
      return {409, "Conflict", "conflict", 7};
    case Code::kAmbiguous:
      return {409, "Conflict", "ambiguous", 3};
    case Code::kLengthRequired:
      return {411, "Length Required", "length-required", 2};
    case Code::kPreconditionFailed:
      return {412, "Precondition Failed", "precondition-failed", 7};
    case Code::kTooLarge:
      return {413, "Content Too Large", "content-too-large", 2};
    case Code::kUriTooLong:
      return {414, "URI Too Long", "uri-too-long", 2};
    case Code::kUnsupportedMedia:
      return {415, "Unsupported Media Type", "unsupported-media-type", 2};
    case Code::kImpossible:
      return {422, "Unprocessable Content", "impossible", 8};
    case Code::kHeadersTooLarge:
      return {431, "Request Header Fields Too Large", "header-fields-too-large", 2};
    case Code::kTooManyRequests:
      return {429, "Too Many Requests", "too-many-requests", 9};
    case Code::kInternal:
      return {500, "Internal Server Error", "internal", 70};
    case Code::kUnavailable:
      return {503, "Service Unavailable", "unavailable", 9};
    case Code::kDeadline:
      return {503, "Service Unavailable", "deadline", 9};
    case Code::kCorrupt:
      return {500, "Internal Server Error", "corrupt-data", 1};
  }
  return {500, "Internal Server Error", "internal", 70};
}

}  // namespace base
