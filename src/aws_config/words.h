// A command line cut into words as a POSIX shell quotes them (IEEE 1003.1, "Shell Command Language", section 2.2), and
// nothing else of a shell: no variables, no patterns, no pipes. So are credential_process and the names of sections
// read. Pure, any thread.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aws_config {

// Nothing: a quote that is not closed, or a backslash that stands last.
std::optional<std::vector<std::string>> split_words(std::string_view text);

}  // namespace aws_config
