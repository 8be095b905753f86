// The JSON document in which programs, containers and the metadata service hand credentials out:
//
//   {"AccessKeyId": "...", "SecretAccessKey": "...", "Token" or "SessionToken": "...", "Expiration": "2026-...Z",
//    "AccountId": "..."}
//
// and the timestamps of it. Pure; nothing of the text is ever part of an error.

#pragma once

#include "aws_credentials/parts.h"

namespace aws_credentials {

struct DocumentForm {
  std::string_view token_name;  // "SessionToken" of a process, "Token" of the others
  bool lasting_allowed;         // without token and expiry
};

// `what` names the source in messages, `source` in Credentials.
aws::Result<json::Object> parse_document(std::string_view text, std::string_view what);
aws::Result<aws::Credentials> read_document(const json::Object& document, DocumentForm form, std::string_view what,
                                            std::string source);

std::optional<std::string> text_of(const json::Object& object, std::string_view name);  // empty is absent

}  // namespace aws_credentials
