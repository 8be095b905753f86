#include "authz/rules.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

namespace authz {
namespace {

Ruling ask(Question question) { return {.question = question}; }
Ruling allow(Reason reason, std::string_view subject = {}) {
  return {.verdict = Verdict::kAllow, .reason = reason, .subject = subject};
}
Ruling forbid(Reason reason, std::string_view subject = {}) {
  return {.verdict = Verdict::kForbid, .reason = reason, .subject = subject};
}
Ruling hide(Reason reason, std::string_view subject = {}) {
  return {.verdict = Verdict::kHide, .reason = reason, .subject = subject};
}

// Eight bytes of a text from a place on, so that comparing these numbers is comparing these bytes.
std::uint64_t eight_bytes(std::string_view text, std::size_t from) {
  std::uint64_t bytes = 0;
  if (text.size() >= from + sizeof bytes)
    std::memcpy(&bytes, text.data() + from, sizeof bytes);
  else if (text.size() > from)
    std::memcpy(&bytes, text.data() + from, text.size() - from);
  return std::endian::native == std::endian::little ? __builtin_bswap64(bytes) : bytes;
}

std::size_t common_prefix(std::string_view one, std::string_view other) {
  return static_cast<std::size_t>(std::mismatch(one.begin(), one.end(), other.begin(), other.end()).first -
                                  one.begin());
}

// Searches a sorted list of ids. What its first and its last have in common, all have; so two ids are told apart by the
// eight bytes behind that, mostly, and without a call.
template <class List>
class SortedIds {
 public:
  explicit SortedIds(const List& list) : list_(list), shared_(common_prefix(list.front(), list.back())) {}

  // The place of the first that is not less than `id`, from a place on.
  [[nodiscard]] std::size_t lower_bound(std::string_view id, std::size_t from = 0) const {
    const std::size_t own = common_prefix(id.substr(0, shared_), std::string_view(list_.front()).substr(0, shared_));
    if (own < shared_) return id < std::string_view(list_.front()) ? from : list_.size();
    const std::uint64_t bytes = eight_bytes(id, shared_);
    std::size_t count = list_.size() - from;
    while (count > 0) {
      const std::size_t half = count / 2;
      if (is_less(list_[from + half], id, bytes)) {
        from += half + 1;
        count -= half + 1;
      } else {
        count = half;
      }
    }
    return from;
  }
  [[nodiscard]] bool contains(std::string_view id) const {
    const std::size_t place = lower_bound(id);
    return place < list_.size() && list_[place] == id;
  }

 private:
  bool is_less(std::string_view one, std::string_view id, std::uint64_t bytes) const {
    const std::uint64_t ones = eight_bytes(one, shared_);
    return ones != bytes ? ones < bytes : one < id;
  }

  const List& list_;
  std::size_t shared_;
};

// The first id that stands in both sorted lists; empty: none. Walks the shorter, and searches in what is left of the
// longer.
template <class Shorter, class Longer>
std::string_view first_common_of(const Shorter& shorter, const Longer& longer) {
  const SortedIds<Longer> ids(longer);
  std::size_t from = 0;
  for (const std::string_view id : shorter) {
    from = ids.lower_bound(id, from);
    if (from == longer.size()) return {};
    if (longer[from] == id) return id;
  }
  return {};
}

bool contains(std::span<const std::string_view> granted, std::string_view id) {
  return !granted.empty() && SortedIds(granted).contains(id);
}

// The same where neither list is much shorter: both are walked.
template <class One, class Other>
std::string_view first_common_walking(const One& one, const Other& other) {
  const std::string_view front = one.front();
  const std::size_t shared = std::min(
      {common_prefix(front, one.back()), common_prefix(front, other.front()), common_prefix(front, other.back())});
  for (std::size_t i = 0, j = 0; i < one.size() && j < other.size();) {
    const std::uint64_t ones = eight_bytes(one[i], shared), others = eight_bytes(other[j], shared);
    if (ones == others) {
      if (one[i] == other[j]) return one[i];
      (one[i] < other[j] ? i : j) += 1;
    } else {  // without a branch on the outcome, which nobody could foretell
      i += static_cast<std::size_t>(ones < others);
      j += static_cast<std::size_t>(others < ones);
    }
  }
  return {};
}

std::string_view first_common(std::span<const std::string_view> granted, const std::vector<std::string>& teams) {
  if (granted.empty() || teams.empty()) return {};
  const std::size_t shorter = std::min(granted.size(), teams.size()), longer = std::max(granted.size(), teams.size());
  if (longer / shorter < 8) return first_common_walking(granted, teams);
  return teams.size() == shorter ? first_common_of(teams, granted) : first_common_of(granted, teams);
}

// Whether somebody who is neither the owner nor the account's owner reads a node of a workspace.
Ruling read_as_member(std::string_view user_id, const NodeFacts& node, const catalog::Membership& member) {
  if (!member.is_member) return hide(Reason::kNotMember);
  if (!member.at_least(catalog::kCollaborator)) {
    Ruling low = hide(Reason::kLowBit);
    low.bit = member.permission_bit;
    low.least_bit = catalog::kCollaborator;
    return low;
  }
  switch (node.scope) {
    case Scope::kPrivate:
      return hide(Reason::kPrivateNode);
    case Scope::kWorkspace:
      return allow(Reason::kOpenToWorkspace);
    case Scope::kShared:
      break;
  }
  if (contains(node.users, user_id)) return allow(Reason::kGrantedToUser);
  const std::string_view team = first_common(node.teams, member.team_ids);
  return team.empty() ? hide(Reason::kNotGranted) : allow(Reason::kGrantedToTeam, team);
}

// Somebody who is not the node's owner.
Ruling read_as_other(std::string_view user_id, const NodeFacts& node, const Known& known) {
  if (user_id == node.account_owner_id) return allow(Reason::kOwnsNodesAccount);
  if (node.workspace_id.empty()) return hide(Reason::kIndependentNode);
  if (known.membership == nullptr) return ask(Question::kMembership);
  return read_as_member(user_id, node, *known.membership);
}

// An owner who is no longer a full member of the workspace may narrow access, and not widen it.
bool widens(NodeAction action) { return action == NodeAction::kShare || action == NodeAction::kChangeOwner; }

Ruling rule_owner(NodeAction action, const NodeFacts& node, const Known& known) {
  if (node.workspace_id.empty() || !widens(action)) return allow(Reason::kOwnsNode);
  if (known.membership == nullptr) return ask(Question::kMembership);
  if (known.membership->at_least(catalog::kCollaborator)) return allow(Reason::kOwnsNode);
  if (action == NodeAction::kChangeOwner) {
    if (!known.is_operator) return ask(Question::kOperator);
    if (*known.is_operator) return allow(Reason::kOperator);
  }
  return forbid(Reason::kOwnerLeft);
}

// A workspace in which the account is public and which the person administers; nullptr: none.
const EnablementFacts* administered(const AccountFacts& account,
                                    std::span<const catalog::WorkspaceMembership> workspaces) {
  for (const EnablementFacts& enablement : account.enablements) {
    if (!enablement.is_public) continue;
    const auto found = std::lower_bound(
        workspaces.begin(), workspaces.end(), enablement.workspace_id,
        [](const catalog::WorkspaceMembership& each, std::string_view id) { return each.workspace_id < id; });
    if (found == workspaces.end() || found->workspace_id != enablement.workspace_id) continue;
    if (found->at_least(catalog::kAdministrator)) return &enablement;
  }
  return nullptr;
}

}  // namespace

Ruling rule(std::string_view user_id, NodeAction action, const NodeFacts& node, const Known& known) {
  if (user_id == node.owner_id) return rule_owner(action, node, known);
  if (action == NodeAction::kChangeOwner) {
    if (!known.is_operator) return ask(Question::kOperator);
    if (*known.is_operator) return allow(Reason::kOperator);
  }
  const Ruling read = read_as_other(user_id, node, known);
  if (action == NodeAction::kRead || !read.allowed()) return read;
  return forbid(Reason::kNotNodeOwner, node.owner_id);
}

Ruling rule(std::string_view user_id, AccountAction action, const AccountFacts& account, const Known& known) {
  if (user_id == account.owner_id) return allow(Reason::kOwnsAccount);
  const auto is_public = [](const EnablementFacts& each) { return each.is_public; };
  if (std::none_of(account.enablements.begin(), account.enablements.end(), is_public))
    return hide(Reason::kNoPartInAccount);
  if (!known.workspaces) return ask(Question::kWorkspaces);
  const EnablementFacts* found = administered(account, *known.workspaces);
  if (found == nullptr) return hide(Reason::kNoPartInAccount);
  if (action == AccountAction::kRead) return allow(Reason::kAdministersPublicly, found->workspace_id);
  return forbid(Reason::kNotAccountOwner);
}

Ruling rule_create_node(std::string_view user_id, std::string_view workspace_id, const AccountFacts& account,
                        const Known& known) {
  const bool owns = user_id == account.owner_id;
  if (workspace_id.empty()) {
    if (owns) return allow(Reason::kOwnsAccount);
    const Ruling seen = rule(user_id, AccountAction::kRead, account, known);
    return seen.allowed() ? forbid(Reason::kNotAccountOwnerIndependently) : seen;
  }
  const Ruling here = rule_workspace(catalog::kCollaborator, known);
  if (!here.allowed()) return here;
  const auto found = std::find_if(account.enablements.begin(), account.enablements.end(),
                                  [&](const EnablementFacts& each) { return each.workspace_id == workspace_id; });
  if (found == account.enablements.end()) {
    return owns ? forbid(Reason::kNotEnabled, workspace_id) : hide(Reason::kNotEnabled, workspace_id);
  }
  if (owns) return allow(Reason::kOwnsEnabledAccount);
  if (!found->is_public) return forbid(Reason::kEnabledPrivately);
  if (known.membership->at_least(catalog::kAdministrator)) return allow(Reason::kAdministersPublicly, workspace_id);
  return forbid(Reason::kNotAdministrator);
}

Ruling rule(DatabaseAction action, const Known& known) {
  if (known.membership == nullptr) return ask(Question::kMembership);
  const catalog::Membership& member = *known.membership;
  if (member.at_least(catalog::kAdministrator)) return allow(Reason::kAdministersWorkspace);
  if (action == DatabaseAction::kRead && member.at_least(catalog::kRead)) return allow(Reason::kMember);
  if (!known.is_operator) return ask(Question::kOperator);
  if (*known.is_operator && (action != DatabaseAction::kRegister || member.workspace_exists))
    return allow(Reason::kOperator);
  const int least_bit = action == DatabaseAction::kRead ? catalog::kRead : catalog::kAdministrator;
  Ruling no = rule_workspace(least_bit, known);
  if (action != DatabaseAction::kRegister && !member.at_least(catalog::kRead)) no.verdict = Verdict::kHide;
  return no;
}

Ruling rule_workspace(int least_bit, const Known& known) {
  if (known.membership == nullptr) return ask(Question::kMembership);
  if (!known.membership->is_member) return forbid(Reason::kNoSuchWorkspace);
  if (known.membership->at_least(least_bit)) return allow(Reason::kMember);
  Ruling low = forbid(Reason::kLowWorkspaceBit);
  low.bit = known.membership->permission_bit;
  low.least_bit = least_bit;
  return low;
}

}  // namespace authz
