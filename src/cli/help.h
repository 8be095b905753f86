// What --help says, and docs/reference/cli.md: both made of the table of commands. Pure; any thread.

#pragma once

#include <string>
#include <string_view>

#include "cli/command.h"
#include "cli/world.h"

namespace cli {

// Of a command, of a group, or of the program (""): always something.
std::string help_of(const Table& table, std::string_view path, const Screen& screen);

// "stewardry nodes create NAME --account ACCOUNT [options]"
std::string usage_line(const Command& command);

// The reference page: Markdown.
std::string reference(const Table& table);

}  // namespace cli
