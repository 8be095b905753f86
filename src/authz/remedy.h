// What would make a no a yes: the part of explain.h that looks for the smallest remedy. Used by the explainer alone.
//
//   Threads   one object is used by one call.
//   Errors    kUnavailable, kDeadline of the directory.

#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "authz/explain.h"

namespace authz {

class RemedyFinder {
 public:
  RemedyFinder(catalog::Directory& directory, base::Deadline deadline) : directory_(directory), deadline_(deadline) {}

  using Found = base::Result<std::optional<Remedy>>;

  // Each of a decision that is a no.
  Found for_node(std::string_view user_id, NodeAction action, const NodeFacts& node, const Decision& decision);
  Found for_account(std::string_view user_id, AccountAction action, const AccountFacts& account);
  Found for_create_node(std::string_view user_id, std::string_view workspace_id, const AccountFacts& account);
  Found for_workspace(std::string_view user_id, std::string_view workspace_id, int least_bit);

 private:
  enum class Naming { kNames, kNoNames };  // of a workspace's administrators

  base::Result<RemedyStep> membership(std::string_view user_id, std::string_view workspace_id, int bit,
                                      const catalog::Membership& now, Naming naming);
  base::Result<void> say_who_keeps_the_directory(RemedyStep& step, std::string_view workspace_id, Naming naming);
  base::Result<RemedyStep> reading(std::string_view user_id, const NodeFacts& node);
  base::Result<RemedyStep> hand_over(std::string_view user_id, const NodeFacts& node);
  base::Result<bool> owner_widens(const NodeFacts& node);
  base::Result<std::vector<RemedyStep>> seeing_account(std::string_view user_id, const AccountFacts& account);
  base::Result<std::vector<RemedyStep>> enabling_publicly(std::string_view user_id, const AccountFacts& account,
                                                          std::span<const catalog::WorkspaceMembership> own);

  catalog::Directory& directory_;
  base::Deadline deadline_;
};

}  // namespace authz
