// Requests from noise: the first line is method, path and query, the others are headers ("name:value"), and the first
// byte chooses between S3 and other services. Nothing crashes; noise alone is never accepted; what we sign from it is,
// in both forms; and what is canonical once stays so.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/text.h"
#include "sigv4/canonical.h"
#include "sigv4/sign.h"
#include "sigv4/verify.h"

namespace {

constexpr base::Time kNow{std::chrono::seconds(1'800'000'000)};

struct Ring final : sigv4::KeyRing {
  [[nodiscard]] std::optional<Found> find(std::string_view id) const override {
    if (id != "AKID") return std::nullopt;
    return Found{base::Secret("a secret that the fuzzer does not sign with"), base::Secret("token")};
  }
};

const Ring& ring() {
  static const Ring the;
  return the;
}

const sigv4::Signer& signer() {
  static const sigv4::Signer the(
      {"AKID", base::Secret("a secret that the fuzzer does not sign with"), base::Secret("token")});
  return the;
}

std::string_view take(std::string_view& text, char until) {
  const std::size_t end = std::min(text.find(until), text.size());
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return taken;
}

void expect(bool condition) {
  if (!condition) std::abort();
}

// Noise may hold what a signed request may have once only, or what makes it one that is signed twice.
bool may_be_signed(std::string_view query, const std::vector<sigv4::Field>& headers) {
  int hosts = 0, types = 0;
  for (const sigv4::Field& each : headers) {
    for (const char* name : {"authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "date"}) {
      if (base::equal_ignoring_case(each.name, name)) return false;
    }
    hosts += base::equal_ignoring_case(each.name, "host") ? 1 : 0;
    types += base::equal_ignoring_case(each.name, "content-type") ? 1 : 0;
    // No server lets other names pass (RFC 9110, "token"); they would fall apart in the list of signed names.
    const auto is_token = [](char c) {
      return c > ' ' && c < 0x7f && std::string_view("\"(),/:;<=>?@[\\]{}").find(c) == std::string_view::npos;
    };
    if (each.name.empty() || !std::all_of(each.name.begin(), each.name.end(), is_token)) return false;
  }
  sigv4::internal::QueryList list;
  list.add_query(query);
  for (const auto& each : list.parameters()) {
    if (list.name(each).starts_with("X-Amz-")) return false;
  }
  return hosts == 1 && types <= 1;
}

void check_path(std::string_view path) {
  std::string once, again;
  sigv4::internal::append_path(once, path, true);
  sigv4::internal::append_path(again, once, true);
  expect(once == again && once.starts_with('/'));
  std::string of_services;
  sigv4::internal::append_path(of_services, path, false);
  expect(of_services.starts_with('/') && of_services.find("//") == of_services.npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.empty()) return 0;
  const bool s3 = (input.front() & 1) != 0;
  input.remove_prefix(1);
  std::string_view line = take(input, '\n');
  sigv4::Request request{.method = take(line, ' '), .path = take(line, '?'), .query = line, .headers = {}};
  std::vector<sigv4::Field> headers;
  while (!input.empty()) {
    std::string_view header = take(input, '\n');
    const std::string_view name = take(header, ':');
    headers.push_back({name, header});
  }
  request.headers = headers;
  check_path(request.path);

  const sigv4::Verifier any(ring(), {.s3 = s3});
  const auto refused = any.verify(request, sigv4::kEmptyPayloadHash, kNow);
  expect(!refused && !refused.error().message.empty() && !refused.error().detail.empty());

  headers.push_back({"Host", "h"});
  request.headers = headers;
  if (!request.path.starts_with('/') || !may_be_signed(request.query, headers)) return 0;  // no HTTP, and refused
  const sigv4::Scope scope{.region = "r", .service = "s", .s3 = s3};
  const auto added = signer().sign(request, scope, sigv4::kEmptyPayloadHash, kNow);
  const auto query = signer().presign(request, scope, s3 ? sigv4::kUnsignedPayload : sigv4::kEmptyPayloadHash, kNow,
                                      std::chrono::hours(1));
  expect(query.has_value());
  sigv4::Request url = request;
  url.query = *query;
  expect(any.verify(url, sigv4::kEmptyPayloadHash, kNow).has_value());
  for (const auto& [name, value] : added) headers.push_back({name, value});
  request.headers = headers;
  expect(any.verify(request, sigv4::kEmptyPayloadHash, kNow).has_value());
  return 0;
}
