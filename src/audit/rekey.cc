#include "audit/rekey.h"

#include "audit/chain.h"
#include "audit/trail.h"

namespace audit {

base::Result<std::size_t> sign_anew(store::Table& table, const crypto::PrivateKey& key, base::Deadline deadline) {
  std::vector<store::Key> keys;
  for (std::size_t shard = 0; shard < Trail::kShards; ++shard) keys.push_back(head_key(shard_name(shard)));
  const std::vector<std::optional<store::Item>> items = TRY(table.get_many(keys, deadline));
  std::vector<store::Write> writes;
  for (std::size_t shard = 0; shard < Trail::kShards; ++shard) {
    if (!items[shard]) continue;
    const Head head = TRY(read_head(*items[shard]));
    writes.emplace_back(store::Put{sign_head(key, shard_name(shard), head.number, head.hash, head.at),
                                   store::Unchanged{items[shard]->version}});
  }
  if (!writes.empty()) TRY(table.write(writes, deadline));
  return writes.size();
}

}  // namespace audit
