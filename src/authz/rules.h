// The access rules of docs/concepts/access.md, as functions of facts in hand. Every front goes through them: the
// engine, lists, explanations. There is no other place that decides.
//
// A rule is given what is known of the thing (its owner, its scope, its grants) and what the directory has said about
// the person so far. Where that is enough it rules, with the reason as a code; where it is not, the ruling says what to
// ask, and the rule is to be asked again with the answer. So nothing is asked that does not matter, and it is the rule
// itself that knows what matters.
//
//   Cost       no allocation. Ids are searched in sorted lists: the cost grows with the logarithm of the grants, and is
//              the same for a no as for the yes that would have been found last.
//   Lifetime   a ruling's `subject` is a view into the facts.
//   Threads    pure.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "catalog/directory.h"
#include "json/describe.h"

namespace authz {

enum class Scope { kPrivate, kWorkspace, kShared };

struct NodeFacts {
  std::string_view owner_id;
  std::string_view account_owner_id;
  std::string_view workspace_id;  // empty: independent
  Scope scope = Scope::kPrivate;
  // Granted: they count where the scope is kShared. Sorted, each once; in a list that is not, somebody may be missed,
  // and nobody is found who does not stand there.
  std::span<const std::string_view> users;
  std::span<const std::string_view> teams;
};

enum class NodeAction : std::uint8_t {
  kRead,
  kUpdate,   // name, description, status
  kShare,    // grant, and scopes wider than private
  kUnshare,  // revoke, make private
  kDetach,
  kDelete,
  kAttach,  // the node's side of it; the account's side is rule_create_node
  kChangeOwner,
};

// The action that setting a scope is.
constexpr NodeAction scope_action(Scope target) {
  return target == Scope::kPrivate ? NodeAction::kUnshare : NodeAction::kShare;
}

struct EnablementFacts {
  std::string_view workspace_id;
  bool is_public = false;
};

struct AccountFacts {
  std::string_view owner_id;
  std::span<const EnablementFacts> enablements;  // all of them for kRead; that of the workspace for rule_create_node
};

enum class AccountAction : std::uint8_t { kRead, kUpdate, kDelete, kEnable };

enum class WorkspaceAction : std::uint8_t { kRead, kAdminister };  // a member with any bit but 0; one with 16 or more
constexpr int least_bit(WorkspaceAction action) {
  return action == WorkspaceAction::kRead ? catalog::kGuest : catalog::kAdministrator;
}

// A registered database belongs to its workspace: members with permission bit 2 or more read what is known of it,
// administrators of the workspace and operators of the platform do all the rest.
struct DatabaseFacts {
  std::string_view workspace_id;
};

enum class DatabaseAction : std::uint8_t {
  kRead,
  kManage,    // change, spec, plan, approve, apply, rotate, check, remove
  kRegister,  // in the workspace: who may not hears so, as of every workspace
};

enum class Verdict : std::uint8_t {
  kAllow,
  kForbid,  // the caller sees the thing, and may not do this: 403
  kHide,    // the caller does not see the thing: 404, as for an unknown id
};

enum class Reason : std::uint8_t {
  // Yes
  kOwnsNode,
  kOwnsNodesAccount,
  kOpenToWorkspace,
  kGrantedToUser,
  kGrantedToTeam,  // subject: the team
  kOperator,
  kOwnsAccount,
  kOwnsEnabledAccount,
  kAdministersPublicly,  // of an account that is public in a workspace; subject: the workspace
  kAdministersWorkspace,
  kMember,
  // No
  kNotMember,                     // of the node's workspace
  kLowBit,                        // there; bit
  kPrivateNode,                   //
  kNotGranted,                    // on a shared node
  kIndependentNode,               // which is its owner's alone
  kNotNodeOwner,                  // reads the node; subject: its owner
  kOwnerLeft,                     // the owner is no full member of the workspace any more, and may not widen access
  kNoPartInAccount,               // neither the owner, nor an administrator where it is public
  kNotAccountOwner,               // sees the account
  kNotAccountOwnerIndependently,  // sees the account; wants a node on it without a workspace
  kNotEnabled,                    // the account, for the workspace; subject: the workspace
  kEnabledPrivately,              // and is somebody else's
  kNotAdministrator,              // of the workspace in which the account is public
  kNoSuchWorkspace,               // not a member of it, or there is none
  kLowWorkspaceBit,               // bit, least_bit
  kNotOperator,                   // subject: what only operators may do
};

// What has to be asked of the directory before the rule can rule.
enum class Question : std::uint8_t {
  kNone,
  kMembership,  // what the person is in the workspace that it is about
  kOperator,    // whether the person operates the platform
  kWorkspaces,  // of which workspaces the person is a member
};

struct Ruling {
  Question question = Question::kNone;  // not kNone: no ruling yet, and nothing else here means anything
  Verdict verdict = Verdict::kHide;
  Reason reason = Reason::kNotMember;
  int bit = 0;
  int least_bit = 0;
  std::string_view subject;

  [[nodiscard]] bool allowed() const { return question == Question::kNone && verdict == Verdict::kAllow; }
};

// What the directory has said about the person; absent: not asked yet.
struct Known {
  const catalog::Membership* membership = nullptr;  // in the node's workspace, or the one asked for
  std::optional<bool> is_operator;
  std::optional<std::span<const catalog::WorkspaceMembership>> workspaces;  // sorted by id
};

Ruling rule(std::string_view user_id, NodeAction action, const NodeFacts& node, const Known& known);
Ruling rule(std::string_view user_id, AccountAction action, const AccountFacts& account, const Known& known);
// Making a node on an account, or attaching one: in a workspace, or in none where `workspace_id` is empty.
Ruling rule_create_node(std::string_view user_id, std::string_view workspace_id, const AccountFacts& account,
                        const Known& known);
Ruling rule(DatabaseAction action, const Known& known);
// Working in a workspace at all.
Ruling rule_workspace(int least_bit, const Known& known);

}  // namespace authz

// The codes are published (docs/concepts/access.md) and stay as they are.
template <>
inline constexpr auto json::kEnumNames<authz::Reason> =
    json::names<authz::Reason>({{authz::Reason::kOwnsNode, "owns-node"},
                                {authz::Reason::kOwnsNodesAccount, "owns-nodes-account"},
                                {authz::Reason::kOpenToWorkspace, "open-to-workspace"},
                                {authz::Reason::kGrantedToUser, "granted-to-user"},
                                {authz::Reason::kGrantedToTeam, "granted-to-team"},
                                {authz::Reason::kOperator, "operator"},
                                {authz::Reason::kOwnsAccount, "owns-account"},
                                {authz::Reason::kOwnsEnabledAccount, "owns-enabled-account"},
                                {authz::Reason::kAdministersPublicly, "administers-public-account"},
                                {authz::Reason::kAdministersWorkspace, "administers-workspace"},
                                {authz::Reason::kMember, "member"},
                                {authz::Reason::kNotMember, "not-member"},
                                {authz::Reason::kLowBit, "low-permission-bit"},
                                {authz::Reason::kPrivateNode, "private-node"},
                                {authz::Reason::kNotGranted, "not-granted"},
                                {authz::Reason::kIndependentNode, "independent-node"},
                                {authz::Reason::kNotNodeOwner, "not-node-owner"},
                                {authz::Reason::kOwnerLeft, "owner-left-workspace"},
                                {authz::Reason::kNoPartInAccount, "no-part-in-account"},
                                {authz::Reason::kNotAccountOwner, "not-account-owner"},
                                {authz::Reason::kNotAccountOwnerIndependently, "not-account-owner-independently"},
                                {authz::Reason::kNotEnabled, "not-enabled"},
                                {authz::Reason::kEnabledPrivately, "enabled-privately"},
                                {authz::Reason::kNotAdministrator, "not-administrator"},
                                {authz::Reason::kNoSuchWorkspace, "no-such-workspace"},
                                {authz::Reason::kLowWorkspaceBit, "low-workspace-permission-bit"},
                                {authz::Reason::kNotOperator, "not-operator"}});
