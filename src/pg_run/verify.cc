// Logins, tried. What each shall be able to do is not worked out here a second time: the plan is run in a transaction,
// the server is asked what each login may do then (has_table_privilege and its like), and all is rolled back. What each
// login *can* do is tried by itself, over a connection of its own.
//
// Trying leaves nothing: SELECT, INSERT, UPDATE and DELETE go through EXPLAIN, for which the server checks rights as
// for the statement itself, and runs no trigger, no sequence and no row; CREATE and TRUNCATE are rolled back.

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "pg_run/draft.h"
#include "pg_run/execute.h"
#include "pg_run/passwords.h"
#include "pg_run/run.h"

namespace pg_run {
namespace {

constexpr std::string_view kLacksPrivilege = "42501", kNoTime = "55P03";
constexpr int kRelationsMax = 20;  // of one schema and kind that are tried with each login
constexpr std::string_view kScratch = "stewardry verify";

struct Expected {
  std::string what;  // "SELECT from app.orders"
  std::string sql;   // that is refused where it may not
  bool may = false;
  bool rolls_back = false;        // in a transaction
  bool asks = false;              // a question to the server, in place of a try
  std::string owner, asks_owner;  // of what is made, and how to find it out
};
struct Visit {  // of one login to one database
  std::string login, database;
  bool may_connect = false;
  std::vector<Expected> expected;
};

std::string qualified(std::string_view schema, std::string_view name) {
  return pg::identifier(schema) + '.' + pg::identifier(name);
}

std::string values_of(const pg_spec::Spec& spec) {
  std::string values;
  for (const pg_spec::Role& role : spec.roles) {
    if (role.kind != pg_spec::RoleKind::kLogin) continue;
    values += fmt::format("{}({}, {})", values.empty() ? "" : ", ", pg::literal(role.name),
                          pg::literal(role.acts_as.empty() ? role.name : role.acts_as));
  }
  return values;
}

// The schemas that the spec names, by pattern, of one database.
std::vector<std::string> schemas_of(const pg_spec::Spec& spec, const pg_model::Database& database) {
  std::vector<std::string> named;
  for (const pg_model::Object& each : database.objects) {
    if (each.kind != pg_model::Kind::kSchema) continue;
    const auto says = [&](const auto& pattern_of_database, const auto& pattern) {
      return pg_spec::matches(pattern_of_database, database.self.name) && pg_spec::matches(pattern, each.name);
    };
    const bool is_named =
        std::any_of(spec.schemas.begin(), spec.schemas.end(),
                    [&](const auto& one) { return says(one.database, one.name); }) ||
        std::any_of(spec.objects.begin(), spec.objects.end(), [&](const pg_spec::Selector& one) {
          return says(one.database, one.schema.empty() && one.kind == pg_model::Kind::kSchema ? one.name : one.schema);
        });
    if (is_named) named.push_back(each.name);
  }
  for (const pg_spec::Schema& each : spec.schemas) {  // that the plan makes
    if (pg_spec::matches(each.database, database.self.name) && !pg_spec::is_pattern(each.name) &&
        std::find(named.begin(), named.end(), each.name) == named.end())
      named.push_back(each.name);
  }
  return named;
}

std::string list_of(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& each : names) list += (list.empty() ? "" : ", ") + pg::literal(each);
  return list.empty() ? "NULL" : list;
}

// What each login may do in this database; asked in the state that the spec brings about.
std::vector<std::string> questions(const std::string& logins, const std::vector<std::string>& schemas) {
  const std::string who = fmt::format(
      "WITH who AS (SELECT l.oid AS login, e.oid AS acts, v.login AS login_name, v.acts AS acts_name FROM "
      "(VALUES {}) v(login, acts) JOIN pg_catalog.pg_roles l ON l.rolname = v.login JOIN "
      "pg_catalog.pg_roles e ON e.rolname = v.acts WHERE l.rolcanlogin)",
      logins);
  return {
      fmt::format("{} SELECT login_name, acts_name, has_database_privilege(login, d.oid, 'CONNECT'), "
                  "has_database_privilege(acts, d.oid, 'CREATE'), (SELECT rolcreaterole OR rolsuper FROM "
                  "pg_catalog.pg_roles r WHERE r.oid = acts) FROM who, pg_catalog.pg_database d WHERE d.datname = "
                  "pg_catalog.current_database() ORDER BY 1",
                  who),
      fmt::format("{} SELECT login_name, acts_name, nspname, has_schema_privilege(acts, n.oid, 'USAGE'), "
                  "has_schema_privilege(acts, n.oid, 'CREATE') FROM who, pg_catalog.pg_namespace n WHERE nspname IN "
                  "({}) ORDER BY 1, 3",
                  who, list_of(schemas)),
      fmt::format(
          "{}, chosen AS (SELECT c.oid, n.oid AS nsp, nspname, relname, relkind, (SELECT attname FROM "
          "pg_catalog.pg_attribute a WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '' "
          "AND attidentity <> 'a' ORDER BY attnum LIMIT 1) AS attname, row_number() OVER (PARTITION BY nspname, "
          "relkind "
          "ORDER BY relname) AS place FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = "
          "relnamespace WHERE nspname IN ({}) AND relkind IN ('r', 'p', 'v', 'm')) "
          "SELECT login_name, nspname, relname, relkind, attname, has_schema_privilege(acts, nsp, 'USAGE'), "
          "has_table_privilege(acts, oid, 'SELECT'), has_table_privilege(acts, oid, 'INSERT'), "
          "has_table_privilege(acts, oid, 'UPDATE'), has_table_privilege(acts, oid, 'DELETE'), "
          "has_table_privilege(acts, oid, 'TRUNCATE'), has_any_column_privilege(acts, oid, 'SELECT'), "
          "has_any_column_privilege(acts, oid, 'INSERT'), has_any_column_privilege(acts, oid, 'UPDATE') "
          "FROM chosen, who WHERE place <= {} ORDER BY 1, 2, 3",
          who, list_of(schemas), kRelationsMax)};
}

class Matrix {
 public:
  explicit Matrix(std::string database) : database_(std::move(database)) {}

  void take_database(const pg::Rows& rows) {
    for (int i = 0; i < rows.size(); ++i) {
      Visit& visit = visits_[std::string(rows.text(i, 0))];
      visit.login = rows.text(i, 0);
      visit.database = database_;
      visit.may_connect = rows.truth(i, 2);
      visit.expected.push_back({"CREATE SCHEMA", fmt::format("CREATE SCHEMA {}", pg::identifier(kScratch)),
                                rows.truth(i, 3), true, false, "", ""});
      if (!rows.truth(i, 4))
        visit.expected.push_back(
            {"CREATE ROLE", fmt::format("CREATE ROLE {}", pg::identifier(kScratch)), false, true, false, "", ""});
    }
  }

  void take_schemas(const pg::Rows& rows) {
    for (int i = 0; i < rows.size(); ++i) {
      const std::string schema(rows.text(i, 2));
      const bool may = rows.truth(i, 3) && rows.truth(i, 4);
      Expected one{"CREATE in " + schema,
                   fmt::format("CREATE TABLE {} ()", qualified(schema, kScratch)),
                   may,
                   true,
                   false,
                   "",
                   ""};
      if (may) {
        one.owner = rows.text(i, 1);
        one.asks_owner = fmt::format(
            "SELECT pg_catalog.pg_get_userbyid(relowner) FROM pg_catalog.pg_class WHERE oid = {}"
            "::pg_catalog.regclass",
            pg::literal(qualified(schema, kScratch)));
      }
      visits_[std::string(rows.text(i, 0))].expected.push_back(std::move(one));
    }
  }

  void take_relations(const pg::Rows& rows) {
    for (int i = 0; i < rows.size(); ++i) {
      const std::string table = qualified(rows.text(i, 1), rows.text(i, 2));
      const std::string shown = fmt::format("{}.{}", rows.text(i, 1), rows.text(i, 2));
      const bool usage = rows.truth(i, 5);
      const bool is_table = rows.text(i, 3) == "r" || rows.text(i, 3) == "p";
      auto& expected = visits_[std::string(rows.text(i, 0))].expected;
      // A right on some columns alone is neither a yes nor a no for the table.
      const auto is_clear = [&](int whole, int any) { return !usage || rows.truth(i, whole) == rows.truth(i, any); };
      if (is_clear(6, 11))
        expected.push_back({"SELECT from " + shown, fmt::format("EXPLAIN SELECT 1 FROM {}", table),
                            usage && rows.truth(i, 6), false, false, "", ""});
      if (!is_table) continue;
      const std::string column = pg::identifier(rows.text(i, 4));
      if (rows.at(i, 4) && is_clear(7, 12))
        expected.push_back({"INSERT into " + shown,
                            fmt::format("EXPLAIN INSERT INTO {} ({}) SELECT NULL WHERE false", table, column),
                            usage && rows.truth(i, 7), false, false, "", ""});
      if (rows.at(i, 4) && is_clear(8, 13))
        expected.push_back({"UPDATE " + shown, fmt::format("EXPLAIN UPDATE {} SET {} = DEFAULT", table, column),
                            usage && rows.truth(i, 8), false, false, "", ""});
      expected.push_back({"DELETE from " + shown, fmt::format("EXPLAIN DELETE FROM {}", table),
                          usage && rows.truth(i, 9), false, false, "", ""});
      const bool may_truncate = usage && rows.truth(i, 10);
      // Who may is not put to the test: it would wait for everybody who reads the table.
      expected.push_back({"TRUNCATE " + shown,
                          may_truncate
                              ? fmt::format("SELECT pg_catalog.has_table_privilege({}, 'TRUNCATE')", pg::literal(table))
                              : fmt::format("TRUNCATE {}", table),
                          may_truncate, !may_truncate, may_truncate, "", ""});
    }
  }

  [[nodiscard]] std::vector<Visit> visits() && {
    std::vector<Visit> all;
    for (auto& [login, visit] : visits_) all.push_back(std::move(visit));
    return all;
  }

 private:
  std::string database_;
  std::map<std::string, Visit> visits_;
};

class Verifying {
 public:
  Verifying(Session& session, const pg_spec::Spec& spec, SecretStore* secrets)
      : session_(session), spec_(spec), secrets_(secrets) {}

  base::Result<std::vector<Login>> run() {
    if (std::optional<Refusal> refusal = TRY(take_lock(session_, spec_.maintenance_database)))
      return base::fail(base::Code::kConflict, refusal->why);
    draft_ = TRY(draft(session_, spec_, nullptr));
    TRY(read_passwords());
    const std::string logins = values_of(spec_);
    if (logins.empty()) return std::move(tried_);
    for (const pg_model::Database& each : draft_.cluster.databases) {
      if (!each.inspected) continue;
      for (const Visit& visit : TRY(expectations(each, logins))) TRY(pay(visit));
    }
    for (const pg_spec::Role& role : spec_.roles) {
      if (role.kind == pg_spec::RoleKind::kLogin && draft_.cluster.role(role.name) == nullptr)
        tried_.push_back({role.name, "", "logs in", false, "there is no such role: apply the spec first"});
    }
    return std::move(tried_);
  }

 private:
  base::Result<void> read_passwords() {
    if (secrets_ == nullptr) return {};
    for (const Managed& managed : managed_of(spec_)) {
      std::optional<Held> held = TRY(secrets_->current(managed.slot));
      if (held) passwords_.insert_or_assign(held->login, std::move(held->password));
    }
    return {};
  }

  base::Result<std::vector<Visit>> expectations(const pg_model::Database& database, const std::string& logins) {
    pg::Connection& connection = *TRY(session_.to(database.self.name));
    Statements list;
    for (const pg_plan::Statement& each : draft_.planned.plan.statements) {
      if (each.in_transaction && (!each.database || *each.database == database.self.name)) list.push_back(&each);
    }
    Matrix matrix(database.self.name);
    const auto ask = [&](pg::Connection& asked) -> base::Result<void> {
      const std::vector<std::string> all = questions(logins, schemas_of(spec_, database));
      const std::vector<base::Result<pg::Rows>> answers = TRY(asked.pipeline(all, session_.deadline()));
      for (const base::Result<pg::Rows>& each : answers) {
        if (!each) return base::fail(each.error());
      }
      matrix.take_database(*answers[0]);
      matrix.take_schemas(*answers[1]);
      matrix.take_relations(*answers[2]);
      return {};
    };
    const bool runs = draft_.planned.refused.empty();
    Ran ran = TRY(run_transaction(session_, connection, runs ? list : Statements(), End::kRollBack, ask));
    if (ran.failed && runs) {  // what the plan cannot do, no login can show: then by what is
      tried_.push_back({"", database.self.name, "the spec can be brought about", false, ran.failed->message});
      ran = TRY(run_transaction(session_, connection, Statements(), End::kRollBack, ask));
    }
    if (ran.failed) return base::fail(base::Code::kImpossible, ran.failed->message);
    return std::move(matrix).visits();
  }

  // Nothing: neither a password nor a token is at hand.
  base::Result<std::optional<base::Secret>> secret_of(const std::string& login) {
    if (const auto found = passwords_.find(login); found != passwords_.end()) return std::optional(found->second);
    const bool by_token = std::any_of(spec_.roles.begin(), spec_.roles.end(),
                                      [&](const pg_spec::Role& each) { return each.name == login && each.iam_login; });
    if (by_token && session_.target().login_token) return std::optional(TRY(session_.target().login_token(login)));
    return std::optional<base::Secret>();
  }

  base::Result<void> pay(const Visit& visit) {
    const std::optional<base::Secret> secret = TRY(secret_of(visit.login));
    base::Result<pg::Connection> opened = session_.open_as(visit.login, secret, visit.database);
    const std::string expectation = visit.may_connect ? "logs in" : "may not log in";
    if (!opened) {
      const base::Error& error = opened.error();
      const bool lacks = pg::sqlstate_of(error) == kLacksPrivilege;
      if (!secret && error.code == base::Code::kUnauthenticated) {
        tried_.push_back({visit.login, visit.database, expectation, true,
                          "not tried: neither a password nor a token of it is at hand"});
        return {};
      }
      if (error.code != base::Code::kUnauthenticated && !lacks && error.code != base::Code::kImpossible)
        return base::fail(error);
      tried_.push_back({visit.login, visit.database, expectation, lacks && !visit.may_connect, error.message});
      return {};
    }
    tried_.push_back(
        {visit.login, visit.database, expectation, visit.may_connect, visit.may_connect ? "" : "it logged in"});
    if (!visit.may_connect) return {};
    for (const Expected& each : visit.expected) TRY(test(visit, *opened, each));
    return {};
  }

  base::Result<void> test(const Visit& visit, pg::Connection& connection, const Expected& expected) {
    const std::string expectation = (expected.may ? "may " : "may not ") + expected.what;
    std::string detail;
    bool can = true;
    if (expected.rolls_back) {
      const std::vector<std::string> opening{"BEGIN", "SET LOCAL lock_timeout = 100"};
      TRY(connection.pipeline(opening, session_.deadline()));
    }
    base::Result<pg::Rows> answer = connection.query(expected.sql, session_.deadline());
    if (!answer) {
      if (answer.error().code != base::Code::kImpossible) return base::fail(answer.error());
      const std::string_view state = pg::sqlstate_of(answer.error());
      can = state != kLacksPrivilege;
      detail =
          state == kNoTime ? "the right is there; the lock was not, and was not waited for" : answer.error().message;
    } else if (expected.asks) {
      can = answer->size() == 1 && answer->truth(0, 0);
    }
    bool ok = can == expected.may;
    if (ok && answer && !expected.owner.empty()) {
      const pg::Rows owner = TRY(connection.query(expected.asks_owner, session_.deadline()));
      if (owner.size() != 1 || owner.text(0, 0) != expected.owner) {
        ok = false;
        detail = fmt::format("what it makes belongs to {}, and not to {}",
                             owner.size() == 1 ? owner.text(0, 0) : "nobody", expected.owner);
      }
    }
    if (expected.rolls_back) TRY(connection.query("ROLLBACK", session_.deadline()));
    if (ok && expected.may) detail.clear();
    tried_.push_back({visit.login, visit.database, expectation, ok, std::move(detail)});
    return {};
  }

  Session& session_;
  const pg_spec::Spec& spec_;
  SecretStore* secrets_;
  Draft draft_;
  std::map<std::string, base::Secret> passwords_;
  std::vector<Login> tried_;
};

}  // namespace

base::Result<std::vector<Login>> verify(const Target& target, const pg_spec::Spec& spec, SecretStore* secrets) {
  Session session(target);
  return Verifying(session, spec, secrets).run();
}

}  // namespace pg_run
