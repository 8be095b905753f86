#include "api/context.h"

namespace api {

void add_routes(http::Router& router, const Context& context) {
  add_account_routes(router, context);
  add_enablement_routes(router, context);
  add_node_routes(router, context);
  add_permission_routes(router, context);
  add_operation_routes(router, context);
  add_database_routes(router, context);
  add_workspace_routes(router, context);
  add_platform_routes(router, context);
  add_audit_routes(router, context);
  add_access_routes(router, context);
  add_preview_routes(router, context);
  add_authzen_routes(router, context);
}

}  // namespace api
