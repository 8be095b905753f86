// Registrations and specs. Runs: runs.cc; what workers do: work.cc.

#include "databases/databases.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/ids.h"
#include "base/limits.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "json/decode.h"
#include "json/encode.h"

namespace databases {
namespace {

constexpr std::string_view kWord = "database";

base::Error no_such_database() { return {base::Code::kNotFound, "There is no such database."}; }
base::Error no_such_version() { return {base::Code::kNotFound, "There is no such version of the spec."}; }

base::Error name_taken(std::string_view name) {
  base::Error error(base::Code::kConflict, fmt::format("The workspace has a database named {} already.", name));
  error.fields.push_back({"/name", error.message});
  return error;
}

// Of the item that makes a name the only one of its workspace.
struct NameMark {
  static constexpr std::string_view kTypeName = "StoredDatabaseName";
  std::string database_uuid;
  template <class V>
  static void describe(V& field) {
    field("databaseUuid", &NameMark::database_uuid);
  }
};

base::Result<void> check_interval(std::int64_t seconds) {
  using base::limits::kCheckEveryMax;
  using base::limits::kCheckEveryMin;
  if (seconds == 0 || (seconds >= kCheckEveryMin.count() && seconds <= kCheckEveryMax.count())) return {};
  return base::fail_field(
      base::Code::kImpossible, "/checkEverySeconds",
      fmt::format("Checks are 0 (never), or {} to {} seconds apart.", kCheckEveryMin.count(), kCheckEveryMax.count()));
}

}  // namespace

void Databases::put(store::Transaction& tx, Database& database) const {
  database.updated_at = clock_.now();
  tx.put(item_of(database));
  database.version = tx.version_of(database_key(database.uuid));
}

void Databases::record(store::Transaction& tx, const audit::Actor& actor, std::string_view action,
                       const Database& database) const {
  trail_.record(tx, actor, {action, kTargetType, database.uuid, database.registered_by});
}

base::Result<Database> Databases::find(store::Transaction& tx, const audit::Actor& actor, std::string_view uuid,
                                       authz::DatabaseAction action) const {
  const std::optional<store::Item> item = TRY(tx.get(database_key(uuid)));
  if (!item) return base::fail(no_such_database());
  Database database = TRY(read<Database>(*item));
  TRY(TRY(engine_.decide(actor.principal_id, action, authz::DatabaseFacts{database.workspace_id}, tx.deadline()))
          .enforce(kWord));
  return database;
}

base::Result<Database> Databases::find_to_read(std::string_view user_id, std::string_view uuid,
                                               base::Deadline deadline) const {
  store::Transaction look(table_, deadline);
  return find(look, {user_id, {}}, uuid, authz::DatabaseAction::kRead);
}

base::Result<void> Databases::add_of_workspace(std::vector<Database>& list, std::string_view workspace_id,
                                               base::Deadline deadline) const {
  store::Query query{.pk = name_key(workspace_id, "-").pk, .items_max = store::kReadsMax};
  for (;;) {
    const store::Page page = TRY(table_.query(query, deadline));
    std::vector<store::Key> keys;
    for (const store::Item& item : page.items)
      keys.push_back(database_key(TRY(json::decode_stored<NameMark>(item.attributes)).database_uuid));
    if (!keys.empty()) {
      for (const std::optional<store::Item>& item : TRY(table_.get_many(keys, deadline))) {
        if (item) list.push_back(TRY(read<Database>(*item)));  // one that was removed in between is not there
      }
    }
    if (!page.next_cursor) return {};
    query.cursor = *page.next_cursor;
  }
}

base::Result<std::vector<Database>> Databases::list(std::string_view user_id, std::string_view workspace_id,
                                                    base::Deadline deadline) const {
  std::vector<Database> all;
  if (!workspace_id.empty()) {
    authz::Decision decision =
        TRY(engine_.decide(user_id, authz::DatabaseAction::kRead, authz::DatabaseFacts{workspace_id}, deadline));
    // The workspace was named by the caller: as everywhere, one of which they are no member is forbidden.
    if (decision.verdict == authz::Verdict::kHide) decision.verdict = authz::Verdict::kForbid;
    TRY(decision.enforce("workspace"));
    TRY(add_of_workspace(all, workspace_id, deadline));
  } else {
    for (const catalog::WorkspaceMembership& each : TRY(engine_.workspaces_of(user_id, deadline))) {
      if (each.at_least(catalog::kRead)) TRY(add_of_workspace(all, each.workspace_id, deadline));
    }
  }
  std::sort(all.begin(), all.end(),
            [](const Database& a, const Database& b) { return std::tie(a.name, a.uuid) < std::tie(b.name, b.uuid); });
  return all;
}

base::Result<Seen> Databases::get(std::string_view user_id, std::string_view uuid, base::Deadline deadline) const {
  store::Transaction look(table_, deadline);
  Seen seen;
  seen.database = TRY(find(look, {user_id, {}}, uuid, authz::DatabaseAction::kRead));
  if (const std::optional<store::Item> item = TRY(look.get(checks_key(uuid)))) seen.checks = TRY(read<Checks>(*item));
  return seen;
}

base::Result<Database> Databases::register_database(store::Transaction& tx, const audit::Actor& actor,
                                                    Database what) const {
  TRY(TRY(engine_.decide(actor.principal_id, authz::DatabaseAction::kRegister, authz::DatabaseFacts{what.workspace_id},
                         tx.deadline()))
          .enforce("workspace"));
  TRY(options_.places.check(what));
  TRY(check_interval(what.check_every_s));
  const store::Key name = name_key(what.workspace_id, what.name);
  if (TRY(tx.get(name))) return base::fail(name_taken(what.name));
  const store::Page others =
      TRY(table_.query({.pk = name.pk, .items_max = base::limits::kDatabasesPerWorkspaceMax}, tx.deadline()));
  if (others.items.size() >= base::limits::kDatabasesPerWorkspaceMax) {
    return base::fail(base::Code::kConflict, fmt::format("The workspace has {} databases, and no room for another.",
                                                         base::limits::kDatabasesPerWorkspaceMax));
  }
  what.uuid = base::new_uuid(entropy_);
  what.registered_by = actor.principal_id;
  what.created_at = clock_.now();
  tx.put({.key = name, .index = {}, .type = "database-name", .attributes = json::encode(NameMark{what.uuid})});
  record(tx, actor, "database.register", what);
  put(tx, what);
  return what;
}

base::Result<Database> Databases::change(store::Transaction& tx, const audit::Actor& actor, std::string_view uuid,
                                         const DatabaseChange& what, const VersionGuard& guard) const {
  Database database = TRY(find(tx, actor, uuid, authz::DatabaseAction::kManage));
  TRY(guard(database.version));
  if (what.name && *what.name != database.name) {
    const store::Key was = name_key(database.workspace_id, database.name);
    const store::Key is = name_key(database.workspace_id, *what.name);
    if (TRY(tx.get(is))) return base::fail(name_taken(*what.name));
    const std::optional<store::Item> mark = TRY(tx.get(was));
    if (!mark) return base::fail(base::Code::kCorrupt, "The stored state of a database is damaged.", "no name");
    tx.put({.key = is, .index = {}, .type = mark->type, .attributes = mark->attributes});
    tx.erase(was);
    database.name = *what.name;
  }
  if (what.description) database.description = *what.description;
  if (what.check_every_s) {
    TRY(check_interval(*what.check_every_s));
    database.check_every_s = *what.check_every_s;
    if (const std::optional<store::Item> item = TRY(tx.get(checks_key(uuid)))) {
      Checks checks = TRY(read<Checks>(*item));
      checks.next_at.reset();
      if (database.check_every_s > 0 && database.in_force > 0) checks.next_at = next_check(database);
      tx.put(item_of(checks));
    }
  }
  record(tx, actor, "database.update", database);
  put(tx, database);
  return database;
}

base::Result<Database> Databases::remove(store::Transaction& tx, const audit::Actor& actor, std::string_view uuid,
                                         const VersionGuard& guard) const {
  Database database = TRY(find(tx, actor, uuid, authz::DatabaseAction::kManage));
  TRY(guard(database.version));
  if (!database.open_run.empty()) {
    return base::fail(base::Code::kConflict,
                      fmt::format("The operation {} has not ended. Wait for it, or cancel it if it has not begun.",
                                  database.open_run));
  }
  tx.erase(database_key(uuid));
  for (const store::Key& key : {name_key(database.workspace_id, database.name), checks_key(uuid)}) {
    if (TRY(tx.get(key))) tx.erase(key);
  }
  record(tx, actor, "database.remove", database);
  return database;
}

base::Result<void> Databases::check_spec(const Database& database, std::string_view text) const {
  if (text.size() > base::limits::kSpecBytesMax) {
    return base::fail_field(base::Code::kInvalid, "/spec",
                            fmt::format("A spec has at most {} bytes.", base::limits::kSpecBytesMax));
  }
  for (const SpecFacts::Login& login : TRY(runner_.read_spec(text)).logins) {
    if (login.place.empty()) continue;
    base::Result<void> checked = options_.places.check_place(login.place, database.workspace_id, "/spec");
    if (checked) continue;
    base::Error error = std::move(checked).error();
    error.message = fmt::format("The password of {}: {}", login.name, error.message);
    error.fields.front().message = error.message;
    return base::fail(std::move(error));
  }
  return {};
}

base::Result<NewVersion> Databases::put_spec(store::Transaction& tx, const audit::Actor& actor, std::string_view uuid,
                                             std::string_view text, std::string_view note) const {
  Database database = TRY(find(tx, actor, uuid, authz::DatabaseAction::kManage));
  TRY(check_spec(database, text));
  const std::string sha256 = base::hex(crypto::sha256(text));
  if (database.last_spec > 0) {
    const std::optional<store::Item> last = TRY(tx.get(spec_key(uuid, database.last_spec)));
    if (!last) return base::fail(base::Code::kCorrupt, "The stored state of a database is damaged.", "a spec is gone");
    SpecVersion version = TRY(read<SpecVersion>(*last));
    if (version.sha256 == sha256) return NewVersion{std::move(version), false};
  }
  SpecVersion version;
  version.database_uuid = uuid;
  version.number = database.last_spec + 1;
  version.author = actor.principal_id;
  version.note = note;
  version.sha256 = sha256;
  version.bytes = static_cast<std::int64_t>(text.size());
  version.created_at = clock_.now();
  version.parts = put_text(tx, spec_key(uuid, version.number), text);
  tx.put(item_of(version));
  database.last_spec = version.number;
  record(tx, actor, "database.spec", database);
  put(tx, database);
  return NewVersion{std::move(version), true};
}

base::Result<SpecPage> Databases::specs(std::string_view user_id, std::string_view uuid, std::string_view after,
                                        std::size_t limit, base::Deadline deadline) const {
  TRY(find_to_read(user_id, uuid, deadline));
  store::Query query{.pk = database_key(uuid).pk,
                     .sk_from = "spec#",
                     .sk_to = after.empty() ? store::end_of_prefix("spec#") : std::optional<std::string>(after),
                     .descending = true,
                     .items_max = std::min(limit + 1, store::kReadsMax)};
  SpecPage page;
  for (const store::Item& item : TRY(table_.query(query, deadline)).items) {
    if (page.versions.size() == limit) {
      page.next = spec_key(uuid, page.versions.back().number).sk;
      break;
    }
    page.versions.push_back(TRY(read<SpecVersion>(item)));
  }
  return page;
}

base::Result<Databases::Spec> Databases::spec(std::string_view user_id, std::string_view uuid, std::int64_t number,
                                              base::Deadline deadline) const {
  TRY(find_to_read(user_id, uuid, deadline));
  const store::Key key = spec_key(uuid, number);
  const std::optional<store::Item> item = TRY(table_.get(key, deadline));
  if (!item) return base::fail(no_such_version());
  Spec found{TRY(read<SpecVersion>(*item)), {}};
  found.text = TRY(read_text(table_, key, found.version.parts, deadline));
  return found;
}

base::Result<std::string> Databases::text_of(std::string_view uuid, std::int64_t number,
                                             base::Deadline deadline) const {
  const store::Key key = spec_key(uuid, number);
  const std::optional<store::Item> item = TRY(table_.get(key, deadline));
  if (!item) return base::fail(no_such_version());
  return read_text(table_, key, TRY(read<SpecVersion>(*item)).parts, deadline);
}

}  // namespace databases
