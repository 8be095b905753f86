// What --input names, read: JSON where it begins with '{', stdin where it is "-", else a file. Duplicate members are
// refused; null is absent. Absent altogether it is {}.
//
//   Errors   Failure::kInput, "InvalidInput": a file that cannot be read, text that is no JSON (line, column, and the
//            path to there as a problem), JSON that is no object.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "aws/failure.h"
#include "base/result.h"
#include "json/value.h"

namespace aws_cli {

using ReadInput = std::function<base::Result<std::string>()>;

aws::Result<json::Value> read_input(const std::optional<std::string>& named, const ReadInput& read_stdin);
aws::Result<json::Value> parse_input(std::string_view text, std::string_view source);

// "/A/b/0/C" as "A.b[0].C".
std::string path_of_pointer(std::string_view pointer);

}  // namespace aws_cli
