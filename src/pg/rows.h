// Of this module alone: the result of libpq that Rows reads.

#pragma once

#include <string>

#include "pg/connection.h"

struct pg_result;

namespace pg {

struct Rows::Impl {
  explicit Impl(pg_result* taken);
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl();

  pg_result* result;
  std::string command;
};

}  // namespace pg
