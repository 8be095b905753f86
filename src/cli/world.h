// What the command line is given of the world outside: the environment, the terminal, the issuer of development tokens.
// app makes it of the process; tests make it of strings.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace cli {

// Where tables and sentences are shown.
struct Screen {
  std::size_t columns = 0;  // 0: as long as they are (a file or a pipe)
  bool colour = false;
  bool unicode = true;  // whether ✓ and lines may be drawn; names are shown as they are either way
};

struct World {
  std::function<std::optional<std::string>(const std::string& name)> environment;
  std::function<void(std::string_view text)> out, err;
  Screen screen;
  bool asks_a_person = false;  // stdin is a terminal
  // All of stdin; or, where a person is asked, one line after the prompt (`secret`: without an echo).
  std::function<base::Result<std::string>(std::string_view prompt, bool secret)> read_input;
  // A token of the development issuer of a data folder.
  std::function<base::Result<base::Secret>(const std::string& data, const std::string& user_id)> issue_token;
};

}  // namespace cli
