// Text codecs: base64url and hex (RFC 4648), percent-encoding (RFC 3986), UTF-8. Pure, any thread.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace base {

std::string base64url(std::string_view bytes);  // without padding
// Strict: no padding, no other alphabet, no stray bits; so that one value has one spelling.
std::optional<std::string> parse_base64url(std::string_view text);
std::string base64(std::string_view bytes);  // with padding
std::optional<std::string> parse_base64(std::string_view text);

std::string hex(std::string_view bytes);

// Encodes all but the unreserved characters of RFC 3986.
std::string percent_encode(std::string_view text);
// None for a broken escape. '+' is an ordinary character here.
std::optional<std::string> percent_decode(std::string_view text);

bool is_utf8(std::string_view text);                // valid UTF-8 (RFC 3629: no surrogates, shortest form)
std::size_t code_points(std::string_view utf8);     // how many characters a valid text has
bool has_control_character(std::string_view text);  // below U+0020, or U+007F

std::string to_lower_ascii(std::string_view text);
bool equal_ignoring_case(std::string_view left, std::string_view right);  // ASCII
std::string_view trim(std::string_view text);                             // spaces and tabs at both ends

}  // namespace base
