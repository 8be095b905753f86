#include "authz/engine.h"

#include <algorithm>

#include <fmt/format.h>

namespace authz {

Known Asked::known() const {
  Known known;
  if (membership) known.membership = &*membership;
  known.is_operator = is_operator;
  if (workspaces) known.workspaces = *workspaces;
  return known;
}

Decision WorkspaceReader::read(const NodeFacts& node) const {
  return Decision(rule(user_id_, NodeAction::kRead, node, {.membership = &membership_}));
}

base::Result<WorkspaceReader> Engine::reader(std::string_view user_id, std::string_view workspace_id,
                                             base::Deadline deadline) const {
  catalog::Membership member = TRY(directory_.membership(user_id, workspace_id, deadline));
  TRY(Decision(rule_workspace(catalog::kNone, {.membership = &member})).enforce("workspace"));
  return WorkspaceReader(std::string(user_id), std::move(member));
}

base::Result<void> Engine::answer(Question question, std::string_view user_id, std::string_view workspace_id,
                                  Asked& asked, base::Deadline deadline) const {
  switch (question) {
    case Question::kMembership:
      asked.membership = TRY(directory_.membership(user_id, workspace_id, deadline));
      break;
    case Question::kOperator:
      asked.is_operator = TRY(directory_.is_operator(user_id, deadline));
      break;
    case Question::kWorkspaces:
      asked.workspaces = TRY(directory_.workspaces_of(user_id, deadline));
      break;
    case Question::kNone:
      break;
  }
  return {};
}

base::Result<Decision> Engine::decide(std::string_view user_id, NodeAction action, const NodeFacts& node, Asked& asked,
                                      base::Deadline deadline) const {
  for (;;) {
    const Ruling ruling = rule(user_id, action, node, asked.known());
    if (ruling.question == Question::kNone) return Decision(ruling, action);
    TRY(answer(ruling.question, user_id, node.workspace_id, asked, deadline));
  }
}

base::Result<Decision> Engine::decide(std::string_view user_id, NodeAction action, const NodeFacts& node,
                                      base::Deadline deadline) const {
  Asked asked;
  return decide(user_id, action, node, asked, deadline);
}

base::Result<Decision> Engine::decide(std::string_view user_id, AccountAction action, const AccountFacts& account,
                                      Asked& asked, base::Deadline deadline) const {
  for (;;) {
    const Ruling ruling = rule(user_id, action, account, asked.known());
    if (ruling.question == Question::kNone) return Decision(ruling);
    TRY(answer(ruling.question, user_id, {}, asked, deadline));
  }
}

base::Result<Decision> Engine::decide(std::string_view user_id, AccountAction action, const AccountFacts& account,
                                      base::Deadline deadline) const {
  Asked asked;
  return decide(user_id, action, account, asked, deadline);
}

base::Result<Decision> Engine::decide_create_node(std::string_view user_id, std::string_view workspace_id,
                                                  const AccountFacts& account, Asked& asked,
                                                  base::Deadline deadline) const {
  for (;;) {
    const Ruling ruling = rule_create_node(user_id, workspace_id, account, asked.known());
    if (ruling.question == Question::kNone) return Decision(ruling);
    TRY(answer(ruling.question, user_id, workspace_id, asked, deadline));
  }
}

base::Result<Decision> Engine::decide_create_node(std::string_view user_id, std::string_view workspace_id,
                                                  const AccountFacts& account, base::Deadline deadline) const {
  Asked asked;
  return decide_create_node(user_id, workspace_id, account, asked, deadline);
}

base::Result<Decision> Engine::decide(std::string_view user_id, DatabaseAction action, const DatabaseFacts& database,
                                      base::Deadline deadline) const {
  Asked asked;
  for (;;) {
    const Ruling ruling = rule(action, asked.known());
    if (ruling.question == Question::kNone) return Decision(ruling);
    TRY(answer(ruling.question, user_id, database.workspace_id, asked, deadline));
  }
}

base::Result<Decision> Engine::decide_workspace(std::string_view user_id, std::string_view workspace_id, int least_bit,
                                                base::Deadline deadline) const {
  const catalog::Membership member = TRY(directory_.membership(user_id, workspace_id, deadline));
  return Decision(rule_workspace(least_bit, {.membership = &member}));
}

base::Result<Decision> Engine::decide_workspace_action(std::string_view user_id, std::string_view workspace_id,
                                                       WorkspaceAction action, base::Deadline deadline) const {
  return decide_workspace(user_id, workspace_id, least_bit(action), deadline);
}

base::Result<Decision> Engine::decide_operator(std::string_view user_id, std::string_view what,
                                               base::Deadline deadline) const {
  const bool may = TRY(directory_.is_operator(user_id, deadline));
  return Decision({.verdict = may ? Verdict::kAllow : Verdict::kForbid,
                   .reason = may ? Reason::kOperator : Reason::kNotOperator,
                   .subject = may ? std::string_view() : what});
}

base::Result<bool> Engine::administers(std::string_view user_id, std::string_view workspace_id,
                                       base::Deadline deadline) const {
  return TRY(directory_.membership(user_id, workspace_id, deadline)).at_least(catalog::kAdministrator);
}

base::Result<std::vector<std::string>> Engine::administers_of(std::string_view user_id,
                                                              std::span<const EnablementFacts> enablements,
                                                              base::Deadline deadline) const {
  std::vector<std::string> found;
  const auto is_public = [](const EnablementFacts& each) { return each.is_public; };
  if (std::none_of(enablements.begin(), enablements.end(), is_public)) return found;
  for (catalog::WorkspaceMembership& each : TRY(directory_.workspaces_of(user_id, deadline))) {
    if (each.at_least(catalog::kAdministrator)) found.push_back(std::move(each.workspace_id));
  }
  return found;
}

base::Result<std::string> Engine::why_user_cannot_share(std::string_view user_id, std::string_view workspace_id,
                                                        base::Deadline deadline) const {
  const catalog::Membership member = TRY(directory_.membership(user_id, workspace_id, deadline));
  if (!member.is_member) return fmt::format("{} is not a member of the node's workspace, {}.", user_id, workspace_id);
  if (member.at_least(catalog::kCollaborator)) return std::string();
  return fmt::format("{} has permission bit {} in the node's workspace; a grant needs 8 or more.", user_id,
                     member.permission_bit);
}

base::Result<std::string> Engine::why_team_cannot_share(std::string_view team_id, std::string_view workspace_id,
                                                        base::Deadline deadline) const {
  const std::optional<catalog::Team> team = TRY(directory_.team(team_id, deadline));
  if (team && team->workspace_id == workspace_id) return std::string();
  return fmt::format("{} is not a team of the node's workspace, {}.", team_id, workspace_id);
}

base::Result<std::string> Engine::why_user_cannot_own(std::string_view user_id, std::string_view workspace_id,
                                                      base::Deadline deadline) const {
  if (!workspace_id.empty()) return why_user_cannot_share(user_id, workspace_id, deadline);
  if (TRY(directory_.user(user_id, deadline))) return std::string();
  return fmt::format("{} is not in the directory.", user_id);
}

}  // namespace authz
