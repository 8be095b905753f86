// SASLprep (RFC 4013) of a password, step by step as PostgreSQL's server and clients do it, because both sides of a
// login must come to the same bytes. That is not RFC 3454 to the letter: what is prohibited, unassigned or of a
// forbidden direction is looked for before the text is normalised; a zero-width space becomes a space; a text of ASCII
// alone is taken as it is; and so is one that is no UTF-8, or that the rules forbid.
//
//   Threads  any.
//   Source   RFC 4013, RFC 3454 (tables A.1, B.1, C and D); PostgreSQL documentation, "SASL Authentication". Tested
//            against libpq.

#pragma once

#include <string_view>

#include "base/secret.h"

namespace crypto {

base::Secret saslprep(std::string_view password);

}  // namespace crypto
