// What a call of AWS costs this program itself, without the network: a DynamoDB GetItem is checked against its model,
// its endpoint found, encoded, signed (the way to the socket), and its answer checked by CRC-32 and decoded (the way
// back). bench/aws_client.py runs this with the baseline, boto3 doing the same with its answers stubbed.
//
//   build/release/bench/bench_aws_client [--seconds 1]

#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "aws/book.h"
#include "aws/state.h"
#include "base/check.h"
#include "base/crc.h"
#include "json/parse.h"

namespace {

using Steady = std::chrono::steady_clock;

constexpr std::string_view kInput =
    R"({"TableName": "Accounts", "Key": {"pk": {"S": "N:organization:1b2c"}, "sk": {"S": "account#0042"}}, "ConsistentRead": true})";
constexpr std::string_view kOutput =
    R"({"Item": {"pk": {"S": "N:organization:1b2c"}, "sk": {"S": "account#0042"}, "version": {"N": "17"},
"type": {"S": "account"}, "name": {"S": "production, Frankfurt"}, "tags": {"M": {"team": {"S": "storage"},
"cost": {"S": "1234"}}}, "regions": {"L": [{"S": "eu-central-1"}, {"S": "eu-west-1"}]}, "active": {"BOOL": true}}})";

template <class Work>
void measure(std::string_view what, double seconds, Work work) {
  constexpr int kRounds = 5, kTurns = 200;
  double best = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    const Steady::time_point begin = Steady::now();
    std::int64_t count = 0;
    std::chrono::duration<double, std::micro> spent{};
    do {
      for (int turn = 0; turn < kTurns; ++turn) work();
      count += kTurns;
      spent = Steady::now() - begin;
    } while (spent.count() < seconds * 1e6 / kRounds);
    best = std::min(best, spent.count() / static_cast<double>(count));
  }
  fmt::print("{:<52}{:>8.2f} us\n", what, best);
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc == 3 && std::string_view(argv[1]) == "--seconds" ? std::strtod(argv[2], nullptr) : 1;
  const auto models = aws_model::Library::open().value();
  net::HttpClient http;
  const base::SystemClock clock;
  base::SystemEntropy entropy;
  aws::Credentials credentials;
  credentials.keys = {"AKIDEXAMPLE", base::Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), base::Secret()};
  aws::ClientState state({*models, http, clock, entropy},
                         aws_config::Config::load({{"AWS_REGION", "eu-central-1"},
                                                   {"AWS_CONFIG_FILE", "/nonexistent"},
                                                   {"AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"}})
                             .value(),
                         aws::fixed_credentials(std::move(credentials)));
  aws::Call call;
  call.service = "dynamodb";
  call.operation = "GetItem";
  call.input = json::parse(kInput).value();
  aws_wire::Reply reply;
  reply.status = 200;
  reply.headers.add("Content-Type", "application/x-amz-json-1.0");
  reply.headers.add("x-amz-crc32", std::to_string(base::crc32(kOutput)));
  reply.body = kOutput;

  const auto plan = [&] {
    auto made = state.plan(call, aws::Purpose::kSend);
    CHECK(made, "the call is in order");
    return std::move(*made);
  };
  const auto sign = [&](const aws::Plan& made) {
    const aws::Signing signing = *state.signing(base::Deadline::never());
    CHECK(!aws::signed_headers(made, &signing, clock.now()).all().empty(), "it is signed");
  };
  const auto read = [&](const aws::Plan& made) {
    for (const aws::Rule* rule : made.notes.rules) CHECK(rule->intact == nullptr || rule->intact(reply), "it is whole");
    CHECK(aws_wire::decode(made.book.service, made.operation, reply), "the answer is in order");
  };
  const std::unique_ptr<aws::Plan> one = plan();
  measure("check, endpoint, encode", seconds, plan);
  measure("sign", seconds, [&] { sign(*one); });
  measure("decode", seconds, [&] { read(*one); });
  measure("GetItem: all of it (goal: below 30 us)", seconds, [&] {
    const std::unique_ptr<aws::Plan> made = plan();
    sign(*made);
    read(*made);
  });
  return 0;
}
