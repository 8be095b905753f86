// `stewardry audit new-key`: for a key that was lost, or that others may have seen. The new key is written first and
// the heads are signed then, so what is cut off in between is a folder on which no server starts, and the same command
// finishes it.

#include <fmt/format.h>

#include "app/commands.h"
#include "app/data_folder.h"
#include "app/offline_trail.h"
#include "app/terminal.h"
#include "audit/rekey.h"
#include "base/text.h"
#include "json/encode.h"
#include "store/maintenance.h"
#include "store/sqlite_table.h"

namespace app {
namespace {

constexpr int kFindings = 1;
constexpr std::chrono::seconds kWithin{30};

base::Result<std::size_t> sign_with_new_key(const std::string& data) {
  const FolderLock lock = TRY(FolderLock::take(data));
  base::SystemEntropy entropy;
  const crypto::PrivateKey key = TRY(new_audit_key(data, entropy));
  const std::unique_ptr<store::Table> table =
      TRY(store::open_sqlite_table({.file = (std::filesystem::path(data) / store::kDataFileName).string()}));
  return audit::sign_anew(*table, key, base::Deadline::after(kWithin));
}

base::Result<void> note_new_key(const std::string& data, const std::string& old_key, std::size_t findings) {
  const std::unique_ptr<OfflineTrail> trail = TRY(OfflineTrail::open(data));
  const json::Object details{{"publicKeyBefore", old_key},
                             {"publicKey", base::base64url(TRY(audit_public_key(data)))},
                             {"findingsBefore", findings}};
  return trail->note("audit.new-key", "audit", json::encode(details));
}

}  // namespace

int audit_new_key(const std::string& data, const std::string& heads_file, bool force) {
  const base::Result<audit::Verification> found = verify_before_new_key(data, heads_file);
  if (!found) return print_error(found.error());
  if (!found->findings.empty()) {
    for (const audit::Finding& each : found->findings) fmt::print("{}: {}\n", each.kind, each.text);
    if (!force) {
      fmt::print(stderr,
                 "stewardry: the trail is not good, and a new key would hide that. Keep a copy of the data folder as "
                 "evidence; then give --force.\n");
      return kFindings;
    }
  }
  const base::Result<std::string> old_key = audit_public_key(data);
  const base::Result<std::size_t> heads = sign_with_new_key(data);
  if (!heads) return print_error(heads.error());
  const base::Result<void> noted =
      note_new_key(data, old_key ? base::base64url(*old_key) : std::string(), found->findings.size());
  if (!noted) return print_error(noted.error());
  fmt::print("{} heads, of {} events, bear the signature of a new key. Keep its heads elsewhere from now on.\n", *heads,
             found->events);
  return 0;
}

}  // namespace app
