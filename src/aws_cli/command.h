// `stewardry aws`: any operation of any AWS service, by name. What was typed comes as values (app makes them of the
// table of commands), and the world outside as functions, so that tests are their own masters.
//
// On success one JSON value on `out` and exit code 0. Else one JSON object on `err` (aws_cli/report.h), and 252 for a
// wrong line or input, 253 for configuration and credentials, 254 for an error of the service, 255 for anything else.
// Lists and help are text. docs/reference/aws.md is the whole story.
//
//   Threads   one call at a time.

#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "aws_cli/asked.h"
#include "aws_cli/input.h"
#include "aws_config/config.h"
#include "base/clock.h"
#include "base/entropy.h"

namespace aws_cli {

struct World {
  aws_config::Environment environment;
  std::function<void(std::string_view text)> out, err;
  ReadInput read_stdin;
  bool pretty = false;  // stdout is a terminal
  const base::Clock& clock;
  base::Entropy& entropy;
};

int run(const Asked& asked, World& world);   // without a service or an operation: lists them
int help(const Asked& asked, World& world);  // of the service, or of the operation
int misused(const std::string& message, World& world);
// What was printed did not all reach stdout.
int not_written(World& world);

}  // namespace aws_cli
