// `stewardry aws` in the table of commands: its words, and the world of this process for what they ask
// (aws_cli/command.h).

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace app {

cli::Command aws_command();

// For Table::local_names.
std::optional<std::vector<std::string>> aws_names(std::string_view kind, const std::vector<std::string>& places);

}  // namespace app
