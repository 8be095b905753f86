// One GET or PUT to a place that hands credentials out, which is near, or not there: a short time for each attempt, and
// another attempt after what may pass.

#pragma once

#include <tl/expected.hpp>

#include "aws_credentials/parts.h"

namespace aws_credentials {

struct Attempts {
  std::chrono::milliseconds timeout{2000};
  int count = 3;
};

// The first answer that is not 429 or of the 500s, else the last outcome. The deadline of `asked` holds for all.
net::HttpOutcome send_patiently(const Asked& asked, net::HttpRequest request, Attempts attempts);

// An outcome that is not the wanted answer. "what" did not answer, or with which status; it may be another time.
[[nodiscard]] tl::unexpected<aws::Failure> refuse_outcome(std::string code, std::string_view what,
                                                          const net::HttpOutcome& outcome);

}  // namespace aws_credentials
