// The world of the command line (cli/world.h) as this process has it: its environment, terminal, streams and the local
// issuer of tokens. One for each run of the program.

#pragma once

#include "cli/world.h"

namespace app {

cli::World console();

// Writes what is still held back; false where stdout took not all of it, which is forgotten then: it is told once.
bool flush_console();

}  // namespace app
