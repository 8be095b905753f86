// Why: a decision with the facts that decided it, and what would change it.
//
// The explainer decides by the engine (it has no rules of its own); the facts are the rows that it decided on, each as
// a sentence that holds or does not hold. For a no there is a remedy where one exists: the smallest number of changes
// after which the answer is yes, each of which somebody may make when its turn comes, and who that is. Changes that
// count are those of the list below (enum Change), and detaching and attaching, which never make a shorter remedy. That
// the remedy does lead to a yes, and that no smaller one does, is tested on random worlds (reference_test.cc).
//
// Nobody is made an operator as a remedy, and an account does not change hands: what only an account's owner may do
// has none.
//
// An explanation shows what its reader must be allowed to see: who may ask for it is the caller's to decide. It names
// nobody of a workspace to somebody who is no member of it and asks for that workspace by its id
// (explain_create_node, explain_workspace): there it reads the same whether there is such a workspace or not.
//
//   Threads   any. Nothing is kept.
//   Errors    as the engine's.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authz/engine.h"
#include "base/deadline.h"
#include "base/result.h"
#include "catalog/directory.h"

namespace authz {

struct Fact {
  // "node-owner", "account-owner", "workspace", "membership", "permission-bit", "access-scope", "user-grant",
  // "team-grant", "team-membership", "enablement", "operator"
  std::string kind;
  bool holds = false;   // whether it speaks for the action
  std::string text;     // a sentence with ids: "N:user:... is a member of N:organization:... with permission bit 16."
  std::string subject;  // the user, team or workspace that it is about; empty: the thing itself
};

enum class Change {
  kUser,        // user_id comes into the directory
  kMembership,  // user_id is, in workspace_id, a member with permission_bit; an empty workspace_id: in any
  kTeam,        // user_id comes into team_id
  kGrant,       // the node is shared with user_id
  kOwner,       // the node is handed over to user_id
  kEnable,      // the account is enabled for workspace_id (empty: that of the step before), is_public or not
  kMakePublic,  // the account becomes public in workspace_id
};

struct RemedyStep {
  // "Share the node with N:user:..., or with a team of theirs (its owner, N:user:..., can)."
  std::string text;
  // Who could make the change: user ids, at most kNamedMax. An operator of the platform, who cannot be listed, is named
  // in the text alone. Empty: an operator, or whoever keeps the directory.
  std::vector<std::string> by;
  Change change = Change::kUser;
  std::string user_id, workspace_id, team_id;
  int permission_bit = 0;
  bool is_public = false;
};

struct Remedy {
  std::string text;               // all steps as one sentence
  std::vector<RemedyStep> steps;  // in the order in which they are to be made; never empty
};

struct Explanation {
  Decision decision;
  std::string sentence;          // the decision's reason, with the user's id: Decision::reason_about
  std::vector<Fact> facts;       // in the order in which the rules look at them
  std::optional<Remedy> remedy;  // of a no; none where nothing that anybody can do makes it a yes
};

class Explainer {
 public:
  static constexpr std::size_t kNamedMax = 10;  // user ids in RemedyStep::by; facts of one kind

  Explainer(const Engine& engine, catalog::Directory& directory) : engine_(engine), directory_(directory) {}

  [[nodiscard]] base::Result<Explanation> explain(std::string_view user_id, NodeAction action, const NodeFacts& node,
                                                  base::Deadline deadline) const;
  // With what has been asked about the user for another action on the same node, at the same moment.
  [[nodiscard]] base::Result<Explanation> explain(std::string_view user_id, NodeAction action, const NodeFacts& node,
                                                  Asked& asked, base::Deadline deadline) const;
  [[nodiscard]] base::Result<Explanation> explain(std::string_view user_id, AccountAction action,
                                                  const AccountFacts& account, base::Deadline deadline) const;
  // `workspace_id` empty: a node that belongs to none.
  [[nodiscard]] base::Result<Explanation> explain_create_node(std::string_view user_id, std::string_view workspace_id,
                                                              const AccountFacts& account,
                                                              base::Deadline deadline) const;
  [[nodiscard]] base::Result<Explanation> explain_workspace(std::string_view user_id, std::string_view workspace_id,
                                                            WorkspaceAction action, base::Deadline deadline) const;

 private:
  const Engine& engine_;
  catalog::Directory& directory_;
};

}  // namespace authz
