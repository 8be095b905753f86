// A new key for a trail whose key was lost, or seen by others: every head is signed anew, as it stands, in one write.
// Nobody else may be writing. Whether the trail was good before, and that the change of keys is noted after, is for the
// caller to see to (app/audit_rekey.cc).

#pragma once

#include "base/deadline.h"
#include "base/result.h"
#include "crypto/keys.h"
#include "store/table.h"

namespace audit {

// How many heads there were. kConflict where somebody wrote one meanwhile: nothing was changed.
[[nodiscard]] base::Result<std::size_t> sign_anew(store::Table& table, const crypto::PrivateKey& key,
                                                  base::Deadline deadline);

}  // namespace audit
