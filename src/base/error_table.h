// The one table from error codes to what the fronts say: HTTP status (RFC 9110), title of the problem document
// (RFC 9457), exit code of the command line (docs/reference/exit-codes.md). Pure; any thread.

#pragma once

#include <string_view>

#include "base/result.h"

namespace base {

struct ErrorFace {
  int http_status;
  std::string_view title;
  std::string_view slug;  // last segment of the problem document's `type`
  int exit_code;
};

ErrorFace face(Code code);

}  // namespace base
