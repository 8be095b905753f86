// Who may do what, for every front and domain: decide(who, action, what) gives a verdict and the reason, a sentence
// that a person can act on, for yes and no alike.
//
// The rules are those of docs/concepts/access.md, and stand in rules.h. The engine is given the facts about the thing
// (its owner, its scope, its grants), which its caller has read in the transaction that will act on them; facts about
// people it asks of the directory at each question, so that a change there counts at once. It asks only what it needs:
// an owner's own read asks nothing.
//
//   Threads    every method from any thread; the engine keeps nothing.
//   Errors     kUnavailable, kDeadline of the directory: no verdict. Never taken for "no".

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "authz/decision.h"
#include "authz/rules.h"
#include "base/deadline.h"
#include "base/result.h"
#include "catalog/directory.h"

namespace authz {

// What the directory answered about one person in the course of deciding. Given to another question at the same moment,
// about the same person and the same workspace, it answers that too: all actions on one node ask once. It must not be
// kept longer: a change in the directory counts at once.
struct Asked {
  std::optional<catalog::Membership> membership;
  std::optional<bool> is_operator;
  std::optional<std::vector<catalog::WorkspaceMembership>> workspaces;

  [[nodiscard]] Known known() const;
};

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

  // The same, and what was asked for it comes, and may come already, in `asked`.
  [[nodiscard]] base::Result<Decision> decide(std::string_view user_id, NodeAction action, const NodeFacts& node,
                                              Asked& asked, base::Deadline deadline) const;
  [[nodiscard]] base::Result<Decision> decide(std::string_view user_id, AccountAction action,
                                              const AccountFacts& account, Asked& asked, base::Deadline deadline) const;
  [[nodiscard]] base::Result<Decision> decide_create_node(std::string_view user_id, std::string_view workspace_id,
                                                          const AccountFacts& account, Asked& asked,
                                                          base::Deadline deadline) const;

  [[nodiscard]] base::Result<Decision> decide(std::string_view user_id, DatabaseAction action,
                                              const DatabaseFacts& database, base::Deadline deadline) const;

  // Working in a workspace at all: naming it in a list, enabling an account in it. A workspace that the caller is no
  // member of is forbidden in the same words as one that does not exist.
  [[nodiscard]] base::Result<Decision> decide_workspace(std::string_view user_id, std::string_view workspace_id,
                                                        int least_bit, base::Deadline deadline) const;
  [[nodiscard]] base::Result<Decision> decide_workspace_action(std::string_view user_id, std::string_view workspace_id,
                                                               WorkspaceAction action, base::Deadline deadline) const;
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
  base::Result<void> answer(Question question, std::string_view user_id, std::string_view workspace_id, Asked& asked,
                            base::Deadline deadline) const;

  catalog::Directory& directory_;
};

}  // namespace authz
