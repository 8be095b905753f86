// Completion of command lines, for bash, zsh and fish: scripts made of the table of commands. What the table does not
// know, names of nodes, accounts, users and the like, the scripts ask of the program (`stewardry complete KIND`).
// Pure; any thread.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cli/command.h"

namespace cli {

std::string bash_completion(const Table& table);
std::string zsh_completion(const Table& table);
std::string fish_completion(const Table& table);

// Every path of the table that words may follow, "" first.
std::vector<std::string> inner_paths(const Table& table);

// What `stewardry complete` is asked for where this is to be typed; nothing: nothing that it knows.
std::optional<std::string> names_of_kind(std::string_view value);

// The arguments among the words of a line that is being typed, the last word being the one at which that happens.
std::vector<std::string> places_of(const Table& table, std::span<const std::string> words);

}  // namespace cli
