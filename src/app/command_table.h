// The commands of the program that work on this machine, for the table of commands (cli/command.h).

#pragma once

#include <vector>

#include "cli/command.h"

namespace app {

std::vector<cli::Group> local_groups();
std::vector<cli::Command> local_commands();

}  // namespace app
