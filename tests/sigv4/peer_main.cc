// Our signer and verifier for programs that compare them with others: a request in each line of the input, an answer in
// each line of the output. Fields are separated by tabs and percent-encoded.
//
//   sign    S3 REGION SERVICE TOKEN EPOCH-SECONDS METHOD PATH QUERY PAYLOAD-HASH         [NAME VALUE]...
//           -> ok [NAME VALUE]...          the headers to set
//   presign S3 REGION SERVICE TOKEN EPOCH-SECONDS METHOD PATH QUERY PAYLOAD-HASH EXPIRES [NAME VALUE]...
//           -> ok QUERY
//   verify  S3 REGION SERVICE TOKEN EPOCH-SECONDS METHOD PATH QUERY BODY-HASH            [NAME VALUE]...
//           -> ok | refused CODE MESSAGE
//
// S3 is 1 or 0. The key is the one of Amazon's examples, or that of the environment's AWS_ACCESS_KEY_ID and
// AWS_SECRET_ACCESS_KEY.

#include <charconv>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "base/text.h"
#include "sigv4/sign.h"
#include "sigv4/verify.h"

namespace {

std::string variable(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
  return value != nullptr ? value : otherwise;
}

sigv4::Keys keys(const std::string& token) {
  return {variable("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
          base::Secret(variable("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")),
          base::Secret(token)};
}

struct Ring final : sigv4::KeyRing {
  sigv4::Keys mine;
  explicit Ring(const std::string& token) : mine(keys(token)) {}
  [[nodiscard]] std::optional<Found> find(std::string_view id) const override {
    if (id != mine.access_key_id) return std::nullopt;
    return Found{mine.secret_access_key, mine.session_token};
  }
};

std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields;
  for (std::size_t at = 0; at <= line.size();) {
    const std::size_t end = std::min(line.find('\t', at), line.size());
    fields.push_back(base::percent_decode(line.substr(at, end - at)).value_or(""));
    at = end + 1;
  }
  return fields;
}

std::int64_t number(const std::string& text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string refused(const base::Error& error) {
  return "refused\t" + base::percent_encode(error.detail) + '\t' + base::percent_encode(error.message);
}

std::string answer(const std::vector<std::string>& fields) {
  const bool presign = fields[0] == "presign";
  const std::size_t first = presign ? 11 : 10;
  if (fields.size() < first || (fields.size() - first) % 2 != 0) return "refused\tline\ttoo%20few%20fields";
  const sigv4::Scope scope{.region = fields[2], .service = fields[3], .s3 = fields[1] == "1"};
  const base::Time now{std::chrono::seconds(number(fields[5]))};
  std::vector<sigv4::Field> headers;
  for (std::size_t i = first; i < fields.size(); i += 2) headers.push_back({fields[i], fields[i + 1]});
  const sigv4::Request request{fields[6], fields[7], fields[8], headers};
  if (fields[0] == "sign") {
    std::string text = "ok";
    for (const auto& [name, value] : sigv4::Signer(keys(fields[4])).sign(request, scope, fields[9], now)) {
      text += '\t' + name + '\t' + base::percent_encode(value);
    }
    return text;
  }
  if (presign) {
    const auto query = sigv4::Signer(keys(fields[4]))
                           .presign(request, scope, fields[9], now, std::chrono::seconds(number(fields[10])));
    return query ? "ok\t" + base::percent_encode(*query) : refused(query.error());
  }
  const Ring ring(fields[4]);
  const sigv4::Verifier verifier(ring, {std::string(scope.region), std::string(scope.service), scope.s3});
  const auto verified = verifier.verify(request, fields[9], now);
  return verified ? "ok" : refused(verified.error());
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);) std::cout << answer(fields_of(line)) << '\n' << std::flush;
  return 0;
}
