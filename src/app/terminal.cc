#include "app/terminal.h"

#include <cstdio>

#include <fmt/format.h>

#include "base/error_table.h"

namespace app {

int print_error(const base::Error& error) {
  fmt::print(stderr, "stewardry: {}\n", error.message);
  const bool one_known = error.fields.size() == 1 && error.message.find(error.fields[0].message) != std::string::npos;
  if (!one_known) {
    for (const base::FieldError& field : error.fields) {
      if (error.message.find(field.message) == std::string::npos)
        fmt::print(stderr, "  {}: {}\n", field.pointer, field.message);
    }
  }
  if (!error.detail.empty()) fmt::print(stderr, "  ({})\n", error.detail);
  return base::face(error.code).exit_code;
}

}  // namespace app
