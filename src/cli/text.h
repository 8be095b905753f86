// Text on a terminal: how wide it is, how it is cut and wrapped, and what of it may be shown at all. Texts are UTF-8;
// bytes that are not are shown as U+FFFD. Pure; any thread.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/world.h"

namespace cli {

// What a name or a message may send to a terminal: no control characters (C0, DEL, C1), and none that turn the
// direction of the text; they are shown as \x1b or \u202e. Line breaks and tabs become spaces, or with `lines` stay.
std::string shown(std::string_view text, bool lines = false);

// JSON text with those characters as \u escapes: the same document, and harmless on a terminal.
std::string escaped_json(std::string_view json);

// How many columns it takes: wide characters two, combining ones none. Of text that was through shown().
std::size_t width_of(std::string_view text);

// As much of it as fits, with an ellipsis where something was cut off.
std::string cut(std::string_view text, std::size_t columns, const Screen& screen);

// Lines of at most `columns` (0: one line for each of the text's own), broken at spaces, and within a word only where
// it does not fit at all.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns);

// Text without regard to case, for comparing names.
std::string folded(std::string_view text);

enum class Style { kPlain, kStrong, kGood, kWarning, kBad, kFaint };
std::string painted(std::string_view text, Style style, const Screen& screen);

}  // namespace cli
