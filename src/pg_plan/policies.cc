// Row-level policies and row security. Under kExactly they are, as grants are, the whole truth for the tables that the
// document names.

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "pg_model/quote.h"
#include "pg_plan/expression.h"
#include "pg_plan/match.h"
#include "pg_plan/work.h"

namespace pg_plan {
namespace {

using pg_model::identifier;
using pg_model::Kind;
using pg_model::Object;
using pg_model::Oid;
using pg_model::Policy;
using pg_spec::Mode;

class Policies {
 public:
  explicit Policies(Work& work) : work_(work), matcher_(work) {}

  void run() {
    for (const pg_spec::RowSecurity& each : work_.spec.row_security) {
      for (const Ref& ref : matcher_.find(each.table)) {
        named_.insert(ref);
        secured_.insert(ref);
        secure(ref, each.enabled, each.forced, "declared");
      }
    }
    for (const pg_spec::Policy& each : work_.spec.policies) {
      for (const Ref& ref : matcher_.find(each.table)) {
        named_.insert(ref);
        bring(ref, each);
      }
    }
    for (const pg_spec::Selector& each : work_.spec.objects) {
      if (is_relation(each.kind) && each.kind != Kind::kSequence) {
        for (const Ref& ref : matcher_.find(each)) named_.insert(ref);
      }
    }
    for (const Ref& ref : named_) take_away(ref);
  }

 private:
  [[nodiscard]] Step step_of(const Ref& ref) {
    const Object& table = object_of(work_, ref);
    Step step{.stage = kDatabases + static_cast<int>(ref.database), .phase = kRowSecurity, .actor = table.owner};
    if (!work_.executor.superuser()) {
      Temporary usage = usage_on_schema(work_, ref.database, table.schema, table.owner);
      if (!usage.grant.empty()) step.temporaries.push_back(std::move(usage));
    }
    return step;
  }

  void add(const Ref& ref, std::string sql, std::string reason, Risk risk) {
    Step step = step_of(ref);
    step.sql = std::move(sql);
    step.reason = std::move(reason);
    step.risk = risk;
    work_.script.add(std::move(step));
  }

  void secure(const Ref& ref, bool enabled, bool forced, const std::string& reason) {
    Object& table = object_of(work_, ref);
    if (table.kind != Kind::kTable) return;
    std::string alter = "ALTER TABLE " + reference(table);
    if (table.row_security != enabled) {
      add(ref, alter + (enabled ? " ENABLE" : " DISABLE") + " ROW LEVEL SECURITY", reason,
          enabled ? Risk::kLow : Risk::kHigh);
    }
    if (table.force_row_security != forced) {
      add(ref, alter + (forced ? " FORCE" : " NO FORCE") + " ROW LEVEL SECURITY", reason,
          forced ? Risk::kLow : Risk::kHigh);
    }
    table.row_security = enabled;
    table.force_row_security = forced;
  }

  std::optional<std::vector<Oid>> roles_of(const pg_spec::Policy& declared) {
    std::vector<Oid> roles;
    for (const std::string& name : declared.roles) {
      auto role = work_.find_role(name, "Policy " + declared.name);
      if (!role) return std::nullopt;
      roles.push_back(*role);
    }
    if (roles.empty()) roles.push_back(pg_model::kPublic);
    std::ranges::sort(roles);
    return roles;
  }

  std::string to(const std::vector<Oid>& roles) const {
    std::vector<std::string> names;
    for (Oid each : roles) names.push_back(work_.names.quoted(each));
    std::ranges::sort(names);
    return " TO " + join(names);
  }

  static std::string expressions(const std::string& use, const std::string& check) {
    std::string text;
    if (!use.empty()) text += " USING (" + use + ")";
    if (!check.empty()) text += " WITH CHECK (" + check + ")";
    return text;
  }

  void bring(const Ref& ref, const pg_spec::Policy& declared) {
    auto roles = roles_of(declared);
    if (!roles) return;
    const Object& table = object_of(work_, ref);
    std::vector<Policy>& policies = work_.after.databases[ref.database].policies;
    kept_.insert({ref, declared.name});
    auto found = std::ranges::find_if(
        policies, [&](const Policy& each) { return each.table == table.oid && each.name == declared.name; });
    Policy wanted{.table = table.oid,
                  .name = declared.name,
                  .command = declared.command,
                  .using_expression = declared.using_expression,
                  .check_expression = declared.check_expression,
                  .permissive = declared.permissive,
                  .roles = *roles};
    std::string on = identifier(declared.name) + " ON " + reference(table);
    if (found != policies.end()) {
      if (!must_be_remade(*found, wanted)) {
        alter(ref, on, *found, wanted);
        return;
      }
      add(ref, "DROP POLICY " + on, "is made again in another way", Risk::kLow);
      policies.erase(found);
    }
    add(ref,
        fmt::format("CREATE POLICY {} AS {} FOR {}{}{}", on, wanted.permissive ? "PERMISSIVE" : "RESTRICTIVE",
                    wanted.command, to(*roles), expressions(wanted.using_expression, wanted.check_expression)),
        "declared", Risk::kLow);
    policies.push_back(std::move(wanted));
  }

  // What ALTER POLICY cannot change: the command, the sort, and an expression into none.
  static bool must_be_remade(const Policy& is, const Policy& wanted) {
    return is.command != wanted.command || is.permissive != wanted.permissive ||
           (!is.using_expression.empty() && wanted.using_expression.empty()) ||
           (!is.check_expression.empty() && wanted.check_expression.empty());
  }

  void alter(const Ref& ref, const std::string& on, Policy& is, const Policy& wanted) {
    std::vector<Oid> roles = is.roles;
    std::ranges::sort(roles);
    std::string change;
    if (roles != wanted.roles) change += to(wanted.roles);
    bool use = !same_expression(is.using_expression, wanted.using_expression);
    bool check = !same_expression(is.check_expression, wanted.check_expression);
    change += expressions(use ? wanted.using_expression : "", check ? wanted.check_expression : "");
    if (change.empty()) return;
    add(ref, "ALTER POLICY " + on + change, "differs from what is declared", Risk::kLow);
    is = wanted;
  }

  void take_away(const Ref& ref) {
    const Object table = object_of(work_, ref);
    const std::string& database = work_.after.databases[ref.database].self.name;
    Mode mode = pg_spec::mode_of(work_.spec, database, table.schema);
    if (mode == Mode::kAtLeast) return;
    std::erase_if(work_.after.databases[ref.database].policies, [&](const Policy& each) {
      if (each.table != table.oid || kept_.contains({ref, each.name})) return false;
      if (mode == Mode::kAdopt) {
        work_.unmanaged(fmt::format("policy {} of {}", each.name, plain(table)));
        return false;
      }
      add(ref, fmt::format("DROP POLICY {} ON {}", identifier(each.name), reference(table)), "not declared",
          Risk::kHigh);
      return true;
    });
    if (!table.row_security || secured_.contains(ref)) return;
    if (mode == Mode::kAdopt) work_.unmanaged("row security of " + plain(table));
    if (mode == Mode::kExactly) secure(ref, false, false, "not declared");
  }

  Work& work_;
  Matcher matcher_;
  std::set<Ref> named_, secured_;
  std::set<std::pair<Ref, std::string>> kept_;
};

}  // namespace

void plan_policies(Work& work) { Policies(work).run(); }

}  // namespace pg_plan
