// accounts list, show, register, update, pause, resume, delete, enable, disable, workspaces.

#include <fmt/format.h>

#include "base/ids.h"
#include "cli/commands.h"
#include "cli/fields.h"

namespace cli {
namespace {

const Parameter kAccount{
    .name = "ACCOUNT", .value = "ACCOUNT", .doc = "Name, cloud id, uuid or the start of one.", .required = true};

base::Result<std::string> path_of_account(Session& session) {
  return "/accounts/" + segment(TRY(session.book.account(session.asked.text("ACCOUNT"))));
}

const std::vector<ListColumn>& account_columns() {
  static const std::vector<ListColumn> columns{
      {"NAME", 9, [](Session&, const json::Object& each) { return plain(each, "name"); }},
      {"CLOUD ID", 8, [](Session&, const json::Object& each) { return plain(each, "accountId"); }, 12},
      {"TYPE", 3, [](Session&, const json::Object& each) { return plain(each, "accountType"); }, 4},
      {"STATUS", 7, [](Session&, const json::Object& each) { return status_of(each); }},
      {"OWNER", 5, [](Session& session, const json::Object& each) { return person(session, each, "ownerId"); }},
      {"CREATED", 2, [](Session&, const json::Object& each) { return moment(each, "createdAt"); }, 10},
      {"UUID", 1, [](Session&, const json::Object& each) { return plain(each, "uuid"); }}};
  return columns;
}

base::Result<int> list_accounts(Session& session) {
  List list;
  list.ask.path = "/accounts";
  if (const auto workspace = session.asked.maybe("--workspace"))
    list.ask.query.emplace_back("organization_id", TRY(session.book.workspace(*workspace)));
  if (session.asked.has("--workspaces")) list.ask.query.emplace_back("includeWorkspaces", "true");
  list.columns = account_columns();
  if (session.asked.has("--workspaces")) {
    list.columns.push_back({"WORKSPACES", 6, [](Session& with, const json::Object& each) {
                              std::string names;
                              if (const json::Array* enabled = array_at(each, "enabledWorkspaces")) {
                                for (const json::Value& one : *enabled) {
                                  if (!one.is_object()) continue;
                                  names += names.empty() ? "" : ", ";
                                  names += person(with, one.get_object(), "workspaceId").text;
                                }
                              }
                              return Cell{names};
                            }});
  }
  list.none = "You have no accounts. Register one: stewardry accounts register --help";
  return show_list(session, list);
}

int show_account(Session& session, const Reply& reply) {
  if (session.as_json() || !reply.body.is_object()) return (session.print_json(reply.body), kDone);
  const json::Object& account = reply.body.get_object();
  std::vector<std::pair<std::string, Cell>> fields{{"Name", plain(account, "name")},
                                                   {"Cloud id", plain(account, "accountId")},
                                                   {"Type", plain(account, "accountType")},
                                                   {"Status", status_of(account)},
                                                   {"Owner", person(session, account, "ownerId")},
                                                   {"Description", {shown(text_at(account, "description"), true)}},
                                                   {"Role", plain(account, "roleName")},
                                                   {"ExternalId", plain(account, "externalId")},
                                                   {"Created", moment(account, "createdAt")},
                                                   {"Changed", moment(account, "updatedAt")},
                                                   {"UUID", plain(account, "uuid")},
                                                   {"Version", {shown(reply.etag)}}};
  std::erase_if(fields, [](const auto& field) { return field.second.text.empty(); });
  session.print(laid_out(fields, session.screen()));
  return kDone;
}

base::Result<int> show_account_command(Session& session) {
  return show_account(session, TRY(session.api.get(TRY(path_of_account(session)))));
}

base::Result<int> register_account(Session& session) {
  Ask ask;
  ask.method = "POST";
  ask.path = "/accounts";
  ask.idempotency_key = session.asked.text("--idempotency-key");
  ask.body = json::Object{{"accountId", session.asked.text("CLOUD-ID")},
                          {"accountType", session.asked.text("--type")},
                          {"roleName", session.asked.text("--role")}};
  if (const auto name = session.asked.maybe("--name")) (*ask.body)["name"] = *name;
  if (const auto text = session.asked.maybe("--description")) (*ask.body)["description"] = *text;
  const Reply reply = TRY(session.api.call(ask));
  const int code = show_account(session, reply);
  const json::Object* policy = reply.body.is_object() ? object_at(reply.body.get_object(), "trustPolicy") : nullptr;
  if (!session.as_json() && policy != nullptr) {
    session.say(fmt::format("\nPut this trust policy on the role {}, so that nobody else can use it:",
                            session.asked.text("--role")));
    session.print(escaped_json(indented(*policy)) + "\n");
  }
  return code;
}

base::Result<int> change_account(Session& session, const json::Object& change) {
  if (change.empty()) return base::fail(base::Code::kInvalid, "Say what is to be changed: --name or --description.");
  Ask ask;
  ask.method = "PATCH";
  ask.path = TRY(path_of_account(session));
  ask.body = change;
  ask.if_match = TRY(if_match_of(session.asked));
  return show_account(session, TRY(session.api.call(ask)));
}

base::Result<int> update_account(Session& session) {
  json::Object change;
  if (const auto name = session.asked.maybe("--name")) change["name"] = *name;
  if (const auto text = session.asked.maybe("--description")) change["description"] = *text;
  return change_account(session, change);
}

base::Result<int> delete_account(Session& session) {
  Ask ask;
  ask.method = "DELETE";
  ask.path = TRY(path_of_account(session));
  ask.if_match = TRY(if_match_of(session.asked));
  const bool force = session.asked.has("--force");
  if (force) ask.query.emplace_back("force", "true");
  const std::string name = session.asked.text("ACCOUNT");
  if (!TRY(session.confirmed(fmt::format("Delete the account {}{}?", name, force ? " with its compute nodes" : ""))))
    return kNo;
  const Reply reply = TRY(session.api.call(ask));
  if (session.as_json()) return (session.print_json(reply.body), kDone);
  const json::Array* operations = reply.body.is_object() ? array_at(reply.body.get_object(), "operations") : nullptr;
  if (operations == nullptr || operations->empty()) return (session.say(name + " is deleted."), kDone);
  session.say(fmt::format("{} is being deleted, after its compute nodes. What is under way:", name));
  for (const json::Value& each : *operations) {
    if (each.is_object()) session.say("  stewardry operations watch " + text_at(each.get_object(), "id"));
  }
  return kDone;
}

base::Result<int> enable_account(Session& session) {
  const bool is_public = session.asked.has("--public");
  if (is_public && session.asked.has("--private"))
    return base::fail(base::Code::kInvalid, "--public and --private exclude each other.");
  const std::string workspace = TRY(workspace_meant(session));
  const std::string path = TRY(path_of_account(session)) + "/workspaces";
  Ask ask;
  ask.method = "POST";
  ask.path = path;
  ask.query.emplace_back("organization_id", workspace);
  ask.body = json::Object{{"isPublic", is_public}};
  base::Result<Reply> reply = session.api.call(ask);
  if (!reply && reply.error().code == base::Code::kConflict) {  // it is enabled already: then this says how
    ask.method = "PUT";
    ask.path += "/" + segment(workspace);
    ask.query.clear();
    const base::Result<Reply> changed = session.api.call(ask);
    if (!changed) return base::fail(changed.error());
    reply = *changed;
  }
  if (!reply) return base::fail(reply.error());
  if (session.as_json()) return (session.print_json(reply->body), kDone);
  session.say(fmt::format(
      "{} is enabled for {}: {}.", session.asked.text("ACCOUNT"), session.book.name_of(workspace),
      is_public ? "its administrators may make compute nodes on it" : "its owner alone may make compute nodes on it"));
  return kDone;
}

base::Result<int> disable_account(Session& session) {
  const std::string workspace = TRY(workspace_meant(session));
  Ask ask;
  ask.method = "DELETE";
  ask.path = TRY(path_of_account(session)) + "/workspaces/" + segment(workspace);
  ask.if_match = TRY(if_match_of(session.asked));
  TRY(session.api.call(ask));
  if (session.as_json()) return (session.print_json(json::Value(json::Object{})), kDone);
  session.say(
      fmt::format("{} is no longer enabled for {}.", session.asked.text("ACCOUNT"), session.book.name_of(workspace)));
  return kDone;
}

base::Result<int> list_enablements(Session& session) {
  List list;
  list.ask.path = TRY(path_of_account(session)) + "/workspaces";
  list.columns = {
      {"WORKSPACE", 9, [](Session& with, const json::Object& each) { return person(with, each, "workspaceId"); }},
      {"WHO MAY USE IT", 8,
       [](Session&, const json::Object& each) {
         return Cell{true_at(each, "isPublic") ? "administrators" : "owner alone"};
       }},
      {"ENABLED BY", 5, [](Session& with, const json::Object& each) { return person(with, each, "enabledBy"); }},
      {"SINCE", 4, [](Session&, const json::Object& each) { return moment(each, "createdAt"); }, 10},
      {"ID", 1, [](Session&, const json::Object& each) { return plain(each, "workspaceId"); }}};
  list.none = "It is enabled for no workspace. To enable it: stewardry accounts enable --help";
  return show_list(session, list);
}

Action set_status(const char* status) {
  return [status](Session& session) { return change_account(session, json::Object{{"status", status}}); };
}

const Parameter kName{.name = "--name", .value = "TEXT", .doc = "What people call it."};
const Parameter kDescription{.name = "--description", .value = "TEXT", .doc = "What it is for."};

void add_reading(Table& table) {
  table.commands.push_back(as_list(
      {.path = "accounts list",
       .summary = "Your accounts",
       .options = {{.name = "--workspace",
                    .value = "WORKSPACE",
                    .doc = "Those that are enabled for it; its administrators see other people's public ones too."},
                   {.name = "--workspaces", .doc = "With the workspaces that each is enabled for."}},
       .examples = {{"stewardry accounts list", "What you registered."},
                    {"stewardry accounts list --workspace acme --json", "For a program, what acme may use."}}},
      list_accounts));
  table.commands.push_back(on_server({.path = "accounts show",
                                      .summary = "One account with all that is known of it",
                                      .arguments = {kAccount},
                                      .examples = {{"stewardry accounts show lab", "By name."},
                                                   {"stewardry accounts show 444455556666", "By the cloud's id."}}},
                                     show_account_command));
  table.commands.push_back(as_list({.path = "accounts workspaces",
                                    .summary = "The workspaces that an account is enabled for",
                                    .arguments = {kAccount},
                                    .examples = {{"stewardry accounts workspaces lab", ""}}},
                                   list_enablements));
}

void add_changing(Table& table) {
  table.commands.push_back(on_server(
      {.path = "accounts register",
       .summary = "Register a cloud account",
       .details = "The service issues the ExternalId and prints the trust policy to put on the role.",
       .arguments = {{.name = "CLOUD-ID", .doc = "The AWS account, twelve digits.", .required = true}},
       .options = {{.name = "--role", .value = "NAME", .doc = "The IAM role to assume.", .required = true},
                   {.name = "--type", .value = "TYPE", .doc = "The cloud.", .choices = {"aws"}, .fallback = "aws"},
                   kName,
                   kDescription,
                   kIdempotencyKey},
       .examples = {{"stewardry accounts register 444455556666 --role Stewardry-Compute --name lab", ""}}},
      register_account));
  table.commands.push_back(
      on_server({.path = "accounts update",
                 .summary = "Change an account's name or description",
                 .arguments = {kAccount},
                 .options = {kName, kDescription, kIfVersion},
                 .examples = {{"stewardry accounts update lab --description 'The laboratory, second floor'", ""}}},
                update_account));
  table.commands.push_back(on_server({.path = "accounts pause",
                                      .summary = "Pause an account: its nodes pause, and it takes no new ones",
                                      .arguments = {kAccount},
                                      .options = {kIfVersion},
                                      .examples = {{"stewardry accounts pause lab", ""}}},
                                     set_status("Paused")));
  table.commands.push_back(on_server({.path = "accounts resume",
                                      .summary = "End the pause of an account",
                                      .arguments = {kAccount},
                                      .options = {kIfVersion},
                                      .examples = {{"stewardry accounts resume lab", ""}}},
                                     set_status("Enabled")));
  table.commands.push_back(on_server(
      {.path = "accounts delete",
       .summary = "Delete an account",
       .details = "An account with compute nodes is deleted only with --force, which deletes them first.",
       .arguments = {kAccount},
       .options = {{.name = "--force", .doc = "With its compute nodes."}, kYes, kIfVersion},
       .examples = {{"stewardry accounts delete lab --force --yes", "In a script: with its nodes, and no question."}}},
      delete_account));
}

void add_enabling(Table& table) {
  table.commands.push_back(on_server(
      {.path = "accounts enable",
       .summary = "Enable an account for a workspace, or change how it is",
       .arguments = {kAccount},
       .options = {kWorkspace,
                   {.name = "--public", .doc = "The workspace's administrators may make compute nodes on it too."},
                   {.name = "--private", .doc = "Its owner alone may; so it is where neither is said."}},
       .examples = {{"stewardry accounts enable lab --workspace acme --public", ""},
                    {"stewardry access preview --account lab --workspace acme --enable public",
                     "Who could make nodes then, before it is done."}}},
      enable_account));
  table.commands.push_back(on_server({.path = "accounts disable",
                                      .summary = "End an account's enablement for a workspace",
                                      .arguments = {kAccount},
                                      .options = {kWorkspace, kIfVersion},
                                      .examples = {{"stewardry accounts disable lab --workspace acme", ""}}},
                                     disable_account));
}

}  // namespace

void add_account_commands(Table& table) {
  table.groups.push_back({"accounts", "Cloud accounts, and the workspaces that they are enabled for"});
  add_reading(table);
  add_changing(table);
  add_enabling(table);
}

}  // namespace cli
