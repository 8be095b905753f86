// For tests of this module: a connection to a server of tests, and time enough for anything.

#pragma once

#include <chrono>
#include <stdexcept>
#include <string>

#include "pg/connection.h"

namespace pg {

inline base::Deadline soon() { return base::Deadline::after(std::chrono::seconds(30)); }

// A connection that must come about.
inline Connection connect(const std::string& dsn) {
  base::Result<Connection> connection = Connection::open({.dsn = dsn}, soon());
  if (!connection) throw std::runtime_error(connection.error().message);
  return *std::move(connection);
}

}  // namespace pg
