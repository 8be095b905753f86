// `stewardry db`: a database's roles and privileges, planned, applied and tried, from the command line and as a
// function. What was typed, or what an event says, comes as one value; the world outside as functions and ports.
//
// Text for people goes to `out`; with `json`, one document of pg_run/report.h. An error is told on `err`, and with
// `json` is the document too: {"error": {"message": ..., "problems": [...]}}. Exit codes are pg_run's: 0 done or
// nothing to do, 2 something would change or differs, 3 refused, 1 an error. docs/reference/database-commands.md.
//
//   Threads   one call at a time.

#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "aws_config/config.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/result.h"
#include "db_cli/asked.h"

namespace db_cli {

inline constexpr int kDone = 0, kError = 1, kDiffers = 2, kRefused = 3;

struct World {
  aws_config::Environment environment;  // of AWS, and libpq's host and user for a token
  std::function<void(std::string_view text)> out, err;
  std::function<base::Result<std::string>()> read_stdin;
  std::function<std::string(std::string_view text)> shown;  // what may go to a terminal of a name or a statement
  bool colour = false;
  const base::Clock& clock;
  base::Entropy& entropy;
};

int run(const Asked& asked, World& world);
int invoke(const std::string& event_file, World& world);
int misused(const std::string& message, World& world);

}  // namespace db_cli
