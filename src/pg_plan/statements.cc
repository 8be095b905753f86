#include "pg_plan/statements.h"

#include <algorithm>

#include <fmt/format.h>

#include "pg_model/quote.h"

namespace pg_plan {

using pg_model::identifier;
using pg_model::Kind;
using pg_model::Object;
using pg_model::Oid;
using pg_model::Privileges;

namespace {

bool is_schema_like(Kind kind) { return kind == Kind::kSchema; }

int phase_of(Kind kind, bool give, int depth) {
  depth = std::min(depth, 99);
  if (kind == Kind::kColumn) return give ? kColumnGrants : kColumnRevokesEnd - 1 - depth;
  if (is_schema_like(kind)) return give ? kSchemaGrants : kSchemaRevokesEnd - 1 - depth;
  return give ? kObjectGrants : kRevokesEnd - 1 - depth;
}

// SELECT, INSERT; of a column SELECT ("price"), UPDATE ("price")
std::string privileges_of(Privileges privileges, const std::string& column) {
  if (column.empty()) return list(privileges);
  std::vector<std::string> parts;
  for (const std::string& name : pg_model::names_of(privileges))
    parts.push_back(name + " (" + identifier(column) + ")");
  return join(parts);
}

}  // namespace

std::uint32_t Statements::intern(const std::vector<Oid>& grantees) {
  std::size_t hash = grantees.size();
  for (Oid each : grantees) hash = (hash ^ each) * 0x9E3779B97F4A7C15ULL;
  std::vector<std::uint32_t>& same = known_[hash];
  for (std::uint32_t each : same) {
    if (grantees_[each] == grantees) return each;
  }
  same.push_back(static_cast<std::uint32_t>(grantees_.size()));
  grantees_.push_back(grantees);
  return same.back();
}

Statements::Key Statements::key_of(const Ref& ref, const Object& object, bool give, int depth) const {
  Key key{};
  bool shared = ref.database == kShared || ref.object == kSelf;
  key.stage = kDatabases + static_cast<int>(ref.database);
  if (shared) key.stage = give ? kAdditions : kRemovals;
  key.phase = phase_of(object.kind, give, depth);
  if (shared && give) key.phase = kSharedGrants;
  key.owner = key.actor = object.owner;
  key.word = grant_word(object.kind);
  key.schema = object.schema;
  key.column = object.column;
  key.give = give;
  return key;
}

void Statements::add(const Ref& ref, const Difference& difference) {
  const Object& object = object_of(work_, ref);
  std::map<Key, std::vector<Oid>> found;
  std::vector<Oid>* same = nullptr;  // most often the next gift is like the last one
  const Gift* last = nullptr;
  for (const Gift& gift : difference.gifts) {
    if (last == nullptr || last->privileges != gift.privileges || last->option != gift.option) {
      Key key = key_of(ref, object, true, 0);
      key.privileges = gift.privileges;
      key.option = gift.option;
      same = &found[key];
    }
    same->push_back(gift.grantee);
    last = &gift;
  }
  for (const Taking& taking : difference.takings) {
    Key key = key_of(ref, object, false, taking.depth);
    key.actor = taking.grantor;
    key.privileges = taking.privileges;
    key.option = taking.option_only;
    found[key].push_back(taking.grantee);
  }
  for (auto& [key, grantees] : found) {
    Key whole = key;
    whole.grantees = intern(grantees);
    groups_[whole].push_back(ref);
  }
  if (ref.database != kShared) work_.changed.insert({ref.database, object.oid});
}

std::string Statements::head(const Key& key) const {
  std::string text = key.give ? "GRANT " : "REVOKE ";
  if (!key.give && key.option) text += "GRANT OPTION FOR ";
  return text + privileges_of(key.privileges, key.column) + " ON " + std::string(key.word) + " ";
}

std::string Statements::grantees_of(const Key& key) const {
  std::vector<std::string> names;
  for (Oid each : grantees_[key.grantees]) names.push_back(work_.names.quoted(each));
  std::ranges::sort(names);
  std::string text = (key.give ? " TO " : " FROM ") + join(names);
  if (key.give && key.option) text += " WITH GRANT OPTION";
  return text;
}

void Statements::needs(const Key& key, const Ref& ref, Step& step) const {
  step.exactly = key.actor != key.owner;
  const Executor& executor = work_.executor;
  bool unchecked = executor.superuser() && !step.exactly;
  if (!unchecked && !key.schema.empty() && ref.database != kShared) {
    Temporary usage = usage_on_schema(work_, ref.database, key.schema, key.actor);
    if (!usage.grant.empty()) step.temporaries.push_back(std::move(usage));
  }
  const pg_model::Role* actor = work_.role(key.actor);
  const Object& object = object_of(work_, ref);
  if (object.kind == Kind::kSchema && object.name == "public" && work_.major() < 15 && actor && actor->superuser) {
    step.missing = fmt::format(
        "up to PostgreSQL 14 (this is {}) the schema public belongs to the bootstrap superuser, and only it can change "
        "this",
        work_.major());
  }
  if (object.kind == Kind::kParameter) step.missing = "only a superuser gives privileges on parameters";
}

void Statements::write_one(const Key& key, const std::vector<Ref>& objects) {
  std::string reason = "declared";
  if (!key.give) reason = "not to be there";
  if (!key.give && key.actor != key.owner) reason += fmt::format("; it was given by {}", work_.names.plain(key.actor));
  const std::string begin = head(key), end = grantees_of(key);
  std::string names;
  auto flush = [&](const Ref& ref) {
    Step step{.stage = key.stage,
              .phase = key.phase,
              .actor = key.actor,
              .sql = begin + names + end,
              .reason = reason,
              .risk = key.give ? Risk::kNone : Risk::kLow};
    needs(key, ref, step);
    work_.script.add(std::move(step));
    names.clear();
  };
  for (const Ref& ref : objects) {
    std::string name = reference(object_of(work_, ref));
    if (!names.empty() && begin.size() + names.size() + name.size() + end.size() > kStatementBytesMax) flush(ref);
    if (!names.empty()) names += ", ";
    names += name;
  }
  flush(objects.back());
}

void Statements::write() {
  for (const auto& [key, objects] : groups_) write_one(key, objects);
  groups_.clear();
}

}  // namespace pg_plan
