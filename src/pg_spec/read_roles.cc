// owners, groups, logins and absent.

#include <algorithm>

#include <fmt/format.h>

#include "pg_spec/reader.h"

namespace pg_spec::internal {
namespace {

struct RoleReader {
  Reader& in;
  Role role;
  Position at;
  Position password_at;
  std::vector<std::pair<Setting, Position>> settings;
  std::vector<std::pair<Membership, Position>> memberships;

  void read(const Node& node);
  void read_memberships(const Node& node, std::string_view what, bool of_others);
  void read_login(const Node& node);
  void read_alternates(const Node& node);
  void finish();
  void finish_alternates();
};

// `of_others`: the list names the members of this role, and not the roles that it is a member of.
void RoleReader::read_memberships(const Node& node, std::string_view what, bool of_others) {
  in.each_item(node, what, [&](const Node& item) {
    Membership membership;
    std::string& other = of_others ? membership.member : membership.role;
    (of_others ? membership.role : membership.member) = role.name;
    if (item.is_text()) {
      if (!in.role(item, other)) return;
    } else {
      const std::string_view key = of_others ? "member" : "role";
      in.members(item, "a membership",
                 {{key, [&](const Node& each) { in.role(each, other); }},
                  {"admin", [&](const Node& each) { in.boolean(each, "admin", membership.admin); }},
                  {"inherit", [&](const Node& each) { in.boolean(each, "inherit", membership.inherit); }},
                  {"set", [&](const Node& each) { in.boolean(each, "set", membership.set); }}});
      in.required(!other.empty(), item, key);
      if (other.empty()) return;
    }
    memberships.emplace_back(std::move(membership), item.at);
  });
}

void RoleReader::read_alternates(const Node& node) {
  in.each_item(node, "alternates", [&](const Node& item) {
    std::string name;
    if (in.text(item, "a login", name) && in.declare(name, item.at)) role.alternates.push_back(name);
  });
  if (node.items.size() != 2) in.problem(node.at, "alternates are two logins, which are rotated in turn");
}

void RoleReader::read_login(const Node& node) {
  auto only_logins = [&](const Node& each, std::string_view key, const Handler& take) {
    if (role.kind == RoleKind::kLogin) return take(each);
    in.problem(each.at, fmt::format("{} is of logins only", key));
  };
  for (const Member& each : node.members) {
    if (each.key == "acts_as")
      only_logins(each.value, each.key, [&](const Node& value) { in.role(value, role.acts_as); });
    if (each.key == "iam_login") {
      only_logins(each.value, each.key, [&](const Node& value) { in.boolean(value, "iam_login", role.iam_login); });
    }
    if (each.key == "password") {
      password_at = each.at;
      only_logins(each.value, each.key, [&](const Node& value) { password_place(in, value, role.password); });
    }
    if (each.key == "alternates") only_logins(each.value, each.key, [&](const Node& value) { read_alternates(value); });
  }
}

void RoleReader::read(const Node& node) {
  auto flag = [&](std::string_view key, std::optional<bool>& out) {
    return std::pair<std::string_view, Handler>{key, [&, key](const Node& each) { in.boolean(each, key, out); }};
  };
  const Handler in_read_login = [](const Node&) {};
  in.members(
      node, "a role",
      {{"member_of", [&](const Node& each) { read_memberships(each, "member_of", false); }},
       {"members", [&](const Node& each) { read_memberships(each, "members", true); }},
       {"settings",
        [&](const Node& each) {
          in.each_member(each, "settings", [&](const Member& one) {
            settings.push_back({{role.name, "", one.key, setting_value(in, one.value, one.key)}, one.at});
          });
        }},
       {"database_settings",
        [&](const Node& each) {
          in.each_member(each, "database_settings", [&](const Member& database) {
            if (!in.name(plain_name(database.key), database.at, "a database")) return;
            if (is_pattern(database.key))
              return in.problem(database.at, "settings are of one database: this is a pattern");
            in.each_member(database.value, "settings", [&](const Member& one) {
              settings.push_back(
                  {{role.name, plain_name(database.key), one.key, setting_value(in, one.value, one.key)}, one.at});
            });
          });
        }},
       {"connection_limit", [&](const Node& each) { in.connection_limit(each, role.connection_limit); }},
       {"valid_until",
        [&](const Node& each) {
          std::string text;
          if (!in.text(each, "valid_until", text)) return;
          role.valid_until = utc_time(text);
          if (role.valid_until->empty())
            in.problem(each.at, "valid_until is a date, a time (2027-01-31T12:00:00Z) or infinity");
        }},
       {"comment", [&](const Node& each) { in.text(each, "comment", role.comment); }},
       flag("inherit", role.inherit),
       flag("createrole", role.createrole),
       flag("createdb", role.createdb),
       flag("replication", role.replication),
       flag("bypass_rls", role.bypass_rls),
       {"mode", [&](const Node& each) { in.mode(each, role.mode); }},
       {"acts_as", in_read_login},
       {"iam_login", in_read_login},
       {"password", in_read_login},
       {"alternates", in_read_login}});
  if (node.is_map()) read_login(node);
}

void RoleReader::finish() {
  if (role.iam_login && !role.password.empty()) {
    in.problem(password_at, "a member of rds_iam cannot log in with a password: either iam_login or password");
  }
  if (role.iam_login) memberships.push_back({{"rds_iam", role.name, {}, {}, {}}, at});
  if (!role.acts_as.empty()) {
    const bool said =
        std::ranges::any_of(memberships, [&](const auto& each) { return each.first.role == role.acts_as; });
    if (!said) memberships.push_back({{role.acts_as, role.name, {}, {}, {}}, at});
    settings.push_back({{role.name, "", "role", role.acts_as}, at});
  }
  if (!role.alternates.empty()) return finish_alternates();
  for (auto& [setting, where] : settings) in.add_setting(std::move(setting), where);
  for (auto& [membership, where] : memberships) in.add_membership(std::move(membership), where);
  in.spec.roles.push_back(std::move(role));
}

// The role itself becomes the group that holds rights; whatever is about logging in goes to both logins.
void RoleReader::finish_alternates() {
  Role group = role;
  group.kind = RoleKind::kGroup;
  group.connection_limit.reset();
  group.valid_until.reset();
  group.iam_login = false;
  group.acts_as.clear();
  in.spec.roles.push_back(group);
  for (const std::string& name : role.alternates) {
    Role login = role;
    login.name = name;
    login.alternates.clear();
    for (const auto& [setting, where] : settings) {
      Setting own = setting;
      own.role = name;
      in.add_setting(std::move(own), where);
    }
    in.add_membership({role.name, name, {}, {}, {}}, at);
    for (const auto& [membership, where] : memberships) {
      // Of what says how a login logs in and acts, each login is a member itself; the rest comes through the group.
      if (membership.role == "rds_iam" || membership.role == role.acts_as)
        in.add_membership({membership.role, name, {}, {}, {}}, where);
    }
    in.spec.roles.push_back(std::move(login));
  }
  for (auto& [membership, where] : memberships) {
    if (membership.role != "rds_iam" && membership.role != role.acts_as)
      in.add_membership(std::move(membership), where);
  }
}

}  // namespace

void read_roles(Reader& in, const Node& node, RoleKind kind) {
  const std::string_view what = kind == RoleKind::kOwner ? "owners" : kind == RoleKind::kGroup ? "groups" : "logins";
  in.each_member(node, what, [&](const Member& member) {
    if (!in.declare(member.key, member.at)) return;
    RoleReader reader{in, {.name = member.key, .kind = kind}, member.at, {}, {}, {}};
    reader.read(member.value);
    reader.finish();
  });
}

void read_absent(Reader& in, const Node& node) {
  auto add = [&](const std::string& name, Position at) {
    // Declared, so that the same name is not both; named nowhere, or it would have to be there.
    if (!in.declare(name, at)) return false;
    in.spec.absent_roles.push_back({name, ""});
    return true;
  };
  if (node.is_list()) {
    in.each_text(node, "absent", [&](const Node& item) { add(item.text, item.at); });
    return;
  }
  in.each_member(node, "absent", [&](const Member& member) {
    if (!add(member.key, member.at)) return;
    in.members(member.value, "an absent role",
               {{"reassign_to", [&](const Node& each) { in.role(each, in.spec.absent_roles.back().reassign_to); }}});
  });
}

}  // namespace pg_spec::internal
