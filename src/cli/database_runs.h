// What was done to a database, or is to be done, for people: its fields, and the report with its statements. Of this
// module alone.

#pragma once

#include "cli/session.h"
#include "json/value.h"

namespace cli {

// A plan, an application, a rotation or a check with all its fields and, where it came along, its report.
int show_run(Session& session, const json::Object& run);

// The exit code that a run which has ended stands for: that of `stewardry db` for the same.
int exit_code_of_run(const json::Object& run);

}  // namespace cli
