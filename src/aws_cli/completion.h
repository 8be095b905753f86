// What the shells complete for `stewardry aws`: names out of the models and out of AWS's files. Pure but for the files
// of the configuration; any thread. Nobody sees a message while a line is being completed: what cannot be read gives no
// names.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "aws_config/config.h"

namespace aws_cli {

// Whether this module knows the kind ("aws-words", "aws-profiles", "aws-regions", "aws-waiters").
bool completes(std::string_view kind);

// `places`: SERVICE, OPERATION as far as they are typed, the last being the word at which they are. An operation is
// offered as "GetItem" where it begins with a capital letter, else as "get-item".
std::vector<std::string> complete(std::string_view kind, const std::vector<std::string>& places,
                                  const aws_config::Environment& environment);

}  // namespace aws_cli
