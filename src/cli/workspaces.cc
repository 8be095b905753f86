// workspaces list, members, teams; teams list, members.

#include <algorithm>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/fields.h"

namespace cli {
namespace {

const Parameter kWorkspaceArgument{
    .name = "WORKSPACE", .value = "WORKSPACE", .doc = "Name or id; else that of the login, or your only one."};

std::string role_of(const std::string& bit) {
  static const std::vector<std::pair<std::string_view, std::string_view>> roles{
      {"0", "none"},         {"1", "guest"},          {"2", "read"},  {"4", "write"},
      {"8", "collaborator"}, {"16", "administrator"}, {"32", "owner"}};
  for (const auto& [number, role] : roles) {
    if (number == bit) return std::string(role);
  }
  return bit;
}

ListColumn role_column() {
  return {"ROLE", 7, [](Session&, const json::Object& each) { return Cell{role_of(text_at(each, "permissionBit"))}; }};
}

base::Result<std::string> workspace_argument(Session& session) {
  const auto name = session.asked.maybe("WORKSPACE");
  return name ? session.book.workspace(*name) : session.book.usual_workspace();
}

base::Result<int> list_workspaces(Session& session) {
  List list;
  list.ask.path = "/workspaces";
  list.columns = {{"NAME", 9, [](Session&, const json::Object& each) { return plain(each, "name"); }},
                  role_column(),
                  {"YOUR TEAMS", 5,
                   [](Session& with, const json::Object& each) {
                     std::string names;
                     for (const std::string& id : texts_at(each, "teamIds"))
                       names += (names.empty() ? "" : ", ") + shown(with.book.name_of(id));
                     return Cell{names};
                   }},
                  {"ID", 1, [](Session&, const json::Object& each) { return plain(each, "workspaceId"); }}};
  list.none = "You are a member of no workspace.";
  return show_list(session, list);
}

std::vector<ListColumn> member_columns() {
  return {{"NAME", 9, [](Session&, const json::Object& each) { return plain(each, "name"); }},
          {"E-MAIL", 8, [](Session&, const json::Object& each) { return plain(each, "email"); }},
          role_column(),
          {"ID", 1, [](Session&, const json::Object& each) { return plain(each, "userId"); }}};
}

base::Result<int> list_members(Session& session) {
  List list;
  list.ask.path = "/workspaces/" + segment(TRY(workspace_argument(session))) + "/members";
  list.columns = member_columns();
  list.none = "The workspace has no members.";
  return show_list(session, list);
}

base::Result<int> list_teams_of(Session& session, const std::string& workspace_id) {
  List list;
  list.ask.path = "/workspaces/" + segment(workspace_id) + "/teams";
  list.columns = {{"NAME", 9, [](Session&, const json::Object& each) { return plain(each, "name"); }},
                  {"ID", 1, [](Session&, const json::Object& each) { return plain(each, "teamId"); }}};
  list.none = "The workspace has no teams.";
  return show_list(session, list);
}

base::Result<int> workspace_teams(Session& session) { return list_teams_of(session, TRY(workspace_argument(session))); }

base::Result<int> list_teams(Session& session) { return list_teams_of(session, TRY(workspace_meant(session))); }

base::Result<int> list_team_members(Session& session) {
  std::string workspace;
  if (const auto name = session.asked.maybe("--workspace")) workspace = TRY(session.book.workspace(*name));
  const std::string team = TRY(session.book.team(session.asked.text("TEAM"), workspace));
  if (workspace.empty()) workspace = TRY(session.book.workspace_of_team(team));
  List list;
  list.ask.path = "/workspaces/" + segment(workspace) + "/teams/" + segment(team) + "/members";
  list.columns = member_columns();
  list.none = "The team has no members.";
  return show_list(session, list);
}

}  // namespace

base::Result<std::string> workspace_meant(Session& session) {
  const auto name = session.asked.maybe("--workspace");
  return name ? session.book.workspace(*name) : session.book.usual_workspace();
}

void add_workspace_commands(Table& table) {
  table.groups.push_back({"workspaces", "The workspaces that you are in, their members and teams"});
  table.groups.push_back({"teams", "The teams of a workspace"});
  table.commands.push_back(as_list({.path = "workspaces list",
                                    .summary = "The workspaces that you are a member of",
                                    .examples = {{"stewardry workspaces list", ""}}},
                                   list_workspaces));
  table.commands.push_back(as_list({.path = "workspaces members",
                                    .summary = "The members of a workspace",
                                    .arguments = {kWorkspaceArgument},
                                    .examples = {{"stewardry workspaces members acme --all", ""}}},
                                   list_members));
  table.commands.push_back(as_list({.path = "workspaces teams",
                                    .summary = "The teams of a workspace",
                                    .arguments = {kWorkspaceArgument},
                                    .examples = {{"stewardry workspaces teams acme", ""}}},
                                   workspace_teams));
  table.commands.push_back(as_list({.path = "teams list",
                                    .summary = "The teams of a workspace",
                                    .options = {kWorkspace},
                                    .examples = {{"stewardry teams list --workspace acme", ""}}},
                                   list_teams));
  table.commands.push_back(
      as_list({.path = "teams members",
               .summary = "The members of a team",
               .arguments = {{.name = "TEAM", .value = "TEAM", .doc = "Name or id.", .required = true}},
               .options = {{.name = "--workspace",
                            .value = "WORKSPACE",
                            .doc = "Whose team it is, where several have one of that name."}},
               .examples = {{"stewardry teams members gpu", ""}}},
              list_team_members));
}

}  // namespace cli
