#include "identity/claims.h"

#include <algorithm>
#include <cmath>

#include "base/ids.h"
#include "identity/refusal.h"

namespace identity {
namespace {

constexpr std::int64_t kDateMax_s = 253402300799;  // the last second of the year 9999

const json::Value* find(const json::Object& claims, std::string_view name) {
  return claims.if_contains({name.data(), name.size()});
}

// NumericDate of RFC 7519, section 2: seconds since 1970, with a fraction or without.
std::optional<base::Time> parse_date(const json::Value& value) {
  if (value.is_double()) {
    const double seconds = value.get_double();
    if (!(seconds >= 0 && seconds <= static_cast<double>(kDateMax_s))) return std::nullopt;
    return base::Time(std::chrono::milliseconds(static_cast<std::int64_t>(std::floor(seconds * 1000))));
  }
  if (!value.is_int64()) return std::nullopt;  // whole numbers that need 64 bits without a sign are out of range anyway
  if (value.get_int64() < 0 || value.get_int64() > kDateMax_s) return std::nullopt;
  return base::Time(std::chrono::seconds(value.get_int64()));
}

base::Result<std::optional<base::Time>> date_claim(const json::Object& claims, std::string_view name) {
  const json::Value* value = find(claims, name);
  if (value == nullptr) return std::optional<base::Time>();
  const std::optional<base::Time> date = parse_date(*value);
  if (!date) {
    return refuse(Reason::kClaims, "The token's `" + std::string(name) +
                                       "` must be a number of seconds since 1970, up to the year 9999.");
  }
  return date;
}

base::Result<base::Time> check_times(const json::Object& claims, base::Time now, std::chrono::seconds skew) {
  const std::optional<base::Time> expires = TRY(date_claim(claims, "exp"));
  const std::optional<base::Time> not_before = TRY(date_claim(claims, "nbf"));
  const std::optional<base::Time> issued = TRY(date_claim(claims, "iat"));
  if (!expires) return refuse(Reason::kClaims, "The token has no `exp`; tokens that never expire are not accepted.");
  if (now >= *expires + skew) {
    return refuse(Reason::kExpired, "The token expired at " + base::format_time(*expires) + "; get a new one.");
  }
  if (not_before && now + skew < *not_before) {
    return refuse(Reason::kNotYetValid, "The token is not valid before " + base::format_time(*not_before) + ".");
  }
  if (issued && now + skew < *issued) {
    return refuse(Reason::kNotYetValid,
                  "The token was issued at " + base::format_time(*issued) + ", which is in the future.");
  }
  return *expires;
}

bool is_audience(const Issuer& issuer, const json::Value& value) {
  return value.is_string() && std::find(issuer.audiences.begin(), issuer.audiences.end(),
                                        json::view(value.get_string())) != issuer.audiences.end();
}

tl::unexpected<base::Error> another_audience() {
  return refuse(Reason::kAudience, "The token is for another audience.");
}

// `aud`: a text, or an array of texts.
base::Result<void> check_audience(const json::Value& audience, const Issuer& issuer) {
  if (audience.is_string()) {
    if (!is_audience(issuer, audience)) return another_audience();
    return {};
  }
  const bool texts = audience.is_array() && std::all_of(audience.get_array().begin(), audience.get_array().end(),
                                                        [](const json::Value& value) { return value.is_string(); });
  if (!texts) return refuse(Reason::kClaims, "The token's `aud` must be a text, or an array of texts.");
  const bool ours = std::any_of(audience.get_array().begin(), audience.get_array().end(),
                                [&](const json::Value& value) { return is_audience(issuer, value); });
  if (!ours) return another_audience();
  return {};
}

// Access tokens of Cognito name the client that they were made for, and an audience only where they are bound to one.
base::Result<void> check_purpose(const json::Object& claims, const Issuer& issuer) {
  const json::Value* audience = find(claims, "aud");
  if (issuer.cognito_access_token) {
    if (text_claim(claims, "token_use") != "access") {
      return refuse(Reason::kClaims, "The token is not an access token: its `token_use` must be \"access\".");
    }
    const json::Value* client = find(claims, "client_id");
    if (client == nullptr) return refuse(Reason::kAudience, "The token has no `client_id`.");
    if (!is_audience(issuer, *client)) return another_audience();
    if (audience == nullptr) return {};
  }
  if (audience == nullptr) return refuse(Reason::kAudience, "The token has no `aud`.");
  return check_audience(*audience, issuer);
}

base::Result<std::string> user_of(const json::Object& claims, const Issuer& issuer) {
  const std::optional<std::string_view> text = text_claim(claims, issuer.user_claim);
  std::optional<std::string> id;
  if (text && issuer.user_claim_is_uuid) {
    const std::optional<std::string> uuid = base::parse_uuid(*text);
    if (uuid) id = base::make_id(base::IdKind::kUser, *uuid);
  } else if (text) {
    id = base::parse_id(base::IdKind::kUser, *text);
  }
  if (!id) {
    return refuse(Reason::kClaims, "The token names no user: its `" + issuer.user_claim + "` must be " +
                                       (issuer.user_claim_is_uuid ? "a UUID." : "N:user:<uuid>."));
  }
  return std::move(*id);
}

base::Result<std::optional<std::string>> workspace_of(const json::Object& claims, const Issuer& issuer) {
  const json::Value* value = find(claims, issuer.workspace_claim);
  if (value == nullptr || value->is_null() || (value->is_string() && value->get_string().empty())) {
    return std::optional<std::string>();
  }
  std::optional<std::string> id;
  if (value->is_string()) id = base::parse_id(base::IdKind::kWorkspace, json::view(value->get_string()));
  if (!id) {
    return refuse(Reason::kClaims,
                  "The token's `" + issuer.workspace_claim + "` must be N:organization:<uuid>, or be left out.");
  }
  return id;
}

}  // namespace

std::optional<std::string_view> text_claim(const json::Object& claims, std::string_view name) {
  const json::Value* value = find(claims, name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return json::view(value->get_string());
}

base::Result<Principal> check_claims(const json::Object& claims, const Issuer& issuer, base::Time now,
                                     std::chrono::seconds skew) {
  if (text_claim(claims, "iss") != issuer.name) {
    return refuse(Reason::kIssuer, "The token is from another issuer.");
  }
  const base::Time expires = TRY(check_times(claims, now, skew));
  TRY(check_purpose(claims, issuer));
  std::string user = TRY(user_of(claims, issuer));
  std::optional<std::string> workspace = TRY(workspace_of(claims, issuer));
  return Principal{std::move(user), std::move(workspace), issuer.name, expires};
}

}  // namespace identity
