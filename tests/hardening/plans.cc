// What each command asks for, and what the model makes of it.

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "tests/hardening/machine.h"

namespace hardening {
namespace {

// Names that sort, quote and separate badly.
const std::array<std::string, 12> kNames = {"a",    "b",  "B",        "a b", "a#b", "ä",
                                            "日本", "😀", "'\"<&\\/", "~",   "%2F", "a\xcc\x88"};
const std::array<std::string, 3> kScopes = {"private", "workspace", "shared"};

template <class List>
int pick(std::uint32_t x, const List& list) {
  const std::uint32_t how = x % 16, which = x / 16;
  if (list.empty() || how == 0) return kNone;
  std::vector<int> places;
  for (std::size_t i = 0; i < list.size(); ++i)
    if (how < 3 || !list[i].gone) places.push_back(static_cast<int>(i));
  return places.empty() ? kNone : places[which % places.size()];
}

int pick_workspace(std::uint32_t x) { return x % 8 == 0 ? kUnknownWorkspace : static_cast<int>(x / 8 % kWorkspaces); }

std::string path(const char* kind, const std::string& uuid, const std::string& rest = {}) {
  return fmt::format("/{}/{}{}", kind, uuid, rest);
}

}  // namespace

// ---- choices

int Machine::pick_account(std::uint32_t x) const { return pick(x, model_.accounts); }
int Machine::pick_node(std::uint32_t x) const { return pick(x, model_.nodes); }

int Machine::pick_operation(std::uint32_t x) const {
  if (model_.operations.empty() || x % 16 == 0) return kNone;
  std::vector<int> places;
  for (std::size_t o = 0; o < model_.operations.size(); ++o)
    if (x % 16 < 4 || model_.operations[o].open()) places.push_back(static_cast<int>(o));
  return places.empty() ? kNone : places[x / 16 % places.size()];
}

int Machine::pick_who(std::uint32_t x, int owner, int other) const {
  if (x % 8 < 5) return owner;
  if (x % 8 == 5) return other;
  return static_cast<int>(x / 8 % kUsers);
}

const Account* Machine::alive_account(int a) const {
  if (a == kNone || model_.accounts[static_cast<std::size_t>(a)].gone) return nullptr;
  return &model_.accounts[static_cast<std::size_t>(a)];
}
const Node* Machine::alive_node(int n) const {
  if (n == kNone || model_.nodes[static_cast<std::size_t>(n)].gone) return nullptr;
  return &model_.nodes[static_cast<std::size_t>(n)];
}

Machine::Match Machine::match(std::uint32_t dress, const std::string& target, int reader) {
  const std::uint32_t how = dress % 8;
  if (how > 4) return {};
  const net::Response seen = look(reader, target);
  const std::string tag(seen.headers.get("ETag").value_or("\"1\""));
  if (how == 0) return {tag, true};
  if (how == 1) return {"\"99999\"", false};
  if (how == 2) return {"W/" + tag, false};
  if (how == 3) return {"\"99999\", " + tag, true};
  return {"*", true};
}

void Machine::add(Plan& plan, const Match& match) {
  plan.takes_if_match = true;
  if (!match.header.empty()) plan.headers.push_back({"If-Match", match.header});
}

void Machine::hide(Plan& plan, const Account* account) const {
  if (account != nullptr && !model_.sees(plan.who, *account)) plan.hidden.emplace_back(account->uuid, kNobodysUuid);
}
void Machine::hide(Plan& plan, const Node* node) const {
  const bool hands_over = plan.who == kOperator && plan.target.ends_with("/owner");
  if (node != nullptr && !model_.reads(plan.who, *node) && !hands_over)
    plan.hidden.emplace_back(node->uuid, kNobodysUuid);
}
void Machine::hide_workspace(Plan& plan, int w) const {
  if (w != kNone && w != kUnknownWorkspace && !model_.member(plan.who, w))
    plan.hidden.emplace_back(workspace_id(w), workspace_id(kUnknownWorkspace));
}

Plan Machine::plan(const Command& c) {
  const std::uint32_t kind = c.kind % kKinds;
  if (kind < 4) return plan_account(c);
  if (kind < 8) return plan_enablement(c);
  if (kind < 13) return plan_create(c);
  if (kind < 20) return plan_node_change(c);
  if (kind < 24) return plan_sharing(c);
  if (kind < 27) return plan_grant(c);
  if (kind < 31) return plan_operation(c);
  return plan_list(c);
}

// ---- accounts

Plan Machine::plan_account(const Command& c) {
  Plan plan;
  if (c.kind % kKinds == 0 || model_.accounts.empty()) {
    plan.who = static_cast<int>(c.who % (c.x % 4 == 0 ? kUsers : 2));
    Account made;
    made.number = fmt::format("{:012}", 100'000'000'000 + c.y % 3);
    made.owner = plan.who;
    if (c.z % 3 != 0) made.name = kNames[c.z / 3 % kNames.size()];
    plan.method = "POST";
    plan.target = "/accounts";
    plan.body = fmt::format(R"({{"accountId":"{}","accountType":"{}","roleName":"R","name":{}}})", made.number,
                            c.y % 2 == 0 ? "aws" : "AWS", json_text(made.name));
    plan.status = 201;
    plan.refusal = model_.registers(plan.who, made.number);
    plan.apply = [this, made] { model_.accounts.push_back(made); };
    plan.expected = [this] { return account_words(model_.accounts.back(), true); };
    plan.learn = [this](const json::Value& body) {
      model_.accounts.back().uuid = json::view(body.at("uuid").as_string());
      names_.set(fmt::format("a{}", model_.accounts.size() - 1), model_.accounts.back().uuid);
      note(fmt::format("         keep a{} = uuid", model_.accounts.size() - 1));
    };
    return plan;
  }
  const int a = pick_account(c.x);
  const Account* account = alive_account(a);
  plan.who = pick_who(c.who, account != nullptr ? account->owner : 0, 1);
  plan.target = path("accounts", account_uuid(a));
  if (c.kind % kKinds == 3 && c.y % 4 == 0) {
    const bool force = c.y / 4 % 2 == 0;
    const Match version = match(c.dress, plan.target, account != nullptr ? account->owner : 0);
    plan.method = "DELETE";
    if (force) plan.target += "?force=true";
    plan.refusal = model_.deletes(plan.who, account, force, version.ok);
    plan.status = account != nullptr && model_.nodes_on(a) > 0 ? 202 : 200;
    plan.apply = [this, a, force] { model_.delete_account(a, force); };
    add(plan, version);
  } else if (c.kind % kKinds == 3) {
    plan.method = "GET";
    plan.refusal = account != nullptr && model_.sees(plan.who, *account) ? 0 : 404;
    plan.expected = [this, a, u = plan.who] {
      const Account& seen = model_.accounts[static_cast<std::size_t>(a)];
      return account_words(seen, seen.owner == u);
    };
  } else {
    const std::string name = kNames[c.y / 4 % kNames.size()], status = c.z % 4 != 0 ? "Enabled" : "Paused";
    const Match version = match(c.dress, plan.target, account != nullptr ? account->owner : 0);
    plan.method = "PATCH";
    plan.body = c.y % 2 == 0 ? fmt::format(R"({{"name":{}}})", json_text(name))
                             : fmt::format(R"({{"status":"{}","description":{}}})", status, json_text(name));
    plan.refusal = model_.changes(plan.who, account, version.ok);
    plan.apply = [this, a, name, status, rename = c.y % 2 == 0] {
      Account& changed = model_.accounts[static_cast<std::size_t>(a)];
      (rename ? changed.name : changed.description) = name;
      if (!rename) changed.status = status;
    };
    plan.expected = [this, a] { return account_words(model_.accounts[static_cast<std::size_t>(a)], true); };
    add(plan, version);
  }
  hide(plan, account);
  return plan;
}

Plan Machine::plan_enablement(const Command& c) {
  Plan plan;
  const int a = pick_account(c.x), w = pick_workspace(c.y);
  const Account* account = alive_account(a);
  const bool is_public = c.z % 3 != 0;
  plan.who = pick_who(c.who, account != nullptr ? account->owner : 0, 1);
  plan.body = fmt::format(R"({{"isPublic":{}}})", is_public);
  plan.expected = [this, a, w] { return enablement_words(model_.accounts[static_cast<std::size_t>(a)], w); };
  const auto set = [this, a, w, is_public] { model_.accounts[static_cast<std::size_t>(a)].enabled[w] = is_public; };
  if (c.kind % kKinds < 6) {
    const bool by_token = w != kUnknownWorkspace && c.z / 4 % 4 == 0;
    plan.method = "POST";
    plan.target = path("accounts", account_uuid(a), "/workspaces");
    if (by_token)
      plan.token_workspace = w;
    else
      plan.target += "?organization_id=" + workspace_id(w);
    if (!is_public && c.z % 2 == 0) plan.body.clear();  // which is private, too
    plan.status = 201;
    plan.refusal = model_.enables(plan.who, account, w);
    plan.apply = set;
    if (!by_token) hide_workspace(plan, w);
    hide(plan, account);
    return plan;
  }
  plan.target = path("accounts", account_uuid(a), "/workspaces/" + workspace_id(w));
  hide(plan, account);
  if (account != nullptr && account->owner != plan.who && !model_.sees_enablement(plan.who, *account, w) &&
      w != kUnknownWorkspace) {
    plan.hidden.emplace_back(workspace_id(w), workspace_id(kUnknownWorkspace));
  }
  if (c.z / 4 % 3 == 0) {
    plan.method = "GET";
    plan.body.clear();
    plan.refusal = account != nullptr && model_.sees_enablement(plan.who, *account, w) ? 0 : 404;
    return plan;
  }
  const Match version = match(c.dress, plan.target, account != nullptr ? account->owner : 0);
  add(plan, version);
  if (c.z / 4 % 3 == 1) {
    plan.method = "PUT";
    plan.refusal = model_.changes_enablement(plan.who, account, w, version.ok);
    plan.apply = set;
  } else {
    plan.method = "DELETE";
    plan.body.clear();
    plan.expected = nullptr;
    plan.status = 204;
    plan.refusal = model_.disables(plan.who, account, w, version.ok);
    plan.apply = [this, a, w] { model_.accounts[static_cast<std::size_t>(a)].enabled.erase(w); };
  }
  return plan;
}

// ---- nodes

Plan Machine::plan_create(const Command& c) {
  if (c.kind % kKinds >= 11 || model_.nodes.size() > 40) return plan_node(c);
  Plan plan;
  const int a = pick_account(c.x);
  const int w = c.y % 4 == 0 ? kNone : pick_workspace(c.y / 4);
  const Account* account = alive_account(a);
  plan.who = pick_who(c.who, account != nullptr ? account->owner : 0, 1);
  Node made;
  made.name = kNames[c.z % kNames.size()];
  made.account = a;
  made.workspace = w;
  made.owner = plan.who;
  plan.method = "POST";
  plan.target = "/compute-nodes";
  std::string place;
  if (w != kNone && c.z / 16 % 2 == 0)
    plan.target += "?organization_id=" + workspace_id(w);
  else if (w != kNone)
    place = fmt::format(R"(,"organizationId":"{}")", workspace_id(w));
  plan.body = fmt::format(R"({{"accountId":"{}","name":{}{}}})", account_uuid(a), json_text(made.name), place);
  plan.status = 202;
  plan.refusal = model_.creates(plan.who, account, w);
  plan.apply = [this, made] {
    model_.nodes.push_back(made);
    model_.start(made.owner, static_cast<int>(model_.nodes.size()) - 1, false);
  };
  plan.expected = [this] { return node_words(model_.nodes.back()); };
  plan.learn = [this](const json::Value& body) {
    const std::size_t n = model_.nodes.size() - 1, o = model_.operations.size() - 1;
    model_.nodes[n].uuid = json::view(body.at("uuid").as_string());
    model_.operations[o].id = json::view(body.at("operation").at("id").as_string());
    names_.set(fmt::format("n{}", n), model_.nodes[n].uuid);
    names_.set(fmt::format("o{}", o), model_.operations[o].id);
    note(fmt::format("         keep n{} = uuid", n));
    note(fmt::format("         keep o{} = operation/id", o));
  };
  // Full members of a workspace are told (403) that an account is there, and not for them to make nodes on; what is not
  // enabled in it is not there, even for who sees the account through another workspace.
  const bool enabled_here = account != nullptr && w != kNone && account->enabled.contains(w);
  const bool told = model_.full(plan.who, w) ? enabled_here : account != nullptr && model_.sees(plan.who, *account);
  if (account != nullptr && account->owner != plan.who && !told) plan.hidden.emplace_back(account->uuid, kNobodysUuid);
  hide_workspace(plan, w);
  return plan;
}

// Looks at one, with its permissions.
Plan Machine::plan_node(const Command& c) {
  Plan plan;
  const int n = pick_node(c.x);
  const Node* node = alive_node(n);
  plan.who = static_cast<int>(c.who % kUsers);
  plan.method = "GET";
  plan.target = path("compute-nodes", node_uuid(n), c.y % 2 == 0 ? "" : "/permissions");
  plan.refusal = node != nullptr && model_.reads(plan.who, *node) ? 0 : 404;
  plan.expected = [this, n, alone = c.y % 2 == 0] {
    const Node& seen = model_.nodes[static_cast<std::size_t>(n)];
    return alone ? node_words(seen) : permission_words(seen);
  };
  hide(plan, node);
  return plan;
}

Plan Machine::plan_node_change(const Command& c) {
  Plan plan;
  const int n = pick_node(c.x);
  const Node* node = alive_node(n);
  const int owner = node != nullptr ? node->owner : 0;
  const auto at = [this, n]() -> Node& { return model_.nodes[static_cast<std::size_t>(n)]; };
  plan.who = pick_who(c.who, owner, node != nullptr ? alive_account(node->account)->owner : kOperator);
  plan.target = path("compute-nodes", node_uuid(n));
  const Match version = match(c.dress, plan.target, owner);
  plan.expected = [this, at] { return node_words(at()); };
  switch (c.kind % kKinds) {
    case 13:
    case 14: {
      const std::string name = kNames[c.y / 4 % kNames.size()];
      const std::string status = c.y % 4 == 0 ? "Paused" : c.y % 4 == 1 ? "Enabled" : "";
      plan.method = "PATCH";
      plan.body = status.empty() ? fmt::format(R"({{"name":{},"status":null}})", json_text(name))
                                 : fmt::format(R"({{"description":{},"status":"{}"}})", json_text(name), status);
      plan.refusal = model_.changes(plan.who, node, status, version.ok);
      plan.apply = [at, name, status] {
        (status.empty() ? at().name : at().description) = name;
        if (!status.empty()) at().status = status;
      };
      break;
    }
    case 15:
      plan.method = "POST";
      plan.target += "/retry";
      plan.status = 202;
      plan.refusal = model_.retries(plan.who, node, version.ok);
      plan.apply = [this, at, n, u = plan.who] {
        at().status = "Pending";
        model_.start(u, n, false);
      };
      break;
    case 16:
      plan.method = "DELETE";
      plan.status = 202;
      plan.refusal = model_.deletes(plan.who, node, version.ok);
      plan.apply = [this, n, u = plan.who] { model_.delete_node(u, n); };
      plan.expected = [this, at] {
        return operation_words(model_.operations[static_cast<std::size_t>(at().operation)]);
      };
      break;
    case 17: {
      const int to = static_cast<int>(c.y % (kUsers + 1));
      plan.method = "PUT";
      plan.target += "/owner";
      plan.body = fmt::format(R"({{"userId":"{}"}})", user_id(to));
      plan.refusal = model_.hands_over(plan.who, node, to, version.ok);
      plan.apply = [this, at, to] {
        if (at().owner == to) return;
        at().owner = to;
        at().users.erase(to);
        model_.operations[static_cast<std::size_t>(at().operation)].seen_by.insert(to);
      };
      break;
    }
    default: {
      const bool attaches = c.kind % kKinds == 18;
      const int w = pick_workspace(c.y);
      const bool by_token = attaches && w != kUnknownWorkspace && c.z % 4 == 0;
      plan.method = attaches ? "POST" : "DELETE";
      plan.target += "/organization";
      if (attaches && !by_token) plan.target += "?organization_id=" + workspace_id(w);
      if (by_token) plan.token_workspace = w;
      plan.refusal =
          attaches ? model_.attaches(plan.who, node, w, version.ok) : model_.detaches(plan.who, node, version.ok);
      plan.apply = [at, w, attaches] {
        at().workspace = attaches ? w : kNone;
        Model::make_private(at());
      };
      plan.expected = [at, w, attaches] {
        return fmt::format(R"({{"nodeUuid":"{}","entityId":"{}"}})", at().uuid, attaches ? workspace_id(w) : "");
      };
      // The workspace that the node is in already is named in the answer, whatever was asked for.
      if (attaches && !by_token && (node == nullptr || node->workspace != w)) hide_workspace(plan, w);
    }
  }
  add(plan, version);
  hide(plan, node);
  return plan;
}

// ---- permissions

Plan Machine::plan_sharing(const Command& c) {
  Plan plan;
  const int n = pick_node(c.x);
  const Node* node = alive_node(n);
  const int owner = node != nullptr ? node->owner : 0;
  const auto at = [this, n]() -> Node& { return model_.nodes[static_cast<std::size_t>(n)]; };
  plan.who = pick_who(c.who, owner, node != nullptr ? alive_account(node->account)->owner : kOperator);
  plan.target = path("compute-nodes", node_uuid(n), "/permissions");
  const Match version = match(c.dress, plan.target, owner);
  add(plan, version);
  if (c.kind % kKinds < 22) {
    const std::string& scope = kScopes[c.y % kScopes.size()];
    plan.method = "PUT";
    plan.body = fmt::format(R"({{"accessScope":"{}"}})", scope);
    plan.refusal = model_.sets_scope(plan.who, node, scope, version.ok);
    plan.apply = [at, scope] {
      if (at().scope == scope) return;
      Model::make_private(at());
      at().scope = scope;
    };
    plan.expected = [this, at] { return permission_words(at()); };
    hide(plan, node);
    return plan;
  }
  const bool user = c.y % 2 == 0;
  const int from = static_cast<int>(user ? c.z % (kUsers + 1) : c.z % (kTeams + 1));
  plan.method = "DELETE";
  plan.target += user ? "/users/" + user_id(from) : "/teams/" + team_id(from);
  plan.refusal =
      user ? model_.revokes_user(plan.who, node, from, version.ok) : model_.revokes_team(plan.who, node, version.ok);
  plan.apply = [at, user, from] { (user ? at().users : at().teams).erase(from); };
  plan.expected = [at, user, from] {
    return fmt::format(R"({{"nodeUuid":"{}","action":"revoked","entityId":"{}"}})", at().uuid,
                       user ? user_id(from) : team_id(from));
  };
  hide(plan, node);
  return plan;
}

Plan Machine::plan_grant(const Command& c) {
  Plan plan;
  const int n = pick_node(c.x);
  const Node* node = alive_node(n);
  const int owner = node != nullptr ? node->owner : 0;
  const auto at = [this, n]() -> Node& { return model_.nodes[static_cast<std::size_t>(n)]; };
  const bool user = c.y % 2 == 0;
  const int to = static_cast<int>(user ? c.z % (kUsers + 1) : c.z % (kTeams + 1));
  const std::string id = user ? user_id(to) : team_id(to);
  plan.who = pick_who(c.who, owner, node != nullptr ? alive_account(node->account)->owner : kOperator);
  plan.target = path("compute-nodes", node_uuid(n), "/permissions");
  const Match version = match(c.dress, plan.target, owner);
  add(plan, version);
  plan.method = "POST";
  plan.target += user ? "/users" : "/teams";
  plan.body = fmt::format(R"({{"{}":"{}"}})", user ? "userId" : "teamId", id);
  plan.refusal =
      user ? model_.grants_user(plan.who, node, to, version.ok) : model_.grants_team(plan.who, node, to, version.ok);
  const bool there = node != nullptr && (user ? to == owner || node->users.contains(to) : node->teams.contains(to));
  plan.status = there ? 200 : 201;
  plan.apply = [at, user, to, there] {
    if (there) return;
    (user ? at().users : at().teams).insert(to);
    at().scope = "shared";
  };
  plan.expected = [at, id] {
    return fmt::format(R"({{"nodeUuid":"{}","action":"granted","entityId":"{}"}})", at().uuid, id);
  };
  hide(plan, node);
  // Whether a stranger, or another workspace's team, exists is not told either.
  const int w = node != nullptr ? node->workspace : kNone;
  if (user && to != owner && to < kUsers && !model_.member(to, w)) plan.hidden.emplace_back(id, user_id(kUnknownUser));
  if (!user && to < kTeams && kHomes[static_cast<std::size_t>(to)] != w)
    plan.hidden.emplace_back(id, team_id(kUnknownTeam));
  return plan;
}

// ---- operations, and lists

Plan Machine::plan_operation(const Command& c) {
  Plan plan;
  const int o = pick_operation(c.x);
  const Operation* operation = o == kNone ? nullptr : &model_.operations[static_cast<std::size_t>(o)];
  const std::string id = operation == nullptr ? kNobodysUuid : operation->id;
  plan.target = path("operations", id);
  plan.expected = [this, o] { return operation_words(model_.operations[static_cast<std::size_t>(o)]); };
  if (c.y % 8 == 0) {
    plan.who = static_cast<int>(c.who % kUsers);
    plan.method = "GET";
    if (c.y % 16 == 0) plan.target += "/events";
    plan.refusal = operation != nullptr && model_.sees(plan.who, *operation) ? 0 : 404;
  } else {
    const bool cancels = c.y % 8 == 1;
    const std::string outcome = cancels ? "Cancelled" : c.y % 8 < 6 ? "Success" : "Failed";
    const int starter = operation != nullptr ? operation->started_by : 0;
    plan.who = pick_who(c.who, cancels ? starter : kOperator, starter);
    const Match version = match(c.dress, plan.target, kOperator);
    plan.method = "POST";
    plan.target += cancels ? "/cancel" : outcome == "Success" ? "/complete" : "/fail";
    if (outcome == "Failed") plan.body = R"({"reason":"no\ncapacity"})";
    plan.refusal = model_.ends(plan.who, operation, outcome, version.ok);
    plan.apply = [this, o, outcome] { model_.end(o, outcome, ""); };
    add(plan, version);
  }
  if (operation != nullptr && !model_.sees(plan.who, *operation)) plan.hidden.emplace_back(id, kNobodysUuid);
  return plan;
}

// What comes back is compare()'s business; here it is dressed up in bad requests.
Plan Machine::plan_list(const Command& c) {
  static const std::array<std::string, 6> kLists = {
      "/accounts?organization_id=",   "/compute-nodes?organization_id=",
      "/accounts?count=true&limit=1", "/compute-nodes?account_owner=true&limit=2",
      "/operations?status=Failed",    "/compute-nodes?count=true"};
  Plan plan;
  plan.who = static_cast<int>(c.who % kUsers);
  plan.method = "GET";
  plan.target = kLists[c.x % kLists.size()];
  if (plan.target.ends_with("_id=")) {
    const int w = pick_workspace(c.y);
    plan.target += workspace_id(w);
    plan.refusal = model_.member(plan.who, w) ? 0 : 403;
    hide_workspace(plan, w);
  }
  return plan;
}

}  // namespace hardening
