// nodes list, show, create, update, pause, resume, retry, delete.

#include <algorithm>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/fields.h"

namespace cli {
namespace {

const Parameter kNode{
    .name = "NODE", .value = "NODE", .doc = "Name, uuid, or 4 or more of its first digits.", .required = true};

base::Result<std::string> path_of_node(Session& session) {
  return "/compute-nodes/" + segment(TRY(session.book.node(session.asked.text("NODE"))));
}

base::Result<int> list_nodes(Session& session) {
  List list;
  list.ask.path = "/compute-nodes";
  list.ask.query = TRY(node_query(session));
  if (const auto workspace = session.asked.maybe("--workspace"))
    list.ask.query.emplace_back("organization_id", TRY(session.book.workspace(*workspace)));
  else
    list.ask.query.emplace_back("reachable", "true");
  list.columns = node_columns();
  list.none = "There are no compute nodes that you may read.";
  return show_list(session, list);
}

base::Result<int> show_node_command(Session& session) {
  const Reply reply = TRY(session.api.get(TRY(path_of_node(session))));
  if (session.as_json() || !reply.body.is_object()) return (session.print_json(reply.body), kDone);
  return show_node(session, reply.body.get_object(), reply.etag);
}

base::Result<int> create_node(Session& session) {
  const Invocation& asked = session.asked;
  if (asked.has("--independent") && asked.has("--workspace"))
    return base::fail(base::Code::kInvalid, "--independent and --workspace exclude each other.");
  Ask ask;
  ask.method = "POST";
  ask.path = "/compute-nodes";
  ask.idempotency_key = asked.text("--idempotency-key");
  ask.body =
      json::Object{{"name", asked.text("NAME")}, {"accountId", TRY(session.book.account(asked.text("--account")))}};
  if (!asked.has("--independent")) (*ask.body)["organizationId"] = TRY(workspace_meant(session));
  if (const auto text = asked.maybe("--description")) (*ask.body)["description"] = *text;
  if (const auto tag = asked.maybe("--tag")) (*ask.body)["workflowManagerTag"] = *tag;
  const Reply reply = TRY(session.api.call(ask));
  return follow(session, reply.body, fmt::format("{} is being made.", asked.text("NAME")));
}

base::Result<int> change_node(Session& session, const json::Object& change) {
  if (change.empty()) return base::fail(base::Code::kInvalid, "Say what is to be changed: --name or --description.");
  Ask ask;
  ask.method = "PATCH";
  ask.path = TRY(path_of_node(session));
  ask.body = change;
  ask.if_match = TRY(if_match_of(session.asked));
  const Reply reply = TRY(session.api.call(ask));
  if (session.as_json() || !reply.body.is_object()) return (session.print_json(reply.body), kDone);
  return show_node(session, reply.body.get_object(), reply.etag);
}

base::Result<int> update_node(Session& session) {
  json::Object change;
  if (const auto name = session.asked.maybe("--name")) change["name"] = *name;
  if (const auto text = session.asked.maybe("--description")) change["description"] = *text;
  return change_node(session, change);
}

Action set_status(const char* status) {
  return [status](Session& session) { return change_node(session, json::Object{{"status", status}}); };
}

base::Result<int> retry_node(Session& session) {
  Ask ask;
  ask.method = "POST";
  ask.path = TRY(path_of_node(session)) + "/retry";
  ask.if_match = TRY(if_match_of(session.asked));
  return follow(session, TRY(session.api.call(ask)).body,
                fmt::format("{} is being made once more.", session.asked.text("NODE")));
}

base::Result<int> delete_node(Session& session) {
  Ask ask;
  ask.method = "DELETE";
  ask.path = TRY(path_of_node(session));
  ask.if_match = TRY(if_match_of(session.asked));
  if (!TRY(session.confirmed(fmt::format("Delete the compute node {}?", session.asked.text("NODE"))))) return kNo;
  return follow(session, TRY(session.api.call(ask)).body,
                fmt::format("{} is being deleted.", session.asked.text("NODE")));
}

void add_reading(Table& table) {
  std::vector<Parameter> options{
      {.name = "--workspace", .value = "WORKSPACE", .doc = "Only those of this workspace, by name or id."}};
  options.insert(options.end(), node_filters().begin(), node_filters().end());
  table.commands.push_back(
      as_list({.path = "nodes list",
               .summary = "The compute nodes that you may read",
               .options = std::move(options),
               .examples = {{"stewardry nodes list", "Everything within your reach, in all your workspaces."},
                            {"stewardry nodes list --workspace acme --status Failed", "What went wrong in acme."},
                            {"stewardry nodes list --all --json | jq -r '.[].uuid'", "Every uuid, for a script."}}},
              list_nodes));
  table.commands.push_back(on_server({.path = "nodes show",
                                      .summary = "One compute node with all that is known of it",
                                      .arguments = {kNode},
                                      .examples = {{"stewardry nodes show gpu-1", "By name."},
                                                   {"stewardry nodes show 976f", "By the start of its uuid."}}},
                                     show_node_command));
}

const Parameter kDescription{.name = "--description", .value = "TEXT", .doc = "What it is for."};

void add_making(Table& table) {
  table.commands.push_back(on_server(
      {.path = "nodes create",
       .summary = "Make a compute node on an account",
       .details = "The answer comes at once, with the operation that makes the node; --wait waits for its end.",
       .arguments = {{.name = "NAME", .doc = "What people will call it.", .required = true}},
       .options = {{.name = "--account", .value = "ACCOUNT", .doc = "Name, cloud id or uuid.", .required = true},
                   kWorkspace,
                   {.name = "--independent", .doc = "In no workspace: then it is yours alone."},
                   kDescription,
                   {.name = "--tag", .value = "TEXT", .doc = "The tag of the workflow manager."},
                   kWait,
                   kIdempotencyKey},
       .examples = {{"stewardry nodes create gpu-2 --account lab --workspace acme", ""},
                    {"stewardry nodes create gpu-2 --account lab --independent --wait",
                     "And wait until it is there."}}},
      create_node));
  table.commands.push_back(on_server({.path = "nodes retry",
                                      .summary = "Make a compute node once more whose making failed",
                                      .arguments = {kNode},
                                      .options = {kWait, kIfVersion},
                                      .examples = {{"stewardry nodes retry gpu-2 --wait", ""}}},
                                     retry_node));
  table.commands.push_back(
      on_server({.path = "nodes delete",
                 .summary = "Delete a compute node",
                 .arguments = {kNode},
                 .options = {kYes, kWait, kIfVersion},
                 .examples = {{"stewardry nodes delete gpu-2", "Asks first."},
                              {"stewardry nodes delete gpu-2 --yes --wait", "In a script; ends when it is gone."}}},
                delete_node));
}

void add_changing(Table& table) {
  table.commands.push_back(
      on_server({.path = "nodes update",
                 .summary = "Change a compute node's name or description",
                 .arguments = {kNode},
                 .options = {{.name = "--name", .value = "TEXT", .doc = "The new name."}, kDescription, kIfVersion},
                 .examples = {{"stewardry nodes update gpu-2 --name gpu-two", ""}}},
                update_node));
  table.commands.push_back(on_server({.path = "nodes pause",
                                      .summary = "Pause a compute node",
                                      .arguments = {kNode},
                                      .options = {kIfVersion},
                                      .examples = {{"stewardry nodes pause gpu-2", ""}}},
                                     set_status("Paused")));
  table.commands.push_back(on_server({.path = "nodes resume",
                                      .summary = "End the pause of a compute node",
                                      .arguments = {kNode},
                                      .options = {kIfVersion},
                                      .examples = {{"stewardry nodes resume gpu-2", ""}}},
                                     set_status("Enabled")));
}

}  // namespace

const std::vector<ListColumn>& node_columns() {
  static const std::vector<ListColumn> columns{
      {"NAME", 9, [](Session&, const json::Object& each) { return plain(each, "name"); }},
      {"STATUS", 8, [](Session&, const json::Object& each) { return status_of(each); }},
      {"SCOPE", 5, [](Session&, const json::Object& each) { return plain(each, "accessScope"); }},
      {"WORKSPACE", 4,
       [](Session& session, const json::Object& each) { return person(session, each, "organizationId"); }},
      {"OWNER", 6, [](Session& session, const json::Object& each) { return person(session, each, "ownerId"); }},
      {"ACCOUNT", 3, [](Session&, const json::Object& each) { return plain(each, "account/accountId"); }, 12},
      {"CREATED", 2, [](Session&, const json::Object& each) { return moment(each, "createdAt"); }, 10},
      {"UUID", 1, [](Session&, const json::Object& each) { return plain(each, "uuid"); }}};
  return columns;
}

const std::vector<Parameter>& node_filters() {
  static const std::vector<Parameter> filters{
      {.name = "--account", .value = "ACCOUNT", .doc = "Only those on this account: name, cloud id or uuid."},
      {.name = "--status",
       .value = "STATUS",
       .doc = "Only those with this status.",
       .choices = {"Pending", "Enabled", "Paused", "Destroying", "Failed"}},
      {.name = "--name-prefix", .value = "TEXT", .doc = "Only those whose name begins so."},
      {.name = "--sort",
       .value = "BY",
       .doc = "What they are sorted by.",
       .choices = {"name", "created"},
       .fallback = "name"},
      {.name = "--descending", .doc = "The last first."}};
  return filters;
}

base::Result<Query> node_query(Session& session) {
  const Invocation& asked = session.asked;
  Query query;
  if (const auto account = asked.maybe("--account")) query.emplace_back("account", TRY(session.book.account(*account)));
  if (const auto status = asked.maybe("--status")) query.emplace_back("status", *status);
  if (const auto prefix = asked.maybe("--name-prefix")) query.emplace_back("name_prefix", *prefix);
  if (asked.has("--sort")) query.emplace_back("sort", asked.text("--sort"));
  if (asked.has("--descending")) query.emplace_back("order", "desc");
  return query;
}

int show_node(Session& session, const json::Object& node, const std::string& etag) {
  const std::string account = text_at(node, "account/accountId");
  std::vector<std::pair<std::string, Cell>> fields{
      {"Name", plain(node, "name")},
      {"Status", status_of(node)},
      {"Reason", plain(node, "statusReason")},
      {"Description", {shown(text_at(node, "description"), true)}},
      {"Owner", person(session, node, "ownerId")},
      {"Workspace", person(session, node, "organizationId")},
      {"Scope", plain(node, "accessScope")},
      {"Account",
       {shown(fmt::format("{} {}, {}", text_at(node, "account/accountType"), account, text_at(node, "account/uuid")))}},
      {"Tag", plain(node, "workflowManagerTag")},
      {"Created", moment(node, "createdAt")},
      {"Changed", moment(node, "updatedAt")},
      {"UUID", plain(node, "uuid")},
      {"Version", {shown(etag)}}};
  std::erase_if(fields, [](const auto& field) { return field.second.text.empty(); });
  session.print(laid_out(fields, session.screen()));
  return kDone;
}

void add_node_commands(Table& table) {
  table.groups.push_back({"nodes", "Compute nodes, and whom they are shared with"});
  add_reading(table);
  add_making(table);
  add_changing(table);
}

}  // namespace cli
