// Where the server may go for a tenant, and whose secrets it may read: the operator's word.
//
// A registration names an address that the server then connects to from inside the network, and a secret that it reads
// with credentials of its own. Without a rule, a tenant could have it talk to anything (request forgery), and read
// another tenant's password (confused deputy). A token of IAM is signed with the server's identity, which may open the
// databases of many. So: only hosts that match a pattern of the operator's; no loopback,
// link-local or unspecified address and no Unix socket unless the operator says so; only secrets whose name begins with
// the workspace's prefix; tokens only for the hosts that the operator has given to the workspace. An empty list of
// hosts allows none. The domain asks at the registration and again before each run, so that what is no longer allowed
// is no longer done.
//
// libpq has a language of its own for its parameters: a database named "host=..." is taken for a connection string, and
// a comma separates hosts. What has a meaning there is refused here.
//
//   Threads    pure.
//   Errors     kImpossible with the field's pointer: well-formed, but not allowed here.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "databases/database.h"

namespace databases {

struct Places {
  std::vector<std::string> hosts;      // patterns, '*' for any characters: "*.rds.amazonaws.com"
  std::string secret_prefix;           // "stewardry/{workspaceId}/"; the id is the uuid alone. Empty: none may be named
  std::vector<std::string> iam_hosts;  // "UUID=PATTERN": hosts that the server's identity opens for this workspace
  bool allow_local = false;            // loopback, Unix sockets, and no TLS: for tests and development

  [[nodiscard]] base::Result<void> check(const Database& database) const;
  // `place` as in a spec: "secretsmanager:NAME", "ssm:NAME". `pointer` names the field that it stands in.
  [[nodiscard]] base::Result<void> check_place(std::string_view place, std::string_view workspace_id,
                                               const std::string& pointer) const;
  // Of the workspace: what its names of secrets begin with.
  [[nodiscard]] std::string prefix_of(std::string_view workspace_id) const;

 private:
  [[nodiscard]] base::Result<void> check_identity(const Database& database) const;
  [[nodiscard]] base::Result<void> check_secret(std::string_view name, std::string_view workspace_id,
                                                const std::string& pointer) const;
};

// Whether the text matches: '*' stands for any characters, also none; all others for themselves.
bool matches(std::string_view pattern, std::string_view text);
// Whether a host, as it is written, is this machine or its link: names and addresses of loopback, link-local,
// unspecified and multicast addresses, in every spelling that a resolver takes.
bool is_local(std::string_view host);

}  // namespace databases
