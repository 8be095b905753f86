// Puts signatures on requests: in the headers, and in the query of a URL.

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "aws/failures.h"
#include "aws/state.h"
#include "base/text.h"

namespace aws {

namespace {

sigv4::Scope scope_of(const Auth& auth) {
  return {.region = auth.signing_region,
          .service = auth.signing_name,
          .s3 = auth.s3,
          .bucket_session = auth.bucket_session};
}

std::vector<sigv4::Field> fields_of(const net::Headers& headers) {
  std::vector<sigv4::Field> fields;
  fields.reserve(headers.all().size());
  for (const net::Header& header : headers.all()) fields.push_back({header.name, header.value});
  return fields;
}

}  // namespace

net::Headers signed_headers(const Plan& plan, const Signing* signing, base::Time now) {
  net::Headers headers = plan.request.headers;
  if (plan.auth.scheme == Scheme::kBearer) headers.set("Authorization", "Bearer " + plan.auth.token);
  if (signing == nullptr) return headers;
  const std::vector<sigv4::Field> fields = fields_of(plan.request.headers);
  auto made = signing->signer->sign({plan.request.method, plan.request.path, plan.request.query, fields},
                                    scope_of(plan.auth), plan.payload_hash, now);
  for (auto& [name, value] : made) headers.add(std::move(name), std::move(value));
  return headers;
}

Result<std::string> presigned_url(const Plan& plan, const sigv4::Signer& signer, base::Time now,
                                  std::chrono::seconds expires) {
  const std::vector<sigv4::Field> fields = fields_of(plan.request.headers);
  const sigv4::Request request{plan.request.method, plan.request.path, plan.request.query, fields};
  const std::string query = TRY(lift(signer.presign(request, scope_of(plan.auth), plan.payload_hash, now, expires),
                                     Failure::Kind::kInput, "CannotBePresigned"));
  return fmt::format("{}{}?{}", plan.origin, plan.request.path, query);
}

}  // namespace aws
