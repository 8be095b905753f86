// Memberships. Before 16 one row a pair, whoever gave it; from 16 on one a grantor, each with three options, and only
// in the grantor's name can a row be taken away. What a role holds is the union of its rows.
//
// Never touched: the ADMIN that the server gives the maker of a role from 16 on (CloudNativePG #11448), any ADMIN of
// the executor (it works with it), and members that are managed elsewhere.

#include <algorithm>
#include <functional>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "pg_model/quote.h"
#include "pg_plan/work.h"

namespace pg_plan {
namespace {

using pg_model::identifier;
using pg_model::Membership;
using pg_model::Oid;
using pg_model::Role;
using pg_spec::Mode;

using Pair = std::pair<Oid, Oid>;  // role, member

struct Wish {
  std::optional<bool> admin, inherit, set;
  auto operator<=>(const Wish&) const = default;
};

class Memberships {
 public:
  explicit Memberships(Work& work) : work_(work) {
    for (std::size_t row = 0; row < work.after.memberships.size(); ++row) {
      const Membership& each = work.after.memberships[row];
      rows_[{each.role, each.member}].push_back(row);
    }
    gone_.resize(work.after.memberships.size());
  }

  void run() {
    read_wishes();
    for (const auto& [pair, wish] : wishes_) bring(pair, wish);
    for (const auto& [pair, rows] : rows_) take_away(pair, rows);
    cascade();
    add_all();
    remove_all();
    finish();
  }

 private:
  static bool implicit(const Membership& row) {
    return row.grantor == kBootstrap && row.admin && !row.inherit && !row.set;
  }

  // Whether what the server does by itself is what was asked for.
  static bool is_implicit(const Wish& wish) {
    bool says = wish.admin == true || wish.inherit == false || wish.set == false;
    return says && wish.admin != false && wish.inherit != true && wish.set != true;
  }

  void read_wishes() {
    for (const pg_spec::Membership& each : work_.spec.memberships) {
      std::string where = fmt::format("Membership of {} in {}", each.member, each.role);
      auto role = work_.find_role(each.role, where), member = work_.find_role(each.member, where);
      if (!role || !member) continue;
      if (*role == pg_model::kPublic || *member == pg_model::kPublic || *role == *member) {
        work_.refuse(where + ": PUBLIC is no role, and no role is a member of itself.");
        continue;
      }
      if (work_.major() < 16 && !true_by_itself(each, *member)) {
        work_.refuse(
            fmt::format("{}: PostgreSQL {} does not know the options INHERIT and SET of a membership (they came "
                        "with 16). Leave them out, or declare `inherit` of the role {}.",
                        where, work_.major(), each.member));
        continue;
      }
      wishes_[{*role, *member}] = {each.admin, each.inherit, each.set};
    }
  }

  bool true_by_itself(const pg_spec::Membership& each, Oid member) const {
    return each.set.value_or(true) && (!each.inherit || *each.inherit == work_.role(member)->inherit);
  }

  // What is declared and not so.
  void bring(const Pair& pair, const Wish& wish) {
    auto rows = rows_.find(pair);
    Wish has{false, false, false};
    bool there = false;
    if (rows != rows_.end()) {
      for (std::size_t row : rows->second) {
        const Membership& each = work_.after.memberships[row];
        if (work_.major() >= 16 && implicit(each) && !is_implicit(wish)) continue;
        there = true;
        has = {*has.admin || each.admin, *has.inherit || each.inherit, *has.set || each.set};
      }
    }
    bool more = (wish.admin == true && has.admin == false) ||
                (work_.major() >= 16 &&
                 ((wish.inherit == true && has.inherit == false) || (wish.set == true && has.set == false)));
    if (!there || more) {
      Wish asked = wish;
      if (asked.admin == false) asked.admin.reset();  // it is the default, and the same on every major
      if (work_.major() < 16) asked.inherit = asked.set = std::nullopt;
      additions_[asked][pair.first].push_back(pair.second);
    }
    if (there) take_options(rows->second, wish);
  }

  // An option that is declared to be off is taken from every row that has it, in whatever mode.
  void take_options(const std::vector<std::size_t>& rows, const Wish& wish) {
    for (std::size_t at : rows) {
      Membership& row = work_.after.memberships[at];
      if (implicit(row) && work_.major() >= 16) continue;
      auto take = [&](const std::optional<bool>& wanted, bool& has, std::string_view option) {
        if (wanted != false || !has) return;
        has = false;
        revoke(row, fmt::format("{} OPTION FOR ", option), "declared without this option");
      };
      take(wish.admin, row.admin, "ADMIN");
      if (work_.major() < 16) continue;
      take(wish.inherit, row.inherit, "INHERIT");
      take(wish.set, row.set, "SET");
    }
  }

  // What is not declared.
  void take_away(const Pair& pair, const std::vector<std::size_t>& rows) {
    if (wishes_.contains(pair) || work_.external.contains(pair.second)) return;
    if (work_.absent.contains(pair.first) || work_.absent.contains(pair.second)) return;  // DROP ROLE does it
    std::optional<Mode> mode = mode_of(pair);
    if (!mode || *mode == Mode::kAtLeast) return;
    for (std::size_t at : rows) {
      const Membership& row = work_.after.memberships[at];
      if (row.member == work_.executor.self() && row.admin) continue;
      if (work_.major() >= 16 && implicit(row)) continue;
      if (*mode == Mode::kAdopt) {
        work_.unmanaged(
            fmt::format("membership of {} in {}", work_.names.plain(row.member), work_.names.plain(row.role)));
        continue;
      }
      gone_[at] = true;
      revoke(row, "", "not declared");
    }
  }

  // The stricter one of the two that are declared.
  [[nodiscard]] std::optional<Mode> mode_of(const Pair& pair) const {
    std::optional<Mode> found;
    for (Oid each : {pair.first, pair.second}) {
      auto declared = work_.declared.find(each);
      if (declared == work_.declared.end()) continue;
      if (!found || declared->second == Mode::kExactly) found = declared->second;
    }
    return found;
  }

  // From 16 on a row stands on its grantor's ADMIN: what somebody gave who has it no longer goes, and is given again by
  // the executor where it is declared, or where nothing is to be lost.
  void cascade() {
    if (work_.major() < 16) return;
    for (bool again = true; again;) {
      again = false;
      for (std::size_t at = 0; at < gone_.size(); ++at) {
        const Membership row = work_.after.memberships[at];
        if (gone_[at] || row.grantor == kBootstrap || !lost_admin(row.role, row.grantor)) continue;
        if (work_.absent.contains(row.role) || work_.absent.contains(row.member)) continue;
        gone_[at] = again = true;
        revoke(row, "", fmt::format("{} loses the ADMIN by which it gave this", work_.names.plain(row.grantor)));
        Pair pair{row.role, row.member};
        bool declared = wishes_.contains(pair);
        if (!declared && mode_of(pair) == Mode::kExactly) continue;
        Wish same{row.admin ? std::optional(true) : std::nullopt, row.inherit, row.set};
        std::vector<Oid>& members = additions_[declared ? wishes_[pair] : same][row.role];
        if (std::ranges::find(members, row.member) == members.end()) members.push_back(row.member);
      }
    }
  }

  // The rows that were there.
  [[nodiscard]] std::vector<std::size_t> rows_of(Oid role, Oid member) const {
    const auto rows = rows_.find({role, member});
    return rows == rows_.end() ? std::vector<std::size_t>() : rows->second;
  }

  [[nodiscard]] bool lost_admin(Oid role, Oid grantor) const {
    if (work_.absent.contains(grantor)) return true;
    bool had = false;
    for (std::size_t at : rows_of(role, grantor)) {
      if (work_.after.memberships[at].admin && !gone_[at]) return false;
      had = true;
    }
    return had;
  }

  // Statements: the same options, the same members: one GRANT of all these roles.
  void add_all() {
    for (auto& [wish, roles] : additions_) {
      std::map<std::pair<bool, std::vector<Oid>>, std::vector<Oid>> groups;
      for (auto& [role, members] : roles) {
        std::ranges::sort(members);
        groups[{work_.executor.may_grant(*work_.role(role)), members}].push_back(role);
        for (Oid member : members) record(role, member, wish);
      }
      for (const auto& [group, granted] : groups) add_one(wish, granted, group.second, group.first);
    }
  }

  void add_one(const Wish& wish, const std::vector<Oid>& roles, const std::vector<Oid>& members, bool possible) {
    std::vector<std::string> options;
    auto option = [&](const std::optional<bool>& value, std::string_view word) {
      if (value) options.push_back(fmt::format("{} {}", word, *value ? "TRUE" : "FALSE"));
    };
    std::string with;
    if (work_.major() >= 16) {
      option(wish.admin, "ADMIN");
      option(wish.inherit, "INHERIT");
      option(wish.set, "SET");
      if (!options.empty()) with = " WITH " + join(options);
    } else if (wish.admin == true) {
      with = " WITH ADMIN OPTION";
    }
    work_.script.add({.phase = kMemberships,
                      .sql = fmt::format("GRANT {} TO {}{}", quoted(roles), quoted(members), with),
                      .reason = "membership is declared",
                      .missing = possible ? "" : "the executor holds no ADMIN on " + work_.names.plain(roles.front())});
  }

  [[nodiscard]] std::string quoted(const std::vector<Oid>& roles) const {
    std::vector<std::string> names;
    names.reserve(roles.size());
    for (Oid role : roles) names.push_back(work_.names.quoted(role));
    std::ranges::sort(names);
    return join(names);
  }

  void record(Oid role, Oid member, const Wish& wish) {
    Membership row{.role = role,
                   .member = member,
                   .grantor = work_.executor.grantor_for(role),
                   .admin = wish.admin.value_or(false),
                   .inherit = wish.inherit.value_or(work_.role(member)->inherit),
                   .set = wish.set.value_or(true)};
    // What the executor gave before is changed, and keeps the options that are not said.
    for (std::size_t at : rows_of(role, member)) {
      Membership& same = work_.after.memberships[at];
      if (gone_[at] || same.grantor != row.grantor) continue;
      same.admin = wish.admin.value_or(same.admin);
      same.inherit = wish.inherit.value_or(same.inherit);
      same.set = wish.set.value_or(same.set);
      changed_.push_back(same);
      return;
    }
    added_.push_back(row);
  }

  void revoke(const Membership& row, std::string_view what, std::string_view reason) {
    revokes_.push_back({row, std::string(what), std::string(reason)});
  }

  void remove_all() {
    bool early = would_circle();
    for (const Revoke& each : revokes_) {
      bool by_grantor = work_.major() >= 16;
      bool bootstrap = each.row.grantor == kBootstrap;
      int depth = by_grantor ? depth_of(each.row) : 0;
      std::string sql = fmt::format("REVOKE {}{} FROM {}", each.what, work_.names.quoted(each.row.role),
                                    work_.names.quoted(each.row.member));
      if (by_grantor) sql += " GRANTED BY " + work_.names.quoted(each.row.grantor);
      std::string missing;
      if (!by_grantor && !work_.executor.may_grant(*work_.role(each.row.role))) {
        missing = "the executor has neither CREATEROLE nor ADMIN on " + work_.names.plain(each.row.role);
      }
      work_.script.add({.stage = early ? kAdditions : kRemovals,
                        .phase = early ? kMembershipsOffEarly : kMembershipsOffBegin - depth + 50,
                        .actor = by_grantor && !(work_.executor.superuser() && bootstrap) ? each.row.grantor : 0,
                        .sql = std::move(sql),
                        .reason = each.reason,
                        .risk = Risk::kLow,
                        .missing = std::move(missing)});
    }
  }

  // How far the row's grantor is from one who needed nobody.
  [[nodiscard]] int depth_of(const Membership& row) const {
    int depth = 0;
    Oid grantor = row.grantor;
    while (grantor != kBootstrap && depth < 49) {
      auto from = std::ranges::find_if(work_.before.memberships, [&](const Membership& each) {
        return each.role == row.role && each.member == grantor && each.admin;
      });
      if (from == work_.before.memberships.end()) break;
      grantor = from->grantor;
      ++depth;
    }
    return depth;
  }

  // Whether what is added closes a circle with what is only removed afterwards.
  [[nodiscard]] bool would_circle() const {
    if (revokes_.empty() || added_.empty()) return false;
    Graph both(work_.before.memberships);
    for (const Membership& row : added_) both.add(row);
    return !both.circle().empty();
  }

  void finish() {
    std::vector<Membership> left;
    for (std::size_t at = 0; at < gone_.size(); ++at) {
      const Membership& row = work_.after.memberships[at];
      bool dropped = work_.absent.contains(row.role) || work_.absent.contains(row.member);
      if (!gone_[at] && !dropped) left.push_back(row);
    }
    left.insert(left.end(), added_.begin(), added_.end());
    work_.after.memberships = std::move(left);
    for (const Membership& row : added_) work_.executor.learn(row);
    for (const Membership& row : changed_) work_.executor.learn(row);
    std::vector<Oid> circle = Graph(work_.after.memberships).circle();
    if (circle.empty()) return;
    std::vector<std::string> roles;
    for (Oid each : circle) roles.push_back(work_.names.plain(each));
    work_.refuse("Memberships go in a circle: " + join(roles));
  }

  struct Revoke {
    Membership row;
    std::string what, reason;
  };

  Work& work_;
  std::map<Pair, std::vector<std::size_t>> rows_;
  std::map<Pair, Wish> wishes_;
  std::map<Wish, std::map<Oid, std::vector<Oid>>> additions_;
  std::vector<Membership> added_, changed_;
  std::vector<Revoke> revokes_;
  std::vector<bool> gone_;
};

}  // namespace

void plan_memberships(Work& work) { Memberships(work).run(); }

}  // namespace pg_plan
