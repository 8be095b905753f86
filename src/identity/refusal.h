// Why a token was refused: for the metrics, and for the log of whoever runs the server. What the caller reads is the
// error's message; the error's private detail is the label of the reason. Pure, any thread.

#pragma once

#include <array>
#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>

#include "base/result.h"

namespace identity {

enum class Reason : std::uint8_t {
  kMalformed,    // not a JWT as RFC 7519 and RFC 7515 have it
  kIssuer,       // from an issuer that is not listed
  kAlgorithm,    // signed with an algorithm that its issuer, or its key, is not for
  kKey,          // signed with a key that its issuer does not list
  kSignature,    // the signature does not fit
  kExpired,      // past `exp`
  kNotYetValid,  // before `nbf`, or issued in the future
  kAudience,     // for somebody else
  kClaims,       // it lacks what this server needs to know, or says it wrongly
};

inline constexpr std::array<std::string_view, 9> kReasonLabels = {
    "malformed", "issuer", "algorithm", "key", "signature", "expired", "not_yet_valid", "audience", "claims"};

[[nodiscard]] inline tl::unexpected<base::Error> refuse(Reason reason, std::string message,
                                                        std::source_location where = std::source_location::current()) {
  return base::fail(base::Code::kUnauthenticated, std::move(message),
                    std::string(kReasonLabels[static_cast<std::size_t>(reason)]), where);
}

}  // namespace identity
