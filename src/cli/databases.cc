// databases list, show, register, update, remove, spec ..., plan, approve, apply, rotate, check, history, report.

#include <charconv>
#include <fstream>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "cli/database_runs.h"
#include "cli/fields.h"

namespace cli {
namespace {

const Parameter kDatabase{
    .name = "DATABASE", .value = "DATABASE", .doc = "Name, uuid or the start of one.", .required = true};
const Parameter kPlan{.name = "PLAN", .doc = "Its id, in full; the newest where none is given."};
const Parameter kCheckEvery{
    .name = "--check-every", .value = "DURATION", .doc = "How often drift is looked for: 15m, 1h, 1d; or never."};

base::Result<std::string> path_of_database(Session& session) {
  return "/databases/" + segment(TRY(session.book.database(session.asked.text("DATABASE"))));
}

base::Result<json::Object> object_of(Reply reply) {
  if (json::Object* object = reply.body.if_object()) return std::move(*object);
  return base::fail(base::Code::kUnavailable, "What answers is not a Stewardry server. Is the URL right?");
}

base::Result<std::int64_t> seconds_of(const std::string& text) {
  if (text == "never") return 0;
  const std::optional<std::chrono::seconds> span = base::parse_duration(text);
  if (!span) return base::fail(base::Code::kInvalid, "--check-every is a duration, such as 15m, 1h or 1d; or never.");
  return span->count();
}

base::Result<std::int64_t> version_of(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1)
    return base::fail(base::Code::kInvalid, "--version is a whole number from 1.");
  return number;
}

base::Result<int> list_databases(Session& session) {
  List list;
  list.ask.path = "/databases";
  if (const auto workspace = session.asked.maybe("--workspace"))
    list.ask.query.emplace_back("organization_id", TRY(session.book.workspace(*workspace)));
  list.columns = {
      {"NAME", 9, [](Session&, const json::Object& each) { return plain(each, "name"); }},
      {"WORKSPACE", 6, [](Session& with, const json::Object& each) { return person(with, each, "workspaceId"); }},
      {"HOST", 7, [](Session&, const json::Object& each) { return plain(each, "host"); }, 16},
      {"DATABASE", 4, [](Session&, const json::Object& each) { return plain(each, "database"); }},
      {"IN FORCE", 5, [](Session&, const json::Object& each) { return plain(each, "specVersionInForce"); }, 4},
      {"NEWEST", 3, [](Session&, const json::Object& each) { return plain(each, "lastSpecVersion"); }, 4},
      {"UUID", 1, [](Session&, const json::Object& each) { return plain(each, "uuid"); }}};
  list.none = "There are no databases. Register one: stewardry databases register --help";
  return show_list(session, list);
}

int show_database(Session& session, const Reply& reply) {
  if (session.as_json() || !reply.body.is_object()) return (session.print_json(reply.body), kDone);
  const json::Object& database = reply.body.get_object();
  std::vector<std::pair<std::string, Cell>> fields{{"Name", plain(database, "name")},
                                                   {"Workspace", person(session, database, "workspaceId")},
                                                   {"Description", {shown(text_at(database, "description"), true)}},
                                                   {"Host", plain(database, "host")},
                                                   {"Port", plain(database, "port")},
                                                   {"Database", plain(database, "database")},
                                                   {"User", plain(database, "user")},
                                                   {"TLS", plain(database, "sslMode")},
                                                   {"Password", plain(database, "credentials/kind")},
                                                   {"Secret", plain(database, "credentials/name")},
                                                   {"Newest version", plain(database, "lastSpecVersion")},
                                                   {"In force", plain(database, "specVersionInForce")},
                                                   {"Under way", plain(database, "openOperationId")},
                                                   {"Found", plain(database, "lastCheck/found")},
                                                   {"Found since", moment(database, "lastCheck/since")},
                                                   {"Checked", moment(database, "lastCheck/lastAt")},
                                                   {"Reason", {shown(text_at(database, "lastCheck/reason"), true)}},
                                                   {"Next check", moment(database, "nextCheckAt")},
                                                   {"Registered by", person(session, database, "registeredBy")},
                                                   {"Created", moment(database, "createdAt")},
                                                   {"UUID", plain(database, "uuid")},
                                                   {"Version", {shown(reply.etag)}}};
  std::erase_if(fields, [](const auto& field) { return field.second.text.empty(); });
  session.print(laid_out(fields, session.screen()));
  return kDone;
}

base::Result<int> show_one(Session& session) {
  return show_database(session, TRY(session.api.get(TRY(path_of_database(session)))));
}

base::Result<int> register_database(Session& session) {
  Ask ask;
  ask.method = "POST";
  ask.path = "/databases";
  ask.idempotency_key = session.asked.text("--idempotency-key");
  const std::string place = session.asked.text("--credentials");
  const std::size_t colon = std::min(place.find(':'), place.size());
  json::Object credentials{{"kind", place.substr(0, colon)}};
  if (colon < place.size()) credentials["name"] = place.substr(colon + 1);
  ask.body = json::Object{{"workspaceId", TRY(workspace_meant(session))},
                          {"name", session.asked.text("NAME")},
                          {"host", session.asked.text("--host")},
                          {"database", session.asked.text("--database")},
                          {"user", session.asked.text("--user")},
                          {"sslMode", session.asked.text("--ssl-mode")},
                          {"credentials", credentials}};
  if (const auto port = session.asked.maybe("--port")) {
    int number = 0;
    const auto [end, error] = std::from_chars(port->data(), port->data() + port->size(), number);
    if (error != std::errc() || end != port->data() + port->size())
      return base::fail(base::Code::kInvalid, "--port is a number.");
    (*ask.body)["port"] = number;
  }
  if (const auto text = session.asked.maybe("--description")) (*ask.body)["description"] = *text;
  if (const auto text = session.asked.maybe("--check-every")) (*ask.body)["checkEverySeconds"] = TRY(seconds_of(*text));
  const Reply reply = TRY(session.api.call(ask));
  const int code = show_database(session, reply);
  if (!session.as_json())
    session.say(fmt::format("\nNext: stewardry databases spec put {} FILE", shown(session.asked.text("NAME"))));
  return code;
}

base::Result<int> update_database(Session& session) {
  json::Object change;
  if (const auto name = session.asked.maybe("--name")) change["name"] = *name;
  if (const auto text = session.asked.maybe("--description")) change["description"] = *text;
  if (const auto text = session.asked.maybe("--check-every")) change["checkEverySeconds"] = TRY(seconds_of(*text));
  if (change.empty())
    return base::fail(base::Code::kInvalid, "Say what is to be changed: --name, --description or --check-every.");
  Ask ask;
  ask.method = "PATCH";
  ask.path = TRY(path_of_database(session));
  ask.body = std::move(change);
  ask.if_match = TRY(if_match_of(session.asked));
  return show_database(session, TRY(session.api.call(ask)));
}

base::Result<int> remove_database(Session& session) {
  Ask ask;
  ask.method = "DELETE";
  ask.path = TRY(path_of_database(session));
  ask.if_match = TRY(if_match_of(session.asked));
  const std::string name = session.asked.text("DATABASE");
  if (!TRY(session.confirmed(fmt::format("Remove the registration of {}? Its history is no longer shown.", name))))
    return kNo;
  const Reply reply = TRY(session.api.call(ask));
  if (session.as_json()) return (session.print_json(reply.body), kDone);
  session.say(name + " is removed. Nothing was done in the database itself.");
  return kDone;
}

base::Result<std::string> text_of_file(Session& session, const std::string& file) {
  if (file == "-") return session.world.read_input("", false);
  std::ifstream stream(file, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  if (!stream.good() && !stream.eof()) return base::fail(base::Code::kInvalid, fmt::format("{} cannot be read.", file));
  if (text.size() > base::limits::kSpecBytesMax) {
    return base::fail(base::Code::kInvalid, fmt::format("{} has {} bytes; a spec has at most {}.", file, text.size(),
                                                        base::limits::kSpecBytesMax));
  }
  return text;
}

base::Result<int> put_spec(Session& session) {
  const std::string file = session.asked.text("FILE");
  Ask ask;
  ask.method = "POST";
  ask.body = json::Object{{"spec", TRY(text_of_file(session, file))}};
  if (const auto note = session.asked.maybe("--note")) (*ask.body)["note"] = *note;
  ask.path = TRY(path_of_database(session)) + "/specs";
  ask.idempotency_key = session.asked.text("--idempotency-key");
  const Reply reply = TRY(session.api.call(ask));
  if (session.as_json() || !reply.body.is_object()) return (session.print_json(reply.body), kDone);
  const std::string version = text_at(reply.body.get_object(), "version");
  session.say(reply.status == 201 ? fmt::format("{} is version {}.", file, version)
                                  : fmt::format("{} is version {} already.", file, version));
  session.say(fmt::format("Next: stewardry databases plan {} --wait", shown(session.asked.text("DATABASE"))));
  return kDone;
}

base::Result<int> list_specs(Session& session) {
  List list;
  list.ask.path = TRY(path_of_database(session)) + "/specs";
  list.columns = {{"VERSION", 9, [](Session&, const json::Object& each) { return plain(each, "version"); }, 4},
                  {"AUTHOR", 7, [](Session& with, const json::Object& each) { return person(with, each, "author"); }},
                  {"CREATED", 5, [](Session&, const json::Object& each) { return moment(each, "createdAt"); }, 10},
                  {"NOTE", 6, [](Session&, const json::Object& each) { return plain(each, "note"); }},
                  {"SHA-256", 2, [](Session&, const json::Object& each) { return plain(each, "sha256"); }, 12}};
  list.none = "The database has no spec yet. Put one: stewardry databases spec put DATABASE FILE";
  return show_list(session, list);
}

base::Result<int> show_spec(Session& session) {
  const std::string path = TRY(path_of_database(session));
  std::string version;
  if (const auto asked = session.asked.maybe("--version")) {
    version = std::to_string(TRY(version_of(*asked)));
  } else {
    version = text_at(TRY(object_of(TRY(session.api.get(path)))), "lastSpecVersion");
    if (version.empty()) return base::fail(base::Code::kNotFound, "The database has no spec yet.");
  }
  const json::Object found = TRY(object_of(TRY(session.api.get(path + "/specs/" + version))));
  if (session.as_json()) return (session.print_json(json::Value(found)), kDone);
  std::string text = shown(text_at(found, "spec"), true);
  if (!text.ends_with('\n')) text += '\n';
  session.print(text);
  return kDone;
}

// The newest plan where none is named.
base::Result<std::string> path_of_plan(Session& session) {
  const std::string plans = TRY(path_of_database(session)) + "/plans";
  if (const auto plan = session.asked.maybe("PLAN")) return plans + "/" + segment(*plan);
  const std::vector<json::Object> newest = TRY(objects(session.api, plans, {}, 1));
  if (newest.empty())
    return base::fail(base::Code::kNotFound, "The database has no plan yet: stewardry databases plan");
  return plans + "/" + segment(text_at(newest.front(), "id"));
}

base::Result<int> started(Session& session, const std::string& database, const json::Value& answer) {
  const json::Object* run = answer.if_object();
  if (run == nullptr) return (session.print_json(answer), kDone);
  const std::string id = text_at(*run, "id");
  if (!session.asked.has("--wait")) {
    if (session.as_json()) return (session.print_json(answer), kDone);
    session.say(fmt::format("Begun: the {} of version {}.", text_at(*run, "kind"), text_at(*run, "specVersion")));
    session.say(fmt::format("To wait for it: stewardry operations watch {}", id));
    session.say(
        fmt::format("What it came to: stewardry databases report {} {}", shown(session.asked.text("DATABASE")), id));
    return kDone;
  }
  TRY(ended_operation(session, id));
  const json::Object ended = TRY(object_of(TRY(session.api.get(database + "/history/" + segment(id)))));
  show_run(session, ended);
  if (!session.as_json() && exit_code_of_run(ended) == 2 && text_at(ended, "kind") == "plan") {
    session.say(fmt::format("\nTo approve it: stewardry databases approve {} {} --digest {}",
                            shown(session.asked.text("DATABASE")), id, text_at(ended, "digest")));
  }
  return exit_code_of_run(ended);
}

base::Result<int> start(Session& session, const std::string& database, const std::string& path,
                        std::optional<json::Object> body) {
  Ask ask;
  ask.method = "POST";
  ask.path = path;
  ask.body = std::move(body);
  ask.idempotency_key = session.asked.text("--idempotency-key");
  return started(session, database, TRY(session.api.call(ask)).body);
}

// 2 and 3 say something of the database there, and nothing else.
Action with_codes_of_db(Action action) {
  return [action = std::move(action)](Session& session) -> base::Result<int> {
    base::Result<int> code = action(session);
    if (code || (code.error().code != base::Code::kInvalid && code.error().code != base::Code::kAmbiguous)) return code;
    report(session.world, code.error());
    return kNo;
  };
}

int misused(World& world, const std::string& message) {
  world.err(fmt::format("stewardry: {}\nMore: stewardry databases --help\n", shown(message)));
  return kNo;
}

base::Result<int> plan(Session& session) {
  std::optional<json::Object> body;
  if (const auto version = session.asked.maybe("--version"))
    body = json::Object{{"specVersion", TRY(version_of(*version))}};
  const std::string database = TRY(path_of_database(session));
  return start(session, database, database + "/plans", std::move(body));
}

base::Result<int> approve(Session& session) {
  Ask ask;
  ask.method = "POST";
  ask.path = TRY(path_of_plan(session)) + "/approve";
  ask.body = json::Object{{"digest", session.asked.text("--digest")}};
  const json::Object approved = TRY(object_of(TRY(session.api.call(ask))));
  if (session.as_json()) return (session.print_json(json::Value(approved)), kDone);
  session.say("The plan is approved.");
  session.say(fmt::format("Next: stewardry databases apply {} {} --wait", shown(session.asked.text("DATABASE")),
                          text_at(approved, "id")));
  return kDone;
}

base::Result<int> apply(Session& session) {
  const std::string plan_path = TRY(path_of_plan(session));
  return start(session, plan_path.substr(0, plan_path.find("/plans/")), plan_path + "/apply", std::nullopt);
}

base::Result<int> rotate(Session& session) {
  const std::string database = TRY(path_of_database(session));
  return start(session, database, database + "/rotations", json::Object{{"login", session.asked.text("LOGIN")}});
}

base::Result<int> check(Session& session) {
  const std::string database = TRY(path_of_database(session));
  return start(session, database, database + "/checks", std::nullopt);
}

base::Result<int> history(Session& session) {
  List list;
  list.ask.path = TRY(path_of_database(session)) + "/history";
  if (const auto kind = session.asked.maybe("--kind")) list.ask.query.emplace_back("kind", *kind);
  list.columns = {
      {"KIND", 9, [](Session&, const json::Object& each) { return plain(each, "kind"); }, 6},
      {"STATUS", 8, [](Session&, const json::Object& each) { return status_of(each); }},
      {"SPEC", 4, [](Session&, const json::Object& each) { return plain(each, "specVersion"); }, 4},
      {"STATEMENTS", 5, [](Session&, const json::Object& each) { return plain(each, "statements"); }, 4},
      {"STARTED BY", 6, [](Session& with, const json::Object& each) { return person(with, each, "startedBy"); }},
      {"CREATED", 7, [](Session&, const json::Object& each) { return moment(each, "createdAt"); }, 10},
      {"REASON", 2, [](Session&, const json::Object& each) { return plain(each, "reason"); }},
      {"ID", 3, [](Session&, const json::Object& each) { return plain(each, "id"); }, 18}};
  list.none = "Nothing was done to it yet.";
  return show_list(session, list);
}

base::Result<int> report_of_run(Session& session) {
  const std::string entries = TRY(path_of_database(session)) + "/history";
  std::string id = session.asked.text("ENTRY");
  if (id.empty()) {
    const std::vector<json::Object> newest = TRY(objects(session.api, entries, {}, 1));
    if (newest.empty()) return base::fail(base::Code::kNotFound, "Nothing was done to the database yet.");
    id = text_at(newest.front(), "id");
  }
  return show_run(session, TRY(object_of(TRY(session.api.get(entries + "/" + segment(id))))));
}

void add_registering(Table& table) {
  table.commands.push_back(as_list({.path = "databases list",
                                    .summary = "The databases of your workspaces",
                                    .options = {{.name = "--workspace", .value = "WORKSPACE", .doc = "Only its."}},
                                    .examples = {{"stewardry databases list --workspace acme", ""}}},
                                   list_databases));
  table.commands.push_back(on_server({.path = "databases show",
                                      .summary = "One database, and what the last check found",
                                      .arguments = {kDatabase},
                                      .examples = {{"stewardry databases show shop", ""}}},
                                     show_one));
  table.commands.push_back(on_server(
      {.path = "databases register",
       .summary = "Register a PostgreSQL database of a workspace",
       .details =
           "Administrators of the workspace and operators may. The server connects to it by itself, with a token "
           "of IAM or a password from Secrets Manager or SSM; a password is never given here.",
       .arguments = {{.name = "NAME", .doc = "One of its workspace.", .required = true}},
       .options =
           {kWorkspace,
            {.name = "--host", .value = "HOST", .doc = "One that the server's operator allows.", .required = true},
            {.name = "--port", .value = "PORT", .doc = "Where it is not 5432."},
            {.name = "--database", .value = "NAME", .doc = "The one to connect to first.", .required = true},
            {.name = "--user", .value = "ROLE", .doc = "As whom the server connects.", .required = true},
            {.name = "--credentials",
             .value = "PLACE",
             .doc = "Where the password comes from: iam, secretsmanager:NAME or ssm:NAME.",
             .fallback = "iam"},
            {.name = "--ssl-mode",
             .value = "MODE",
             .doc = "How TLS is checked.",
             .choices = {"verify-full", "verify-ca", "require", "disable"},
             .fallback = "verify-full"},
            {.name = "--description", .value = "TEXT", .doc = "What it is for."},
            kCheckEvery,
            kIdempotencyKey},
       .examples = {{"stewardry databases register shop --workspace acme --host shop.abc.eu-west-1.rds.amazonaws.com "
                     "--database shop --user steward",
                     ""}}},
      register_database));
  table.commands.push_back(on_server({.path = "databases update",
                                      .summary = "Change a database's name, description or interval of checks",
                                      .arguments = {kDatabase},
                                      .options = {{.name = "--name", .value = "TEXT", .doc = "What people call it."},
                                                  {.name = "--description", .value = "TEXT", .doc = "What it is for."},
                                                  kCheckEvery,
                                                  kIfVersion},
                                      .examples = {{"stewardry databases update shop --check-every 15m", ""}}},
                                     update_database));
  table.commands.push_back(on_server({.path = "databases remove",
                                      .summary = "Remove the registration of a database",
                                      .details = "Nothing is done in the database itself.",
                                      .arguments = {kDatabase},
                                      .options = {kYes, kIfVersion},
                                      .examples = {{"stewardry databases remove shop", ""}}},
                                     remove_database));
}

void add_specs(Table& table) {
  table.groups.push_back({"databases spec", "The versions of a database's spec"});
  table.commands.push_back(on_server(
      {.path = "databases spec put",
       .summary = "Add a version of a database's spec",
       .details = "A file with mistakes is refused with the place of each; the text of the newest version "
                  "again is that version.",
       .arguments = {kDatabase, {.name = "FILE", .value = "FILE", .doc = "The spec; -: stdin.", .required = true}},
       .options = {{.name = "--note", .value = "TEXT", .doc = "What is new in it."}, kIdempotencyKey},
       .examples = {{"stewardry databases spec put shop shop.yaml --note 'a reader for the reports'", ""}}},
      put_spec));
  table.commands.push_back(as_list({.path = "databases spec list",
                                    .summary = "The versions of a database's spec, newest first",
                                    .arguments = {kDatabase},
                                    .examples = {{"stewardry databases spec list shop", ""}}},
                                   list_specs));
  table.commands.push_back(
      on_server({.path = "databases spec show",
                 .summary = "The text of a version of a database's spec",
                 .arguments = {kDatabase},
                 .options = {{.name = "--version", .value = "NUMBER", .doc = "Which one, where not the newest."}},
                 .examples = {{"stewardry databases spec show shop > shop.yaml", ""}}},
                show_spec));
}

void add_doing(Table& table) {
  const std::string codes =
      "With --wait the exit code is that of `stewardry db`: 0 nothing to do, or done; 2 there is something to do; 3 "
      "refused; 1 it failed.";
  table.commands.push_back(
      on_server({.path = "databases plan",
                 .summary = "Find out what would have to be run for a version of the spec to hold",
                 .details = codes,
                 .arguments = {kDatabase},
                 .options = {{.name = "--version", .value = "NUMBER", .doc = "Which one, where not the newest."},
                             kWait,
                             kIdempotencyKey},
                 .examples = {{"stewardry databases plan shop --wait", ""}},
                 .misused = misused},
                with_codes_of_db(plan)));
  table.commands.push_back(on_server(
      {.path = "databases approve",
       .summary = "Approve a plan, by its digest",
       .arguments = {kDatabase, kPlan},
       .options = {{.name = "--digest", .value = "DIGEST", .doc = "Of the plan that you looked at.", .required = true}},
       .examples = {{"stewardry databases approve shop --digest 5f2b...", ""}}},
      approve));
  table.commands.push_back(on_server({.path = "databases apply",
                                      .summary = "Bring an approved plan about",
                                      .details = codes,
                                      .arguments = {kDatabase, kPlan},
                                      .options = {kWait, kIdempotencyKey},
                                      .examples = {{"stewardry databases apply shop --wait", ""}},
                                      .misused = misused},
                                     with_codes_of_db(apply)));
  table.commands.push_back(
      on_server({.path = "databases rotate",
                 .summary = "Give a login a new password",
                 .arguments = {kDatabase, {.name = "LOGIN", .doc = "As the spec in force names it.", .required = true}},
                 .options = {kWait, kIdempotencyKey},
                 .examples = {{"stewardry databases rotate shop app --wait", ""}},
                 .misused = misused},
                with_codes_of_db(rotate)));
  table.commands.push_back(on_server({.path = "databases check",
                                      .summary = "Look for drift now",
                                      .details = codes,
                                      .arguments = {kDatabase},
                                      .options = {kWait, kIdempotencyKey},
                                      .examples = {{"stewardry databases check shop --wait", ""}},
                                      .misused = misused},
                                     with_codes_of_db(check)));
}

void add_history(Table& table) {
  table.commands.push_back(as_list({.path = "databases history",
                                    .summary = "What was done to a database, newest first",
                                    .arguments = {kDatabase},
                                    .options = {{.name = "--kind",
                                                 .value = "KIND",
                                                 .doc = "Only those of this kind.",
                                                 .choices = {"plan", "apply", "rotate", "check"}}},
                                    .examples = {{"stewardry databases history shop --kind apply", ""}}},
                                   history));
  table.commands.push_back(
      on_server({.path = "databases report",
                 .summary = "One entry of a database's history, with its statements",
                 .arguments = {kDatabase, {.name = "ENTRY", .doc = "Its id, in full; the newest where none is given."}},
                 .examples = {{"stewardry databases report shop", ""}}},
                report_of_run));
}

}  // namespace

void add_database_commands(Table& table) {
  table.groups.push_back({"databases", "PostgreSQL databases, and what their specs say of them"});
  add_registering(table);
  add_specs(table);
  add_doing(table);
  add_history(table);
}

}  // namespace cli
