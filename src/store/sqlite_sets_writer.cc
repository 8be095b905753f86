#include "store/sqlite_sets_writer.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "base/check.h"

namespace store::internal {

namespace {

// A row of one table of members.
base::Result<void> run_for(Statement& statement, std::int64_t set, const std::string& name, std::int64_t id) {
  statement.bind_int(1, set);
  statement.bind_blob(2, name);
  statement.bind_int(3, id);
  return statement.run();
}
base::Result<void> run_for(Statement& statement, std::int64_t set, std::int64_t time, std::int64_t id) {
  statement.bind_int(1, set);
  statement.bind_int(2, time);
  statement.bind_int(3, id);
  return statement.run();
}

// `member` for each of these sets.
void add_members(auto& members, std::span<const std::int64_t> sets, auto member) {
  for (const std::int64_t set : sets) {
    member.set = set;
    members.push_back(member);
  }
}

std::vector<std::int64_t> without(std::span<const std::int64_t> sets, std::span<const std::int64_t> others) {
  std::vector<std::int64_t> rest;
  std::set_difference(sets.begin(), sets.end(), others.begin(), others.end(), std::back_inserter(rest));
  return rest;
}

void bind_name(Statement& statement, int at, const std::optional<std::string>& name) {
  if (name)
    statement.bind_blob(at, *name);
  else
    statement.bind_null(at);
}

}  // namespace

std::string pack(std::span<const std::int64_t> ids) {
  std::string bytes;
  std::int64_t before = 0;
  for (const std::int64_t id : ids) {
    auto rest = static_cast<std::uint64_t>(id - before);
    before = id;
    for (; rest >= 0x80; rest >>= 7) bytes.push_back(static_cast<char>(rest | 0x80));
    bytes.push_back(static_cast<char>(rest));
  }
  return bytes;
}

std::optional<std::vector<std::int64_t>> unpack(std::string_view bytes) {
  std::vector<std::int64_t> ids;
  std::int64_t before = 0;
  while (!bytes.empty()) {
    std::uint64_t difference = 0;
    for (int shift = 0;; shift += 7) {
      if (bytes.empty() || shift > 56) return std::nullopt;
      const auto group = static_cast<unsigned char>(bytes.front());
      bytes.remove_prefix(1);
      difference |= static_cast<std::uint64_t>(group & 0x7f) << shift;
      if ((group & 0x80) == 0) break;
    }
    if (difference == 0 || difference > static_cast<std::uint64_t>(INT64_MAX - before)) return std::nullopt;
    before += static_cast<std::int64_t>(difference);
    ids.push_back(before);
  }
  return ids;
}

base::Result<SetsWriter> SetsWriter::make(Connection& connection) {
  Statements statements = {
      .id_of = TRY(connection.prepare("SELECT id FROM item WHERE pk = ?1 AND sk = ?2")),
      .find = TRY(connection.prepare("SELECT name, time, facets, sets FROM listed WHERE id = ?1")),
      .insert = TRY(connection.prepare("INSERT INTO listed (id, pk, sk, name, time, facets, sets)"
                                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")),
      .update = TRY(connection.prepare("UPDATE listed SET name = ?2, time = ?3, facets = ?4, sets = ?5 WHERE id = ?1")),
      .erase = TRY(connection.prepare("DELETE FROM listed WHERE id = ?1")),
      .set_id = TRY(connection.prepare("SELECT id FROM set_name WHERE name = ?1")),
      .insert_set = TRY(connection.prepare("INSERT INTO set_name (name) VALUES (?1)")),
      .erase_set_if_empty = TRY(connection.prepare("DELETE FROM set_name WHERE id = ?1 AND NOT EXISTS"
                                                   " (SELECT 1 FROM member_by_time WHERE set_id = ?1)")),
      .insert_by_name = TRY(connection.prepare("INSERT INTO member_by_name (set_id, name, id) VALUES (?1, ?2, ?3)")),
      .erase_by_name =
          TRY(connection.prepare("DELETE FROM member_by_name WHERE set_id = ?1 AND name = ?2 AND id = ?3")),
      .insert_by_time = TRY(connection.prepare("INSERT INTO member_by_time (set_id, time, id) VALUES (?1, ?2, ?3)")),
      .erase_by_time =
          TRY(connection.prepare("DELETE FROM member_by_time WHERE set_id = ?1 AND time = ?2 AND id = ?3")),
  };
  return SetsWriter(connection, std::move(statements));
}

base::Result<void> SetsWriter::list(const Key& key, const std::optional<Listing>& listing) {
  TRY(list_later(key, listing));
  return flush();
}

base::Result<void> SetsWriter::list_later(const Key& key, const std::optional<Listing>& listing) {
  const std::int64_t id = TRY(id_of(key));
  std::optional<Stored> stored = TRY(find(id));
  if (!listing || listing->sets.empty()) return stored ? remove(std::move(*stored)) : base::Result<void>();
  return stored ? change(std::move(*stored), *listing) : add(id, key, *listing);
}

base::Result<void> SetsWriter::forget(std::int64_t id) {
  if (std::optional<Stored> stored = TRY(find(id))) TRY(remove(std::move(*stored)));
  return flush();
}

base::Result<std::int64_t> SetsWriter::id_of(const Key& key) {
  Statement& row = statements_.id_of;
  row.bind_blob(1, key.pk);
  row.bind_blob(2, key.sk);
  CHECK(TRY(row.step()), "an item that is listed is there");
  const std::int64_t id = row.column_int(0);
  row.reset();
  return id;
}

base::Result<std::optional<SetsWriter::Stored>> SetsWriter::find(std::int64_t id) {
  Statement& row = statements_.find;
  row.bind_int(1, id);
  std::optional<Stored> stored;
  if (TRY(row.step())) {
    std::optional<SetIds> sets = unpack(row.column_bytes(3));
    if (!sets) {
      row.reset();
      return base::fail(sqlite_error(kDamaged, "the sets of a listed item cannot be read"));
    }
    stored =
        Stored{id, row.column_optional(0), row.column_int(1), std::string(row.column_bytes(2)), std::move(*sets)};
  }
  row.reset();
  return stored;
}

base::Result<SetsWriter::SetIds> SetsWriter::ids_of(std::span<const std::string> names) {
  SetIds ids;
  ids.reserve(names.size());
  for (const std::string& name : names) {
    statements_.set_id.bind_blob(1, name);
    if (TRY(statements_.set_id.step())) {
      ids.push_back(statements_.set_id.column_int(0));
      statements_.set_id.reset();
      continue;
    }
    statements_.set_id.reset();
    statements_.insert_set.bind_blob(1, name);
    TRY(statements_.insert_set.run());
    ids.push_back(connection_->last_row());
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

base::Result<void> SetsWriter::add(std::int64_t id, const Key& key, const Listing& listing) {
  const SetIds sets = TRY(ids_of(listing.sets));
  const std::string packed = pack(sets);
  Statement& insert = statements_.insert;
  insert.bind_int(1, id);
  insert.bind_blob(2, key.pk);
  insert.bind_blob(3, key.sk);
  bind_name(insert, 4, listing.name);
  insert.bind_int(5, listing.time);
  insert.bind_text(6, listing.facets);
  insert.bind_blob(7, packed);
  TRY(insert.run());
  gathered_.names.push_back(listing.name);
  const std::size_t name = gathered_.names.size() - 1;
  add_members(gathered_.insert_by_name, sets, Member{0, name, listing.time, id});
  add_members(gathered_.insert_by_time, sets, Member{0, name, listing.time, id});
  return {};
}

base::Result<void> SetsWriter::change(Stored stored, const Listing& listing) {
  const SetIds sets = TRY(ids_of(listing.sets));
  const bool renamed = listing.name != stored.name;
  const bool moved = listing.time != stored.time;
  if (!renamed && !moved && listing.facets == stored.facets && sets == stored.sets) return {};
  const std::string packed = pack(sets);
  Statement& update = statements_.update;
  update.bind_int(1, stored.id);
  bind_name(update, 2, listing.name);
  update.bind_int(3, listing.time);
  update.bind_text(4, listing.facets);
  update.bind_blob(5, packed);
  TRY(update.run());

  const SetIds gone = without(stored.sets, sets);
  const SetIds come = without(sets, stored.sets);
  gathered_.names.push_back(std::move(stored.name));
  gathered_.names.push_back(listing.name);
  const Member before = {0, gathered_.names.size() - 2, stored.time, stored.id};
  const Member now = {0, gathered_.names.size() - 1, listing.time, stored.id};
  add_members(gathered_.erase_by_name, renamed ? stored.sets : gone, before);
  add_members(gathered_.insert_by_name, renamed ? sets : come, now);
  add_members(gathered_.erase_by_time, moved ? stored.sets : gone, before);
  add_members(gathered_.insert_by_time, moved ? sets : come, now);
  gathered_.left.insert(gathered_.left.end(), gone.begin(), gone.end());
  return {};
}

base::Result<void> SetsWriter::remove(Stored stored) {
  statements_.erase.bind_int(1, stored.id);
  TRY(statements_.erase.run());
  gathered_.names.push_back(std::move(stored.name));
  const Member before = {0, gathered_.names.size() - 1, stored.time, stored.id};
  add_members(gathered_.erase_by_name, stored.sets, before);
  add_members(gathered_.erase_by_time, stored.sets, before);
  gathered_.left.insert(gathered_.left.end(), stored.sets.begin(), stored.sets.end());
  return {};
}

base::Result<void> SetsWriter::flush() {
  // Taken out first: where an error ends this, nothing of it is left for the next transaction.
  Gathered gathered = std::exchange(gathered_, {});
  const auto run_by_name = [&names = gathered.names](Statement& statement, Members& members) -> base::Result<void> {
    std::sort(members.begin(), members.end(), [&names](const Member& left, const Member& right) {
      return std::tie(left.set, names[left.name], left.id) < std::tie(right.set, names[right.name], right.id);
    });
    for (const Member& member : members)
      if (names[member.name]) TRY(run_for(statement, member.set, *names[member.name], member.id));
    return {};
  };
  const auto run_by_time = [](Statement& statement, Members& members) -> base::Result<void> {
    std::sort(members.begin(), members.end(), [](const Member& left, const Member& right) {
      return std::tie(left.set, left.time, left.id) < std::tie(right.set, right.time, right.id);
    });
    for (const Member& member : members) TRY(run_for(statement, member.set, member.time, member.id));
    return {};
  };
  TRY(run_by_name(statements_.erase_by_name, gathered.erase_by_name));
  TRY(run_by_name(statements_.insert_by_name, gathered.insert_by_name));
  TRY(run_by_time(statements_.erase_by_time, gathered.erase_by_time));
  TRY(run_by_time(statements_.insert_by_time, gathered.insert_by_time));
  for (const std::int64_t set : gathered.left) {
    statements_.erase_set_if_empty.bind_int(1, set);
    TRY(statements_.erase_set_if_empty.run());
  }
  return {};
}

}  // namespace store::internal
