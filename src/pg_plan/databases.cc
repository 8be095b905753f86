// Databases, schemas and extensions: made, owned, commented.
//
// A database is made by the executor for itself, and given to its owner afterwards, in a transaction: CREATE DATABASE
// cannot be in one, and the membership that OWNER asks for would be seen by others.

#include <algorithm>

#include <fmt/format.h>

#include "pg_model/quote.h"
#include "pg_plan/work.h"

namespace pg_plan {
namespace {

using pg_model::identifier;
using pg_model::Kind;
using pg_model::literal;
using pg_model::Object;
using pg_model::Oid;

int stage_of(std::size_t database) { return kDatabases + static_cast<int>(database); }

std::string text_or_null(const std::string& text) { return text.empty() ? "NULL" : literal(text); }

// What every database has when it is made: the schema public.
void add_public(Work& work, pg_model::Database& database) {
  const pg_model::Role* owner = work.major() >= 15 ? work.names.role("pg_database_owner") : nullptr;
  Object schema{.kind = Kind::kSchema,
                .oid = work.new_oid(),
                .schema = {},
                .name = "public",
                .column = {},
                .owner = owner ? owner->oid : kBootstrap};
  schema.acl_is_default = false;
  schema.grants = pg_model::default_grants(Kind::kSchema, schema.owner, work.major());
  auto everybody = static_cast<pg_model::Privileges>(pg_model::kUsage | (work.major() < 15 ? pg_model::kCreate : 0));
  schema.grants.push_back({.grantee = pg_model::kPublic, .grantor = schema.owner, .privileges = everybody});
  database.objects.push_back(std::move(schema));
}

void make_database(Work& work, const pg_spec::Database& declared) {
  const Executor& executor = work.executor;
  work.script.add({.stage = kMakeDatabases,
                   .sql = "CREATE DATABASE " + identifier(declared.name),
                   .reason = "declared, and not there; cannot be proved by rolling back",
                   .in_transaction = false,
                   .missing = executor.role().createdb ? "" : "the executor has no CREATEDB"});
  pg_model::Database made;
  made.self = {.kind = Kind::kDatabase,
               .oid = work.new_oid(),
               .schema = {},
               .name = declared.name,
               .column = {},
               .owner = executor.self()};
  made.self.grants = pg_model::default_grants(Kind::kDatabase, made.self.owner, work.major());
  made.inspected = true;
  add_public(work, made);
  work.after.databases.push_back(std::move(made));
}

void own_database(Work& work, pg_model::Database& database, const std::string& name) {
  auto owner = work.find_role(name, "Owner of database " + database.self.name);
  if (!owner || *owner == database.self.owner) return;
  const Executor& executor = work.executor;
  std::string missing;
  if (!executor.inherits(database.self.owner)) missing = "the executor does not own the database";
  if (!executor.role().createdb) missing = "the executor has no CREATEDB";
  work.script.add(
      {.stage = kAdditions,
       .phase = kDatabaseOwners,
       .sql = fmt::format("ALTER DATABASE {} OWNER TO {}", identifier(database.self.name), work.names.quoted(*owner)),
       .reason = "owner is declared",
       .risk = Risk::kLow,
       .become = {*owner},
       .missing = executor.superuser() ? "" : missing});
  rewrite_owner(database.self, *owner, work.major());
}

void bring_database(Work& work, const pg_spec::Database& declared) {
  std::size_t index = work.database_index(declared.name);
  if (index == Work::kNone) {
    if (!declared.create) {
      work.refuse(fmt::format("There is no database {}, and it is declared with create: false.", declared.name));
      return;
    }
    make_database(work, declared);
    index = work.after.databases.size() - 1;
  }
  pg_model::Database& database = work.after.databases[index];
  if (!declared.owner.empty()) own_database(work, database, declared.owner);
  Step step{.stage = kAdditions, .phase = kComments, .actor = database.self.owner};
  step.phase = kSharedGrants;
  if (declared.connection_limit && *declared.connection_limit != database.connection_limit) {
    step.sql =
        fmt::format("ALTER DATABASE {} CONNECTION LIMIT {}", identifier(declared.name), *declared.connection_limit);
    step.reason = "differs from what is declared";
    step.risk = Risk::kLow;
    work.script.add(step);
    database.connection_limit = *declared.connection_limit;
  }
  if (declared.comment && *declared.comment != database.self.comment) {
    step.sql = fmt::format("COMMENT ON DATABASE {} IS {}", identifier(declared.name), text_or_null(*declared.comment));
    step.reason = "the comment is declared";
    step.risk = Risk::kNone;
    work.script.add(step);
    database.self.comment = *declared.comment;
  }
}

// Made as its owner, who needs CREATE on the database for that moment. A superuser makes it for them.
void make_schema(Work& work, std::size_t index, const pg_spec::Schema& declared, Oid owner) {
  pg_model::Database& database = work.after.databases[index];
  Step step{.stage = stage_of(index), .phase = kSchemas, .actor = owner};
  step.sql = fmt::format("CREATE SCHEMA {} AUTHORIZATION {}", identifier(declared.name), work.names.quoted(owner));
  step.reason = "declared, and not there";
  if (!work.executor.superuser() && !holds_meanwhile(work, index, database.self, owner, pg_model::kCreate)) {
    std::string right = fmt::format("CREATE ON DATABASE {}", identifier(database.self.name));
    step.temporaries.push_back({.grant = fmt::format("GRANT {} TO {}", right, work.names.quoted(owner)),
                                .undo = fmt::format("REVOKE {} FROM {}", right, work.names.quoted(owner)),
                                .reason = "to make a schema",
                                .actor = database.self.owner});
  }
  work.script.add(std::move(step));
  Object schema{
      .kind = Kind::kSchema, .oid = work.new_oid(), .schema = {}, .name = declared.name, .column = {}, .owner = owner};
  schema.grants = pg_model::default_grants(Kind::kSchema, owner, work.major());
  database.objects.push_back(std::move(schema));
}

void bring_schema(Work& work, std::size_t index, const pg_spec::Schema& declared) {
  pg_model::Database& database = work.after.databases[index];
  std::optional<Oid> owner = database.self.owner;
  std::string where = fmt::format("Owner of schema {} in {}", declared.name, database.self.name);
  if (!declared.owner.empty()) owner = work.find_role(declared.owner, where);
  if (!owner) return;
  auto found = std::ranges::find_if(database.objects, [&](const Object& object) {
    return object.kind == Kind::kSchema && object.name == declared.name;
  });
  if (found == database.objects.end()) {
    if (declared.name.size() > 63 || declared.name.starts_with("pg_") || declared.name.empty()) {
      work.refuse(fmt::format("Schema \"{}\": names have 1 to 63 bytes and do not begin with pg_.", declared.name));
      return;
    }
    make_schema(work, index, declared, *owner);
    found = database.objects.end() - 1;
  } else if (!declared.owner.empty() && found->owner != *owner) {
    change_owner(work, {.stage = stage_of(index), .phase = kSchemaOwners}, *found, index, *owner);
    rewrite_owner(*found, *owner, work.major());
  }
  if (!declared.comment || *declared.comment == found->comment) return;
  work.script.add(
      {.stage = stage_of(index),
       .phase = kSchemaGrants,
       .actor = found->owner,
       .sql = fmt::format("COMMENT ON SCHEMA {} IS {}", identifier(declared.name), text_or_null(*declared.comment)),
       .reason = "the comment is declared"});
  found->comment = *declared.comment;
}

void bring_extension(Work& work, std::size_t index, const pg_spec::Extension& declared) {
  pg_model::Database& database = work.after.databases[index];
  auto found = std::ranges::find(database.extensions, declared.name, &pg_model::Extension::name);
  bool there = found != database.extensions.end();
  // It may need a superuser, or be trusted (from 13 on), and that takes CREATE on the database.
  Step step{.stage = stage_of(index), .phase = kExtensions};
  if (!work.executor.superuser() &&
      !holds_meanwhile(work, index, database.self, work.executor.self(), pg_model::kCreate)) {
    step.actor = database.self.owner;
  }
  std::string name = identifier(declared.name);
  if (!declared.present) {
    if (!there) return;
    step.phase = kLast;
    step.sql = "DROP EXTENSION " + name;
    step.reason = "declared as absent";
    step.risk = Risk::kHigh;
    work.script.add(std::move(step));
    database.extensions.erase(found);
    return;
  }
  std::string in = declared.schema.empty() ? "" : " SCHEMA " + identifier(declared.schema);
  if (!there) {
    step.sql = "CREATE EXTENSION " + name + in;
    if (!declared.version.empty()) step.sql += " VERSION " + literal(declared.version);
    step.reason = "declared, and not there";
    work.script.add(std::move(step));
    database.extensions.push_back({declared.name, declared.version, declared.schema});
    return;
  }
  if (!declared.version.empty() && declared.version != found->version) {
    step.sql = fmt::format("ALTER EXTENSION {} UPDATE TO {}", name, literal(declared.version));
    step.reason = "another version is declared";
    work.script.add(step);
    found->version = declared.version;
  }
  if (!declared.schema.empty() && declared.schema != found->schema) {
    step.sql = fmt::format("ALTER EXTENSION {} SET{}", name, in);
    step.reason = "another schema is declared";
    work.script.add(step);
    found->schema = declared.schema;
  }
}

// The databases that a pattern means; those that nobody looked into are refused by name where the name is plain.
template <class F>
void each_database(Work& work, const std::string& pattern, const std::string& what, F&& use) {
  bool plain = !pg_spec::is_pattern(pattern), any = false;
  for (std::size_t index = 0; index < work.after.databases.size(); ++index) {
    const pg_model::Database& database = work.after.databases[index];
    if (!pg_spec::matches(pattern, database.self.name)) continue;
    any = true;
    if (database.inspected) {
      use(index);
    } else if (plain) {
      work.refuse(fmt::format("{}: the database {} was not inspected.", what, database.self.name));
    }
  }
  if (!any && plain) work.refuse(fmt::format("{}: there is no database {}, and none is declared.", what, pattern));
}

}  // namespace

void plan_databases(Work& work) {
  for (const pg_spec::Database& declared : work.spec.databases) bring_database(work, declared);
}

void plan_schemas(Work& work) {
  for (const pg_spec::Schema& declared : work.spec.schemas) {
    each_database(work, declared.database, "Schema " + declared.name,
                  [&](std::size_t index) { bring_schema(work, index, declared); });
  }
  for (const pg_spec::Extension& declared : work.spec.extensions) {
    each_database(work, declared.database, "Extension " + declared.name,
                  [&](std::size_t index) { bring_extension(work, index, declared); });
  }
}

}  // namespace pg_plan
