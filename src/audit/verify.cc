// The order of the checks decides what is said: a gap explains a witness that is missing, and a changed event explains
// both of its broken links. So each event is blamed once, by the first check that finds something about it.

#include "audit/verify.h"

#include <algorithm>

#include <fmt/format.h>

#include "audit/trail.h"
#include "base/log.h"
#include "base/text.h"
#include "json/encode.h"

namespace audit {
namespace {

constexpr std::string_view kChanged = "changed";
constexpr std::string_view kRemoved = "removed";
constexpr std::string_view kInserted = "inserted";
constexpr std::string_view kReordered = "reordered";
constexpr std::string_view kCutOff = "cut off";
constexpr std::string_view kHead = "head";
constexpr std::string_view kKey = "key";

std::string span_text(std::string_view shard, std::uint64_t first, std::uint64_t last) {
  if (first == last) return fmt::format("event {}", event_id(shard, first));
  return fmt::format("events {} to {}", event_id(shard, first), event_id(shard, last));
}

bool is_shard(std::string_view name) {
  for (std::size_t shard = 0; shard < Trail::kShards; ++shard)
    if (shard_name(shard) == name) return true;
  return false;
}

}  // namespace

Checker::Checker(std::string public_key) : public_bytes_(std::move(public_key)) {
  if (public_bytes_.empty()) return;
  base::Result<crypto::PublicKey> key = crypto::PublicKey::ed25519(public_bytes_);
  if (key)
    key_ = std::move(*key);
  else
    add(kKey, "", "the public key is no Ed25519 key: no signature can hold.");
}

void Checker::add(std::string_view kind, std::string event, std::string text) {
  if (found_.findings.size() == kFindingsMax) {
    ++found_.findings_left_out;
    return;
  }
  found_.findings.push_back({std::string(kind), std::move(event), std::move(text)});
}

const Checker::Link* Checker::find(const std::string& shard, std::uint64_t number) const {
  const auto chain = chains_.find(shard);
  if (chain == chains_.end()) return nullptr;
  const auto& links = chain->second.links;
  const auto link = std::lower_bound(links.begin(), links.end(), number,
                                     [](const Link& each, std::uint64_t wanted) { return each.number < wanted; });
  return link != links.end() && link->number == number ? &*link : nullptr;
}

void Checker::take(const store::Item& item) {
  const std::string shard = item.key.pk.substr(kPartition.size());
  const std::optional<std::uint64_t> number = parse_number(item.key.sk);
  if (!is_shard(shard) || (item.key.sk != head_key(shard).sk && number.value_or(0) == 0)) {
    std::string what = "item ";
    base::append_json_string(what, item.key.pk);
    what.push_back(' ');
    base::append_json_string(what, item.key.sk);
    add(kInserted, shard, what + " is neither an event nor a head of the trail.");
    return;
  }
  if (number)
    take_event(shard, *number, item);
  else
    chains_[shard].head_item = item;
}

void Checker::take_event(const std::string& shard, std::uint64_t number, const store::Item& item) {
  Chain& chain = chains_[shard];
  const std::string id = event_id(shard, number);
  const Link before = chain.links.empty() ? Link{} : chain.links.back();
  ++found_.events;
  Link link{.number = number};
  const bool has_gap = number != before.number + 1;
  if (has_gap) {
    add(kRemoved, event_id(shard, before.number + 1),
        fmt::format("{} {} not there, while {} is.", span_text(shard, before.number + 1, number - 1),
                    number - 1 == before.number + 1 ? "is" : "are", id));
  }
  const base::Result<StoredEvent> event = read_event(item);
  const std::optional<Hash> previous = event ? parse_hash(event->previous) : std::nullopt;
  link.hash = hash_of_event(shard, number, previous.value_or(before.hash), item.attributes);
  link.is_joined = has_gap || previous == before.hash;
  if (!event || !previous || item.version != 1 || item.index) {
    link.is_blamed = true;
    add(kChanged, id, fmt::format("event {} was changed: it is not what the server writes.", id));
  } else if (event->id != id) {
    link.is_blamed = true;
    std::string other;
    base::append_json_string(other, event->id);
    add(kReordered, id,
        fmt::format("in the place of event {} stands event {}: reordered, or something was put in between.", id,
                    other));
  } else if (event->witness) {
    sightings_.push_back({id, *event->witness});
  }
  if (event) link.time = event->time;
  chain.links.push_back(link);
}

void Checker::check_head(const std::string& shard, Chain& chain) {
  const Link last = chain.links.empty() ? Link{} : chain.links.back();
  if (!chain.head_item) {
    add(kCutOff, event_id(shard, last.number),
        fmt::format("shard {} has no signed head: what came after event {} may be cut off.", shard,
                    event_id(shard, last.number)));
    return;
  }
  const base::Result<Head> head = read_head(*chain.head_item);
  const bool holds = head && (public_bytes_.empty() || (key_ && is_signed(*key_, shard, *head)));
  if (!holds) {
    add(kHead, shard,
        fmt::format("the head of shard {} does not bear the signature of this key: it, or the key, was replaced.",
                    shard));
    return;
  }
  const StoredHead as_written{.sequence = head->number,
                              .hash = hash_text(head->hash),
                              .signature = base::base64url(head->signature),
                              .at = head->at};
  if (chain.head_item->type != kHeadType || chain.head_item->index ||
      chain.head_item->attributes != json::encode(as_written))
    add(kHead, shard, fmt::format("the head of shard {} was changed beside what is signed.", shard));
  chain.last_signed = head->number;
  if (last.number < head->number) {
    add(kCutOff, event_id(shard, last.number + 1),
        fmt::format(
            "{} cut off at the end of shard {}: its signed head names event {}.",
            span_text(shard, last.number + 1, head->number) + (last.number + 1 == head->number ? " was" : " were"),
            shard, event_id(shard, head->number)));
  } else if (last.number > head->number) {
    add(kInserted, event_id(shard, head->number + 1),
        fmt::format(
            "{} beyond the signed head of shard {}: put in, or the head is an older one.",
            span_text(shard, head->number + 1, last.number) + (last.number == head->number + 1 ? " stands" : " stand"),
            shard));
  }
  const auto named = std::lower_bound(chain.links.begin(), chain.links.end(), head->number,
                                      [](const Link& each, std::uint64_t wanted) { return each.number < wanted; });
  if (named == chain.links.end() || named->number != head->number || named->is_blamed) return;
  if (named->hash != head->hash) {
    named->is_blamed = true;
    add(kChanged, event_id(shard, named->number),
        fmt::format("event {} was changed: the signed head of its shard has another hash of it.",
                    event_id(shard, named->number)));
  } else if (named->time != head->at) {
    add(kHead, shard, fmt::format("the head of shard {} was changed beside what is signed.", shard));
  }
}

// A broken link lies between two events. The later one is the culprit where its own hash is not what follows says
// either; else the earlier one.
void Checker::check_links(const std::string& shard, Chain& chain) {
  for (std::size_t i = 0; i < chain.links.size(); ++i) {
    Link& link = chain.links[i];
    if (link.is_joined || link.is_blamed) continue;
    Link* before = i > 0 ? &chain.links[i - 1] : nullptr;
    if (before != nullptr && before->is_blamed) continue;
    const bool breaks_on = i + 1 < chain.links.size() && !chain.links[i + 1].is_joined;
    Link& culprit = before == nullptr || breaks_on ? link : *before;
    culprit.is_blamed = true;
    const std::string id = event_id(shard, culprit.number);
    add(kChanged, id, fmt::format("event {} was changed: the event beside it has another hash.", id));
  }
}

void Checker::check_sightings() {
  std::set<std::string> told;  // shards of which it was said already that they end too early
  for (const Sighting& each : sightings_) {
    const Witness& witness = each.witness;
    ++found_.witnesses;
    const std::string id = event_id(witness.shard, witness.number);
    if (const Link* link = find(witness.shard, witness.number)) {
      if (!link->is_blamed && hash_text(link->hash) != witness.hash)
        add(kChanged, id, fmt::format("event {} is not the one that event {} saw.", id, each.by));
      continue;
    }
    const auto chain = chains_.find(witness.shard);
    const bool is_gap =
        chain != chains_.end() && !chain->second.links.empty() && chain->second.links.back().number > witness.number;
    const bool is_told = chain != chains_.end() && chain->second.last_signed >= witness.number;
    if (is_gap || is_told || !told.insert(witness.shard).second) continue;
    add(kCutOff, id,
        fmt::format("event {}, which event {} saw, is not there: shard {} was cut off at its end{}.", id, each.by,
                    witness.shard, chain == chains_.end() ? ", whole" : ", and an older head put back"));
  }
}

void Checker::check_kept(const KeptHeads& kept) {
  const std::optional<std::string> kept_key = base::parse_base64url(kept.public_key);
  if (kept_key != public_bytes_) {
    add(kKey, "", "the trail is signed by another key than the heads that were kept.");
    return;
  }
  for (const KeptHead& each : kept.heads) {
    ++found_.kept_heads;
    const std::optional<Hash> hash = parse_hash(each.hash);
    const std::optional<std::string> signature = base::parse_base64url(each.signature);
    const std::string id = event_id(each.shard, each.number);
    if (!hash || !signature || !key_ ||
        !is_signed(*key_, each.shard, {.number = each.number, .hash = *hash, .signature = *signature})) {
      add(kHead, each.shard,
          fmt::format("the kept head of shard {} does not bear the signature of its key.", each.shard));
      continue;
    }
    const Link* link = find(each.shard, each.number);
    if (link == nullptr) {
      add(kCutOff, id, fmt::format("event {}, which a kept head names, is not there.", id));
    } else if (link->hash != *hash && !link->is_blamed) {
      add(kChanged, id,
          fmt::format("event {} is not the one that the kept head names: the history was written anew.", id));
    }
  }
}

Verification Checker::finish(const std::optional<KeptHeads>& kept) {
  found_.shards = chains_.size();
  for (auto& [shard, chain] : chains_) check_head(shard, chain);
  for (auto& [shard, chain] : chains_) check_links(shard, chain);
  check_sightings();
  if (kept) check_kept(*kept);
  return std::move(found_);
}

}  // namespace audit
