// The audit trail of a data folder, read from outside of the server: verify, export, heads. Each sees one moment of the
// file. Only audit.pub is needed, never the key.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "app/commands.h"
#include "app/data_folder.h"
#include "app/terminal.h"
#include "audit/verify.h"
#include "base/text.h"
#include "json/decode.h"
#include "json/encode.h"
#include "store/file_reader.h"
#include "store/maintenance.h"

namespace app {
namespace {

constexpr int kFindings = 1;
constexpr int kUsage = 2;

base::Result<std::unique_ptr<store::FileReader>> open_state(const std::string& data) {
  return store::FileReader::open((std::filesystem::path(data) / store::kDataFileName).string());
}

std::string shard_of(const store::Item& item) { return item.key.pk.substr(audit::kPartition.size()); }

base::Result<audit::KeptHeads> read_heads(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return base::fail(base::Code::kNotFound, fmt::format("{} cannot be read.", file));
  const std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  base::Result<audit::KeptHeads> kept = json::decode<audit::KeptHeads>(text);
  if (kept) return kept;
  return base::fail(base::Code::kInvalid,
                    fmt::format("{} is not what `stewardry audit heads` prints: {}", file, kept.error().message));
}

base::Result<audit::Verification> verify(const std::string& data, std::string public_key,
                                         const std::optional<audit::KeptHeads>& kept) {
  audit::Checker checker(std::move(public_key));
  const std::unique_ptr<store::FileReader> state = TRY(open_state(data));
  TRY(state->walk(audit::kPartition, [&](const store::Item& item) -> base::Result<void> {
    checker.take(item);
    return {};
  }));
  return checker.finish(kept);
}

base::Result<audit::Verification> verify(const std::string& data, const std::string& heads_file) {
  std::optional<audit::KeptHeads> kept;
  if (!heads_file.empty()) kept = TRY(read_heads(heads_file));
  return verify(data, TRY(audit_public_key(data)), kept);
}

void print_verification(const audit::Verification& found) {
  for (const audit::Finding& each : found.findings) fmt::print("{}: {}\n", each.kind, each.text);
  if (found.findings_left_out > 0) fmt::print("... and {} findings more\n", found.findings_left_out);
  fmt::print("{}: {} events in {} shards, {} witnesses", found.findings.empty() ? "good" : "NOT good", found.events,
             found.shards, found.witnesses);
  if (found.kept_heads > 0) fmt::print(", {} kept heads", found.kept_heads);
  fmt::print("\n");
}

struct Span {
  std::optional<base::Time> since, until;
};

base::Result<Span> parse_span(const std::string& since, const std::string& until) {
  const Span span{base::parse_time(since), base::parse_time(until)};
  for (const auto& [name, text, time] :
       {std::tuple("--since", &since, &span.since), {"--until", &until, &span.until}}) {
    if (!text->empty() && !*time)
      return base::fail(base::Code::kInvalid,
                        fmt::format("{} must be a time as of RFC 3339, such as 2026-11-24T05:47:44Z.", name));
  }
  return span;
}

// One line; the event stands there as the very text that is hashed.
base::Result<void> print_event(const store::Item& item, const Span& span, audit::Hash& previous) {
  const std::optional<std::uint64_t> number = audit::parse_number(item.key.sk);
  if (!number) return {};
  const std::string shard = shard_of(item);
  if (*number == 1) previous = audit::Hash{};
  const audit::Hash before = previous;
  previous = audit::hash_of_event(shard, *number, before, item.attributes);
  const audit::StoredEvent event = TRY(audit::read_event(item));
  if ((span.since && event.time < *span.since) || (span.until && event.time >= *span.until)) return {};
  fmt::print(R"({{"shard":"{}","number":{},"previous":"{}","hash":"{}","event":{}}})"
             "\n",
             shard, *number, audit::hash_text(before), audit::hash_text(previous), item.attributes);
  return {};
}

base::Result<void> print_events(const std::string& data, const Span& span) {
  const std::unique_ptr<store::FileReader> state = TRY(open_state(data));
  audit::Hash previous{};
  return state->walk(audit::kPartition, [&](const store::Item& item) { return print_event(item, span, previous); });
}

base::Result<audit::KeptHeads> heads_of(const std::string& data) {
  audit::KeptHeads kept{.public_key = base::base64url(TRY(audit_public_key(data))), .read_at = {}, .heads = {}};
  const std::unique_ptr<store::FileReader> state = TRY(open_state(data));
  kept.read_at = base::SystemClock().now();
  TRY(state->walk(audit::kPartition, [&](const store::Item& item) -> base::Result<void> {
    if (item.type != audit::kHeadType) return {};
    const audit::Head head = TRY(audit::read_head(item));
    kept.heads.push_back({shard_of(item), head.number, audit::hash_text(head.hash), base::base64url(head.signature)});
    return {};
  }));
  return kept;
}

}  // namespace

base::Result<audit::Verification> verify_before_new_key(const std::string& data, const std::string& heads_file) {
  if (!heads_file.empty()) {
    const audit::KeptHeads kept = TRY(read_heads(heads_file));
    const std::optional<std::string> key = base::parse_base64url(kept.public_key);
    if (!key) return base::fail(base::Code::kInvalid, fmt::format("{} holds no public key.", heads_file));
    return verify(data, *key, kept);
  }
  // A server that was started without the key has made another one, whose public half says nothing of this trail.
  return verify(data, std::string(), std::nullopt);
}

int audit_verify(const std::string& data, const std::string& heads_file, bool as_json) {
  const base::Result<audit::Verification> found = verify(data, heads_file);
  if (!found) return print_error(found.error());
  if (as_json)
    fmt::print("{}\n", json::encode(*found));
  else
    print_verification(*found);
  return found->findings.empty() ? 0 : kFindings;
}

int audit_export(const std::string& data, const std::string& since, const std::string& until) {
  const base::Result<Span> span = parse_span(since, until);
  if (!span) return (print_error(span.error()), kUsage);
  const base::Result<void> printed = print_events(data, *span);
  return printed ? 0 : print_error(printed.error());
}

int audit_heads(const std::string& data) {
  const base::Result<audit::KeptHeads> kept = heads_of(data);
  if (!kept) return print_error(kept.error());
  fmt::print("{}\n", json::encode(*kept));
  return 0;
}

}  // namespace app
