#include "app/offline_trail.h"

#include <filesystem>

#include "store/maintenance.h"
#include "store/sqlite_table.h"

namespace app {
namespace {

constexpr std::chrono::seconds kWithin{30};
// Who sits at the machine is nobody whom the program knows.
constexpr audit::Actor kCommandLine{audit::kSystem, "command-line"};

}  // namespace

base::Result<std::unique_ptr<OfflineTrail>> OfflineTrail::open(const std::string& data) {
  std::unique_ptr<OfflineTrail> made(new OfflineTrail(TRY(FolderLock::take(data))));
  made->table_ = TRY(store::open_sqlite_table({.file = (std::filesystem::path(data) / store::kDataFileName).string()}));
  made->trail_ =
      std::make_unique<audit::Trail>(*made->table_, TRY(audit_key(data, made->entropy_)), made->clock_, made->entropy_);
  TRY(made->trail_->load(base::Deadline::after(kWithin)));
  return made;
}

base::Result<void> OfflineTrail::note(std::string_view action, std::string_view target,
                                      std::string_view details) const {
  return trail_->note(kCommandLine, {action, target, target, {}}, details, base::Deadline::after(kWithin));
}

}  // namespace app
