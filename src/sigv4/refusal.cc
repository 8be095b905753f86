// One table: what AWS calls a refusal. Sources: Amazon S3, "Error responses", "List of error codes"; AWS, "Common
// error types" (of IAM's and other query interfaces).

#include "sigv4/authorization.h"

namespace sigv4::internal {
namespace {

std::string_view code_of(Refusal why, Form form) {
  const bool s3 = form.s3;
  switch (why) {
    case Refusal::kUnsigned:
      return s3 ? "AccessDenied" : "MissingAuthenticationToken";
    case Refusal::kBothForms:
      return s3 ? "InvalidArgument" : "IncompleteSignature";
    case Refusal::kMalformed:
    case Refusal::kScope:
      if (s3) return form.in_query ? "AuthorizationQueryParametersError" : "AuthorizationHeaderMalformed";
      return why == Refusal::kScope ? "SignatureDoesNotMatch" : "IncompleteSignature";
    case Refusal::kSkew:
      return "RequestTimeTooSkewed";
    case Refusal::kNotYet:
    case Refusal::kExpired:
      return s3 ? "AccessDenied" : "RequestExpired";
    case Refusal::kHeaders:
      return s3 ? "AccessDenied" : "SignatureDoesNotMatch";
    case Refusal::kUnknownKey:
      return s3 ? "InvalidAccessKeyId" : "InvalidClientTokenId";
    case Refusal::kToken:
      return s3 ? "InvalidToken" : "InvalidClientTokenId";
    case Refusal::kSignature:
      return "SignatureDoesNotMatch";
    case Refusal::kPayload:
      return s3 ? "XAmzContentSHA256Mismatch" : "SignatureDoesNotMatch";
    case Refusal::kNotImplemented:
      return "NotImplemented";
  }
  return "AccessDenied";
}

}  // namespace

tl::unexpected<base::Error> refuse(Refusal why, Form form, std::string message) {
  return base::fail(base::Code::kUnauthenticated, std::move(message), std::string(code_of(why, form)));
}

}  // namespace sigv4::internal
