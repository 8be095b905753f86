// Why: a decision with the facts that decided it, and what would change it.
//
// The explainer decides by the engine's own rules (it has none of its own), then reads what the sentence needs: the
// facts are the rows that decided, each as a sentence that holds or does not hold. For a no there is a remedy where one
// exists: the smallest number of changes after which the answer is yes, and for each change who could make it. That the
// remedy does lead to a yes, and that no smaller one does, is tested on random worlds.
//
// An explanation shows what its reader must be allowed to see: who may ask for it is the caller's to decide.
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

struct RemedyStep {
  std::string text;             // "Share the compute node with N:user:..., or with a team of theirs."
  std::vector<std::string> by;  // who could make the change: user ids; empty: who keeps the directory
};

struct Remedy {
  std::string text;               // all steps as one sentence
  std::vector<RemedyStep> steps;  // in the order in which they are to be made; never empty
};

struct Explanation {
  Decision decision;
  std::vector<Fact> facts;       // in the order in which the rules look at them
  std::optional<Remedy> remedy;  // of a no; none where nothing that anybody can do makes it a yes
};

class Explainer {
 public:
  static constexpr std::size_t kNamedMax = 10;  // user ids in RemedyStep::by

  Explainer(const Engine& engine, catalog::Directory& directory) : engine_(engine), directory_(directory) {}

  [[nodiscard]] base::Result<Explanation> explain(std::string_view user_id, NodeAction action, const NodeFacts& node,
                                                  base::Deadline deadline) const;
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
