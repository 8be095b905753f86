// The command line as a whole: the table with the commands of a server, to which app adds its own; and what becomes of
// the words that were typed.
//
// Exit codes: docs/reference/exit-codes.md.

#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/world.h"

namespace cli {

// `local`: the commands that work on this machine, and `groups` what stands before them.
Table make_table(std::string version, std::vector<Group> groups, std::vector<Command> local);

int run(const Table& table, World& world, std::span<const std::string> words);

}  // namespace cli
