// What a command says on the terminal when it fails: "stewardry: " and the public message, then each field, then what
// the operator of this machine may know besides.

#pragma once

#include "base/result.h"

namespace app {

// Prints to stderr; gives the error's exit code (base/error_table.h).
int print_error(const base::Error& error);

}  // namespace app
