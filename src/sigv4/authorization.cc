#include "sigv4/authorization.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/text.h"
#include "sigv4/signing_key.h"
#include "sigv4/timestamp.h"

namespace sigv4::internal {
namespace {

constexpr std::size_t kAccessKeyBytesMax = 128;

// Parameters of a signed URL, in the order of their slots.
enum Slot : std::uint8_t {
  kAlgorithmSlot,
  kCredentialSlot,
  kDateSlot,
  kExpiresSlot,
  kSignedHeadersSlot,
  kSignatureSlot,
  kTokenSlot,
  kContentSlot,
  kSlots
};
constexpr std::array<std::string_view, kSlots> kNames = {
    "X-Amz-Algorithm",     "X-Amz-Credential", "X-Amz-Date",           "X-Amz-Expires",
    "X-Amz-SignedHeaders", "X-Amz-Signature",  "X-Amz-Security-Token", "X-Amz-Content-Sha256"};

// The header's value; none where it is absent. It must not be there twice: which of two values counts would be a matter
// of taste, and tastes differ between a proxy and us.
base::Result<std::optional<std::string_view>> only(const HeaderList& list, std::string_view name, Form form) {
  const auto& headers = list.headers();
  const auto first = std::lower_bound(headers.begin(), headers.end(), name,
                                      [&](const auto& each, std::string_view key) { return list.name(each) < key; });
  if (first == headers.end() || list.name(*first) != name) return std::optional<std::string_view>();
  if (first + 1 != headers.end() && list.name(*(first + 1)) == name) {
    return refuse(Refusal::kMalformed, form, fmt::format("The header {} may be there once only.", name));
  }
  return std::optional(list.value(*first));
}

// ID/20130524/us-east-1/s3/aws4_request
base::Result<void> read_credential(Claims& claims, std::string_view text) {
  std::array<std::string_view, 5> parts;
  std::size_t count = 0, at = 0;
  while (count < parts.size() && at <= text.size()) {
    const std::size_t end = count == 4 ? text.size() : std::min(text.find('/', at), text.size());
    parts[count++] = text.substr(at, end - at);
    at = end + 1;
  }
  if (count < parts.size() || parts[4] != kTerminator || parts[0].empty() || parts[0].size() > kAccessKeyBytesMax ||
      parts[1].size() != 8 || parts[2].empty() || parts[3].empty()) {
    return refuse(Refusal::kMalformed, claims.form,
                  "The credential must be written ACCESS-KEY-ID/YYYYMMDD/REGION/SERVICE/aws4_request.");
  }
  claims.access_key_id = parts[0];
  claims.day = parts[1];
  claims.region = parts[2];
  claims.service = parts[3];
  claims.scope = text.substr(parts[0].size() + 1);
  return {};
}

bool are_sorted_names(std::string_view list) {
  std::string_view last;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(';', at), list.size());
    const std::string_view name = list.substr(at, end - at);
    if (name <= last || std::any_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; }))
      return false;
    last = name;
    at = end + 1;
  }
  return true;
}

base::Result<void> check_parts(const Claims& claims) {
  if (!is_digest(claims.signature)) {
    return refuse(Refusal::kMalformed, claims.form, "The signature must be 64 hexadecimal digits in lower case.");
  }
  if (!are_sorted_names(claims.signed_headers)) {
    return refuse(Refusal::kMalformed, claims.form,
                  "SignedHeaders must be names in lower case, sorted, each once, joined by ';'.");
  }
  if (claims.day != std::string_view(claims.timestamp).substr(0, 8)) {
    return refuse(Refusal::kScope, claims.form, "The day of the credential is not the day of the request.");
  }
  return {};
}

base::Result<void> read_authorization(Claims& claims, std::string_view header) {
  constexpr std::array<std::string_view, 3> kParts = {"Credential", "SignedHeaders", "Signature"};
  const auto malformed = [&](std::string message) {
    return refuse(Refusal::kMalformed, claims.form, std::move(message));
  };
  if (header.starts_with("AWS4-ECDSA-P256-SHA256")) {
    return refuse(Refusal::kNotImplemented, claims.form, "Asymmetric signatures (SigV4a) are not checked here.");
  }
  if (!header.starts_with(kAlgorithm) || header.substr(kAlgorithm.size(), 1) != " ") {
    return malformed("The Authorization header must begin with AWS4-HMAC-SHA256.");
  }
  header.remove_prefix(kAlgorithm.size() + 1);
  std::array<std::optional<std::string_view>, kParts.size()> found;
  for (std::size_t at = 0; at <= header.size();) {
    const std::size_t end = std::min(header.find(',', at), header.size());
    const std::string_view part = base::trim(header.substr(at, end - at));
    at = end + 1;
    const std::size_t equals = part.find('=');
    const auto* name = std::find(kParts.begin(), kParts.end(), part.substr(0, std::min(equals, part.size())));
    if (equals == part.npos || name == kParts.end()) {
      return malformed("The Authorization header has Credential, SignedHeaders and Signature, and nothing else.");
    }
    auto& slot = found[static_cast<std::size_t>(name - kParts.begin())];
    if (slot) return malformed(fmt::format("The Authorization header has {} twice.", *name));
    slot = part.substr(equals + 1);
  }
  for (std::size_t i = 0; i < kParts.size(); ++i) {
    if (!found[i]) return malformed(fmt::format("The Authorization header lacks {}.", kParts[i]));
  }
  TRY(read_credential(claims, *found[0]));
  claims.signed_headers = *found[1];
  claims.signature = *found[2];
  return {};
}

// X-Amz-Date; or Date, where that is all there is.
base::Result<void> read_date(Claims& claims, const HeaderList& headers) {
  std::optional<std::string_view> text = TRY(only(headers, "x-amz-date", claims.form));
  std::optional<base::Time> time;
  if (text) {
    time = parse_timestamp(*text);
  } else {
    text = TRY(only(headers, "date", claims.form));
    if (!text) return refuse(Refusal::kMalformed, claims.form, "The request has neither X-Amz-Date nor Date.");
    claims.by_date_header = true;
    time = parse_timestamp(*text);
    if (!time) time = parse_http_date(*text);
  }
  if (!time) return refuse(Refusal::kMalformed, claims.form, "X-Amz-Date must be written 20130524T000000Z.");
  claims.signed_at = *time;
  claims.timestamp = timestamp_of(*time).all();
  return {};
}

std::string decoded(std::string_view canonical) { return base::percent_decode(canonical).value_or(std::string()); }

base::Result<void> read_url(Claims& claims, const HeaderList& headers, const QueryList& query,
                            const std::array<std::optional<QueryList::Parameter>, kSlots>& found) {
  const auto malformed = [&](std::string message) {
    return refuse(Refusal::kMalformed, claims.form, std::move(message));
  };
  for (const Slot slot :
       {kAlgorithmSlot, kCredentialSlot, kDateSlot, kExpiresSlot, kSignedHeadersSlot, kSignatureSlot}) {
    if (!found[slot]) return malformed(fmt::format("The query lacks {}.", kNames[slot]));
  }
  const auto value = [&](Slot slot) { return query.value(*found[slot]); };
  if (value(kAlgorithmSlot) == "AWS4-ECDSA-P256-SHA256") {
    return refuse(Refusal::kNotImplemented, claims.form, "Asymmetric signatures (SigV4a) are not checked here.");
  }
  if (value(kAlgorithmSlot) != kAlgorithm) return malformed("X-Amz-Algorithm must be AWS4-HMAC-SHA256.");
  const std::string_view expires = value(kExpiresSlot);
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(expires.data(), expires.data() + expires.size(), seconds);
  claims.expires = std::chrono::seconds(seconds);
  if (error != std::errc() || end != expires.data() + expires.size() || claims.expires < kLifetimeMin ||
      claims.expires > kLifetimeMax) {
    return malformed("X-Amz-Expires must be a number of seconds from 1 to 604800 (seven days).");
  }
  const std::optional<base::Time> time = parse_timestamp(value(kDateSlot));
  if (!time) return malformed("X-Amz-Date must be written 20130524T000000Z.");
  for (const std::string_view header : {"x-amz-date", "x-amz-security-token"}) {
    if (TRY(only(headers, header, claims.form)).has_value()) {
      return malformed(fmt::format("A signed URL may not come with the header {}.", header));
    }
  }
  claims.signed_at = *time;
  claims.timestamp = value(kDateSlot);
  TRY(read_credential(claims, decoded(value(kCredentialSlot))));
  claims.signed_headers = decoded(value(kSignedHeadersSlot));
  claims.signature = value(kSignatureSlot);
  if (found[kTokenSlot]) claims.token = decoded(value(kTokenSlot));
  if (found[kContentSlot]) claims.content_hash = decoded(value(kContentSlot));
  return {};
}

}  // namespace

bool is_authentication_parameter(std::string_view name) {
  return std::find(kNames.begin(), kNames.begin() + kContentSlot, name) != kNames.begin() + kContentSlot;
}

base::Result<Claims> read_claims(const HeaderList& headers, QueryList& query, bool s3) {
  Claims claims;
  claims.form.s3 = s3;
  std::array<std::optional<QueryList::Parameter>, kSlots> found;
  bool in_query = false;
  std::optional<std::size_t> signature_index;
  for (std::size_t i = 0; i < query.parameters().size(); ++i) {
    const QueryList::Parameter& each = query.parameters()[i];
    const auto* name = std::find(kNames.begin(), kNames.end(), query.name(each));
    if (name == kNames.end()) continue;
    const auto slot = static_cast<std::size_t>(name - kNames.begin());
    if (slot != kContentSlot) in_query = true;
    if (slot == kSignatureSlot) signature_index = i;
    if (found[slot]) {
      claims.form.in_query = true;
      return refuse(Refusal::kMalformed, claims.form, fmt::format("The query has {} twice.", *name));
    }
    found[slot] = each;
  }
  const std::optional<std::string_view> authorization = TRY(only(headers, "authorization", claims.form));
  if (in_query && authorization) {
    return refuse(Refusal::kBothForms, claims.form,
                  "The request is signed in its query and has an Authorization header; it may have one of them only.");
  }
  if (!in_query && !authorization) {
    return refuse(Refusal::kUnsigned, claims.form,
                  "The request is not signed; sign it with AWS Signature Version 4, in the Authorization header or in "
                  "the query.");
  }
  claims.form.in_query = in_query;
  if (in_query) {
    TRY(read_url(claims, headers, query, found));
  } else {
    TRY(read_authorization(claims, *authorization));
    TRY(read_date(claims, headers));
    if (const auto token = TRY(only(headers, "x-amz-security-token", claims.form))) claims.token = *token;
  }
  if (const auto hash = TRY(only(headers, "x-amz-content-sha256", claims.form))) {
    if (claims.content_hash) {
      return refuse(Refusal::kMalformed, claims.form, "X-Amz-Content-Sha256 is in the query and in a header.");
    }
    claims.content_hash = *hash;
  }
  TRY(check_parts(claims));
  if (signature_index) query.remove(*signature_index);
  return claims;
}

}  // namespace sigv4::internal
