#include "identity/jwt.h"

#include "base/text.h"
#include "identity/refusal.h"
#include "json/parse.h"

namespace identity {
namespace {

base::Result<json::Object> parse_part(std::string_view text, std::string_view name) {
  const std::string part(name);
  const std::optional<std::string> bytes = base::parse_base64url(text);
  if (!bytes || bytes->empty()) {
    return refuse(Reason::kMalformed, "The token's " + part + " is not base64url without padding (RFC 7515).");
  }
  base::Result<json::Value> value = json::parse(*bytes);
  if (!value) {
    return refuse(Reason::kMalformed, "The token's " + part + " is not sound JSON: " + value.error().message);
  }
  if (!value->is_object()) return refuse(Reason::kMalformed, "The token's " + part + " is not a JSON object.");
  return std::move(value->get_object());
}

// RFC 7519 section 5.1, RFC 9068 section 2.1; media types are compared without case, and "application/" may be left
// out.
bool is_token_type(const json::Value& type) {
  if (!type.is_string()) return false;
  const std::string name = base::to_lower_ascii(json::view(type.get_string()));
  return name == "jwt" || name == "at+jwt" || name == "application/jwt" || name == "application/at+jwt";
}

}  // namespace

base::Result<Token> parse_token(std::string_view text) {
  if (text.size() > kTokenBytesMax) return refuse(Reason::kMalformed, "The token is larger than 16 KB.");
  const std::size_t first = text.find('.');
  const std::size_t second = first == text.npos ? text.npos : text.find('.', first + 1);
  if (second == text.npos || text.find('.', second + 1) != text.npos) {
    return refuse(Reason::kMalformed, "The token is not a signed JWT: it must have three parts, parted by dots.");
  }
  const json::Object header = TRY(parse_part(text.substr(0, first), "header"));
  const auto member = [&header](std::string_view name) { return header.if_contains({name.data(), name.size()}); };

  if (member("crit") != nullptr) {
    return refuse(Reason::kMalformed, "The token's header has `crit`; this server knows no critical extensions.");
  }
  if (const json::Value* type = member("typ"); type != nullptr && !is_token_type(*type)) {
    return refuse(Reason::kMalformed, "The token's `typ` must be JWT or at+jwt.");
  }
  const json::Value* name = member("alg");
  if (name == nullptr || !name->is_string()) return refuse(Reason::kAlgorithm, "The token's header has no `alg`.");
  const std::optional<crypto::Algorithm> algorithm = crypto::parse_algorithm(json::view(name->get_string()));
  if (!algorithm) {
    return refuse(Reason::kAlgorithm, "The token's `alg` is not one of RS256, ES256 and EdDSA.");
  }
  const json::Value* key_id = member("kid");
  if (key_id == nullptr || !key_id->is_string() || key_id->get_string().empty() ||
      key_id->get_string().size() > kKeyIdBytesMax) {
    return refuse(Reason::kKey, "The token's header must name its key in `kid`, with 256 bytes at most.");
  }

  json::Object claims = TRY(parse_part(text.substr(first + 1, second - first - 1), "payload"));
  std::optional<std::string> signature = base::parse_base64url(text.substr(second + 1));
  if (!signature || signature->empty()) {
    return refuse(Reason::kMalformed, "The token's signature is not base64url without padding (RFC 7515).");
  }
  return Token{*algorithm, std::string(json::view(key_id->get_string())), std::move(claims), text.substr(0, second),
               std::move(*signature)};
}

}  // namespace identity
