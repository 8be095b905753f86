// What must not happen: a token for somebody else, or of another time, or about nobody, is taken.

#include "identity/claims.h"

#include <gtest/gtest.h>

#include "identity/refusal.h"
#include "identity/tokens_test_support.h"
#include "json/parse.h"

namespace identity {
namespace {

constexpr std::chrono::seconds kSkew{30};

base::Result<Principal> check(std::string_view members, const Issuer& issuer = test_issuer()) {
  return check_claims(json::parse(fmt::format("{{{}}}", members)).value().get_object(), issuer, test_now(), kSkew);
}

std::string outcome(std::string_view members, const Issuer& issuer = test_issuer()) {
  const base::Result<Principal> principal = check(members, issuer);
  return principal ? "taken" : principal.error().detail;
}

// A good token with other times.
std::string at(std::string_view times) {
  return fmt::format(R"("iss":"{}","aud":"stewardry","sub":"{}",{})", kTestIssuer, kTestUser, times);
}

// A good token with another audience.
std::string to(std::string_view audience) {
  return fmt::format(R"("iss":"{}","aud":{},"sub":"{}","exp":{})", kTestIssuer, audience, kTestUser, kTestNow_s + 60);
}

TEST(CheckClaims, GivesWhoAsks) {
  const base::Result<Principal> principal =
      check(good_claims(fmt::format(R"(,"organization_id":"{}")", kTestWorkspace)));
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->user_id, kTestUser);
  EXPECT_EQ(principal->workspace_id, kTestWorkspace);
  EXPECT_EQ(principal->issuer, kTestIssuer);
  EXPECT_EQ(principal->expires_at, test_now() + std::chrono::hours(1));
  EXPECT_EQ(check(good_claims())->workspace_id, std::nullopt);
}

TEST(CheckClaims, IssuerIsExact) {
  for (const char* bad : {R"("https://issuer.example/")", R"("https://ISSUER.example")", R"("")", "null",
                          R"(["https://issuer.example"])"}) {
    EXPECT_EQ(
        outcome(fmt::format(R"("iss":{},"aud":"stewardry","sub":"{}","exp":{})", bad, kTestUser, kTestNow_s + 60)),
        "issuer")
        << bad;
  }
}

TEST(CheckClaims, TimesHoldToTheSecondWithTheAllowance) {
  const std::int64_t now = kTestNow_s;
  EXPECT_EQ(outcome(at(fmt::format(R"("exp":{})", now + 1))), "taken");
  EXPECT_EQ(outcome(at(fmt::format(R"("exp":{})", now - 29))), "taken");
  EXPECT_EQ(outcome(at(fmt::format(R"("exp":{})", now - 30))), "expired");
  EXPECT_EQ(outcome(at(fmt::format(R"("exp":{}.5)", now - 30))), "taken");
  EXPECT_EQ(outcome(at(R"("exp":0)")), "expired");
  EXPECT_EQ(outcome(at(fmt::format(R"("exp":{},"nbf":{})", now + 60, now + 30))), "taken");
  EXPECT_EQ(outcome(at(fmt::format(R"("exp":{},"nbf":{})", now + 60, now + 31))), "not_yet_valid");
  EXPECT_EQ(outcome(at(fmt::format(R"("exp":{},"iat":{})", now + 60, now + 30))), "taken");
  EXPECT_EQ(outcome(at(fmt::format(R"("exp":{},"iat":{})", now + 60, now + 31))), "not_yet_valid");
  EXPECT_EQ(check(at(fmt::format(R"("exp":{})", now - 3600))).error().message,
            "The token expired at 2027-01-15T07:00:00.000Z; get a new one.");
}

TEST(CheckClaims, NumbersMustBeDates) {
  EXPECT_EQ(outcome(at(R"("iat":1)")), "claims") << "no exp";
  EXPECT_EQ(outcome(at(R"("exp":253402300799)")), "taken");
  EXPECT_EQ(outcome(at(R"("exp":1.9e9)")), "taken");
  for (const char* bad : {"null", "true", R"("1900000000")", "[]", "{}", "-1", "-0.5", "253402300800",
                          "9223372036854775807", "18446744073709551615", "1e18", "1e300", "-1e300"}) {
    EXPECT_EQ(outcome(at(fmt::format(R"("exp":{})", bad))), "claims") << bad;
    EXPECT_EQ(outcome(at(fmt::format(R"("exp":1900000000,"nbf":{})", bad))), "claims") << bad;
    EXPECT_EQ(outcome(at(fmt::format(R"("exp":1900000000,"iat":{})", bad))), "claims") << bad;
  }
}

TEST(CheckClaims, AudienceIsOneOfOurs) {
  for (const char* good : {R"("stewardry")", R"("other-door")", R"(["stewardry"])", R"(["x","other-door"])"}) {
    EXPECT_EQ(outcome(to(good)), "taken") << good;
  }
  for (const char* bad : {R"("x")", R"("")", R"("Stewardry")", R"("stewardry ")", "[]", R"(["x","y"])", R"([""])"}) {
    EXPECT_EQ(outcome(to(bad)), "audience") << bad;
  }
  for (const char* bad : {"null", "7", "{}", R"([["stewardry"]])", R"(["stewardry",7])", R"({"stewardry":1})"}) {
    EXPECT_EQ(outcome(to(bad)), "claims") << bad;
  }
  EXPECT_EQ(outcome(fmt::format(R"("iss":"{}","sub":"{}","exp":1900000000)", kTestIssuer, kTestUser)), "audience");
}

TEST(CheckClaims, UserIsCanonical) {
  const auto about = [](std::string_view subject) {
    return fmt::format(R"("iss":"{}","aud":"stewardry","exp":1900000000,"sub":{})", kTestIssuer, subject);
  };
  EXPECT_EQ(check(about(R"("N:user:6F1C1A2E-6F9B-4A52-9A1E-0C4F2B9D7E11")"))->user_id, kTestUser);
  for (const char* bad :
       {R"("")", "null", "7", R"("6f1c1a2e-6f9b-4a52-9a1e-0c4f2b9d7e11")", R"("N:user:")", R"("N:user:1")",
        R"("N:organization:6f1c1a2e-6f9b-4a52-9a1e-0c4f2b9d7e11")", R"("N:user:6f1c1a2e-6f9b-4a52-9a1e-0c4f2b9d7e11 ")",
        R"(["N:user:6f1c1a2e-6f9b-4a52-9a1e-0c4f2b9d7e11"])"}) {
    EXPECT_EQ(outcome(about(bad)), "claims") << bad;
  }
  EXPECT_EQ(outcome(fmt::format(R"("iss":"{}","aud":"stewardry","exp":1900000000)", kTestIssuer)), "claims");
}

TEST(CheckClaims, UserMayStandInAnotherClaim) {
  Issuer issuer = test_issuer();
  issuer.user_claim = "custom:node_id";
  EXPECT_EQ(outcome(good_claims(), issuer), "claims");
  EXPECT_EQ(check(good_claims(fmt::format(R"(,"custom:node_id":"{}")", kTestUser)), issuer)->user_id, kTestUser);
  issuer.user_claim = "uuid";
  issuer.user_claim_is_uuid = true;
  EXPECT_EQ(check(good_claims(R"(,"uuid":"6F1C1A2E-6f9b-4a52-9a1e-0c4f2b9d7e11")"), issuer)->user_id, kTestUser);
  EXPECT_EQ(outcome(good_claims(fmt::format(R"(,"uuid":"{}")", kTestUser)), issuer), "claims");
}

TEST(CheckClaims, WorkspaceIsOneOrNone) {
  for (const char* none : {R"("")", "null"}) {
    const base::Result<Principal> principal = check(good_claims(fmt::format(R"(,"organization_id":{})", none)));
    ASSERT_TRUE(principal) << none;
    EXPECT_EQ(principal->workspace_id, std::nullopt);
  }
  for (const char* bad : {"7", "[]", R"("N:organization:7")", R"("0b5e7c1d-3f64-4c4b-8d3f-3a0a5f1c2d22")",
                          R"("N:user:0b5e7c1d-3f64-4c4b-8d3f-3a0a5f1c2d22")", "false"}) {
    EXPECT_EQ(outcome(good_claims(fmt::format(R"(,"organization_id":{})", bad))), "claims") << bad;
  }
}

TEST(CheckClaims, CognitoAccessTokensAreForAClient) {
  Issuer issuer = test_issuer();
  issuer.cognito_access_token = true;
  const auto token = [](std::string_view more) {
    return fmt::format(R"("iss":"{}","sub":"{}","exp":1900000000{})", kTestIssuer, kTestUser, more);
  };
  EXPECT_EQ(outcome(token(R"(,"token_use":"access","client_id":"stewardry")"), issuer), "taken");
  EXPECT_EQ(outcome(token(R"(,"token_use":"access","client_id":"stewardry","aud":"other-door")"), issuer), "taken");
  EXPECT_EQ(outcome(token(R"(,"token_use":"access","client_id":"stewardry","aud":"x")"), issuer), "audience");
  EXPECT_EQ(outcome(token(R"(,"token_use":"access","client_id":"x")"), issuer), "audience");
  EXPECT_EQ(outcome(token(R"(,"token_use":"access","client_id":["stewardry"])"), issuer), "audience");
  EXPECT_EQ(outcome(token(R"(,"token_use":"access","aud":"stewardry")"), issuer), "audience");
  EXPECT_EQ(outcome(token(R"(,"token_use":"id","client_id":"stewardry")"), issuer), "claims");
  EXPECT_EQ(outcome(token(R"(,"client_id":"stewardry")"), issuer), "claims");
  // And where the issuer is not Cognito, a client's name is no audience.
  EXPECT_EQ(outcome(token(R"(,"token_use":"access","client_id":"stewardry")")), "audience");
}

}  // namespace
}  // namespace identity
