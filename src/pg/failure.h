// What an error of libpq or of the server means to a caller. Texts of libpq about a whole statement are not used, for
// they repeat a part of it; of the server's own words, verifiers of passwords are left out.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

struct pg_conn;
struct pg_result;

namespace pg {

base::Error refusal_of(const pg_result* result);                                    // of a statement
base::Error connect_error_of(const pg_conn* connection, bool verifies_by_default);  // of a connection that did not open
base::Error lost_error_of(const pg_conn* connection);

// "SCRAM-SHA-256$4096:..." becomes "SCRAM-SHA-256$...".
std::string without_verifiers(std::string_view text);

}  // namespace pg
