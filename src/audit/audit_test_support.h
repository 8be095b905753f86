// For tests of whatever changes things: a table over another one that refuses, and reports as a failure of the test,
// every write of a recorded type that comes without an audit event in the same batch. And a key to sign with.
// Any thread.

#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "audit/chain.h"
#include "audit/diff.h"
#include "audit/trail.h"
#include "store/table.h"

namespace audit {

inline crypto::PrivateKey test_key(char with = 'k') {
  return crypto::PrivateKey::from_seed(base::Secret(std::string(32, with))).value();
}

class AuditedTable final : public store::Table {
 public:
  explicit AuditedTable(store::Table& below) : below_(below) {}

  base::Result<std::optional<store::Item>> get(const store::Key& key, base::Deadline deadline) override {
    return below_.get(key, deadline);
  }
  base::Result<std::vector<std::optional<store::Item>>> get_many(std::span<const store::Key> keys,
                                                                 base::Deadline deadline) override {
    return below_.get_many(keys, deadline);
  }
  base::Result<store::Page> query(const store::Query& query, base::Deadline deadline) override {
    return below_.query(query, deadline);
  }
  base::Result<store::ListedPage> select(const store::Selection& selection, base::Deadline deadline) override {
    return below_.select(selection, deadline);
  }
  base::Result<std::uint64_t> count(const store::Selection& selection, base::Deadline deadline) override {
    return below_.count(selection, deadline);
  }
  base::Result<std::vector<store::Version>> write(std::span<const store::Write> writes,
                                                  base::Deadline deadline) override {
    if (const std::string unrecorded = unrecorded_of(writes, deadline); !unrecorded.empty()) {
      ADD_FAILURE() << unrecorded << " is written without an audit event in the same transaction";
      return base::fail(base::Code::kInternal, "A change would leave no trace.", unrecorded);
    }
    return below_.write(writes, deadline);
  }

 private:
  // The first write of a recorded type, where no event is with it; empty: all is well.
  std::string unrecorded_of(std::span<const store::Write> writes, base::Deadline deadline) {
    std::string unrecorded;
    for (const store::Write& write : writes) {
      if (const auto* put = std::get_if<store::Put>(&write)) {
        if (put->item.type == kEventType) return {};
        if (is_recorded(put->item.type)) unrecorded = put->item.key.pk + ' ' + put->item.key.sk;
      } else if (const auto* erase = std::get_if<store::Delete>(&write)) {
        const auto found = below_.get(erase->key, deadline);
        if (found && *found && is_recorded((*found)->type)) unrecorded = erase->key.pk + ' ' + erase->key.sk;
      }
    }
    return unrecorded;
  }

  store::Table& below_;
};

}  // namespace audit
