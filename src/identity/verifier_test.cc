// What must not happen: anyone gets in with a token that its issuer did not sign, for us, now; whoever may come in is
// kept out; what a caller reads, or what the log keeps, says more than it should.

#include "identity/verifier.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <rapidcheck.h>

#include "crypto/digest.h"
#include "identity/key_source.h"
#include "identity/refusal.h"
#include "identity/tokens_test_support.h"

namespace identity {
namespace {

using enum crypto::Algorithm;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr crypto::Algorithm kAll[] = {kRs256, kEs256, kEdDsa};

std::string all_keys() {
  return key_set_of({test_signer(kRs256).jwk("rsa", R"(,"alg":"RS256","use":"sig")"), test_signer(kEs256).jwk("p256"),
                     test_signer(kEdDsa).jwk("ed25519")});
}

std::string_view kid_of(crypto::Algorithm algorithm) {
  return algorithm == kRs256 ? "rsa" : algorithm == kEs256 ? "p256" : "ed25519";
}

std::string good(crypto::Algorithm algorithm) { return token_of(good_claims(), algorithm, kid_of(algorithm)); }

struct World {
  explicit World(VerifierOptions options = {.issuers = {test_issuer()}})
      : verifier(std::move(Verifier::make(std::move(options), fetch, clock, log, metrics).value())) {}

  base::ManualClock clock{test_now()};
  std::string lines;
  base::Logger log{clock, base::LogLevel::kDebug, [this](std::string_view line) { lines += line; }};
  base::Registry metrics;
  base::Result<std::string> answer = all_keys();
  int fetches = 0;
  Fetch fetch = [this](const Issuer&, base::Deadline) {
    ++fetches;
    return answer;
  };
  std::unique_ptr<Verifier> verifier;

  base::Result<Principal> verify(std::string_view token) {
    return verifier->verify(token, base::Deadline::after(seconds(10)));
  }
  // "taken", the label of the reason, or "unavailable".
  std::string outcome(std::string_view token) {
    const base::Result<Principal> principal = verify(token);
    if (principal) return "taken";
    if (principal.error().code == base::Code::kUnavailable) return "unavailable";
    EXPECT_EQ(principal.error().code, base::Code::kUnauthenticated);
    return principal.error().detail;
  }
  std::uint64_t count(const char* label) {
    return metrics.counter("stewardry_token_verifications_total", "", {{"outcome", label}}).value();
  }
  std::uint64_t hits() { return metrics.counter("stewardry_token_cache_hits_total", "").value(); }
};

TEST(Verifier, TakesEachAlgorithm) {
  World world;
  for (const crypto::Algorithm algorithm : kAll) {
    const base::Result<Principal> principal = world.verify(good(algorithm));
    ASSERT_TRUE(principal) << crypto::name(algorithm) << ' ' << principal.error().message;
    EXPECT_EQ(principal->user_id, kTestUser);
    EXPECT_EQ(principal->issuer, kTestIssuer);
  }
  EXPECT_EQ(world.fetches, 1);
}

TEST(Verifier, AnyChangedByteIsRefused) {
  World world;
  static constexpr std::string_view kBytes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n";
  for (const crypto::Algorithm algorithm : kAll) {
    const std::string token = good(algorithm);
    for (std::size_t i = 0; i < token.size(); ++i) {
      std::string bent = token;
      bent[i] = kBytes[(kBytes.find(token[i]) + 1 + i % (kBytes.size() - 1)) % kBytes.size()];
      ASSERT_NE(bent, token);
      EXPECT_NE(world.outcome(bent), "taken") << crypto::name(algorithm) << " byte " << i;
    }
    EXPECT_TRUE(rc::check("one byte changed, added or taken away", [&](std::size_t at, unsigned char byte, bool cut) {
      std::string bent = token;
      at %= token.size();
      if (cut) {
        bent.erase(at, 1);
      } else if (static_cast<unsigned char>(bent[at]) == byte) {
        bent.insert(at, 1, static_cast<char>(byte));
      } else {
        bent[at] = static_cast<char>(byte);
      }
      RC_ASSERT(world.outcome(bent) != "taken");
    }));
    EXPECT_EQ(world.outcome(token), "taken");
  }
}

TEST(Verifier, RefusesUnsignedTokens) {
  World world;
  for (const char* algorithm : {"none", "None", "NONE", ""}) {
    const std::string header = fmt::format(R"({{"alg":"{}","kid":"rsa"}})", algorithm);
    const std::string input = base::base64url(header) + '.' + base::base64url("{" + good_claims() + "}");
    EXPECT_NE(world.outcome(input + '.'), "taken");
    EXPECT_EQ(world.outcome(input + ".c2ln"), "algorithm");
  }
}

// The attack on libraries that let the token say how it is checked: the public key, which everybody has, as the secret
// of an HMAC.
TEST(Verifier, RefusesAnHmacWithThePublicKey) {
  World world;
  BIO* stream = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(stream, test_signer(kRs256).key());
  char* data = nullptr;
  const long size = BIO_get_mem_data(stream, &data);
  const std::string pem(data, static_cast<std::size_t>(size));
  BIO_free(stream);
  for (const std::string& secret : {pem, test_signer(kRs256).part("n"), test_signer(kEdDsa).part("x")}) {
    for (const char* algorithm : {"HS256", "RS256", "EdDSA"}) {
      const std::string header = fmt::format(R"({{"alg":"{}","kid":"rsa"}})", algorithm);
      const std::string input = base::base64url(header) + '.' + base::base64url("{" + good_claims() + "}");
      const std::string token = input + '.' + base::base64url(crypto::hmac_sha256(base::Secret(secret), input));
      EXPECT_NE(world.outcome(token), "taken") << algorithm;
    }
  }
}

TEST(Verifier, AnIssuersAlgorithmsArePinned) {
  Issuer issuer = test_issuer();
  issuer.algorithms = {"ES256"};
  World world({.issuers = {issuer}});
  EXPECT_EQ(world.outcome(good(kEs256)), "taken");
  EXPECT_EQ(world.outcome(good(kRs256)), "algorithm");
  EXPECT_EQ(world.outcome(good(kEdDsa)), "algorithm");
}

TEST(Verifier, TheAlgorithmMustFitTheKey) {
  World world;
  for (const crypto::Algorithm algorithm : kAll) {
    for (const crypto::Algorithm other : kAll) {
      if (algorithm == other) continue;
      EXPECT_EQ(world.outcome(token_of(good_claims(), algorithm, kid_of(other))), "algorithm");
      // The header says what the key is for, but the signature is another's.
      EXPECT_EQ(world.outcome(
                    signed_token(test_signer(algorithm), good_header(other, kid_of(other)), "{" + good_claims() + "}")),
                "signature");
    }
  }
}

TEST(Verifier, TheKeyIsFoundByExactName) {
  World world;
  for (const char* kid : {"RSA", "rsa ", " rsa", "ed25519x", "../rsa", "' or 1=1 --"}) {
    EXPECT_EQ(world.outcome(token_of(good_claims(), kRs256, kid)), "key") << kid;
  }
  EXPECT_EQ(world.outcome(signed_token(test_signer(kRs256), R"({"alg":"RS256"})", "{" + good_claims() + "}")), "key");
}

TEST(Verifier, AKeyThatTheTokenBringsIsNotUsed) {
  World world;
  const crypto::TestSigner stranger(kEdDsa);
  const std::string header = R"({"alg":"EdDSA","kid":"ed25519","jwk":)" + stranger.jwk("ed25519") +
                             R"(,"jku":"https://evil.example/keys","x5u":"https://evil.example"})";
  EXPECT_EQ(world.outcome(signed_token(stranger, header, "{" + good_claims() + "}")), "signature");
}

TEST(Verifier, SignaturesOfOtherShapesAreRefused) {
  World world;
  for (const crypto::Algorithm algorithm : kAll) {
    const std::string token = good(algorithm);
    const std::string input = token.substr(0, token.rfind('.'));
    const std::string signature = test_signer(algorithm).sign(input);
    const auto with = [&](const std::string& other) { return input + '.' + base::base64url(other); };
    EXPECT_EQ(world.outcome(with(signature + '\0')), "signature");
    EXPECT_EQ(world.outcome(with('\0' + signature)), "signature");
    EXPECT_EQ(world.outcome(with(signature.substr(1))), "signature");
    EXPECT_EQ(world.outcome(with(signature + signature)), "signature");
    EXPECT_EQ(world.outcome(with("x")), "signature");
    EXPECT_EQ(world.outcome(with(std::string(signature.size(), '\0'))), "signature");
    if (algorithm == kEs256) {
      EXPECT_EQ(world.outcome(with(test_signer(kEs256).sign_as_openssl(input))), "signature") << "DER";
      EXPECT_EQ(world.outcome(with(std::string(32, '\0') + signature.substr(32))), "signature") << "r = 0";
      EXPECT_EQ(world.outcome(with(signature.substr(0, 32) + std::string(32, '\0'))), "signature") << "s = 0";
    }
  }
}

TEST(Verifier, IssuersAreKeptApart) {
  Issuer other = test_issuer();
  other.name = "https://other.example";
  World world({.issuers = {test_issuer(), other}});
  world.answer = key_set_of({test_signer(kEdDsa).jwk("k1")});
  EXPECT_EQ(world.outcome(token_of(good_claims())), "taken");
  const std::string rest = fmt::format(R"("aud":"stewardry","sub":"{}","exp":1900000000)", kTestUser);
  EXPECT_EQ(world.verify(token_of(R"("iss":"https://other.example",)" + rest))->issuer, "https://other.example");
  EXPECT_EQ(world.fetches, 2) << "each has its own key set";
  EXPECT_EQ(world.outcome(token_of(R"("iss":"https://third.example",)" + rest)), "issuer");
  EXPECT_EQ(world.outcome(token_of(R"("iss":7,)" + rest)), "issuer");
  EXPECT_EQ(world.outcome(token_of(rest)), "issuer");
  EXPECT_EQ(world.fetches, 2) << "strangers make us fetch nothing";
}

TEST(Verifier, SaysWhatIsWrongAndNothingElse) {
  World world;
  const auto message = [&](const std::string& token) { return world.verify(token).error().message; };
  const auto claims = [](std::int64_t exp, std::string_view aud) {
    return fmt::format(R"("iss":"{}","aud":"{}","sub":"{}","exp":{})", kTestIssuer, aud, kTestUser, exp);
  };
  EXPECT_EQ(message(token_of(claims(kTestNow_s - 600, "stewardry"), kEdDsa, "ed25519")),
            "The token expired at 2027-01-15T07:50:00.000Z; get a new one.");
  EXPECT_EQ(message(token_of(claims(kTestNow_s + 600, "secret-door"), kEdDsa, "ed25519")),
            "The token is for another audience.");
  EXPECT_EQ(message(token_of(good_claims(), kEdDsa, "k9")),
            "The token is signed with a key that its issuer does not list.");
  // An expired token that nobody signed is told nothing about times.
  EXPECT_EQ(message(token_of(claims(kTestNow_s - 600, "stewardry"), kEdDsa, "rsa")),
            "The token's `alg` does not fit the key that its `kid` names.");
  EXPECT_NE(world.lines.find(R"("kid":"k9")"), std::string::npos);
  EXPECT_EQ(world.lines.find("eyJ"), std::string::npos) << "no token is logged";
  EXPECT_EQ(world.lines.find("6f1c1a2e"), std::string::npos) << "nor who it is about";
}

TEST(Verifier, RemembersUntilExpiry) {
  World world;
  const std::string token = token_of(
      fmt::format(R"("iss":"{}","aud":"stewardry","sub":"{}","exp":{})", kTestIssuer, kTestUser, kTestNow_s + 100),
      kEdDsa, "ed25519");
  EXPECT_EQ(world.outcome(token), "taken");
  EXPECT_EQ(world.hits(), 0U);
  EXPECT_EQ(world.outcome(token), "taken");
  EXPECT_EQ(world.verify(token)->user_id, kTestUser);
  EXPECT_EQ(world.hits(), 2U);
  world.clock.advance(seconds(100));
  EXPECT_EQ(world.outcome(token), "taken") << "within the allowance for clocks, but not from memory";
  EXPECT_EQ(world.outcome(token), "taken");
  EXPECT_EQ(world.hits(), 2U);
  world.clock.advance(seconds(30));
  EXPECT_EQ(world.outcome(token), "expired");
  EXPECT_EQ(world.count("accepted"), 5U);
  EXPECT_EQ(world.count("expired"), 1U);
}

TEST(Verifier, ARememberedTokenStopsWithItsKey) {
  World world;
  const std::string token = good(kEdDsa);
  EXPECT_EQ(world.outcome(token), "taken");
  EXPECT_EQ(world.outcome(token), "taken");
  EXPECT_EQ(world.hits(), 1U);
  world.answer = key_set_of({test_signer(kRs256).jwk("rsa")});
  world.clock.advance(KeySource::kOldAfter);
  EXPECT_EQ(world.outcome(token), "key");
  EXPECT_EQ(world.hits(), 1U);
}

TEST(Verifier, ARememberedTokenSurvivesARotationThatKeepsItsKey) {
  World world;
  const std::string token = good(kEdDsa);
  EXPECT_EQ(world.outcome(token), "taken");
  world.answer = key_set_of({test_signer(kEdDsa).jwk("ed25519"), test_signer(kRs256).jwk("new")});
  world.clock.advance(Verifier::kRefreshEvery);
  EXPECT_EQ(world.outcome(token_of(good_claims(), kRs256, "new")), "taken");
  EXPECT_EQ(world.outcome(token), "taken");
  EXPECT_EQ(world.hits(), 0U) << "verified anew under the new keys";
  EXPECT_EQ(world.outcome(token), "taken");
  EXPECT_EQ(world.hits(), 1U);
}

TEST(Verifier, AKeyReplacedUnderItsNameStopsToo) {
  World world;
  world.answer = key_set_of({test_signer(kEdDsa).jwk("k1")});
  EXPECT_EQ(world.outcome(token_of(good_claims())), "taken");
  world.answer = key_set_of({crypto::TestSigner(kEdDsa).jwk("k1")});
  world.clock.advance(KeySource::kOldAfter);
  EXPECT_EQ(world.outcome(token_of(good_claims())), "signature");
}

TEST(Verifier, NothingIsRememberedWhereTheCacheIsOff) {
  World world({.issuers = {test_issuer()}, .cache_entries_max = 0});
  EXPECT_EQ(world.outcome(good(kEdDsa)), "taken");
  EXPECT_EQ(world.outcome(good(kEdDsa)), "taken");
  EXPECT_EQ(world.hits(), 0U);
}

TEST(Verifier, CannotAskIsNotNo) {
  World world;
  world.answer = base::fail(base::Code::kUnavailable, "no connection");
  EXPECT_EQ(world.outcome(good(kEdDsa)), "unavailable");
  EXPECT_EQ(world.count("unavailable"), 1U);
  world.answer = all_keys();
  world.clock.advance(seconds(1));
  EXPECT_EQ(world.outcome(good(kEdDsa)), "taken");
}

TEST(Verifier, ManyThreadsWhileKeysRotate) {
  base::ManualClock clock{test_now()};
  base::Logger log{clock, base::LogLevel::kError, [](std::string_view) {}};
  base::Registry metrics;
  std::atomic<int> fetches{0};
  const Fetch fetch = [&](const Issuer&, base::Deadline) -> base::Result<std::string> {
    return ++fetches % 2 == 0 ? all_keys() : all_keys() + "\n";
  };
  const auto verifier = std::move(
      Verifier::make({.issuers = {test_issuer()}, .cache_entries_max = 2}, fetch, clock, log, metrics).value());
  const std::string tokens[] = {good(kRs256), good(kEs256), good(kEdDsa)};
  const std::string bad = token_of(good_claims(), kEdDsa, "unknown");
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        if (t == 0) clock.advance(seconds(20));
        wrong += verifier->verify(tokens[i % 3], base::Deadline::never()) ? 0 : 1;
        wrong += verifier->verify(bad, base::Deadline::never()) ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_LE(fetches, 1 + 100 * 20 / 30);
}

TEST(VerifierMake, RefusesIssuersThatAreNotWhole) {
  const auto message = [](const std::function<void(Issuer&)>& change) -> std::string {
    Issuer issuer = test_issuer();
    change(issuer);
    base::ManualClock clock{test_now()};
    base::Logger log{clock, base::LogLevel::kError, [](std::string_view) {}};
    base::Registry metrics;
    const auto made = Verifier::make(
        {.issuers = {issuer}}, [](const Issuer&, base::Deadline) { return base::Result<std::string>(""); }, clock, log,
        metrics);
    if (made) return "made";
    EXPECT_EQ(made.error().code, base::Code::kInvalid);
    return made.error().message;
  };
  const auto is_refused = [&](const std::function<void(Issuer&)>& change) {
    const std::string text = message(change);
    return text.starts_with("Issuer \"");
  };
  EXPECT_EQ(message([](Issuer&) {}), "made");
  EXPECT_TRUE(is_refused([](Issuer& i) { i.name.clear(); }));
  EXPECT_TRUE(is_refused([](Issuer& i) { i.audiences.clear(); }));
  EXPECT_TRUE(is_refused([](Issuer& i) { i.audiences = {""}; }));
  EXPECT_TRUE(is_refused([](Issuer& i) { i.algorithms.clear(); }));
  for (const char* algorithm : {"HS256", "none", "RS512", "rs256"}) {
    EXPECT_TRUE(is_refused([&](Issuer& i) { i.algorithms = {"RS256", algorithm}; })) << algorithm;
  }
  EXPECT_TRUE(is_refused([](Issuer& i) { i.jwks_url.clear(); }));
  EXPECT_TRUE(is_refused([](Issuer& i) { i.jwks_file = "keys.json"; })) << "two key sets";
  EXPECT_TRUE(is_refused([](Issuer& i) { i.user_claim.clear(); }));
  EXPECT_EQ(
      message([](Issuer& i) { i.audiences.clear(); }),
      "Issuer \"https://issuer.example\": it needs an audience; without one, tokens for anybody would be accepted.");
  for (const char* url : {"http://127.0.0.1:8080/keys", "http://localhost/keys", "http://[::1]:80/", "https://x"}) {
    EXPECT_EQ(message([&](Issuer& i) { i.jwks_url = url; }), "made") << url;
  }
  for (const char* url :
       {"http://issuer.example/keys", "http://localhost.evil.example/", "http://127.0.0.1:x@evil.example/",
        "http://127.0.0.1@evil.example", "http://", "ftp://x", "/keys", "HTTPS//x"}) {
    EXPECT_TRUE(is_refused([&](Issuer& i) { i.jwks_url = url; })) << url;
  }
}

TEST(VerifierMake, RefusesNoIssuerAndTheSameTwiceAndOddSkews) {
  base::ManualClock clock{test_now()};
  base::Logger log{clock, base::LogLevel::kError, [](std::string_view) {}};
  base::Registry metrics;
  const Fetch fetch = [](const Issuer&, base::Deadline) { return base::Result<std::string>(""); };
  EXPECT_FALSE(Verifier::make({}, fetch, clock, log, metrics));
  EXPECT_FALSE(Verifier::make({.issuers = {test_issuer(), test_issuer()}}, fetch, clock, log, metrics));
  EXPECT_FALSE(Verifier::make({.issuers = {test_issuer()}}, nullptr, clock, log, metrics));
  EXPECT_FALSE(Verifier::make({.issuers = {test_issuer()}, .clock_skew = seconds(-1)}, fetch, clock, log, metrics));
  EXPECT_FALSE(Verifier::make({.issuers = {test_issuer()}, .clock_skew = seconds(601)}, fetch, clock, log, metrics));
}

}  // namespace
}  // namespace identity
