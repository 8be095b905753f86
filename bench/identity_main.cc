// How many bearer tokens a second one thread verifies, for the first time and again. The floor, in the same run: the
// same signature by OpenSSL alone, and for tokens that are known the SHA-256 by OpenSSL alone.
//
//   build/release/bench/bench_identity [seconds for each row, default 1]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/check.h"
#include "crypto/digest.h"
#include "identity/tokens_test_support.h"
#include "identity/verifier.h"

namespace {

using Clock = std::chrono::steady_clock;
using crypto::Algorithm;

constexpr Algorithm kAll[] = {Algorithm::kRs256, Algorithm::kEs256, Algorithm::kEdDsa};
constexpr int kRounds = 5;

// The best of some rounds, in nanoseconds a call: noise of the machine only ever adds.
template <class Work>
double best_ns(double seconds, Work work) {
  double best = 1e18;
  for (int round = 0; round < kRounds; ++round) {
    const auto begin = Clock::now();
    const auto end =
        begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds / kRounds));
    std::uint64_t calls = 0;
    while (Clock::now() < end) {
      for (int i = 0; i < 20; ++i) work();
      calls += 20;
    }
    best = std::min(
        best, std::chrono::duration<double, std::nano>(Clock::now() - begin).count() / static_cast<double>(calls));
  }
  return best;
}

const unsigned char* bytes_of(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// One signature checked as OpenSSL's manual says, with nothing around it.
double floor_ns(double seconds, const std::string& token, Algorithm algorithm) {
  const std::string input = token.substr(0, token.rfind('.'));
  const crypto::TestSigner& signer = identity::test_signer(algorithm);
  const std::string signature = signer.sign_as_openssl(input);
  const char* digest = algorithm == Algorithm::kEdDsa ? nullptr : "SHA256";
  return best_ns(seconds, [&] {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    const bool holds =
        EVP_DigestVerifyInit_ex(context, nullptr, digest, nullptr, nullptr, signer.key(), nullptr) == 1 &&
        EVP_DigestVerify(context, bytes_of(signature), signature.size(), bytes_of(input), input.size()) == 1;
    EVP_MD_CTX_free(context);
    CHECK(holds, "OpenSSL knows its own signature");
  });
}

double verify_ns(double seconds, const std::string& token, std::size_t cache_entries) {
  base::SystemClock clock;
  base::Logger log(clock, base::LogLevel::kError, base::Logger::to_stderr());
  base::Registry metrics;
  const identity::Fetch fetch = [](const identity::Issuer&, base::Deadline) -> base::Result<std::string> {
    return identity::key_set_of({identity::test_signer(Algorithm::kRs256).jwk("RS256"),
                                 identity::test_signer(Algorithm::kEs256).jwk("ES256"),
                                 identity::test_signer(Algorithm::kEdDsa).jwk("EdDSA")});
  };
  const auto verifier =
      std::move(identity::Verifier::make({.issuers = {identity::test_issuer()}, .cache_entries_max = cache_entries},
                                         fetch, clock, log, metrics)
                    .value());
  const base::Deadline deadline = base::Deadline::never();
  return best_ns(seconds, [&] { CHECK(verifier->verify(token, deadline).has_value(), "the token is good"); });
}

void print(std::string_view row, double ns, double floor) {
  fmt::print("{:<22} {:>10.0f} {:>12.0f} {:>12.0f} {:>8.2f}\n", row, ns, 1e9 / ns, floor, floor / ns);
}

}  // namespace

int main(int count, char** words) {
  const double seconds = count > 1 ? std::strtod(words[1], nullptr) : 1;
  const std::int64_t now_s =
      std::chrono::floor<std::chrono::seconds>(base::SystemClock().now()).time_since_epoch().count();
  const std::string claims = fmt::format(
      R"("iss":"{}","aud":"stewardry","sub":"{}","organization_id":"{}","iat":{},"exp":{},"jti":"0b5e7c1d-3f64-4c4b-8d3f-3a0a5f1c2d22")",
      identity::kTestIssuer, identity::kTestUser, identity::kTestWorkspace, now_s, now_s + 3600);

  fmt::print("{:<22} {:>10} {:>12} {:>12} {:>8}\n", "", "ns", "per second", "floor, ns", "ratio");
  std::string token;
  for (const Algorithm algorithm : kAll) {
    const std::string name(crypto::name(algorithm));
    token = identity::token_of(claims, algorithm, name);
    const double floor = floor_ns(seconds, token, algorithm);
    print(name + fmt::format(", {} bytes", token.size()), verify_ns(seconds, token, 0), floor);
  }
  token = identity::token_of(claims, Algorithm::kRs256, "RS256");
  EVP_MD* sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  crypto::Sha256 digest{};
  const double floor = best_ns(seconds, [&] {
    EVP_DigestInit_ex2(context, sha256, nullptr);
    EVP_DigestUpdate(context, token.data(), token.size());
    EVP_DigestFinal_ex(context, digest.data(), nullptr);
  });
  EVP_MD_CTX_free(context);
  EVP_MD_free(sha256);
  print("known, RS256", verify_ns(seconds, token, 10'000), floor);
  return 0;
}
