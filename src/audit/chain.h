// The bytes of the audit trail: keys, texts, hashes and signatures. docs/internals/audit.md describes them.
//
//   event   pk `audit#<shard>`, sk the number in 16 hex digits; attributes: a StoredEvent as JSON text
//   head    pk `audit#<shard>`, sk `head`; attributes: a StoredHead as JSON text
//
// A shard is two hex digits; its events are numbered from 1. The hash of an event covers its shard, its number, the
// hash of the event before it (zeros before the first) and its attributes, byte for byte. The signature of a head
// covers its shard, its number and the hash of its event. What is hashed or signed begins with what it is, and each
// part with its length, so that no two things give the same bytes.
//
// Pure, any thread. Errors: kCorrupt for what is no event, or no head.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/event.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/keys.h"
#include "json/describe.h"
#include "store/table.h"

namespace audit {

using Hash = crypto::Sha256;

inline constexpr std::string_view kPartition = "audit#";
inline constexpr std::string_view kEventType = "audit-event";
inline constexpr std::string_view kHeadType = "audit-head";

std::string shard_name(std::size_t shard);  // "2a"
std::string number_text(std::uint64_t number);
std::optional<std::uint64_t> parse_number(std::string_view text);  // 16 lower-case hex digits
store::Key event_key(std::string_view shard, std::uint64_t number);
store::Key head_key(std::string_view shard);
std::string event_id(std::string_view shard, std::uint64_t number);

std::string hash_text(const Hash& hash);  // hex
std::optional<Hash> parse_hash(std::string_view hex);

// The last event that was known of another shard when this one was written.
struct Witness {
  static constexpr std::string_view kTypeName = "StoredWitness";
  std::string shard;
  std::uint64_t number = 0;
  std::string hash;
  bool operator==(const Witness&) const = default;

  template <class V>
  static void describe(V& field) {
    field("shard", &Witness::shard);
    field("number", &Witness::number);
    field("hash", &Witness::hash);
  }
};

struct StoredEvent : Event {
  static constexpr std::string_view kTypeName = "StoredEvent";
  std::string previous;             // hash of the event before it: the chain; here it tells which link is broken
  std::vector<std::string> things;  // ids of all that was changed, beside the target
  std::optional<Witness> witness;
  std::int64_t order = 0;  // microseconds within `time`: events of one millisecond in the order of being written

  template <class V>
  static void describe(V& field) {
    Event::describe(field);
    field("previous", &StoredEvent::previous);
    field("things", &StoredEvent::things);
    field("witness", &StoredEvent::witness);
    field("order", &StoredEvent::order, {.may_miss = true});
  }
};

struct StoredHead {
  static constexpr std::string_view kTypeName = "StoredHead";
  std::uint64_t sequence = 0;  // number of the last event
  std::string hash;            // of the last event
  std::string signature;       // base64url
  base::Time at{};             // of the last event; not signed

  template <class V>
  static void describe(V& field) {
    field("sequence", &StoredHead::sequence);
    field("hash", &StoredHead::hash);
    field("signature", &StoredHead::signature);
    field("at", &StoredHead::at);
  }
};

Hash hash_of_event(std::string_view shard, std::uint64_t number, const Hash& previous, std::string_view attributes);
// What a head's signature signs.
std::string signed_text(std::string_view shard, std::uint64_t number, const Hash& hash);

store::Item sign_head(const crypto::PrivateKey& key, std::string_view shard, std::uint64_t number, const Hash& hash,
                      base::Time at);

struct Head {
  std::uint64_t number = 0;
  Hash hash{};
  std::string signature;  // bytes
  base::Time at{};
};
base::Result<Head> read_head(const store::Item& item);
bool is_signed(const crypto::PublicKey& key, std::string_view shard, const Head& head);

base::Result<StoredEvent> read_event(const store::Item& item);

}  // namespace audit
