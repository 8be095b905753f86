// Tokens from noise, through the whole verifier with a fixed key set: nothing crashes, and nothing is taken that was
// not signed by the key (the fuzzer cannot sign). The second half of an input that begins with 'k' is read as a key
// set.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "base/text.h"
#include "identity/jwt.h"
#include "identity/key_set.h"
#include "identity/verifier.h"

namespace {

// RFC 8037, appendix A.2, and RFC 7515, appendix A.3.
constexpr const char* kKeys = R"({"keys":[
  {"kty":"OKP","crv":"Ed25519","kid":"e","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
  {"kty":"EC","crv":"P-256","kid":"p","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
   "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})";

struct World {
  base::ManualClock clock{base::Time(std::chrono::seconds(1'800'000'000))};
  base::Logger log{clock, base::LogLevel::kDebug, [](std::string_view) {}};
  base::Registry metrics;
  std::unique_ptr<identity::Verifier> verifier;

  World() {
    identity::Issuer issuer;
    issuer.name = "i";
    issuer.audiences = {"a"};
    issuer.algorithms = {"ES256", "EdDSA"};
    issuer.jwks_url = "https://i";
    auto made = identity::Verifier::make(
        {.issuers = {issuer}}, [](const identity::Issuer&, base::Deadline) { return base::Result<std::string>(kKeys); },
        clock, log, metrics);
    if (!made) std::abort();
    verifier = std::move(*made);
  }
};

void expect_refused(std::string_view token) {
  static World world;
  const auto principal = world.verifier->verify(token, base::Deadline::never());
  if (principal || principal.error().message.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.starts_with('k')) {
    (void)identity::KeySet::parse(input.substr(1));
    return 0;
  }
  expect_refused(input);
  // And as header, payload and signature that only want encoding, so that the fuzzer gets past base64url.
  const std::size_t first = input.find('\n');
  const std::size_t second = first == input.npos ? input.npos : input.find('\n', first + 1);
  if (second == input.npos) return 0;
  expect_refused(base::base64url(input.substr(0, first)) + '.' +
                 base::base64url(input.substr(first + 1, second - first - 1)) + '.' +
                 base::base64url(input.substr(second + 1)));
  return 0;
}
