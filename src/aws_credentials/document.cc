#include "aws_credentials/document.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "json/parse.h"

namespace aws_credentials {

std::optional<std::string> text_of(const json::Object& object, std::string_view name) {
  const json::Value* const value = object.if_contains(name);
  if (value == nullptr || !value->is_string() || value->get_string().empty()) return std::nullopt;
  return std::string(json::view(value->get_string()));
}

aws::Result<json::Object> parse_document(std::string_view text, std::string_view what) {
  base::Result<json::Value> value = json::parse(text);
  if (!value || !value->is_object()) {
    return refuse("InvalidCredentialsDocument", fmt::format("{}: what came is not a JSON object.", what));
  }
  return std::move(value->get_object());
}

aws::Result<aws::Credentials> read_document(const json::Object& document, DocumentForm form, std::string_view what,
                                            std::string source) {
  aws::Credentials credentials;
  const std::optional<std::string> key = text_of(document, "AccessKeyId");
  const std::optional<std::string> secret = text_of(document, "SecretAccessKey");
  const std::optional<std::string> token = text_of(document, form.token_name);
  const bool complete = key && secret && (token || form.lasting_allowed);
  if (!complete) {
    return refuse("InvalidCredentialsDocument", fmt::format("{}: the answer has no {}.", what,
                                                            !key      ? "AccessKeyId"
                                                            : !secret ? "SecretAccessKey"
                                                                      : form.token_name));
  }
  credentials.keys.access_key_id = *key;
  credentials.keys.secret_access_key = base::Secret(*secret);
  credentials.keys.session_token = base::Secret(token.value_or(""));
  credentials.account_id = text_of(document, "AccountId").value_or("");
  credentials.source = std::move(source);
  const json::Value* const expiration = document.if_contains("Expiration");
  const bool without = expiration == nullptr || expiration->is_null();
  if (!without) credentials.expires = base::parse_time(text_of(document, "Expiration").value_or(""));
  if (!credentials.expires && !(without && form.lasting_allowed)) {
    return refuse("InvalidCredentialsDocument",
                  fmt::format("{}: Expiration of the answer is not a time as 2026-11-24T05:47:44Z.", what));
  }
  return credentials;
}

}  // namespace aws_credentials
