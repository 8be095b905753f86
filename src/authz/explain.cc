#include "authz/explain.h"

#include <algorithm>

#include <fmt/format.h>

#include "authz/remedy.h"

namespace authz {
namespace {

class FactList {
 public:
  explicit FactList(std::string_view user_id) : user_(user_id) {}

  void add(std::string_view kind, bool holds, std::string text, std::string_view subject = {}) {
    facts_.push_back({std::string(kind), holds, std::move(text), std::string(subject)});
  }
  void add_membership(bool holds, std::string_view workspace_id, bool workspace_exists) {
    const std::string_view unknown = workspace_exists ? "" : ", which is not in the directory";
    add("membership", holds,
        holds ? fmt::format("{} is a member of {}.", user_, workspace_id)
              : fmt::format("{} is not a member of {}{}.", user_, workspace_id, unknown),
        workspace_id);
  }
  void add_bit(int bit, int least, std::string_view workspace_id) {
    add("permission-bit", bit >= least,
        fmt::format("{} has permission bit {} in {}; it takes {} or more.", user_, bit, workspace_id, least),
        workspace_id);
  }
  void add_operator(bool holds) {
    add("operator", holds, fmt::format("{} {} the platform.", user_, holds ? "operates" : "does not operate"), user_);
  }
  // Both facts of a person in a workspace; whether the person has the bit.
  bool add_standing(const catalog::Membership& member, int least, std::string_view workspace_id) {
    add_membership(member.is_member, workspace_id, member.workspace_exists);
    if (member.is_member) add_bit(member.permission_bit, least, workspace_id);
    return member.at_least(least);
  }

  std::vector<Fact> take() { return std::move(facts_); }

 private:
  std::string_view user_;
  std::vector<Fact> facts_;
};

void add_scope(FactList& facts, const NodeFacts& node) {
  switch (node.scope) {
    case Scope::kPrivate:
      return facts.add("access-scope", false, "The node is private to its owner.");
    case Scope::kWorkspace:
      return facts.add("access-scope", true, "The node is open to its workspace.");
    case Scope::kShared:
      return facts.add(
          "access-scope", true,
          fmt::format("The node is shared with {} user{} and {} team{}.", node.users.size(),
                      node.users.size() == 1 ? "" : "s", node.teams.size(), node.teams.size() == 1 ? "" : "s"));
  }
}

void add_grants(FactList& facts, std::string_view user_id, const NodeFacts& node, const catalog::Membership& member) {
  const bool granted = std::binary_search(node.users.begin(), node.users.end(), user_id);
  facts.add("user-grant", granted, fmt::format("The node is {}shared with {}.", granted ? "" : "not ", user_id),
            user_id);
  if (granted) return;
  const Ruling read = rule(user_id, NodeAction::kRead, node, {.membership = &member});
  if (read.allowed() && read.reason == Reason::kGrantedToTeam) {
    facts.add("team-grant", true, fmt::format("The node is shared with {}.", read.subject), read.subject);
    facts.add("team-membership", true, fmt::format("{} is a member of {}.", user_id, read.subject), read.subject);
    return;
  }
  if (member.team_ids.empty())
    facts.add("team-membership", false, fmt::format("{} is in no team of {}.", user_id, node.workspace_id), user_id);
  for (std::size_t i = 0; i < std::min(member.team_ids.size(), Explainer::kNamedMax); ++i) {
    const std::string& team = member.team_ids[i];
    facts.add("team-grant", false,
              fmt::format("The node is not shared with {}, of which {} is a member.", team, user_id), team);
  }
}

// What the rules looked at, and no more: each step as in rules.cc.
std::vector<Fact> facts_of_node(std::string_view user_id, NodeAction action, const NodeFacts& node,
                                const Asked& asked) {
  FactList facts(user_id);
  const bool owns = user_id == node.owner_id;
  facts.add("node-owner", owns,
            owns ? fmt::format("{} owns the node.", user_id)
                 : fmt::format("The node's owner is {}, not {}.", node.owner_id, user_id),
            node.owner_id);
  if (owns) {
    const bool widens = action == NodeAction::kShare || action == NodeAction::kChangeOwner;
    if (!widens || node.workspace_id.empty() || !asked.membership) return facts.take();
    if (!facts.add_standing(*asked.membership, catalog::kCollaborator, node.workspace_id) &&
        action == NodeAction::kChangeOwner && asked.is_operator)
      facts.add_operator(*asked.is_operator);
    return facts.take();
  }
  if (action == NodeAction::kChangeOwner && asked.is_operator) {
    facts.add_operator(*asked.is_operator);
    if (*asked.is_operator) return facts.take();
  }
  const bool owns_account = user_id == node.account_owner_id;
  facts.add("account-owner", owns_account,
            fmt::format("{} {} the account that the node stands on.", user_id, owns_account ? "owns" : "does not own"),
            owns_account ? user_id : std::string_view());
  if (owns_account) return facts.take();
  const bool attached = !node.workspace_id.empty();
  facts.add("workspace", attached,
            attached ? fmt::format("The node belongs to {}.", node.workspace_id) : "The node belongs to no workspace.",
            node.workspace_id);
  if (!attached || !asked.membership) return facts.take();
  if (!facts.add_standing(*asked.membership, catalog::kCollaborator, node.workspace_id)) return facts.take();
  add_scope(facts, node);
  if (node.scope == Scope::kShared) add_grants(facts, user_id, node, *asked.membership);
  return facts.take();
}

void add_account_owner(FactList& facts, std::string_view user_id, const AccountFacts& account) {
  const bool owns = user_id == account.owner_id;
  facts.add("account-owner", owns, fmt::format("{} {} the account.", user_id, owns ? "owns" : "does not own"),
            owns ? user_id : std::string_view());
}

// Somebody who does not own it: where it is public, and what they are there. Where one workspace decided, that one.
void add_public_places(FactList& facts, const AccountFacts& account, const Asked& asked, std::string_view decisive) {
  std::size_t named = 0;
  for (const EnablementFacts& each : account.enablements) {
    if (!each.is_public || (!decisive.empty() && each.workspace_id != decisive)) continue;
    if (++named > Explainer::kNamedMax) return;
    facts.add("enablement", true, fmt::format("The account is public in {}.", each.workspace_id), each.workspace_id);
    if (!asked.workspaces) continue;
    const auto found = std::find_if(asked.workspaces->begin(), asked.workspaces->end(),
                                    [&](const auto& mine) { return mine.workspace_id == each.workspace_id; });
    if (found == asked.workspaces->end())
      facts.add_membership(false, each.workspace_id, true);
    else
      facts.add_bit(found->permission_bit, catalog::kAdministrator, each.workspace_id);
  }
  if (named == 0) facts.add("enablement", false, "The account is public in no workspace.");
}

std::vector<Fact> facts_of_account(std::string_view user_id, const AccountFacts& account, const Asked& asked) {
  FactList facts(user_id);
  add_account_owner(facts, user_id, account);
  if (user_id == account.owner_id) return facts.take();
  const Ruling seen = rule(user_id, AccountAction::kRead, account, asked.known());
  add_public_places(facts, account, asked, seen.allowed() ? seen.subject : std::string_view());
  return facts.take();
}

// The words of a workspace that the user is no member of are the same whether it exists or not.
bool add_asked_workspace(FactList& facts, std::string_view user_id, std::string_view workspace_id,
                         const catalog::Membership& member, int least) {
  if (member.is_member) return facts.add_standing(member, least, workspace_id);
  facts.add("membership", false,
            fmt::format("{} is not a member of {}, or there is no such workspace.", user_id, workspace_id),
            workspace_id);
  return false;
}

std::vector<Fact> facts_of_create(std::string_view user_id, std::string_view workspace_id, const AccountFacts& account,
                                  const Asked& asked) {
  if (workspace_id.empty()) return facts_of_account(user_id, account, asked);
  FactList facts(user_id);
  if (!asked.membership) return facts.take();
  if (!add_asked_workspace(facts, user_id, workspace_id, *asked.membership, catalog::kCollaborator))
    return facts.take();
  const auto found = std::find_if(account.enablements.begin(), account.enablements.end(),
                                  [&](const EnablementFacts& each) { return each.workspace_id == workspace_id; });
  const bool enabled = found != account.enablements.end();
  facts.add("enablement", enabled,
            enabled ? fmt::format("The account is enabled for {}, {}.", workspace_id,
                                  found->is_public ? "publicly" : "privately")
                    : fmt::format("The account is not enabled for {}.", workspace_id),
            workspace_id);
  if (!enabled) return facts.take();
  add_account_owner(facts, user_id, account);
  if (user_id != account.owner_id && found->is_public)
    facts.add_bit(asked.membership->permission_bit, catalog::kAdministrator, workspace_id);
  return facts.take();
}

Explanation explanation_of(std::string_view user_id, Decision decision, std::vector<Fact> facts) {
  Explanation explanation;
  explanation.sentence = decision.reason_about(user_id);
  explanation.decision = std::move(decision);
  explanation.facts = std::move(facts);
  return explanation;
}

}  // namespace

base::Result<Explanation> Explainer::explain(std::string_view user_id, NodeAction action, const NodeFacts& node,
                                             Asked& asked, base::Deadline deadline) const {
  Decision decision = TRY(engine_.decide(user_id, action, node, asked, deadline));
  Explanation explanation = explanation_of(user_id, std::move(decision), facts_of_node(user_id, action, node, asked));
  if (!explanation.decision.allowed()) {
    explanation.remedy = TRY(RemedyFinder(directory_, deadline).for_node(user_id, action, node, explanation.decision));
  }
  return explanation;
}

base::Result<Explanation> Explainer::explain(std::string_view user_id, NodeAction action, const NodeFacts& node,
                                             base::Deadline deadline) const {
  Asked asked;
  return explain(user_id, action, node, asked, deadline);
}

base::Result<Explanation> Explainer::explain(std::string_view user_id, AccountAction action,
                                             const AccountFacts& account, base::Deadline deadline) const {
  Asked asked;
  Decision decision = TRY(engine_.decide(user_id, action, account, asked, deadline));
  Explanation explanation = explanation_of(user_id, std::move(decision), facts_of_account(user_id, account, asked));
  if (!explanation.decision.allowed())
    explanation.remedy = TRY(RemedyFinder(directory_, deadline).for_account(user_id, action, account));
  return explanation;
}

base::Result<Explanation> Explainer::explain_create_node(std::string_view user_id, std::string_view workspace_id,
                                                         const AccountFacts& account, base::Deadline deadline) const {
  Asked asked;
  Decision decision = TRY(engine_.decide_create_node(user_id, workspace_id, account, asked, deadline));
  Explanation explanation =
      explanation_of(user_id, std::move(decision), facts_of_create(user_id, workspace_id, account, asked));
  if (!explanation.decision.allowed())
    explanation.remedy = TRY(RemedyFinder(directory_, deadline).for_create_node(user_id, workspace_id, account));
  return explanation;
}

base::Result<Explanation> Explainer::explain_workspace(std::string_view user_id, std::string_view workspace_id,
                                                       WorkspaceAction action, base::Deadline deadline) const {
  const catalog::Membership member = TRY(directory_.membership(user_id, workspace_id, deadline));
  FactList facts(user_id);
  add_asked_workspace(facts, user_id, workspace_id, member, least_bit(action));
  Explanation explanation =
      explanation_of(user_id, Decision(rule_workspace(least_bit(action), {.membership = &member})), facts.take());
  if (!explanation.decision.allowed()) {
    explanation.remedy =
        TRY(RemedyFinder(directory_, deadline).for_workspace(user_id, workspace_id, least_bit(action)));
  }
  return explanation;
}

}  // namespace authz
