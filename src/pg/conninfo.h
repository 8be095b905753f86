// What libpq is told to connect with: the dsn taken apart, what goes before it, and our defaults where nobody said
// otherwise. Pure but for libpq's own look at the environment and the service file.
//
// Defaults are sslmode=verify-full (without effect on a Unix socket), gssencmode=disable (encryption by Kerberos would
// go before TLS, and past its verification), keepalives and a name. An sslmode is somebody's own where it stands in the
// keywords, the dsn, the service file or PGSSLMODE; but "prefer" of a service file cannot be told from libpq's built-in
// default, and is not taken for one.
//
//   Errors   kInvalid for a dsn that libpq cannot read; its text is never repeated, because a password may stand in it.

#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "pg/connection.h"

namespace pg {

struct Conninfo {
  std::map<std::string, std::string, std::less<>> options;
  bool verifies_by_default = false;  // sslmode is ours
  ~Conninfo();                       // wipes the password
};

base::Result<Conninfo> conninfo_of(const Settings& settings);

}  // namespace pg
