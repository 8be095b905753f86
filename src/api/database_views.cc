#include "api/database_views.h"

namespace api {
namespace {

std::optional<std::string> where_there_is(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}
std::optional<std::int64_t> where_there_is(std::int64_t number) {
  return number == 0 ? std::nullopt : std::optional(number);
}

}  // namespace

DatabaseView view_of(const databases::Database& database) {
  DatabaseView view;
  view.uuid = database.uuid;
  view.workspace_id = database.workspace_id;
  view.name = database.name;
  view.description = database.description;
  view.host = database.host;
  view.port = database.port;
  view.database = database.database;
  view.user = database.user;
  view.ssl_mode = database.ssl_mode;
  view.credentials = database.credentials;
  view.check_every_s = database.check_every_s;
  view.registered_by = database.registered_by;
  view.created_at = database.created_at;
  view.updated_at = database.updated_at;
  view.last_spec = where_there_is(database.last_spec);
  view.in_force = where_there_is(database.in_force);
  view.open_operation = where_there_is(database.open_run);
  return view;
}

DatabaseView view_of(const databases::Seen& seen) {
  DatabaseView view = view_of(seen.database);
  const databases::Checks& checks = seen.checks;
  view.next_check_at = checks.next_at;
  if (checks.found) {
    view.last_check = CheckView{*checks.found,  checks.run_id, checks.since,
                                checks.last_at, checks.times,  where_there_is(checks.reason)};
  }
  return view;
}

SpecVersionView view_of(const databases::SpecVersion& version) {
  return {version.database_uuid, version.number, version.author,     version.note,
          version.sha256,        version.bytes,  version.created_at, std::nullopt};
}

RunView view_of(const databases::Run& run) {
  RunView view;
  view.id = run.id;
  view.database_id = run.database_uuid;
  view.kind = run.kind;
  view.status = run.status;
  view.reason = where_there_is(run.reason);
  view.spec = run.spec;
  view.plan_id = where_there_is(run.plan_id);
  view.login = where_there_is(run.login);
  view.started_by = run.started_by;
  view.created_at = run.created_at;
  view.started_at = run.started_at;
  view.finished_at = run.finished_at;
  view.digest = where_there_is(run.digest);
  view.refused = where_there_is(run.refused);
  if (run.status == operations::Status::kSuccess && run.kind != databases::RunKind::kRotate) {
    view.statements = run.statements;
    view.risky = run.risky;
    view.gained = run.gained;
    view.lost = run.lost;
    view.warnings = run.warnings;
  }
  view.approved_by = where_there_is(run.approved_by);
  view.approved_at = run.approved_at;
  view.applied_by = where_there_is(run.applied_by);
  return view;
}

RunStartedView view_of(const databases::Started& started, const std::string& base_path) {
  RunStartedView view;
  static_cast<RunView&>(view) = view_of(started.run);
  view.operation = ref_to(started.operation, base_path);
  return view;
}

}  // namespace api
