// Whether a trail is what was written: every item of it is looked at, and every alteration is named.
//
//   Checker checker(public_key);
//   for (item of the state table with a pk that begins with kPartition, in the order of keys) checker.take(item);
//   const Verification found = checker.finish(kept_heads);
//
// What is checked: numbers without a gap, each event under its own number, each hash in the event after it, the signed
// head at the end, each witness in the shard that it names, and each head that was kept elsewhere. What cannot be seen
// without kept heads: that the last events of all shards were cut off together, to what once was the state; and a
// history that was written anew by who has the key.
//
// Memory: about 150 bytes an event. A value, of one thread.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "audit/chain.h"
#include "crypto/keys.h"
#include "json/describe.h"
#include "store/table.h"

namespace audit {

// One head as it is kept elsewhere.
struct KeptHead {
  static constexpr std::string_view kTypeName = "AuditHead";
  std::string shard;
  std::uint64_t number = 0;
  std::string hash;
  std::string signature;

  template <class V>
  static void describe(V& field) {
    field("shard", &KeptHead::shard);
    field("number", &KeptHead::number);
    field("hash", &KeptHead::hash);
    field("signature", &KeptHead::signature);
  }
};

// What `stewardry audit heads` prints.
struct KeptHeads {
  static constexpr std::string_view kTypeName = "AuditHeads";
  std::string public_key;  // Ed25519, base64url
  base::Time read_at{};
  std::vector<KeptHead> heads;

  template <class V>
  static void describe(V& field) {
    field("publicKey", &KeptHeads::public_key);
    field("readAt", &KeptHeads::read_at);
    field("heads", &KeptHeads::heads);
  }
};

// One thing that is wrong. `kind` is one of: changed, removed, inserted, reordered, cut off, head, key.
struct Finding {
  static constexpr std::string_view kTypeName = "AuditFinding";
  std::string kind;
  std::string event;  // the first that it is about; of a head: its shard
  std::string text;   // one sentence

  template <class V>
  static void describe(V& field) {
    field("kind", &Finding::kind);
    field("event", &Finding::event);
    field("text", &Finding::text);
  }
};

struct Verification {
  static constexpr std::string_view kTypeName = "AuditVerification";
  std::uint64_t events = 0;
  std::uint64_t shards = 0;
  std::uint64_t witnesses = 0;
  std::uint64_t kept_heads = 0;
  std::vector<Finding> findings;  // at most kFindingsMax
  std::uint64_t findings_left_out = 0;

  template <class V>
  static void describe(V& field) {
    field("events", &Verification::events);
    field("shards", &Verification::shards);
    field("witnesses", &Verification::witnesses);
    field("keptHeads", &Verification::kept_heads);
    field("findings", &Verification::findings);
    field("findingsLeftOut", &Verification::findings_left_out);
  }
};

class Checker {
 public:
  static constexpr std::size_t kFindingsMax = 100;

  explicit Checker(std::string public_key);  // 32 bytes; empty: it is lost, and signatures are not looked at

  void take(const store::Item& item);
  Verification finish(const std::optional<KeptHeads>& kept);

 private:
  struct Link {  // an event, as it stands in its shard
    std::uint64_t number = 0;
    Hash hash{};
    bool is_joined = false;  // names the hash of the event before it; true after a gap
    bool is_blamed = false;  // something was found about it already
    base::Time time{};
  };
  struct Chain {
    std::vector<Link> links;  // by number
    std::optional<store::Item> head_item;
    std::uint64_t last_signed = 0;  // by the head; 0: none that holds
  };
  struct Sighting {  // a witness, and the event that names it
    std::string by;
    Witness witness;
  };

  void take_event(const std::string& shard, std::uint64_t number, const store::Item& item);
  void check_head(const std::string& shard, Chain& chain);
  void check_links(const std::string& shard, Chain& chain);
  void check_sightings();
  void check_kept(const KeptHeads& kept);
  [[nodiscard]] const Link* find(const std::string& shard, std::uint64_t number) const;
  void add(std::string_view kind, std::string event, std::string text);

  const std::string public_bytes_;
  std::optional<crypto::PublicKey> key_;  // none: the bytes are no key
  std::map<std::string, Chain> chains_;   // by shard
  std::vector<Sighting> sightings_;
  Verification found_;
};

}  // namespace audit
