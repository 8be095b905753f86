#include "sigv4/verify.h"

#include <algorithm>

#include <fmt/format.h>

#include "sigv4/authorization.h"
#include "sigv4/canonical.h"
#include "sigv4/signing_key.h"

namespace sigv4 {
namespace {

using internal::Claims, internal::HeaderList, internal::Refusal, internal::refuse, internal::Scratch,
    internal::Signature;

base::Result<void> check_scope(const Claims& claims, const Rules& rules) {
  if (!rules.region.empty() && claims.region != rules.region) {
    return refuse(Refusal::kScope, claims.form,
                  fmt::format("The request must be signed for the region {}.", rules.region));
  }
  if (!rules.service.empty() && claims.service != rules.service) {
    return refuse(Refusal::kScope, claims.form,
                  fmt::format("The request must be signed for the service {}.", rules.service));
  }
  return {};
}

base::Result<void> check_time(const Claims& claims, std::chrono::seconds skew, base::Time now) {
  if (claims.form.in_query) {
    if (claims.signed_at > now + skew) {
      return refuse(Refusal::kNotYet, claims.form, "The URL is not yet valid; compare your clock with ours.");
    }
    if (now > claims.signed_at + claims.expires) {
      return refuse(Refusal::kExpired, claims.form, "The URL has expired; ask for a new one.");
    }
    return {};
  }
  if (claims.signed_at > now + skew || claims.signed_at < now - skew) {
    return refuse(Refusal::kSkew, claims.form,
                  fmt::format("The request was signed more than {} s from our time; compare your clock with ours, and "
                              "sign it again.",
                              skew.count()));
  }
  return {};
}

bool must_be_signed(std::string_view name, const Claims& claims) {
  return name == "host" || name.starts_with("x-amz-") || (name == "content-type" && !claims.form.in_query) ||
         (name == "date" && claims.by_date_header);
}

// Walks the names that are signed and the headers that are there, both sorted, and writes the lines of the former.
base::Result<void> append_signed_headers(std::string& out, const Claims& claims, const HeaderList& list) {
  const auto unsigned_header = [&](std::string_view name) {
    return refuse(Refusal::kHeaders, claims.form, fmt::format("The header {} must be signed, and is not.", name));
  };
  const auto& headers = list.headers();
  std::size_t next = 0;
  std::string_view names = claims.signed_headers;
  bool host = false;
  while (true) {
    const std::size_t end = std::min(names.find(';'), names.size());
    const std::string_view name = names.substr(0, end);
    for (; next < headers.size() && list.name(headers[next]) < name; ++next) {
      if (must_be_signed(list.name(headers[next]), claims)) return unsigned_header(list.name(headers[next]));
    }
    if (next == headers.size() || list.name(headers[next]) != name) {
      return refuse(Refusal::kHeaders, claims.form, fmt::format("The signed header {} is not there.", name));
    }
    const std::size_t end_of_name = list.end_of_name(next);
    host = host || name == "host";
    if ((name == "host" || name == "content-type") && end_of_name - next > 1) {
      return refuse(Refusal::kMalformed, claims.form, fmt::format("The header {} may be there once only.", name));
    }
    list.append_line(out, next, end_of_name);
    next = end_of_name;
    if (end == names.size()) break;
    names.remove_prefix(end + 1);
  }
  for (; next < headers.size(); ++next) {
    if (must_be_signed(list.name(headers[next]), claims)) return unsigned_header(list.name(headers[next]));
  }
  if (!host) return unsigned_header("host");
  return {};
}

// What was signed for the payload; the body must be it.
base::Result<std::string> signed_payload(const Claims& claims, std::string_view body_hash) {
  const bool s3 = claims.form.s3;
  if (!claims.content_hash) {
    if (!s3) return std::string(body_hash);
    if (claims.form.in_query) return std::string(kUnsignedPayload);
    return refuse(Refusal::kMalformed, claims.form, "S3 wants the header x-amz-content-sha256.");
  }
  const std::string& hash = *claims.content_hash;
  if (internal::is_digest(hash)) {
    if (!body_hash.empty() && hash != body_hash) {
      return refuse(Refusal::kPayload, claims.form, "The body is not the one whose digest was signed.");
    }
    return hash;
  }
  if (s3 && (hash == kUnsignedPayload || hash == kStreamingUnsignedTrailer)) return hash;
  if (s3 && hash.starts_with("STREAMING-")) {
    return refuse(Refusal::kNotImplemented, claims.form,
                  "Bodies that are signed chunk by chunk are not checked here; send UNSIGNED-PAYLOAD, "
                  "STREAMING-UNSIGNED-PAYLOAD-TRAILER or the digest of the body.");
  }
  return refuse(
      Refusal::kMalformed, claims.form,
      s3 ? "X-Amz-Content-Sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, or the SHA-256 "
           "of the body in hexadecimal digits."
         : "X-Amz-Content-Sha256 must be the SHA-256 of the body in hexadecimal digits.");
}

// For keys that are not known: so that they take as long as those that are.
const base::Secret& secret_of_nobody() {
  static const base::Secret secret(std::string(40, 'x'));
  return secret;
}

base::Result<void> check_token(const Claims& claims, const base::Secret& expected) {
  const std::string_view given = claims.token ? std::string_view(*claims.token) : std::string_view();
  if (claims.token.has_value() != !expected.empty() || !base::equal_in_constant_time(given, expected.reveal())) {
    return refuse(
        Refusal::kToken, claims.form,
        expected.empty() ? "This key comes without a session token." : "The session token is not the one of this key.");
  }
  return {};
}

}  // namespace

base::Result<Verified> Verifier::verify(const Request& request, std::string_view body_hash, base::Time now) const {
  Scratch& scratch = Scratch::of_thread();
  for (const Field& each : request.headers) scratch.headers.add(each.name, each.value);
  scratch.headers.sort();
  scratch.query.add_query(request.query);
  Claims claims = TRY(internal::read_claims(scratch.headers, scratch.query, rules_.s3));
  if (!request.path.starts_with('/'))  // else what normalising adds would not be signed for
    return refuse(Refusal::kMalformed, claims.form, "The path must begin with '/'.");
  TRY(check_scope(claims, rules_));
  TRY(check_time(claims, rules_.skew, now));
  std::string payload = TRY(signed_payload(claims, body_hash));

  std::string& canonical = scratch.canonical;
  canonical.append(request.method).append(1, '\n');
  internal::append_path(canonical, request.path, rules_.s3);
  canonical += '\n';
  scratch.query.sort();
  scratch.query.append_to(canonical);
  canonical += '\n';
  TRY(append_signed_headers(canonical, claims, scratch.headers));
  canonical.append(1, '\n').append(claims.signed_headers).append(1, '\n').append(payload);
  const Signature digest = internal::digest_of(canonical);

  // The ring may sign requests of its own on this thread: from here on nothing of the scratch counts.
  const std::optional<KeyRing::Found> found = keys_.find(claims.access_key_id);
  const bool known = found && !found->secret_access_key.empty();
  const crypto::HmacKey key = internal::derive_key(known ? found->secret_access_key : secret_of_nobody(), claims.day,
                                                   claims.region, claims.service);
  const Signature expected =
      internal::sign_digest(key, claims.timestamp, claims.scope, digest, Scratch::of_thread().to_sign);
  const bool equal = base::equal_in_constant_time(internal::view(expected), claims.signature);
  if (!known) {
    return refuse(Refusal::kUnknownKey, claims.form, "There is no such access key.");
  }
  if (!equal) {
    return refuse(Refusal::kSignature, claims.form,
                  "The signature does not match the request; check the secret key, and that the request was sent as it "
                  "was signed.");
  }
  TRY(check_token(claims, found->session_token));
  return Verified{.access_key_id = std::move(claims.access_key_id),
                  .region = std::move(claims.region),
                  .service = std::move(claims.service),
                  .signed_at = claims.signed_at,
                  .in_query = claims.form.in_query,
                  .payload_hash = std::move(payload)};
}

}  // namespace sigv4
