// From the words of a command line to a command with its values. Options stand before or behind arguments, as
// "--name value" or "--name=value"; "--" ends them. The options that every command of a server has may stand before the
// command as well ("stewardry --profile ops nodes list"). Nothing is abbreviated. Pure; any thread.

#pragma once

#include <span>
#include <string>
#include <variant>

#include "cli/command.h"

namespace cli {

struct HelpWanted {
  std::string path;           // of a command or a group; empty: of the program
  Invocation::Values values;  // of a command: what stood before
};
struct VersionWanted {};
struct Misuse {
  std::string path;     // how far the command was understood
  std::string message;  // what is wrong, with what was meant where that can be guessed
};
struct Parsed {
  const Command* command;
  Invocation::Values values;
};

std::variant<Parsed, HelpWanted, VersionWanted, Misuse> parse(const Table& table, std::span<const std::string> words);

// --profile and --json: of every command that talks to a server.
const std::vector<Parameter>& server_options();

}  // namespace cli
