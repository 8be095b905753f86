// Files and folders, put so that they survive the loss of power: a name is on the disk when its folder has been
// flushed. For this module alone; pure functions on the file system, any thread. Errors: kUnavailable with the system's
// words, or kConflict where a name is taken.

#pragma once

#include <string>

#include "base/result.h"

namespace store::internal {

[[nodiscard]] base::Result<void> sync_file(const std::string& file);
[[nodiscard]] base::Result<void> sync_folder_of(const std::string& file);
// Gives `from` the name `to`, which must be free.
[[nodiscard]] base::Result<void> rename_new(const std::string& from, const std::string& to);
// Gives `from` the name `to`, and takes it from whoever has it.
[[nodiscard]] base::Result<void> rename_over(const std::string& from, const std::string& to);

}  // namespace store::internal
