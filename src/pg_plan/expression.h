// Whether two expressions of row-level policies are the same text to the server, which prints what it was given in its
// own way: (customer = CURRENT_USER) for customer = current_user.
//
// Compared are trees, with parentheses only where they mean something: case outside quotes, spaces, needless
// parentheses, and the type that the server writes after a literal ('x'::text) do not count. What is not understood
// counts as it is written; so two that differ in meaning are never taken for equal, and two equal ones may be taken for
// different (then write it as the server prints it).
//
//   Pure, any thread. At most 64 kB and 200 levels; beyond that, the text as it is.

#pragma once

#include <string>
#include <string_view>

namespace pg_plan {

bool same_expression(std::string_view one, std::string_view other);

}  // namespace pg_plan
