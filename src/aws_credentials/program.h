// A program that is run for what it prints: no shell, nothing on its standard input, its standard error thrown away,
// in a process group of its own, which is killed whole when the time is over or the output too long.
//
//   Threads   any.
//   Errors    kInvalid, with a text that goes into a sentence ("exited with status 3"); none quotes the output.

#pragma once

#include <string>
#include <vector>

#include "aws_config/config.h"
#include "base/deadline.h"
#include "base/result.h"

namespace aws_credentials {

base::Result<std::string> run_program(const std::vector<std::string>& words, const aws_config::Environment& environment,
                                      base::Deadline deadline, std::size_t output_bytes_max);

}  // namespace aws_credentials
