// Signature Version 4 on one core: what a signed URL, a signed request and the check of each cost. A GET of an S3
// object with host alone (URL), and a DynamoDB call (headers), as clients send them. bench/sigv4.py runs botocore on
// the same requests beside it.
//
//   build/release/bench/bench_sigv4 [--seconds 1]

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "sigv4/sign.h"
#include "sigv4/verify.h"

namespace {

using Steady = std::chrono::steady_clock;

constexpr base::Time kNow{std::chrono::seconds(1'800'000'000)};
constexpr sigv4::Scope kS3{.region = "us-east-1", .service = "s3", .s3 = true};
constexpr sigv4::Scope kDynamo{.region = "us-east-1", .service = "dynamodb"};

struct OneKey final : sigv4::KeyRing {
  [[nodiscard]] std::optional<Found> find(std::string_view id) const override {
    if (id != "AKIAIOSFODNN7EXAMPLE") return std::nullopt;
    return Found{base::Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), base::Secret()};
  }
};

// How often a second, the best of some rounds: noise of the machine only ever takes.
template <class Work>
void measure(std::string_view what, double seconds, Work work) {
  constexpr int kRounds = 5, kTurns = 1000;
  double best = 0;
  for (int round = 0; round < kRounds; ++round) {
    const Steady::time_point begin = Steady::now();
    std::int64_t count = 0;
    std::chrono::duration<double> spent{};
    do {
      for (int turn = 0; turn < kTurns; ++turn) work(static_cast<unsigned>(count + turn));
      count += kTurns;
      spent = Steady::now() - begin;
    } while (spent.count() < seconds / kRounds);
    best = std::max(best, static_cast<double>(count) / spent.count());
  }
  fmt::print("{:<28}{:>12.0f} /s\n", what, best);
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc == 3 && std::string_view(argv[1]) == "--seconds" ? std::strtod(argv[2], nullptr) : 1.0;
  const sigv4::Signer signer(
      {"AKIAIOSFODNN7EXAMPLE", base::Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), base::Secret()});
  std::vector<std::string> paths;
  for (int i = 0; i < 1024; ++i) paths.push_back(fmt::format("/packages/{:08x}/files/channel-{}.edf", i * 40503, i));

  const std::vector<sigv4::Field> host = {{"Host", "examplebucket.s3.amazonaws.com"}};
  const auto get = [&](unsigned turn) { return sigv4::Request{"GET", paths[turn % paths.size()], "", host}; };
  const auto presign = [&](const sigv4::Request& request, unsigned turn) {
    return *signer.presign(request, kS3, sigv4::kUnsignedPayload, kNow + std::chrono::milliseconds(turn),
                           std::chrono::hours(1));
  };
  std::size_t bytes = 0;
  measure("presign", seconds, [&](unsigned turn) { bytes += presign(get(turn), turn).size(); });
  measure("presign with a query", seconds, [&](unsigned turn) {
    sigv4::Request request = get(turn);
    request.query = "response-content-disposition=attachment%3B%20filename%3Dx.edf&versionId=3HL4kqtJlcpXroDTDmJ";
    bytes += presign(request, turn).size();
  });

  const std::string hash = sigv4::payload_hash(R"({"TableName":"t","Key":{"pk":{"S":"a"},"sk":{"S":"b"}}})");
  std::vector<sigv4::Field> headers = {{"Host", "dynamodb.us-east-1.amazonaws.com"},
                                       {"Content-Type", "application/x-amz-json-1.0"},
                                       {"X-Amz-Target", "DynamoDB_20120810.GetItem"},
                                       {"User-Agent", "stewardry"}};
  const sigv4::Request call{"POST", "/", "", headers};
  measure("header sign", seconds, [&](unsigned turn) {
    bytes += signer.sign(call, kDynamo, hash, kNow + std::chrono::milliseconds(turn)).size();
  });

  const OneKey ring;
  const sigv4::Verifier of_dynamo(ring, {.region = "us-east-1", .service = "dynamodb"});
  const auto added = signer.sign(call, kDynamo, hash, kNow);
  for (const auto& [name, value] : added) headers.push_back({name, value});
  const sigv4::Request signed_call{"POST", "/", "", headers};
  measure("verify header", seconds,
          [&](unsigned) { CHECK(of_dynamo.verify(signed_call, hash, kNow), "what is signed is accepted"); });

  const sigv4::Verifier of_s3(ring, {.region = "us-east-1", .service = "s3", .s3 = true});
  std::vector<std::string> queries;
  for (unsigned i = 0; i < paths.size(); ++i) queries.push_back(presign(get(i), i));
  measure("verify query", seconds, [&](unsigned turn) {
    sigv4::Request request = get(turn);
    request.query = queries[turn % queries.size()];
    CHECK(of_s3.verify(request, {}, kNow), "what is signed is accepted");
  });
  return bytes == 0 ? 1 : 0;
}
