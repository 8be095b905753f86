// An explanation of the API as text: a sentence, the facts as a tree, and what would change the answer. Pure; any
// thread.

#pragma once

#include <functional>
#include <string>

#include "cli/layout.h"
#include "json/value.h"

namespace cli {

struct Explained {
  std::string who;                                          // "Ada Lovelace", "You"
  std::string action;                                       // "read"
  std::string node;                                         // "gpu-1"
  json::Object answer;                                      // {allowed, reason, facts, remedy}
  std::function<std::string(std::string_view)> with_names;  // puts names in the place of ids
};

std::string laid_out(const Explained& explained, const Screen& screen);

// "may read gpu-1", "may not set the scope of gpu-1".
std::string verdict(bool allowed, std::string_view action, std::string_view node);

}  // namespace cli
