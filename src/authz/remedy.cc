// Remedies are found by reasoning, not by trying: each case below says which changes there are, and takes the fewest;
// among as few, the one that gives the least away. That no smaller one exists is for the test to find out.

#include "authz/remedy.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/limits.h"

namespace authz {
namespace {

constexpr std::string_view kAnyWorkspace = "a workspace of their choice";  // of the steps' makers; one for all steps

Remedy remedy_of(std::vector<RemedyStep> steps) {
  Remedy remedy;
  for (const RemedyStep& step : steps) {
    std::string text = step.text;
    if (!remedy.text.empty()) {
      remedy.text.pop_back();  // the full stop
      remedy.text += "; then ";
      text.front() = static_cast<char>(text.front() | 0x20);  // of an ASCII letter
    }
    remedy.text += text;
  }
  remedy.steps = std::move(steps);
  return remedy;
}

RemedyStep grant(std::string_view user_id, const NodeFacts& node) {
  RemedyStep step;
  step.text =
      fmt::format("Share the node with {}, or with a team of theirs (its owner, {}, can).", user_id, node.owner_id);
  step.by = {std::string(node.owner_id)};
  step.change = Change::kGrant;
  step.user_id = user_id;
  return step;
}

RemedyStep enable(std::string_view workspace_id, std::string_view account_owner_id, bool is_public) {
  RemedyStep step;
  step.text = fmt::format("Enable the account for {}{} (its owner, {}, can).",
                          workspace_id.empty() ? kAnyWorkspace : workspace_id, is_public ? ", as public" : "",
                          account_owner_id);
  step.by = {std::string(account_owner_id)};
  step.change = Change::kEnable;
  step.workspace_id = workspace_id;
  step.is_public = is_public;
  return step;
}

RemedyStep make_public(std::string_view workspace_id, std::string_view account_owner_id) {
  RemedyStep step;
  step.text = fmt::format("Make the account public in {} (its owner, {}, can).", workspace_id, account_owner_id);
  step.by = {std::string(account_owner_id)};
  step.change = Change::kMakePublic;
  step.workspace_id = workspace_id;
  step.is_public = true;
  return step;
}

const catalog::WorkspaceMembership* find(std::span<const catalog::WorkspaceMembership> list, std::string_view id) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const auto& each) { return each.workspace_id == id; });
  return found == list.end() ? nullptr : &*found;
}

catalog::Membership membership_of(const catalog::WorkspaceMembership* found) {
  catalog::Membership membership;
  if (found == nullptr) return membership;
  membership.workspace_exists = membership.is_member = true;
  membership.permission_bit = found->permission_bit;
  membership.team_ids = found->team_ids;
  return membership;
}

bool is_enabled(const AccountFacts& account, std::string_view workspace_id) {
  return std::any_of(account.enablements.begin(), account.enablements.end(),
                     [&](const EnablementFacts& each) { return each.workspace_id == workspace_id; });
}

}  // namespace

base::Result<void> RemedyFinder::say_who_keeps_the_directory(RemedyStep& step, std::string_view workspace_id,
                                                             Naming naming) {
  if (naming == Naming::kNames && !workspace_id.empty()) {
    const std::vector<catalog::AudienceMember> administrators =
        TRY(directory_.audience({.workspace_id = workspace_id,
                                 .least_bit = catalog::kAdministrator,
                                 .everyone = true,
                                 .members_max = Explainer::kNamedMax},
                                deadline_));
    for (const catalog::AudienceMember& each : administrators) step.by.push_back(each.user_id);
  }
  if (step.by.empty()) {
    step.text += " (whoever keeps the directory can).";
  } else {
    const bool many = step.by.size() == Explainer::kNamedMax;
    step.text += fmt::format(" (administrators of the workspace can{}: {}).", many ? ", among others" : "",
                             fmt::join(step.by, ", "));
  }
  return {};
}

base::Result<RemedyStep> RemedyFinder::membership(std::string_view user_id, std::string_view workspace_id, int bit,
                                                  const catalog::Membership& now, Naming naming) {
  RemedyStep step;
  step.change = Change::kMembership;
  step.user_id = user_id;
  step.workspace_id = workspace_id;
  step.permission_bit = bit;
  if (now.is_member) {
    step.text = fmt::format("Raise the permission bit of {} in {} from {} to {} or more", user_id, workspace_id,
                            now.permission_bit, bit);
  } else {
    step.text = fmt::format("Make {} a member of {} with permission bit {} or more", user_id,
                            workspace_id.empty() ? kAnyWorkspace : workspace_id, bit);
  }
  TRY(say_who_keeps_the_directory(step, workspace_id, naming));
  return step;
}

// The node's owner shares and hands over while they are a full member of its workspace.
base::Result<bool> RemedyFinder::owner_widens(const NodeFacts& node) {
  if (node.workspace_id.empty()) return true;
  return TRY(directory_.membership(node.owner_id, node.workspace_id, deadline_)).at_least(catalog::kCollaborator);
}

base::Result<RemedyStep> RemedyFinder::hand_over(std::string_view user_id, const NodeFacts& node) {
  RemedyStep step;
  step.change = Change::kOwner;
  step.user_id = user_id;
  if (TRY(owner_widens(node))) {
    step.by = {std::string(node.owner_id)};
    step.text = fmt::format("Hand the node over to {} (its owner, {}, or an operator of the platform can).", user_id,
                            node.owner_id);
  } else {
    step.text = fmt::format("Hand the node over to {} (an operator of the platform can).", user_id);
  }
  return step;
}

// For a full member of the node's workspace. Where the owner cannot share it, a team that has it already is the lesser
// change; the last resort, which is always there, is another owner.
base::Result<RemedyStep> RemedyFinder::reading(std::string_view user_id, const NodeFacts& node) {
  const bool room =
      node.scope != Scope::kShared || node.users.size() + node.teams.size() < base::limits::kGrantsPerNodeMax;
  if (room && TRY(owner_widens(node))) return grant(user_id, node);
  const std::size_t looked_at = node.scope == Scope::kShared ? std::min(node.teams.size(), Explainer::kNamedMax) : 0;
  for (const std::string_view id : node.teams.first(looked_at)) {
    const std::optional<catalog::Team> team = TRY(directory_.team(id, deadline_));
    if (!team || team->workspace_id != node.workspace_id) continue;
    RemedyStep step;
    step.text = fmt::format("Add {} to {}, with which the node is shared", user_id, id);
    step.change = Change::kTeam;
    step.user_id = user_id;
    step.workspace_id = node.workspace_id;
    step.team_id = id;
    TRY(say_who_keeps_the_directory(step, node.workspace_id, Naming::kNames));
    return step;
  }
  return hand_over(user_id, node);
}

RemedyFinder::Found RemedyFinder::for_node(std::string_view user_id, NodeAction action, const NodeFacts& node,
                                           const Decision& decision) {
  std::vector<RemedyStep> steps;
  if (node.workspace_id.empty()) {
    if (!TRY(directory_.user(user_id, deadline_))) {
      RemedyStep known;
      known.text = fmt::format("Add {} to the directory (whoever keeps it can).", user_id);
      known.user_id = user_id;
      steps.push_back(std::move(known));
    }
    steps.push_back(TRY(hand_over(user_id, node)));
    return remedy_of(std::move(steps));
  }
  catalog::Membership member = TRY(directory_.membership(user_id, node.workspace_id, deadline_));
  if (!member.at_least(catalog::kCollaborator)) {
    steps.push_back(TRY(membership(user_id, node.workspace_id, catalog::kCollaborator, member, Naming::kNames)));
    member.is_member = true;
    member.permission_bit = catalog::kCollaborator;
  }
  if (decision.code == Reason::kOwnerLeft) return remedy_of(std::move(steps));
  if (action != NodeAction::kRead) {
    steps.push_back(TRY(hand_over(user_id, node)));
  } else if (!rule(user_id, action, node, {.membership = &member}).allowed()) {
    steps.push_back(TRY(reading(user_id, node)));
  }
  return remedy_of(std::move(steps));
}

// The account is, or can be made, public in some workspace that the user administers, or can.
base::Result<std::vector<RemedyStep>> RemedyFinder::seeing_account(std::string_view user_id,
                                                                   const AccountFacts& account) {
  const std::vector<catalog::WorkspaceMembership> own = TRY(directory_.workspaces_of(user_id, deadline_));
  std::vector<RemedyStep> steps;
  const EnablementFacts* open = nullptr;
  for (const EnablementFacts& each : account.enablements) {
    const catalog::WorkspaceMembership* here = find(own, each.workspace_id);
    if (!each.is_public && here != nullptr && here->at_least(catalog::kAdministrator)) {
      steps.push_back(make_public(each.workspace_id, account.owner_id));
      return steps;
    }
    if (each.is_public && open == nullptr) open = &each;
  }
  const auto raise = [&](std::string_view workspace_id) {
    return membership(user_id, workspace_id, catalog::kAdministrator, membership_of(find(own, workspace_id)),
                      Naming::kNames);
  };
  if (open != nullptr) {
    steps.push_back(TRY(raise(open->workspace_id)));
    return steps;
  }
  std::vector<RemedyStep> enabling = TRY(enabling_publicly(user_id, account, own));
  if (enabling.size() == 1 || account.enablements.empty()) return enabling;
  const std::string_view workspace_id = account.enablements.front().workspace_id;
  steps.push_back(TRY(raise(workspace_id)));
  steps.push_back(make_public(workspace_id, account.owner_id));
  return steps;
}

// Enabling it for one more workspace, best for one that both are in already as they must be.
base::Result<std::vector<RemedyStep>> RemedyFinder::enabling_publicly(
    std::string_view user_id, const AccountFacts& account, std::span<const catalog::WorkspaceMembership> own) {
  const std::vector<catalog::WorkspaceMembership> owners = TRY(directory_.workspaces_of(account.owner_id, deadline_));
  std::string_view best;  // empty: the user and the owner are in no workspace; then any will do
  std::size_t best_missing = 3;
  const auto consider = [&](std::string_view id) {
    if (is_enabled(account, id)) return;
    const catalog::WorkspaceMembership *user_there = find(own, id), *owner_there = find(owners, id);
    const bool user_ready = user_there != nullptr && user_there->at_least(catalog::kAdministrator);
    const bool owner_ready = owner_there != nullptr && owner_there->at_least(catalog::kCollaborator);
    const std::size_t missing = (user_ready ? 0U : 1U) + (owner_ready ? 0U : 1U);
    if (missing < best_missing) best = id, best_missing = missing;
  };
  for (const catalog::WorkspaceMembership& each : own) consider(each.workspace_id);
  for (const catalog::WorkspaceMembership& each : owners) consider(each.workspace_id);

  std::vector<RemedyStep> steps;
  const catalog::Membership user_now = membership_of(find(own, best)), owner_now = membership_of(find(owners, best));
  if (!user_now.at_least(catalog::kAdministrator))
    steps.push_back(TRY(membership(user_id, best, catalog::kAdministrator, user_now, Naming::kNames)));
  if (!owner_now.at_least(catalog::kCollaborator))
    steps.push_back(TRY(membership(account.owner_id, best, catalog::kCollaborator, owner_now, Naming::kNames)));
  steps.push_back(enable(best, account.owner_id, true));
  return steps;
}

RemedyFinder::Found RemedyFinder::for_account(std::string_view user_id, AccountAction action,
                                              const AccountFacts& account) {
  if (action != AccountAction::kRead) return std::optional<Remedy>();
  return remedy_of(TRY(seeing_account(user_id, account)));
}

RemedyFinder::Found RemedyFinder::for_create_node(std::string_view user_id, std::string_view workspace_id,
                                                  const AccountFacts& account) {
  if (workspace_id.empty()) return std::optional<Remedy>();
  const bool owns = user_id == account.owner_id;
  const int bit = owns ? catalog::kCollaborator : catalog::kAdministrator;
  const catalog::Membership member = TRY(directory_.membership(user_id, workspace_id, deadline_));
  const Naming naming = member.is_member ? Naming::kNames : Naming::kNoNames;
  std::vector<RemedyStep> steps;
  if (!member.at_least(bit)) steps.push_back(TRY(membership(user_id, workspace_id, bit, member, naming)));
  if (!is_enabled(account, workspace_id)) {
    if (!owns) {
      const catalog::Membership owner = TRY(directory_.membership(account.owner_id, workspace_id, deadline_));
      if (!owner.at_least(catalog::kCollaborator))
        steps.push_back(TRY(membership(account.owner_id, workspace_id, catalog::kCollaborator, owner, naming)));
    }
    steps.push_back(enable(workspace_id, account.owner_id, !owns));
  } else if (!owns && !std::any_of(account.enablements.begin(), account.enablements.end(), [&](const auto& each) {
               return each.workspace_id == workspace_id && each.is_public;
             })) {
    steps.push_back(make_public(workspace_id, account.owner_id));
  }
  return remedy_of(std::move(steps));
}

RemedyFinder::Found RemedyFinder::for_workspace(std::string_view user_id, std::string_view workspace_id,
                                                int least_bit) {
  const catalog::Membership member = TRY(directory_.membership(user_id, workspace_id, deadline_));
  std::vector<RemedyStep> steps;
  steps.push_back(
      TRY(membership(user_id, workspace_id, least_bit, member, member.is_member ? Naming::kNames : Naming::kNoNames)));
  return remedy_of(std::move(steps));
}

}  // namespace authz
