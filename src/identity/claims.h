// What a token says, once its signature has been checked: who it is about, for whom it is, and when it holds (RFC 7519,
// section 4.1; for Cognito: Amazon Cognito Developer Guide, "Verifying a JSON web token"). Pure, any thread.
//
// Errors: kUnauthenticated, as refusal.h says; the message tells the caller what is wrong.

#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "identity/verifier.h"
#include "json/value.h"

namespace identity {

// None where the claim is absent or not a text.
std::optional<std::string_view> text_claim(const json::Object& claims, std::string_view name);

base::Result<Principal> check_claims(const json::Object& claims, const Issuer& issuer, base::Time now,
                                     std::chrono::seconds skew);

}  // namespace identity
