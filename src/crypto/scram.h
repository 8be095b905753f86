// SCRAM-SHA-256 verifiers as PostgreSQL stores them, made here so that no clear text of a password reaches the server:
// "SCRAM-SHA-256$ITERATIONS:SALT$STORED_KEY:SERVER_KEY", salt and keys in base64.
//
//   Threads  any.
//   Errors   kInvalid for a password that is empty, holds a NUL or is longer than 1,024 bytes (what clients of
//   PostgreSQL
//            13 take at most), for an empty salt, and for iterations below 1 or above ten million.
//   Source   RFC 5802 and 7677 (SCRAM), RFC 4013 (SASLprep; what it prohibits, or is no UTF-8, is taken as it is, as
//            PostgreSQL documentation, "SASL Authentication", has it), RFC 8018 (PBKDF2).

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace crypto {

// `salt` as bytes (PostgreSQL: 16), `iterations` as the server has them (scram_iterations; 4096 before 16).
base::Result<std::string> scram_verifier(const base::Secret& password, std::string_view salt, int iterations);
// False too for a text that is no verifier: of another form, or of more iterations than above.
bool scram_matches(std::string_view verifier, const base::Secret& password);

}  // namespace crypto
