#include "tests/hardening/machine.h"

#include <algorithm>

#include <fmt/format.h>

#include "json/encode.h"
#include "json/parse.h"

namespace hardening {
namespace {

constexpr std::array<const char*, kUsers> kUserNames = {"ada", "ben", "cy", "dee", "gus", "zoe", "op", "eve"};
constexpr std::array<const char*, kWorkspaces> kWorkspaceNames = {"acme", "beta"};
constexpr std::array<const char*, kTeams> kTeamNames = {"gpu", "tpu", "nlp"};
constexpr std::array<int, 8> kBits = {-1, 0, 1, 2, 4, 8, 16, 32};

std::string role_of(int bit) {
  static const std::map<int, std::string> kRoles = {{0, "none"},         {1, "guest"},  {2, "viewer"}, {4, "writer"},
                                                    {8, "collaborator"}, {16, "admin"}, {32, "owner"}};
  return kRoles.at(bit);
}

std::string id_words(const std::string& id) { return id.empty() ? "..." : json_text(id); }

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

// What a caller can see of an answer, apart from the trace, which is random.
std::string face(const net::Response& response) {
  std::string text = fmt::format("{}\n", response.status);
  for (const net::Header& header : response.headers.all())
    if (header.name != "traceparent") text.append(header.name).append(": ").append(header.value).append("\n");
  return text + response.body;
}

template <class List>
std::string joined(const List& parts) {
  return fmt::format("{}", fmt::join(parts, ","));
}

// Bytes as a case writes them: "\xff".
std::string raw(const std::string& bytes) {
  std::string text = "raw \"";
  for (const char c : bytes) {
    if (c == '"' || c == '\\')
      text.append({'\\', c});
    else if (c < ' ' || c > '~')
      text.append(fmt::format("\\x{:02x}", static_cast<unsigned char>(c)));
    else
      text.push_back(c);
  }
  return text + '"';
}

}  // namespace

std::string user_id(int u) {
  return u == kUnknownUser ? "N:user:dddddddd-dddd-4ddd-8ddd-ddddddddddd1"
                           : fmt::format("N:user:a0000000-0000-4000-8000-0000000001{:02}", u);
}
std::string workspace_id(int w) {
  return w == kUnknownWorkspace ? "N:organization:dddddddd-dddd-4ddd-8ddd-ddddddddddd2"
                                : fmt::format("N:organization:a0000000-0000-4000-8000-0000000002{:02}", w);
}
std::string team_id(int t) {
  return t == kUnknownTeam ? "N:team:dddddddd-dddd-4ddd-8ddd-ddddddddddd3"
                           : fmt::format("N:team:a0000000-0000-4000-8000-0000000003{:02}", t);
}
std::string json_text(const std::string& text) {
  std::string out;
  json::append_text(out, text);
  return out;
}

Machine::Machine(test::ApiWorldOptions options) : options_(options), world_(options) {
  for (int u = 0; u < kUsers; ++u) names_.set(kUserNames[static_cast<std::size_t>(u)], user_id(u));
  for (int w = 0; w < kWorkspaces; ++w) names_.set(kWorkspaceNames[static_cast<std::size_t>(w)], workspace_id(w));
  for (int t = 0; t < kTeams; ++t) names_.set(kTeamNames[static_cast<std::size_t>(t)], team_id(t));
  note("# Found by tests/hardening. eve is in no directory there.");
  note("world  people zoe, eve");
  import_directory();
}

// ---- the script

void Machine::note(std::string line) { lines_.push_back(std::move(line)); }

void Machine::note(const Plan& plan, int status) {
  std::string line = fmt::format("as {}", kUserNames[static_cast<std::size_t>(plan.who)]);
  if (plan.token_workspace != kNone)
    line += fmt::format("@{}", kWorkspaceNames[static_cast<std::size_t>(plan.token_workspace)]);
  line += fmt::format("  {}  {}", plan.method, plan.target);
  for (const net::Header& header : plan.headers) line += fmt::format("  {}: {}", header.name, header.value);
  if (!plan.body.empty())
    line += "  " + (json::parse(plan.body) && plan.body[0] == '{' ? plan.body
                    : plan.body.size() > 500                      ? raw(plan.body.substr(0, 500)) + " ..."
                                                                  : raw(plan.body));
  note(line + fmt::format("  -> {}", status));
}

std::string Machine::script() const { return names_.show(fmt::format("{}\n", fmt::join(lines_, "\n"))); }

// ---- words of what is expected

std::string Machine::account_uuid(int a) const {
  return a == kNone ? kNobodysUuid : model_.accounts[static_cast<std::size_t>(a)].uuid;
}
std::string Machine::node_uuid(int n) const {
  return n == kNone ? kNobodysUuid : model_.nodes[static_cast<std::size_t>(n)].uuid;
}

std::string Machine::account_words(const Account& account, bool as_owner) const {
  return fmt::format(
      R"({{"uuid":{},"accountId":"{}","accountType":"aws","roleName":{},"externalId":{},"userId":"{}","ownerId":"{}","organizationId":"","name":{},"description":{},"status":"{}"}})",
      id_words(account.uuid), account.number, as_owner ? "\"R\"" : "absent", as_owner ? "..." : "absent",
      user_id(account.owner), user_id(account.owner), json_text(account.name), json_text(account.description),
      account.status);
}

std::string Machine::enablement_words(const Account& account, int w) const {
  return fmt::format(R"({{"uuid":"{}","accountUuid":"{}","workspaceId":"{}","isPublic":{},"enabledBy":"{}"}})",
                     account.uuid, account.uuid, workspace_id(w), account.enabled.at(w), user_id(account.owner));
}

std::string Machine::node_words(const Node& node) const {
  const Account& account = model_.accounts[static_cast<std::size_t>(node.account)];
  const std::string status = model_.shown_status(node);
  return fmt::format(
      R"({{"uuid":{},"name":{},"description":{},"account":{{"uuid":"{}","accountId":"{}","ownerId":"{}"}},"organizationId":"{}","userId":"{}","ownerId":"{}","status":"{}","statusReason":{},"accessScope":"{}"}})",
      id_words(node.uuid), json_text(node.name), json_text(node.description), account.uuid, account.number,
      user_id(account.owner), node.workspace == kNone ? "" : workspace_id(node.workspace), user_id(node.owner),
      user_id(node.owner), status, status == "Failed" ? "..." : "absent", node.scope);
}

std::string Machine::permission_words(const Node& node) const {
  std::vector<std::string> users, teams, access, team_access;
  access.push_back(fmt::format(R"({{"userId":"{}","accessType":"owner"}})", user_id(node.owner)));
  for (const int u : node.users) {
    users.push_back('"' + user_id(u) + '"');
    access.push_back(fmt::format(R"({{"userId":"{}","accessType":"shared"}})", user_id(u)));
  }
  for (const int t : node.teams) {
    teams.push_back('"' + team_id(t) + '"');
    team_access.push_back(fmt::format(R"({{"teamId":"{}","accessType":"shared"}})", team_id(t)));
  }
  return fmt::format(
      R"({{"nodeUuid":"{}","accessScope":"{}","organizationIndependent":{},"organizationId":"{}","owner":"{}","users":[{}],"teams":[{}],"sharedWithUsers":[{}],"sharedWithTeams":[{}]}})",
      node.uuid, node.scope, node.workspace == kNone, node.workspace == kNone ? "" : workspace_id(node.workspace),
      user_id(node.owner), joined(access), joined(team_access), joined(users), joined(teams));
}

std::string Machine::operation_words(const Operation& operation) const {
  return fmt::format(
      R"({{"id":{},"type":"compute-node.{}","targetId":"{}","status":"{}","startedBy":"{}","finishedAt":{}}})",
      id_words(operation.id), operation.deletes ? "delete" : "create",
      model_.nodes[static_cast<std::size_t>(operation.node)].uuid, operation.status, user_id(operation.started_by),
      operation.open() ? "absent" : "...");
}

// ---- sending

net::Response Machine::send(const Plan& plan) {
  test::HeaderList headers = plan.headers;
  headers.push_back({"X-Request-Id", "r"});
  std::optional<std::string> workspace;
  if (plan.token_workspace != kNone) workspace = workspace_id(plan.token_workspace);
  return world_.send(plan.who < 0 ? std::string() : user_id(plan.who), workspace, plan.method, plan.target, plan.body,
                     headers);
}

std::string Machine::run(const Command& c) {
  const auto kind = static_cast<int>(c.kind % kKinds);
  if (kind >= kKinds - 4) return directory(c);
  if (kind == kKinds - 5) {
    if (recorded_.empty()) return {};
    return play_recorded(recorded_[c.x % recorded_.size()], c.y % 3 == 0);
  }
  return play(plan(c), c.dress);
}

std::string Machine::play(Plan plan, std::uint32_t dress) {
  if (dress / 8 % 8 == 0) return play_bad(std::move(plan), dress / 64);
  const bool with_key = plan.method == "POST" && dress / 8 % 8 < 4;
  const std::string key = with_key ? fmt::format("key-{}", dress / 64 % 8) : "";
  if (with_key) {
    plan.headers.push_back({"Idempotency-Key", key});
    if (keys_.contains({plan.who, key})) {  // of another request, save by chance
      const Recorded& recorded = recorded_[keys_.at({plan.who, key})];
      const Plan& first = recorded.plan;
      if (first.target == plan.target && first.body == plan.body && first.token_workspace == plan.token_workspace)
        return play_recorded(recorded, false);
      plan.refusal = 422;
      plan.hidden.clear();
    }
  }
  return plan.refusal != 0 ? refuse(plan) : succeed(plan, key);
}

std::string Machine::play_bad(Plan plan, std::uint32_t how) {
  const int status = spoil(plan, how);
  if (status == 0) return {};
  if (plan.who >= 0) note(plan, status);
  const net::Response response = send(plan);
  if (response.status != status)
    return fmt::format("a bad request ({}) got {} in place of {}: {}", how % 32, response.status, status,
                       face(response));
  return joined(test::broken_rules(plan.method, response));
}

std::string Machine::play_recorded(const Recorded& recorded, bool altered) {
  Plan plan = recorded.plan;
  if (altered && plan.token_workspace != kNone)  // the same bytes, meant for another workspace
    plan.token_workspace = 1 - plan.token_workspace;
  else if (altered)
    plan.body += plan.body.empty() ? "{}" : " ";
  note(plan, altered ? 422 : recorded.status);
  const net::Response response = send(plan);
  if (altered) {
    if (response.status == 422) return {};
    return "another request under a used key was not refused: " + face(response);
  }
  if (response.status != recorded.status || response.body != recorded.body ||
      response.headers.get("Idempotency-Replayed") != "true") {
    return fmt::format("a repeated request got another answer: {}\nthe first was: {}", face(response), recorded.body);
  }
  return {};
}

std::string Machine::refuse(const Plan& plan) {
  note(plan, plan.refusal);
  const net::Response response = send(plan);
  if (response.status != plan.refusal)
    return fmt::format("{} was predicted, and came: {}", plan.refusal, face(response));
  if (const auto broken = test::broken_rules(plan.method, response); !broken.empty()) return joined(broken);
  if (plan.hidden.empty()) return {};
  Plan twin = plan;
  std::string seen = face(response);
  for (const auto& [id, nobodys] : plan.hidden) {
    twin.target = replaced(twin.target, id, nobodys);
    twin.body = replaced(twin.body, id, nobodys);
    seen = replaced(seen, id, nobodys);
  }
  const std::string of_nobodys = face(send(twin));
  if (seen == of_nobodys) return {};
  return fmt::format("what is hidden is told from what is not there:\n{}\nfor an id that is nobody's:\n{}", seen,
                     of_nobodys);
}

std::string Machine::succeed(const Plan& plan, const std::string& key) {
  if (plan.apply) plan.apply();
  note(plan, plan.status);
  const net::Response response = send(plan);
  if (response.status != plan.status) return fmt::format("{} was predicted, and came: {}", plan.status, face(response));
  if (const auto broken = test::broken_rules(plan.method, response); !broken.empty()) return joined(broken);
  if (response.events || plan.status == 204) return {};
  const base::Result<json::Value> body = json::parse(response.body);
  if (!body) return "the body is no JSON: " + response.body;
  if (plan.expected) {
    const std::string words = plan.expected();
    const base::Result<json::Value> expected = test::parse_expected(words);
    if (!expected) return fmt::format("the test expects what is no JSON: {} {}", expected.error().message, words);
    if (const auto wrong = test::differences(*expected, *body); !wrong.empty())
      return fmt::format("{}\n{}", fmt::join(wrong, "\n"), response.body);
  }
  if (plan.learn) plan.learn(*body);
  if (!key.empty()) {
    keys_[{plan.who, key}] = recorded_.size();
    recorded_.push_back({plan, key, response.body, response.status});
  }
  return learn_operations();
}

// Operations are made by several requests, not all of which tell their ids: the operator sees all.
std::string Machine::learn_operations() {
  const auto nameless = [](const Operation& each) { return each.id.empty(); };
  if (std::none_of(model_.operations.begin(), model_.operations.end(), nameless)) return {};
  const net::Response response = look(kOperator, "/operations?status=Pending&limit=1000");
  const json::Value list = json::parse(response.body).value();
  for (const json::Value& each : list.as_array()) {
    const std::string id(json::view(each.at("id").as_string())), node(json::view(each.at("targetId").as_string()));
    for (std::size_t o = 0; o < model_.operations.size(); ++o) {
      Operation& operation = model_.operations[o];
      if (!operation.id.empty() || model_.nodes[static_cast<std::size_t>(operation.node)].uuid != node) continue;
      operation.id = id;
      names_.set(fmt::format("o{}", o), id);
      note(fmt::format("# {{o{}}} is an operation on {}", o, node));
    }
  }
  if (std::none_of(model_.operations.begin(), model_.operations.end(), nameless)) return {};
  return "an operation that must have begun is not among those that are Pending: " + response.body;
}

// ---- the directory, and what the server does by itself

void Machine::import_directory() {
  std::vector<std::string> users, workspaces;
  for (int u = 0; u < kUnlisted; ++u)
    users.push_back(fmt::format(R"({{"id":"{}","name":"{}"}})", user_id(u), kUserNames[static_cast<std::size_t>(u)]));
  for (int w = 0; w < kWorkspaces; ++w) {
    std::vector<std::string> members, teams, member_facts;
    std::string facts;
    for (int u = 0; u < kUnlisted; ++u) {
      if (!model_.member(u, w)) continue;
      const int bit = model_.bit[static_cast<std::size_t>(u)][static_cast<std::size_t>(w)];
      members.push_back(fmt::format(R"({{"user":"{}","permissionBit":{}}})", user_id(u), bit));
      member_facts.push_back(fmt::format("{} {}", kUserNames[static_cast<std::size_t>(u)], role_of(bit)));
    }
    for (std::size_t t = 0; t < kTeams; ++t) {
      if (kHomes[t] != w) continue;
      std::vector<std::string> ids, people;
      for (const int u : model_.team[t]) {
        ids.push_back('"' + user_id(u) + '"');
        people.emplace_back(kUserNames[static_cast<std::size_t>(u)]);
      }
      teams.push_back(fmt::format(R"({{"id":"{}","name":"{}","members":[{}]}})", team_id(static_cast<int>(t)),
                                  kTeamNames[t], joined(ids)));
      facts += fmt::format("; team {}: {}", kTeamNames[t], fmt::join(people, ", "));
    }
    workspaces.push_back(fmt::format(R"({{"id":"{}","name":"{}","members":[{}],"teams":[{}]}})", workspace_id(w),
                                     kWorkspaceNames[static_cast<std::size_t>(w)], joined(members), joined(teams)));
    note(fmt::format("{}  {}: {}{}", lines_.size() < 4 ? "world" : "import",
                     kWorkspaceNames[static_cast<std::size_t>(w)], fmt::join(member_facts, ", "), facts));
  }
  const std::string document = fmt::format(R"({{"users":[{}],"workspaces":[{}],"operators":["{}"]}})", joined(users),
                                           joined(workspaces), user_id(kOperator));
  if (!world_.import(document)) note("# the directory was refused: " + document);
}

std::string Machine::directory(const Command& c) {
  switch (c.kind % kKinds) {
    case kKinds - 1: {
      const auto u = static_cast<std::size_t>(c.who % kUnlisted), w = static_cast<std::size_t>(c.x % kWorkspaces);
      model_.bit[u][w] = kBits[c.y % kBits.size()];
      import_directory();
      return {};
    }
    case kKinds - 2: {
      std::set<int>& members = model_.team[c.x % kTeams];
      const auto u = static_cast<int>(c.who % kUnlisted);
      if (members.erase(u) == 0) members.insert(u);
      import_directory();
      return {};
    }
    case kKinds - 3:
      if (c.x % 3 != 0) return {};
      note("restart");
      world_.restart();
      return {};
    default:
      world_.advance(std::chrono::minutes(c.x % 3));
      note("clock +3m");
      note("janitor");
      model_.janitor();
      if (const base::Result<void> done = world_.janitor_round(); !done)
        return "the janitor failed: " + done.error().message;
      return learn_operations();
  }
}

}  // namespace hardening
