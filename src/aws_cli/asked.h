// What was asked for on the command line of `stewardry aws`: the words as they were typed, and what they mean where
// they are right. Pure; any thread.
//
//   Errors   Failure::kInput with the code "Usage": which option, what is wrong with it, what it takes.

#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "aws/failure.h"
#include "jmespath/jmespath.h"

namespace aws_cli {

inline constexpr std::chrono::seconds kExpiresDefault{3600};
inline constexpr std::chrono::seconds kExpiresMax{604'800};     // Signature Version 4: seven days
inline constexpr std::chrono::seconds kTimeoutMax{7 * 86'400};  // of a whole call

struct Asked {
  std::optional<std::string> service, operation;
  std::optional<std::string> region, profile, endpoint_url, models, timeout, input, query, wait, body, output_body,
      expires_in;
  bool no_sign_request = false, all_pages = false, presign = false, dry_run = false, allow_unknown_enum = false;
};

struct Meant {
  std::optional<std::chrono::milliseconds> timeout;
  std::chrono::seconds expires = kExpiresDefault;
  std::optional<jmespath::Expression> query;
};

// A mistake in the words of the command line.
aws::Failure usage(std::string message);

aws::Result<Meant> meaning_of(const Asked& asked);

}  // namespace aws_cli
