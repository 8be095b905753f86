// `stewardry db` in the table of commands: its words, and the world of this process for what they ask
// (db_cli/command.h).

#pragma once

#include <vector>

#include "cli/command.h"

namespace app {

std::vector<cli::Command> db_commands();

}  // namespace app
