// "Did you mean": which of the known names somebody meant. Case, '-' and '_' do not count; what is left may differ by a
// few letters (written wrong, left out, too much, two swapped), or be the beginning of a name. Pure; any thread.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aws_model {

// At most three, the nearest first; empty where nothing is near.
std::vector<std::string_view> closest(std::string_view name, const std::vector<std::string_view>& known);

// A sentence to append to a message, " Did you mean a, b or c?"; or nothing.
std::string did_you_mean(std::string_view name, const std::vector<std::string_view>& known);

}  // namespace aws_model
