#include "cli/book.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/ids.h"
#include "cli/fields.h"
#include "cli/pages.h"

namespace cli {
namespace {

using base::Code;
using base::IdKind;

constexpr Kind kUsers{"user", "users", "among the members of your workspaces",
                      "stewardry workspaces members WORKSPACE; an id in full (N:user:...) is always taken."};
constexpr Kind kNodes{"compute node", "compute nodes", "that you may read",
                      "stewardry nodes list --all; a uuid in full is always taken."};
constexpr Kind kAccounts{"account", "accounts", "that you may read",
                         "stewardry accounts list --all; a uuid in full is always taken."};
constexpr Kind kWorkspaces{"workspace", "workspaces", "of which you are a member",
                           "stewardry workspaces list; an id in full (N:organization:...) is always taken."};
constexpr Kind kTeams{"team", "teams", "in your workspaces",
                      "stewardry teams list; an id in full (N:team:...) is always taken."};
constexpr Kind kDatabases{"database", "databases", "that you may read",
                          "stewardry databases list --all; a uuid in full is always taken."};
constexpr Kind kOperations{"operation", "operations", "of yours", "stewardry operations list --all"};

constexpr std::size_t kForShowMax = 2000;  // members of a workspace that are asked for only to show names

std::optional<std::string> whole_id(IdKind kind, const std::string& text) {
  if (std::optional<std::string> id = base::parse_id(kind, text)) return id;
  const std::optional<std::string> uuid = base::parse_uuid(text);
  return uuid ? std::optional<std::string>(base::make_id(kind, *uuid)) : std::nullopt;
}

std::vector<Candidate> candidates_of(const std::vector<json::Object>& list, const std::vector<const char*>& tiers,
                                     const std::function<std::string(const json::Object&)>& label) {
  std::vector<Candidate> made;
  for (const json::Object& each : list) {
    Candidate candidate{text_at(each, "uuid"), {}, label(each)};
    for (const char* tier : tiers) candidate.tiers.push_back({text_at(each, tier)});
    made.push_back(std::move(candidate));
  }
  return made;
}

std::string account_label(const json::Object& account) {
  return fmt::format("{}, {} {}", text_at(account, "name"), text_at(account, "accountType"),
                     text_at(account, "accountId"));
}

}  // namespace

base::Result<json::Object> Book::me() {
  if (me_) return *me_;
  Reply reply = TRY(api_.get("/users/me"));
  if (!reply.body.is_object())
    return base::fail(Code::kUnavailable, "What answers is not a Stewardry server. Is the URL right?");
  me_ = std::move(reply.body.get_object());
  remember(text_at(*me_, "userId"), text_at(*me_, "name"));
  return *me_;
}

base::Result<std::vector<Book::Workspace>> Book::workspaces() {
  if (workspaces_) return *workspaces_;
  std::vector<Workspace> list;
  for (const json::Object& each : TRY(everything(api_, "/workspaces"))) {
    const std::string bit = text_at(each, "permissionBit");
    int number = 0;
    std::from_chars(bit.data(), bit.data() + bit.size(), number);
    list.push_back({text_at(each, "workspaceId"), text_at(each, "name"), number});
    remember(list.back().id, list.back().name);
  }
  workspaces_ = std::move(list);
  return *workspaces_;
}

base::Result<void> Book::read_people(std::size_t of_each) {
  if (people_ && people_read_ >= of_each) return {};
  std::vector<Person> people;
  const json::Object myself = TRY(me());
  people.push_back({text_at(myself, "userId"), text_at(myself, "name"), text_at(myself, "email")});
  for (const Workspace& workspace : TRY(workspaces())) {
    const base::Result<std::vector<json::Object>> members =
        objects(api_, "/workspaces/" + segment(workspace.id) + "/members", {}, of_each);
    if (!members && members.error().code == Code::kForbidden) continue;  // not for guests to see
    if (!members) return base::fail(members.error());
    for (const json::Object& each : *members)
      people.push_back({text_at(each, "userId"), text_at(each, "name"), text_at(each, "email")});
  }
  for (const Person& each : people) remember(each.id, each.name);
  people_ = std::move(people);
  people_read_ = of_each;
  return {};
}

base::Result<std::string> Book::user(const std::string& name) {
  if (name == "me") return text_at(TRY(me()), "userId");
  if (std::optional<std::string> id = whole_id(IdKind::kUser, name)) return *id;
  TRY(read_people(kEverything));
  std::vector<Candidate> candidates;
  for (const Person& each : *people_)
    candidates.push_back({each.id, user_tiers(each.name, each.email), fmt::format("{} <{}>", each.name, each.email)});
  return match(kUsers, name, candidates);
}

base::Result<std::string> Book::node(const std::string& name) {
  if (std::optional<std::string> uuid = base::parse_uuid(name)) return *uuid;
  const auto label = [](const json::Object& node) {
    return fmt::format("{}, {}, on account {}", text_at(node, "name"), text_at(node, "status"),
                       text_at(node, "account/accountId"));
  };
  const auto find = [&](Query query) -> base::Result<std::string> {
    query.emplace_back("reachable", "true");
    const std::vector<json::Object> list = TRY(everything(api_, "/compute-nodes", std::move(query)));
    std::string uuid = TRY(match(kNodes, name, candidates_of(list, {"name"}, label)));
    for (const json::Object& each : list) {
      if (text_at(each, "uuid") == uuid) remember(uuid, text_at(each, "name"));
    }
    return uuid;
  };
  // The server finds those whose name begins so; all of them are read only where that finds none.
  const bool searchable = !name.empty() && name.size() <= 128;
  base::Result<std::string> found = searchable ? find({{"name_prefix", name}}) : find({});
  if (found || found.error().code != Code::kNotFound || !searchable) return found;
  return find({});
}

base::Result<std::string> Book::account(const std::string& name) {
  if (std::optional<std::string> uuid = base::parse_uuid(name)) return *uuid;
  std::vector<json::Object> list = TRY(everything(api_, "/accounts"));
  const auto find = [&] { return match(kAccounts, name, candidates_of(list, {"name", "accountId"}, account_label)); };
  base::Result<std::string> found = find();
  if (found || found.error().code != Code::kNotFound) return found;
  for (const Workspace& each : TRY(workspaces())) {
    const base::Result<std::vector<json::Object>> seen = everything(api_, "/accounts", {{"organization_id", each.id}});
    if (seen) list.insert(list.end(), seen->begin(), seen->end());
  }
  return find();
}

base::Result<std::string> Book::database(const std::string& name) {
  if (std::optional<std::string> uuid = base::parse_uuid(name)) return *uuid;
  const std::vector<json::Object> list = TRY(everything(api_, "/databases"));
  return match(kDatabases, name, candidates_of(list, {"name"}, [](const json::Object& database) {
                 return fmt::format("{}, {}", text_at(database, "name"), text_at(database, "host"));
               }));
}

base::Result<std::string> Book::operation(const std::string& name) {
  if (std::optional<std::string> uuid = base::parse_uuid(name)) return *uuid;
  std::vector<Candidate> candidates;
  for (const json::Object& each : TRY(everything(api_, "/operations"))) {
    candidates.push_back({text_at(each, "id"),
                          {},
                          fmt::format("{}, {}, {}", text_at(each, "type"), text_at(each, "status"),
                                      short_time(text_at(each, "createdAt")))});
  }
  return match(kOperations, name, candidates);
}

base::Result<std::string> Book::workspace(const std::string& name) {
  if (std::optional<std::string> id = whole_id(IdKind::kWorkspace, name)) return *id;
  std::vector<Candidate> candidates;
  for (const Workspace& each : TRY(workspaces())) candidates.push_back({each.id, {{each.name}}, each.name});
  return match(kWorkspaces, name, candidates);
}

base::Result<std::string> Book::usual_workspace() {
  const json::Object myself = TRY(me());
  if (std::string id = text_at(myself, "workspaceId"); !id.empty()) return id;
  const std::vector<Workspace> list = TRY(workspaces());
  if (list.size() == 1) return list.front().id;
  if (list.empty())
    return base::fail(Code::kInvalid, "You are a member of no workspace: name one by its id (N:organization:...).");
  std::vector<std::string> names;
  for (const Workspace& each : list) names.push_back(each.name);
  return base::fail(Code::kInvalid, fmt::format("You are a member of {} workspaces: say which one: {}.", list.size(),
                                                fmt::join(names, ", ")));
}

base::Result<std::vector<Book::Team>> Book::teams_of(const std::string& workspace_id) {
  std::vector<Team> teams;
  for (const json::Object& each : TRY(everything(api_, "/workspaces/" + segment(workspace_id) + "/teams"))) {
    teams.push_back({text_at(each, "teamId"), text_at(each, "name"), workspace_id});
    remember(teams.back().id, teams.back().name);
  }
  return teams;
}

base::Result<std::string> Book::team(const std::string& name, const std::string& workspace_id) {
  if (std::optional<std::string> id = whole_id(IdKind::kTeam, name)) return *id;
  std::vector<Workspace> list = TRY(workspaces());
  if (!workspace_id.empty()) list = {{workspace_id, name_of(workspace_id), 0}};
  std::vector<Candidate> candidates;
  for (const Workspace& workspace : list) {
    const base::Result<std::vector<Team>> teams = teams_of(workspace.id);
    if (!teams && teams.error().code == Code::kForbidden && workspace_id.empty()) continue;
    if (!teams) return base::fail(teams.error());
    for (const Team& each : *teams)
      candidates.push_back({each.id, {{each.name}}, fmt::format("{} of {}", each.name, workspace.name)});
  }
  return match(kTeams, name, candidates);
}

base::Result<std::string> Book::workspace_of_team(const std::string& team_id) {
  for (const Workspace& workspace : TRY(workspaces())) {
    const base::Result<std::vector<Team>> teams = teams_of(workspace.id);
    if (!teams && teams.error().code == Code::kForbidden) continue;
    if (!teams) return base::fail(teams.error());
    if (std::any_of(teams->begin(), teams->end(), [&](const Team& each) { return each.id == team_id; }))
      return workspace.id;
  }
  return base::fail(Code::kNotFound, "None of your workspaces has this team: say whose it is with --workspace.");
}

void Book::remember(const std::string& id, const std::string& name) {
  if (!id.empty() && !name.empty()) names_[id] = name;
}

std::string Book::name_of(const std::string& id) {
  const auto known = names_.find(id);
  if (known != names_.end()) return known->second;
  read_names(id);
  const auto found = names_.find(id);
  return found == names_.end() ? id : found->second;
}

// Only for show: where the server does not say, the ids stand for themselves.
void Book::read_names(std::string_view like) {
  if (like.starts_with("N:user:") && !std::exchange(people_asked_, true)) (void)read_people(kForShowMax);
  if (like.starts_with("N:organization:")) {
    (void)workspaces();
    read_others_workspace(std::string(like));
  }
  if (!like.starts_with("N:team:") || std::exchange(teams_asked_, true)) return;
  if (const base::Result<std::vector<Workspace>> list = workspaces(); list) {
    for (const Workspace& each : *list) (void)teams_of(each.id);
  }
}

// An operator is asked about workspaces of which they are no member, and may see who is.
void Book::read_others_workspace(const std::string& id) {
  const base::Result<json::Object> myself = me();
  if (names_.count(id) > 0 || !myself || !true_at(*myself, "operator") || !others_.insert(id).second) return;
  const std::string path = "/workspaces/" + segment(id);
  if (const auto members = objects(api_, path + "/members", {}, kForShowMax); members) {
    for (const json::Object& each : *members) remember(text_at(each, "userId"), text_at(each, "name"));
  }
  (void)teams_of(id);
}

std::string Book::with_names(std::string_view sentence) {
  constexpr std::size_t kUuidChars = 36;
  std::string out;
  while (!sentence.empty()) {
    const std::size_t start = sentence.find("N:");
    out += sentence.substr(0, start);
    if (start == std::string_view::npos) return out;
    sentence.remove_prefix(start);
    const std::size_t colon = sentence.find(':', 2);
    const std::string id(sentence.substr(0, colon == std::string_view::npos ? 2 : colon + 1 + kUuidChars));
    const bool is_id = base::parse_id(IdKind::kUser, id) || base::parse_id(IdKind::kWorkspace, id) ||
                       base::parse_id(IdKind::kTeam, id);
    const std::string taken = is_id ? id : "N:";
    out += is_id ? name_of(id) : taken;
    sentence.remove_prefix(taken.size());
  }
  return out;
}

}  // namespace cli
