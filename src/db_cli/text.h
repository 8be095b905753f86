// Reports for people: what would run and why, whose access changes, what an administrator has to do. Pure; any thread.

#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "pg_run/report.h"

namespace db_cli {

struct Screen {
  std::function<std::string(std::string_view text)> shown;  // what may go to a terminal
  bool colour = false;
};

inline constexpr std::size_t kAccessLinesMax = 40;  // of each list; --json has all

std::string text_of(const pg_run::PlanReport& report, const Screen& screen);
std::string text_of(const pg_run::ApplyReport& report, const Screen& screen);
std::string text_of(const pg_run::VerifyReport& report, const Screen& screen);

}  // namespace db_cli
