// Who may do what, for every front and domain: decide(who, action, what) gives a verdict and the reason, a sentence
// that a person can act on, for yes and no alike.
//
// The rules are those of docs/concepts/access.md. The engine is given the facts about the thing (its owner, its scope,
// its grants), which its caller has read in the transaction that will act on them; facts about people it asks of the
// directory at each question, so that a change there counts at once. It asks only what it needs: an owner's own read
// asks nothing.
//
//   Threads    every method from any thread; the engine keeps nothing.
//   Errors     kUnavailable, kDeadline of the directory: no verdict. Never taken for "no".

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "catalog/directory.h"

namespace authz {

enum class Verdict {
  kAllow,
  kForbid,  // the caller sees the thing, and may not do this: 403
  kHide,    // the caller does not see the thing: 404, as for an unknown id
};

struct Decision {
  Verdict verdict = Verdict::kHide;
  std::string reason;  // for the caller where kAllow or kForbid; for the log where kHide

  [[nodiscard]] bool allowed() const { return verdict == Verdict::kAllow; }
  // Nothing where allowed; else kForbidden with the reason, or kNotFound "There is no such <what>.".
  [[nodiscard]] base::Result<void> enforce(std::string_view what) const;
};

enum class Scope { kPrivate, kWorkspace, kShared };

struct NodeFacts {
  std::string_view owner_id;
  std::string_view account_owner_id;
  std::string_view workspace_id;  // empty: independent
  Scope scope = Scope::kPrivate;
  std::span<const std::string_view> users;  // granted; meaningful where the scope is kShared
  std::span<const std::string_view> teams;
};

enum class NodeAction {
  kRead,
  kUpdate,   // name, description, status
  kShare,    // grant, and scopes wider than private
  kUnshare,  // revoke, make private
  kDetach,
  kDelete,
  kAttach,  // the node's side of it; the account's side is AccountAction::kCreateNode
  kChangeOwner,
};

struct EnablementFacts {
  std::string_view workspace_id;
  bool is_public = false;
};

struct AccountFacts {
  std::string_view owner_id;
  std::span<const EnablementFacts> enablements;  // all of them for kRead; that of the workspace for kCreateNode
};

enum class AccountAction { kRead, kUpdate, kDelete, kEnable };

enum class WorkspaceAction { kRead, kAdminister };  // a member with any bit but 0; one with bit 16 or more

// Reading many nodes of one workspace, with one question to the directory.
class WorkspaceReader {
 public:
  WorkspaceReader(std::string user_id, catalog::Membership membership)
      : user_id_(std::move(user_id)), membership_(std::move(membership)) {}
  // As Engine::decide for kRead; the node must be of that workspace.
  [[nodiscard]] Decision read(const NodeFacts& node) const;
  [[nodiscard]] const catalog::Membership& membership() const { return membership_; }

 private:
  std::string user_id_;
  catalog::Membership membership_;
};

class Engine {
 public:
  explicit Engine(catalog::Directory& directory) : directory_(directory) {}

  [[nodiscard]] base::Result<Decision> decide(std::string_view user_id, NodeAction action, const NodeFacts& node,
                                              base::Deadline deadline) const;
  [[nodiscard]] base::Result<Decision> decide(std::string_view user_id, AccountAction action,
                                              const AccountFacts& account, base::Deadline deadline) const;

  // Making a node on an account, or attaching one: in a workspace, or in none where `workspace_id` is empty.
  [[nodiscard]] base::Result<Decision> decide_create_node(std::string_view user_id, std::string_view workspace_id,
                                                          const AccountFacts& account, base::Deadline deadline) const;
  // Working in a workspace at all: naming it in a list, enabling an account in it. A workspace that the caller is no
  // member of is forbidden in the same words as one that does not exist.
  [[nodiscard]] base::Result<Decision> decide_workspace(std::string_view user_id, std::string_view workspace_id,
                                                        int least_bit, base::Deadline deadline) const;
  // kForbidden as by decide_workspace where the user is no member.
  [[nodiscard]] base::Result<WorkspaceReader> reader(std::string_view user_id, std::string_view workspace_id,
                                                     base::Deadline deadline) const;
  // Every workspace of the user, sorted by id: for a WorkspaceReader of each, with one question.
  [[nodiscard]] base::Result<std::vector<catalog::WorkspaceMembership>> workspaces_of(std::string_view user_id,
                                                                                      base::Deadline deadline) const {
    return directory_.workspaces_of(user_id, deadline);
  }
  // What an operator alone may do.
  [[nodiscard]] base::Result<Decision> decide_operator(std::string_view user_id, std::string_view what,
                                                       base::Deadline deadline) const;

  [[nodiscard]] base::Result<bool> is_operator(std::string_view user_id, base::Deadline deadline) const {
    return directory_.is_operator(user_id, deadline);
  }
  // The caller as an administrator of that workspace: sees the accounts that are public there.
  [[nodiscard]] base::Result<bool> administers(std::string_view user_id, std::string_view workspace_id,
                                               base::Deadline deadline) const;

  // The workspaces that the user administers, sorted; nothing is asked where none of the enablements is public. One
  // question, however many workspaces an account is enabled for.
  [[nodiscard]] base::Result<std::vector<std::string>> administers_of(std::string_view user_id,
                                                                      std::span<const EnablementFacts> enablements,
                                                                      base::Deadline deadline) const;

  // Why a user, or a team, cannot be granted access in this workspace: an empty text where it can. kImpossible reasons.
  [[nodiscard]] base::Result<std::string> why_user_cannot_share(std::string_view user_id, std::string_view workspace_id,
                                                                base::Deadline deadline) const;
  [[nodiscard]] base::Result<std::string> why_team_cannot_share(std::string_view team_id, std::string_view workspace_id,
                                                                base::Deadline deadline) const;
  [[nodiscard]] base::Result<std::string> why_user_cannot_own(std::string_view user_id, std::string_view workspace_id,
                                                              base::Deadline deadline) const;

 private:
  catalog::Directory& directory_;
};

}  // namespace authz
