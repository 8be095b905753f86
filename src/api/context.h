// What the endpoints stand on: references to the parts, given by the composition root, which outlives them. The
// endpoints hold no logic: they decode, call the domain in a transaction, and encode. Read-only after the start; any
// thread.

#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "accounts/accounts.h"
#include "audit/trail.h"
#include "authz/engine.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "catalog/directory.h"
#include "databases/databases.h"
#include "http/cursor.h"
#include "http/router.h"
#include "nodes/account_deletion.h"
#include "nodes/nodes.h"
#include "operations/feed.h"
#include "operations/operation.h"
#include "store/table.h"

namespace api {

// The platform's own AWS account: who assumes the roles that users register.
struct Platform {
  std::string aws_account_id;
  std::string principal_arn;  // in trust policies; empty: the account's root
};

struct Context {
  store::Table& table;
  catalog::Directory& directory;
  const authz::Engine& engine;
  const accounts::Accounts& accounts;
  const nodes::Nodes& nodes;
  const nodes::AccountDeletion& account_deletion;
  const operations::Operations& operations;
  const databases::Databases& databases;
  const audit::Trail& trail;
  operations::Feed& feed;
  const http::CursorSealer& cursors;
  const base::Clock& clock;
  base::Logger& log;
  Platform platform;
  std::vector<std::string> access_callers;  // who may ask about others; in canonical form
  std::string public_url;                   // without a slash at the end; empty: as each request names the host
  // Takes a directory document and gives the report as JSON; empty where the directory is kept elsewhere.
  std::function<base::Result<std::string>(std::string_view document, base::Deadline deadline)> import_directory;
  base::Registry* metrics = nullptr;         // nullptr: nothing is counted
  std::function<void()> database_work = {};  // tells the workers that there is something to do
};

// Adds every endpoint. The context must outlive the router.
void add_routes(http::Router& router, const Context& context);

// One file each.
void add_account_routes(http::Router& router, const Context& context);
void add_enablement_routes(http::Router& router, const Context& context);
void add_node_routes(http::Router& router, const Context& context);
void add_permission_routes(http::Router& router, const Context& context);
void add_database_routes(http::Router& router, const Context& context);
void add_database_run_routes(http::Router& router, const Context& context);
void add_operation_routes(http::Router& router, const Context& context);
void add_workspace_routes(http::Router& router, const Context& context);
void add_platform_routes(http::Router& router, const Context& context);
void add_access_routes(http::Router& router, const Context& context);
void add_preview_routes(http::Router& router, const Context& context);
void add_authzen_routes(http::Router& router, const Context& context);
void add_audit_routes(http::Router& router, const Context& context);

}  // namespace api
