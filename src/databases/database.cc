#include "databases/database.h"

#include <algorithm>

#include <fmt/format.h>

#include "json/decode.h"
#include "json/encode.h"

namespace databases {
namespace {

// A part's text as JSON is at most twice as long, and less than what an item may have: texts have no control characters
// but line ends and tabs.
constexpr std::size_t kPartBytes = 150 * 1024;

struct Part {
  static constexpr std::string_view kTypeName = "StoredDatabaseText";
  std::string text;
  template <class V>
  static void describe(V& field) {
    field("text", &Part::text);
  }
};

std::string pk_of(std::string_view uuid) { return fmt::format("database#{}", uuid); }

store::Key part_key(const store::Key& of, std::int64_t part) {
  return {of.pk, fmt::format("text#{}#{:03}", of.sk, part)};
}

template <class T>
store::Item item(store::Key key, std::string_view type, const T& value) {
  return {.key = std::move(key), .index = {}, .type = std::string(type), .attributes = json::encode(value)};
}

}  // namespace

store::Key database_key(std::string_view uuid) { return {pk_of(uuid), "database"}; }
store::Key spec_key(std::string_view uuid, std::int64_t number) {
  return {pk_of(uuid), fmt::format("spec#{:010}", number)};
}
store::Key run_key(std::string_view uuid, std::string_view id) { return {pk_of(uuid), fmt::format("run#{}", id)}; }
store::Key checks_key(std::string_view uuid) { return {pk_of(uuid), "checks"}; }
store::Key lease_key(std::string_view uuid) { return {pk_of(uuid), "lease"}; }
store::Key name_key(std::string_view workspace_id, std::string_view name) {
  return {fmt::format("databases-of#{}", workspace_id), std::string(name)};
}

template <class T>
base::Result<T> read(const store::Item& item) {
  T value = TRY(json::decode_stored<T>(item.attributes));
  if constexpr (requires { value.version; }) value.version = item.version;
  return value;
}
template base::Result<Database> read<Database>(const store::Item&);
template base::Result<SpecVersion> read<SpecVersion>(const store::Item&);
template base::Result<Run> read<Run>(const store::Item&);
template base::Result<Checks> read<Checks>(const store::Item&);
template base::Result<Lease> read<Lease>(const store::Item&);

store::Item item_of(const Database& database) { return item(database_key(database.uuid), "database", database); }
store::Item item_of(const SpecVersion& spec) {
  return item(spec_key(spec.database_uuid, spec.number), "database-spec", spec);
}
store::Item item_of(const Run& run) {
  store::Item made = item(run_key(run.database_uuid, run.id), "database-run", run);
  if (!run.finished()) made.index = store::Key{std::string(kOpenRuns), run.id};
  return made;
}
store::Item item_of(const Checks& checks) {
  store::Item made = item(checks_key(checks.database_uuid), "database-checks", checks);
  if (checks.next_at) {
    made.index = store::Key{std::string(kDueChecks),
                            fmt::format("{}#{}", base::format_time(*checks.next_at), checks.database_uuid)};
  }
  return made;
}
store::Item item_of(const Lease& lease, std::string_view database_uuid) {
  return item(lease_key(database_uuid), "database-lease", lease);
}

int put_text(store::Transaction& tx, const store::Key& of, std::string_view text) {
  int parts = 0;
  while (!text.empty()) {
    std::size_t bytes = std::min(text.size(), kPartBytes);
    // Not within a character.
    while (bytes < text.size() && bytes > 1 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
    tx.put(item(part_key(of, parts++), "database-text", Part{std::string(text.substr(0, bytes))}));
    text.remove_prefix(bytes);
  }
  return parts;
}

base::Result<std::string> read_text(store::Table& table, const store::Key& of, std::int64_t parts,
                                    base::Deadline deadline) {
  std::vector<store::Key> keys;
  for (std::int64_t part = 0; part < parts; ++part) keys.push_back(part_key(of, part));
  std::string text;
  if (keys.empty()) return text;
  for (const std::optional<store::Item>& found : TRY(table.get_many(keys, deadline))) {
    if (!found) {
      return base::fail(base::Code::kCorrupt, "The stored state of a database is damaged.",
                        fmt::format("{} {} lacks a part of its text", of.pk, of.sk));
    }
    text.append(TRY(json::decode_stored<Part>(found->attributes)).text);
  }
  return text;
}

}  // namespace databases
