// Where the logins of this machine's user are kept: one file for each profile, so that two logins at the same time do
// not overwrite one another.
//
//   $XDG_CONFIG_HOME/stewardry/profiles/NAME.json   (XDG_CONFIG_HOME absent: ~/.config)
//
// The folders are made with mode 700, the files with mode 600, whole or not at all. A file that anybody else may read
// or write, or that belongs to somebody else, is refused: whoever could read it may have the token.
//
// Errors: kInvalid (a profile's name, a damaged file), kForbidden (others may read the file), kUnavailable (the disk).

#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace cli {

struct Profile {
  std::string url;
  base::Secret token;
  std::string trust_file;          // of a server whose certificate the system does not know
  std::string user_id, user_name;  // as the server said when the login was made
};

class Profiles {
 public:
  explicit Profiles(std::filesystem::path folder) : folder_(std::move(folder)) {}
  // Of the environment: kInvalid where neither XDG_CONFIG_HOME nor HOME says where.
  static base::Result<Profiles> of(const std::function<std::optional<std::string>(const std::string&)>& environment);

  [[nodiscard]] base::Result<std::optional<Profile>> read(const std::string& name) const;
  [[nodiscard]] base::Result<void> write(const std::string& name, const Profile& profile) const;
  [[nodiscard]] base::Result<bool> remove(const std::string& name) const;  // false: there was none
  [[nodiscard]] std::vector<std::string> names() const;                    // sorted
  [[nodiscard]] std::filesystem::path file(const std::string& name) const;

 private:
  std::filesystem::path folder_;
};

// 1 to 64 of letters, digits, '.', '_' and '-'; the first a letter or a digit.
base::Result<void> check_profile_name(const std::string& name);

}  // namespace cli
