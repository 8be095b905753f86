// The audit trail of a data folder on which no server works, for commands that change something there: it holds the
// folder's lock as long as it lives, so that no server begins meanwhile. One thread.

#pragma once

#include <memory>
#include <string>

#include "app/data_folder.h"
#include "audit/trail.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/result.h"
#include "store/table.h"

namespace app {

class OfflineTrail {
 public:
  // kConflict: a server has the folder. The other errors are those of starting a server on it.
  static base::Result<std::unique_ptr<OfflineTrail>> open(const std::string& data);

  // An event of whoever is at the command line, with the target's type as its id.
  [[nodiscard]] base::Result<void> note(std::string_view action, std::string_view target,
                                        std::string_view details) const;

 private:
  explicit OfflineTrail(FolderLock lock) : lock_(std::move(lock)) {}

  FolderLock lock_;
  base::SystemClock clock_;
  base::SystemEntropy entropy_;
  std::unique_ptr<store::Table> table_;
  std::unique_ptr<audit::Trail> trail_;
};

}  // namespace app
