// Databases: register, list, get, change, remove; versions of the spec. What is done to them: database_run_routes.cc.

#include <charconv>

#include <fmt/format.h>

#include "api/database_views.h"
#include "api/mutation.h"
#include "api/paging.h"
#include "api/requests.h"
#include "http/endpoint.h"

namespace api {
namespace {

using databases::Database;

struct DatabaseBody {
  static constexpr std::string_view kTypeName = "DatabaseRegistration";
  static constexpr bool kClosed = true;
  std::string workspace_id, name, host, database, user;
  std::optional<std::string> description;
  std::int64_t port = 5432;
  std::optional<databases::SslMode> ssl_mode;
  databases::Credentials credentials;
  std::optional<std::int64_t> check_every_s;

  template <class V>
  static void describe(V& field) {
    field("workspaceId", &DatabaseBody::workspace_id, {.doc = "Whose it is.", .format = &json::kWorkspaceIdFormat});
    field(
        "name", &DatabaseBody::name,
        {.doc = "One of its workspace.", .chars_min = 1, .chars_max = base::limits::kNameCharsMax, .example = "shop"});
    field("description", &DatabaseBody::description, {.chars_max = base::limits::kDescriptionCharsMax, .lines = true});
    field("host", &DatabaseBody::host,
          {.doc = "One that the operator allows (`databases.hosts`).",
           .chars_min = 1,
           .chars_max = 253,
           .example = "shop.cluster-abc.eu-west-1.rds.amazonaws.com"});
    field("port", &DatabaseBody::port, {.min = 1, .max = 65535, .may_miss = true});
    field("database", &DatabaseBody::database,
          {.doc = "The one to connect to first, of the cluster's.", .chars_min = 1, .chars_max = 63});
    field("user", &DatabaseBody::user, {.doc = "As whom the server connects.", .chars_min = 1, .chars_max = 63});
    field("sslMode", &DatabaseBody::ssl_mode, {.doc = "verify-full where it is absent."});
    field("credentials", &DatabaseBody::credentials, {.doc = "Where the password comes from; never the password."});
    field("checkEverySeconds", &DatabaseBody::check_every_s,
          {.doc = "How often drift is looked for: 60 to 604800; 0: never; absent: 3600.",
           .min = 0,
           .max = base::limits::kCheckEveryMax.count()});
  }
};

struct DatabaseChangeBody {
  static constexpr std::string_view kTypeName = "DatabaseChange";
  static constexpr bool kClosed = true;
  static constexpr int kMembersMin = 1;
  std::optional<std::string> name, description;
  std::optional<std::int64_t> check_every_s;

  template <class V>
  static void describe(V& field) {
    field("name", &DatabaseChangeBody::name, {.chars_min = 1, .chars_max = base::limits::kNameCharsMax});
    field("description", &DatabaseChangeBody::description,
          {.chars_max = base::limits::kDescriptionCharsMax, .lines = true});
    field("checkEverySeconds", &DatabaseChangeBody::check_every_s,
          {.doc = "60 to 604800; 0: never.", .min = 0, .max = base::limits::kCheckEveryMax.count()});
  }
};

struct SpecBody {
  static constexpr std::string_view kTypeName = "DatabaseSpecText";
  static constexpr bool kClosed = true;
  std::string spec;
  std::optional<std::string> note;

  template <class V>
  static void describe(V& field) {
    field("spec", &SpecBody::spec,
          {.doc = "The document, as YAML or JSON text (docs/reference/database-spec.md). A password in it goes to "
                  "secretsmanager:NAME or ssm:NAME below the workspace's prefix.",
           .chars_min = 1,
           .chars_max = base::limits::kSpecBytesMax,
           .lines = true});
    field("note", &SpecBody::note,
          {.doc = "What is new in it.", .chars_max = base::limits::kDescriptionCharsMax, .lines = true});
  }
};

struct DatabasesQuery : PageQuery {
  std::optional<std::string> organization_id;

  template <class V>
  static void describe(V& field) {
    PageQuery::describe(field);
    field("organization_id", &DatabasesQuery::organization_id,
          {.doc = "Only those of this workspace.", .format = &json::kWorkspaceIdFormat});
  }
};

bool is_version(std::string_view text) {
  return !text.empty() && text.size() <= 9 && text.front() != '0' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}
const json::Format kVersionFormat{"spec-version", "^[1-9][0-9]{0,8}$", is_version, "a whole number from 1"};

std::string position_of(const Database& database) { return database.name + '\n' + database.uuid; }

base::Result<http::Reply> list_databases(const Context& context, const http::Call& call, const DatabasesQuery& query) {
  const std::string workspace_id = canonical_workspace(query.organization_id);
  const Listing listing(context, call, query, fmt::format("databases?organization_id={}", workspace_id));
  const std::string after = TRY(listing.after());
  const std::vector<Database> all =
      TRY(context.databases.list(call.principal().user_id, workspace_id, call.deadline()));
  std::vector<DatabaseView> views;
  std::optional<std::string> next;
  std::string last;
  const std::size_t line = after.find('\n');
  const std::pair<std::string, std::string> from =
      after.empty() ? std::pair<std::string, std::string>() : std::pair{after.substr(0, line), after.substr(line + 1)};
  for (const Database& each : all) {
    if (!after.empty() && std::pair{each.name, each.uuid} <= from) continue;
    if (views.size() == listing.limit()) {
      next = last;
      break;
    }
    last = position_of(each);
    views.push_back(view_of(each));
  }
  return listing.finish(http::reply(200, views), next, all.size());
}

base::Result<http::Reply> register_database(const Context& context, const http::Call& call, const DatabaseBody& body) {
  Database what;
  what.workspace_id = canonical_workspace(body.workspace_id);
  what.name = body.name;
  what.description = body.description.value_or("");
  what.host = body.host;
  what.port = body.port;
  what.database = body.database;
  what.user = body.user;
  what.ssl_mode = body.ssl_mode.value_or(databases::SslMode::kVerifyFull);
  what.credentials = body.credentials;
  what.check_every_s = body.check_every_s.value_or(base::limits::kCheckEveryDefault.count());
  return change_once(context, call, [&](store::Transaction& tx) -> base::Result<http::Reply> {
    const Database database = TRY(context.databases.register_database(tx, asker_of(call), what));
    return http::reply(201, view_of(database))
        .with("Location", fmt::format("{}/databases/{}", call.base_path(), database.uuid))
        .etag(database.version);
  });
}

base::Result<http::Reply> get_database(const Context& context, const http::Call& call) {
  const databases::Seen seen = TRY(context.databases.get(call.principal().user_id, call.path("id"), call.deadline()));
  return http::reply(200, view_of(seen)).etag(seen.database.version);
}

base::Result<http::Reply> change_database(const Context& context, const http::Call& call,
                                          const DatabaseChangeBody& body) {
  if (!body.name && !body.description && !body.check_every_s) {
    return base::fail(base::Code::kInvalid,
                      "Nothing is to be changed: give at least one of name, description and checkEverySeconds.");
  }
  const databases::DatabaseChange change{body.name, body.description, body.check_every_s};
  const Database database = TRY(store::transact(context.table, call.deadline(), [&](store::Transaction& tx) {
    return context.databases.change(tx, asker_of(call), call.path("id"), change, guard_of(call, "The database"));
  }));
  return http::reply(200, view_of(database)).etag(database.version);
}

base::Result<http::Reply> remove_database(const Context& context, const http::Call& call) {
  const Database database = TRY(store::transact(context.table, call.deadline(), [&](store::Transaction& tx) {
    return context.databases.remove(tx, asker_of(call), call.path("id"), guard_of(call, "The database"));
  }));
  return http::reply(200, view_of(database));
}

base::Result<http::Reply> list_specs(const Context& context, const http::Call& call, const PageQuery& query) {
  const std::string& uuid = call.path("id");
  const Listing listing(context, call, query, fmt::format("databases/{}/specs", uuid));
  const databases::SpecPage page = TRY(
      context.databases.specs(call.principal().user_id, uuid, TRY(listing.after()), listing.limit(), call.deadline()));
  std::size_t total = 0;
  if (query.count) {  // they are numbered without a gap
    const databases::Seen seen = TRY(context.databases.get(call.principal().user_id, uuid, call.deadline()));
    total = static_cast<std::size_t>(seen.database.last_spec);
  }
  std::vector<SpecVersionView> views;
  for (const databases::SpecVersion& each : page.versions) views.push_back(view_of(each));
  return listing.finish(http::reply(200, views), page.next, total);
}

base::Result<http::Reply> put_spec(const Context& context, const http::Call& call, const SpecBody& body) {
  return change_once(context, call, [&](store::Transaction& tx) -> base::Result<http::Reply> {
    const databases::NewVersion put =
        TRY(context.databases.put_spec(tx, asker_of(call), call.path("id"), body.spec, body.note.value_or("")));
    http::Reply reply = http::reply(put.made ? 201 : 200, view_of(put.version));
    if (!put.made) return reply;
    return std::move(reply).with(
        "Location", fmt::format("{}/databases/{}/specs/{}", call.base_path(), call.path("id"), put.version.number));
  });
}

base::Result<http::Reply> get_spec(const Context& context, const http::Call& call) {
  const std::string& text = call.path("version");
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  const databases::Databases::Spec found =
      TRY(context.databases.spec(call.principal().user_id, call.path("id"), number, call.deadline()));
  SpecVersionView view = view_of(found.version);
  view.spec = found.text;
  return http::reply(200, view);
}

constexpr http::Parameter kId{"id", &json::kUuidFormat, "The database's uuid."};

void add_registration_routes(http::Router& router, const Context& context) {
  using http::None;
  router.add(http::endpoint<DatabasesQuery, None>(
      {.method = "GET",
       .path = "/databases",
       .name = "listDatabases",
       .tag = "Databases",
       .summary = "List databases, by name.",
       .doc = "Those of the workspaces in which your permission bit is 2 or more; an operator may name any workspace.",
       .answers = {http::answer<std::vector<DatabaseView>>(200, "The databases.")},
       .problems = {400, 403}},
      [&context](http::Call& call, DatabasesQuery query, None) { return list_databases(context, call, query); }));
  router.add(http::endpoint<None, DatabaseBody>(
      {.method = "POST",
       .path = "/databases",
       .name = "registerDatabase",
       .tag = "Databases",
       .summary = "Register a PostgreSQL database of a workspace.",
       .doc =
           "By an administrator of the workspace or an operator. Nothing is connected to yet. Hosts and secrets must "
           "be such as the operator of this server allows.",
       .answers = {http::answer<DatabaseView>(201, "The database.")},
       .problems = {400, 403, 409, 415, 422},
       .takes_idempotency_key = true},
      [&context](http::Call& call, None, DatabaseBody body) { return register_database(context, call, body); }));
  router.add(
      http::endpoint<None, None>({.method = "GET",
                                  .path = "/databases/{id}",
                                  .name = "getDatabase",
                                  .tag = "Databases",
                                  .summary = "One database, and what the last check found.",
                                  .doc = "For members of its workspace with permission bit 2 or more, and "
                                         "operators.",
                                  .parameters = {kId},
                                  .answers = {http::answer<DatabaseView>(200, "The database.")},
                                  .problems = {400, 404},
                                  .cost = http::Cost::kPoint},
                                 [&context](http::Call& call, None, None) { return get_database(context, call); }));
}

void add_change_routes(http::Router& router, const Context& context) {
  using http::None;
  router.add(http::endpoint<None, DatabaseChangeBody>(
      {.method = "PATCH",
       .path = "/databases/{id}",
       .name = "changeDatabase",
       .tag = "Databases",
       .summary = "Change its name, description or interval of checks.",
       .doc = "By an administrator of the workspace or an operator. Where it is, and as whom the server connects, does "
              "not change: register another one.",
       .parameters = {kId},
       .answers = {http::answer<DatabaseView>(200, "The database as it is now.")},
       .problems = {400, 403, 404, 409, 412, 415, 422},
       .takes_if_match = true},
      [&context](http::Call& call, None, DatabaseChangeBody body) { return change_database(context, call, body); }));
  router.add(http::endpoint<None, None>(
      {.method = "DELETE",
       .path = "/databases/{id}",
       .name = "removeDatabase",
       .tag = "Databases",
       .summary = "Remove the registration.",
       .doc = "By an administrator of the workspace or an operator. Nothing is done in the database itself. 409 while "
              "an operation on it has not ended.",
       .parameters = {kId},
       .answers = {http::answer<DatabaseView>(200, "It is gone; this is what it was.")},
       .problems = {400, 403, 404, 409, 412},
       .takes_if_match = true},
      [&context](http::Call& call, None, None) { return remove_database(context, call); }));
}

void add_spec_routes(http::Router& router, const Context& context) {
  using http::None;
  router.add(http::endpoint<PageQuery, None>(
      {.method = "GET",
       .path = "/databases/{id}/specs",
       .name = "listDatabaseSpecs",
       .tag = "Databases",
       .summary = "The versions of its spec, newest first.",
       .doc = "Without their texts.",
       .parameters = {kId},
       .answers = {http::answer<std::vector<SpecVersionView>>(200, "The versions.")},
       .problems = {400, 404}},
      [&context](http::Call& call, PageQuery query, None) { return list_specs(context, call, query); }));
  router.add(http::endpoint<None, SpecBody>(
      {.method = "POST",
       .path = "/databases/{id}/specs",
       .name = "putDatabaseSpec",
       .tag = "Databases",
       .summary = "Add a version of its spec.",
       .doc = "By an administrator of the workspace or an operator. A text with mistakes is refused with the place of "
              "each. The text of the newest version again is that version.",
       .parameters = {kId},
       .answers = {http::answer<SpecVersionView>(201, "The new version."),
                   http::answer<SpecVersionView>(200, "The newest version, which has this text already.")},
       .problems = {400, 403, 404, 409, 415, 422},
       .takes_idempotency_key = true},
      [&context](http::Call& call, None, SpecBody body) { return put_spec(context, call, body); }));
  router.add(http::endpoint<None, None>({.method = "GET",
                                         .path = "/databases/{id}/specs/{version}",
                                         .name = "getDatabaseSpec",
                                         .tag = "Databases",
                                         .summary = "One version of its spec, with the text.",
                                         .doc = "It never changes.",
                                         .parameters = {kId, {"version", &kVersionFormat, "Its number, from 1."}},
                                         .answers = {http::answer<SpecVersionView>(200, "The version.")},
                                         .problems = {400, 404}},
                                        [&context](http::Call& call, None, None) { return get_spec(context, call); }));
}

}  // namespace

void add_database_routes(http::Router& router, const Context& context) {
  add_registration_routes(router, context);
  add_change_routes(router, context);
  add_spec_routes(router, context);
  add_database_run_routes(router, context);
}

}  // namespace api
