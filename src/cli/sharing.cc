// nodes share, unshare, scope, attach, detach, hand-over, permissions.

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/fields.h"

namespace cli {
namespace {

const Parameter kNode{
    .name = "NODE", .value = "NODE", .doc = "Name, uuid, or 4 or more of its first digits.", .required = true};
const Parameter kUsers{
    .name = "--user", .value = "USER", .doc = "Name, e-mail or id; as often as you like.", .repeated = true};
const Parameter kTeams{.name = "--team",
                       .value = "TEAM",
                       .doc = "A team of the node's workspace, by name or id; as often as you like.",
                       .repeated = true};

struct Target {
  std::string path, uuid, name, workspace_id;
};

base::Result<Target> target_of(Session& session) {
  const std::string uuid = TRY(session.book.node(session.asked.text("NODE")));
  Target target{"/compute-nodes/" + segment(uuid), uuid, "", ""};
  const Reply reply = TRY(session.api.get(target.path));
  if (const json::Object* node = reply.body.if_object()) {
    target.name = text_at(*node, "name");
    target.workspace_id = text_at(*node, "organizationId");
  }
  return target;
}

struct Grantee {
  bool is_team;
  std::string id;
};

base::Result<std::vector<Grantee>> grantees_of(Session& session, const Target& target) {
  std::vector<Grantee> list;
  for (const std::string& each : session.asked.all("--user")) list.push_back({false, TRY(session.book.user(each))});
  for (const std::string& each : session.asked.all("--team"))
    list.push_back({true, TRY(session.book.team(each, target.workspace_id))});
  if (list.empty()) return base::fail(base::Code::kInvalid, "Say with whom: --user or --team.");
  return list;
}

base::Result<int> change_grants(Session& session, bool grant) {
  const Target target = TRY(target_of(session));
  json::Array answers;
  for (const Grantee& each : TRY(grantees_of(session, target))) {
    Ask ask;
    ask.method = grant ? "POST" : "DELETE";
    ask.path = target.path + (each.is_team ? "/permissions/teams" : "/permissions/users");
    if (grant)
      ask.body = json::Object{{each.is_team ? "teamId" : "userId", each.id}};
    else
      ask.path += "/" + segment(each.id);
    answers.push_back(TRY(session.api.call(ask)).body);
    if (!session.as_json()) {
      session.say(fmt::format("{} is {} with {}{}.", target.name, grant ? "shared" : "no longer shared",
                              each.is_team ? "the team " : "", session.book.name_of(each.id)));
    }
  }
  if (session.as_json()) session.print_json(json::Value(std::move(answers)));
  return kDone;
}

std::string granted(Session& session, const json::Object& permissions, std::string_view member) {
  std::string text;
  for (const std::string& id : texts_at(permissions, member))
    text += (text.empty() ? "" : "\n") + shown(session.book.name_of(id));
  return text;
}

int show_permissions(Session& session, const json::Value& body) {
  if (session.as_json() || !body.is_object()) return (session.print_json(body), kDone);
  const json::Object& permissions = body.get_object();
  std::vector<std::pair<std::string, Cell>> fields{{"Scope", plain(permissions, "accessScope")},
                                                   {"Workspace", person(session, permissions, "organizationId")},
                                                   {"Owner", person(session, permissions, "owner")},
                                                   {"Users", {granted(session, permissions, "sharedWithUsers")}},
                                                   {"Teams", {granted(session, permissions, "sharedWithTeams")}}};
  std::erase_if(fields, [](const auto& field) { return field.second.text.empty(); });
  session.print(laid_out(fields, session.screen()));
  return kDone;
}

base::Result<int> permissions_command(Session& session) {
  const std::string uuid = TRY(session.book.node(session.asked.text("NODE")));
  return show_permissions(session, TRY(session.api.get("/compute-nodes/" + segment(uuid) + "/permissions")).body);
}

base::Result<int> set_scope(Session& session) {
  Ask ask;
  ask.method = "PUT";
  ask.path = "/compute-nodes/" + segment(TRY(session.book.node(session.asked.text("NODE")))) + "/permissions";
  ask.body = json::Object{{"accessScope", session.asked.text("SCOPE")}};
  ask.if_match = TRY(if_match_of(session.asked));
  return show_permissions(session, TRY(session.api.call(ask)).body);
}

base::Result<int> attach(Session& session) {
  const Target target = TRY(target_of(session));
  const std::string workspace = TRY(workspace_meant(session));
  Ask ask;
  ask.method = "POST";
  ask.path = target.path + "/organization";
  ask.query.emplace_back("organization_id", workspace);
  ask.if_match = TRY(if_match_of(session.asked));
  const Reply reply = TRY(session.api.call(ask));
  if (session.as_json()) return (session.print_json(reply.body), kDone);
  session.say(fmt::format("{} is in {} now.", target.name, session.book.name_of(workspace)));
  return kDone;
}

base::Result<int> detach(Session& session) {
  const Target target = TRY(target_of(session));
  Ask ask;
  ask.method = "DELETE";
  ask.path = target.path + "/organization";
  ask.if_match = TRY(if_match_of(session.asked));
  const Reply reply = TRY(session.api.call(ask));
  if (session.as_json()) return (session.print_json(reply.body), kDone);
  session.say(fmt::format("{} is in no workspace now: it is private, and every grant is gone.", target.name));
  return kDone;
}

base::Result<int> hand_over(Session& session) {
  Ask ask;
  ask.method = "PUT";
  // An operator, whose task this is, need not be one who reads the node.
  ask.path = "/compute-nodes/" + segment(TRY(session.book.node(session.asked.text("NODE")))) + "/owner";
  ask.body = json::Object{{"userId", TRY(session.book.user(session.asked.text("--to")))}};
  ask.if_match = TRY(if_match_of(session.asked));
  const Reply reply = TRY(session.api.call(ask));
  if (session.as_json() || !reply.body.is_object()) return (session.print_json(reply.body), kDone);
  return show_node(session, reply.body.get_object(), reply.etag);
}

void add_granting(Table& table) {
  table.commands.push_back(on_server(
      {.path = "nodes share",
       .summary = "Share a compute node with users and teams",
       .arguments = {kNode},
       .options = {kUsers, kTeams},
       .examples = {{"stewardry nodes share gpu-1 --user cy --team gpu", ""},
                    {"stewardry access preview --node gpu-1 --share-team gpu", "Who would gain, before it is done."}}},
      [](Session& session) { return change_grants(session, true); }));
  table.commands.push_back(on_server({.path = "nodes unshare",
                                      .summary = "Take a compute node away from users and teams",
                                      .arguments = {kNode},
                                      .options = {kUsers, kTeams},
                                      .examples = {{"stewardry nodes unshare gpu-1 --team gpu", ""}}},
                                     [](Session& session) { return change_grants(session, false); }));
  table.commands.push_back(on_server(
      {.path = "nodes scope",
       .summary = "Set who may read a compute node: its owner, the workspace, or whom it is shared with",
       .arguments = {kNode,
                     {.name = "SCOPE",
                      .doc = "private: the owner alone; workspace: its members with permission bit 8 or more; shared: "
                             "who is granted.",
                      .required = true,
                      .choices = {"private", "workspace", "shared"}}},
       .options = {kIfVersion},
       .examples = {{"stewardry nodes scope gpu-1 workspace", ""}}},
      set_scope));
  table.commands.push_back(on_server({.path = "nodes permissions",
                                      .summary = "The scope of a compute node, and whom it is shared with",
                                      .arguments = {kNode},
                                      .examples = {{"stewardry nodes permissions gpu-1", ""}}},
                                     permissions_command));
}

void add_moving(Table& table) {
  table.commands.push_back(on_server({.path = "nodes attach",
                                      .summary = "Put a compute node that is in no workspace into one",
                                      .arguments = {kNode},
                                      .options = {kWorkspace, kIfVersion},
                                      .examples = {{"stewardry nodes attach gpu-1 --workspace acme", ""}}},
                                     attach));
  table.commands.push_back(on_server({.path = "nodes detach",
                                      .summary = "Take a compute node out of its workspace",
                                      .details = "It is private then, and whom it was shared with reads it no more.",
                                      .arguments = {kNode},
                                      .options = {kIfVersion},
                                      .examples = {{"stewardry nodes detach gpu-1", ""}}},
                                     detach));
  table.commands.push_back(on_server(
      {.path = "nodes hand-over",
       .summary = "Give a compute node to another owner",
       .arguments = {kNode},
       .options = {{.name = "--to", .value = "USER", .doc = "The new owner: name, e-mail or id.", .required = true},
                   kIfVersion},
       .examples = {{"stewardry nodes hand-over gpu-1 --to ben", ""}}},
      hand_over));
}

}  // namespace

void add_sharing_commands(Table& table) {
  add_granting(table);
  add_moving(table);
}

}  // namespace cli
