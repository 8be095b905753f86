// Names and values as SQL text, without a connection: always quoted, because names are never judged by their looks
// (`App`, `user` and `order` are names like any other). The same text as pg::identifier() and pg::literal().
//
//   Pure, any thread. A NUL cannot be in a name or a value of PostgreSQL; it is left out.

#pragma once

#include <string>
#include <string_view>

namespace pg_model {

std::string identifier(std::string_view name);  // "App"
std::string literal(std::string_view text);     // 'it''s', and  E'a\\b' where there is a backslash

}  // namespace pg_model
