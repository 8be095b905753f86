// The commands of a server's resources, one file each; added to the table in this order.

#pragma once

#include "cli/command.h"
#include "cli/session.h"

namespace cli {

void add_login_commands(Table& table);      // login, logout, profiles, whoami
void add_account_commands(Table& table);    // accounts ...
void add_node_commands(Table& table);       // nodes list, show, create, ...
void add_sharing_commands(Table& table);    // nodes share, unshare, scope, attach, ...
void add_workspace_commands(Table& table);  // workspaces ..., teams ...
void add_access_commands(Table& table);     // access why, who, list, check
void add_preview_command(Table& table);     // access preview
void add_operation_commands(Table& table);  // operations ...
void add_database_commands(Table& table);   // databases ...
void add_audit_commands(Table& table);      // audit list
void add_shell_commands(Table& table);      // completion, complete, cli-reference

// What several of them share.

// The columns of a list of compute nodes, and its options and their parts of the query.
const std::vector<ListColumn>& node_columns();
const std::vector<Parameter>& node_filters();
base::Result<Query> node_query(Session& session);

// Prints a node, or an operation, with all its fields.
int show_node(Session& session, const json::Object& node, const std::string& etag);
int show_operation(Session& session, const json::Object& operation);

// "owner, team gpu": the ways in which a principal reaches a thing.
std::string ways_of(Session& session, const json::Object& principal, std::string_view member);

// Waits for the end of an operation, and gives it.
base::Result<json::Object> ended_operation(Session& session, const std::string& id);
// The same, and prints it; kNo where it failed.
base::Result<int> watch_operation(Session& session, const std::string& id);

// After a change that an operation brings about: says so, and with --wait waits for its end.
base::Result<int> follow(Session& session, const json::Value& answer, const std::string& sentence);

// "N:organization:..." of --workspace, else of the token, else of the only one there is.
base::Result<std::string> workspace_meant(Session& session);

// --if-version as an If-Match header.
base::Result<std::string> if_match_of(const Invocation& asked);

inline const Parameter kWait{.name = "--wait",
                             .doc = "Wait for the end of the operation; exit code 1 where it did not succeed."};
inline const Parameter kYes{.name = "--yes", .doc = "Do not ask whether this is meant."};
inline const Parameter kIfVersion{
    .name = "--if-version",
    .value = "VERSION",
    .doc = "Only if the present version is this one (see `show`); else nothing is changed, and the exit code is 7."};
inline const Parameter kIdempotencyKey{
    .name = "--idempotency-key",
    .value = "KEY",
    .doc = "A text of your own: the same command with the same key happens once, for 48 hours."};
inline const Parameter kWorkspace{
    .name = "--workspace", .value = "WORKSPACE", .doc = "Name or id; else that of the login, or your only one."};

}  // namespace cli
