#include "pg_spec/reader.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/limits.h"
#include "json/decode.h"

namespace pg_spec::internal {
namespace {

constexpr std::size_t kNameBytesMax = 63;  // NAMEDATALEN - 1: the server cuts longer names with a notice only

std::string_view kind_of(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return "nothing";
    case Node::Kind::kText:
      return "a text";
    case Node::Kind::kList:
      return "a list";
    case Node::Kind::kMap:
      return "a mapping";
  }
  return "something else";
}

// Roles that are there without anybody's doing: PostgreSQL's own and Amazon's. The underscore counts: pgadmin is
// somebody's.
bool is_system_role(std::string_view name) {
  return name.starts_with("pg_") || name.starts_with("rds_") || name == "rdsadmin";
}

}  // namespace

std::string Reader::meant(std::string_view word, const std::vector<std::string_view>& known) const {
  constexpr std::size_t kKnownMax = 1000;  // a guess takes time, and for problems that are not listed nobody reads it
  if (problems_.count() > base::limits::kFieldErrorsMax || known.size() > kKnownMax) return {};
  const std::string_view near = json::nearest_name(word, known);
  return near.empty() ? std::string() : fmt::format("; did you mean {}?", near);
}

void Reader::members(const Node& node, std::string_view what, const Handlers& handlers) {
  if (node.is_null()) return;
  if (!node.is_map()) return problem(node.at, fmt::format("{} is a mapping, and this is {}", what, kind_of(node)));
  for (const Member& member : node.members) {
    if (std::ranges::any_of(handlers, [&](const auto& each) { return each.first == member.key; })) continue;
    std::vector<std::string_view> known;
    for (const auto& each : handlers) known.push_back(each.first);
    const std::string near = meant(member.key, known);
    problem(member.at, fmt::format("{} has no key {}{}", what, member.key,
                                   near.empty() ? fmt::format("; it has {}", fmt::join(known, ", ")) : near));
  }
  for (const auto& [key, handler] : handlers) {
    auto found = std::ranges::find(node.members, key, &Member::key);
    if (found != node.members.end()) handler(found->value);
  }
}

void Reader::each_member(const Node& node, std::string_view what, const std::function<void(const Member&)>& take) {
  if (node.is_null()) return;
  if (!node.is_map()) return problem(node.at, fmt::format("{} is a mapping, and this is {}", what, kind_of(node)));
  for (const Member& each : node.members) {
    if (room(each.at)) take(each);
  }
}

void Reader::each_item(const Node& node, std::string_view what, const std::function<void(const Node&)>& take) {
  if (node.is_null()) return;
  if (!node.is_list()) return problem(node.at, fmt::format("{} is a list, and this is {}", what, kind_of(node)));
  for (const Node& each : node.items) {
    if (room(each.at)) take(each);
  }
}

void Reader::each_text(const Node& node, std::string_view what, const std::function<void(const Node&)>& take) {
  if (node.is_text()) return take(node);
  each_item(node, what, [&](const Node& item) {
    if (!item.is_text())
      return problem(item.at, fmt::format("in {} there are texts, and this is {}", what, kind_of(item)));
    take(item);
  });
}

void Reader::required(bool given, const Node& node, std::string_view key) {
  if (!given && (node.is_map() || node.is_null()) &&
      std::ranges::find(node.members, key, &Member::key) == node.members.end()) {
    problem(node.at, fmt::format("{} is missing", key));
  }
}

bool Reader::text(const Node& node, std::string_view what, std::string& out) {
  if (!node.is_text()) {
    problem(node.at, fmt::format("{} is a text, and this is {}{}", what, kind_of(node),
                                 node.is_null() ? " (a text that is empty or null needs quotes)" : ""));
    return false;
  }
  out = node.text;
  return true;
}

void Reader::text(const Node& node, std::string_view what, std::optional<std::string>& out) {
  std::string value;
  if (text(node, what, value)) out = std::move(value);
}

void Reader::boolean(const Node& node, std::string_view what, bool& out) {
  if (node.is_text() && node.plain && (node.text == "true" || node.text == "false")) {
    out = node.text == "true";
  } else {
    problem(node.at, fmt::format("{} is true or false", what));
  }
}

void Reader::boolean(const Node& node, std::string_view what, std::optional<bool>& out) {
  bool value = false;
  const std::size_t before = problems_.count();
  boolean(node, what, value);
  if (problems_.count() == before) out = value;
}

void Reader::connection_limit(const Node& node, std::optional<int>& out) {
  int value = 0;
  const char* end = node.text.data() + node.text.size();
  const auto [rest, wrong] = std::from_chars(node.text.data(), end, value);
  if (!node.is_text() || !node.plain || wrong != std::errc() || rest != end || value < -1) {
    return problem(node.at, "connection_limit is a whole number from 0, or -1 for none");
  }
  out = value;
}

void Reader::mode(const Node& node, std::optional<Mode>& out) {
  if (node.is_text() && node.text == "exactly") {
    out = Mode::kExactly;
  } else if (node.is_text() && node.text == "at-least") {
    out = Mode::kAtLeast;
  } else if (node.is_text() && node.text == "adopt") {
    out = Mode::kAdopt;
  } else {
    problem(node.at, "mode is exactly, at-least or adopt");
  }
}

bool Reader::name(std::string_view text, Position at, std::string_view what) {
  if (text.empty()) {
    problem(at, fmt::format("the name of {} is empty", what));
    return false;
  }
  if (text.size() > kNameBytesMax) {
    problem(at, fmt::format("the name of {} has {} bytes, and PostgreSQL keeps {}", what, text.size(), kNameBytesMax));
    return false;
  }
  return true;
}

bool Reader::role(std::string_view text, Position at, bool or_public) {
  if (text == "PUBLIC") {
    if (!or_public) problem(at, "PUBLIC is everybody, and no role: it cannot stand here");
    return or_public;
  }
  if (!name(text, at, "a role")) return false;
  if (!is_system_role(text)) named_.push_back({std::string(text), at});
  return true;
}

bool Reader::role(const Node& node, std::string& out, bool or_public) {
  std::string value;
  if (!text(node, "a role", value) || !role(value, node.at, or_public)) return false;
  out = std::move(value);
  return true;
}

bool Reader::declare(std::string_view text, Position at) {
  if (!name(text, at, "a role")) return false;
  if (text == "PUBLIC" || text == "public" || text == "none" || text.starts_with("pg_")) {
    problem(at, fmt::format("no role can be named {}: PostgreSQL keeps that name for itself", text));
    return false;
  }
  auto [known, first] = declared_.try_emplace(std::string(text), at);
  if (!first) problem(at, fmt::format("the role {} is declared in line {} already", text, known->second.line));
  return first;
}

void Reader::check_roles() {
  std::vector<std::string_view> known;
  for (const auto& each : declared_) known.push_back(each.first);
  for (const Named& each : named_) {
    if (declared_.contains(each.role)) continue;
    std::string near = each.role == "public" ? "; did you mean PUBLIC?" : meant(each.role, known);
    if (near.empty()) near = "; declare it in owners, groups or logins, or name it in external_roles";
    problem(each.at, fmt::format("there is no role {} in this document{}", each.role, near));
  }
}

std::string Reader::no_profile(std::string_view name) const {
  std::vector<std::string_view> known;
  for (const auto& each : profiles) known.push_back(each.first);
  const std::string near = meant(name, known);
  return fmt::format("there is no profile {}{}", name,
                     near.empty() ? fmt::format("; there are {}", fmt::join(known, ", ")) : near);
}

void Reader::add_object(Selector selector) {
  std::string key = fmt::format("{}{}\n{}\n{}\n{}\n{}", static_cast<int>(selector.kind), selector.wide,
                                selector.database, selector.schema, selector.name, selector.column);
  if (objects_.emplace(std::move(key), true).second) spec.objects.push_back(std::move(selector));
}

void Reader::add_rights(const std::string& role, const Selector& on, const Rights& rights) {
  if (rights.has != 0 || rights.all) spec.grants.push_back({role, on, rights.has, rights.all, false});
  if (rights.with_option != 0 || rights.all_with_option) {
    spec.grants.push_back({role, on, rights.with_option, rights.all_with_option, true});
  }
  if (rights.has_not != 0 || rights.not_all) spec.revokes.push_back({role, on, rights.has_not, rights.not_all, false});
}

void Reader::add_defaults(const DefaultGrant& base, const Rights& rights) {
  auto add = [&](std::vector<DefaultGrant>& to, pg_model::Privileges privileges, bool all, bool option) {
    if (privileges == 0 && !all) return;
    to.push_back(base);
    to.back().privileges = privileges;
    to.back().all = all;
    to.back().grant_option = option;
  };
  add(spec.defaults, rights.has, rights.all, false);
  add(spec.defaults, rights.with_option, rights.all_with_option, true);
  add(spec.default_revokes, rights.has_not, rights.not_all, false);
}

std::string Reader::key_of(const Setting& setting) {
  return fmt::format("{}\n{}\n{}", setting.role, setting.database, setting.name);
}

std::string Reader::key_of(const Membership& membership) {
  return fmt::format("{}\n{}", membership.role, membership.member);
}

void Reader::add_setting_if_none(Setting setting, Position at) {
  if (!settings_.contains(key_of(setting))) add_setting(std::move(setting), at);
}

void Reader::add_membership_if_none(Membership membership, Position at) {
  if (!memberships_.contains(key_of(membership))) add_membership(std::move(membership), at);
}

void Reader::add_setting(Setting setting, Position at) {
  auto [known, first] = settings_.try_emplace(key_of(setting), at);
  if (!first) {
    return problem(at, fmt::format("{} is set in line {} already", setting.name, known->second.line));
  }
  spec.settings.push_back(std::move(setting));
}

void Reader::add_membership(Membership membership, Position at) {
  if (membership.role == membership.member)
    return problem(at, fmt::format("{} cannot be a member of itself", membership.role));
  auto [known, first] = memberships_.try_emplace(key_of(membership), at);
  if (!first) {
    return problem(at, fmt::format("that {} is a member of {} is said in line {} already", membership.member,
                                   membership.role, known->second.line));
  }
  spec.memberships.push_back(std::move(membership));
}

bool Reader::room(Position at) {
  const std::size_t facts = spec.grants.size() + spec.revokes.size() + spec.defaults.size() +
                            spec.default_revokes.size() + spec.objects.size() + spec.owners.size() + spec.roles.size() +
                            spec.memberships.size() + spec.settings.size();
  if (facts < base::limits::kDatabaseSpecFactsMax) return true;
  if (!full_)
    problem(at,
            fmt::format("from here on there are more than {} facts: use groups", base::limits::kDatabaseSpecFactsMax));
  full_ = true;
  return false;
}

}  // namespace pg_spec::internal
