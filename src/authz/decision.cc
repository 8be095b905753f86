#include "authz/decision.h"

#include <fmt/format.h>

namespace authz {
namespace {

// Whom a sentence speaks of: the reader, or somebody by their id.
struct Voice {
  std::string_view id;  // empty: the reader

  [[nodiscard]] bool you() const { return id.empty(); }
  // "You own", "N:user:1 owns"
  [[nodiscard]] std::string says(std::string_view second, std::string_view third) const {
    return fmt::format("{} {}", you() ? "You" : id, you() ? second : third);
  }
  [[nodiscard]] std::string is() const { return you() ? "you are" : fmt::format("{} is", id); }
  // NOLINTNEXTLINE(readability-identifier-naming): begins a sentence
  [[nodiscard]] std::string Their() const { return you() ? "Your" : fmt::format("{}'s", id); }
  [[nodiscard]] std::string_view object() const { return you() ? "you" : id; }
  [[nodiscard]] std::string_view they() const { return you() ? "you" : "they"; }
  [[nodiscard]] std::string_view theirs() const { return you() ? "yours" : "theirs"; }
};

std::string_view verb(NodeAction action) {
  switch (action) {
    case NodeAction::kRead:
      return "read it";
    case NodeAction::kUpdate:
      return "change it";
    case NodeAction::kShare:
      return "share it";
    case NodeAction::kUnshare:
      return "take access to it back";
    case NodeAction::kDetach:
      return "detach it from its workspace";
    case NodeAction::kDelete:
      return "delete it";
    case NodeAction::kAttach:
      return "attach it to a workspace";
    case NodeAction::kChangeOwner:
      return "hand it to another owner";
  }
  return "do that";
}

std::string yes(const Decision& decision, const Voice& voice) {
  switch (decision.code) {
    case Reason::kOwnsNode:
      return voice.says("own", "owns") + " the node.";
    case Reason::kOwnsNodesAccount:
      return voice.says("own", "owns") + " the account that the node stands on.";
    case Reason::kOpenToWorkspace:
      return fmt::format("The node is open to its workspace, of which {} a member.", voice.is());
    case Reason::kGrantedToUser:
      return fmt::format("The node is shared with {}.", voice.object());
    case Reason::kGrantedToTeam:
      return fmt::format("The node is shared with {}, of which {} a member.", decision.subject, voice.is());
    case Reason::kOperator:
      return voice.says("operate", "operates") + " the platform.";
    case Reason::kOwnsAccount:
      return voice.says("own", "owns") + " the account.";
    case Reason::kOwnsEnabledAccount:
      return voice.says("own", "owns") + " the account, and it is enabled for the workspace.";
    case Reason::kAdministersPublicly:
      return fmt::format("The account is public in {}, which {} {}.", decision.subject, voice.object(),
                         voice.you() ? "administer" : "administers");
    case Reason::kAdministersWorkspace:
      return voice.says("administer", "administers") + " the workspace.";
    default:
      return voice.says("are", "is") + " a member of the workspace.";
  }
}

std::string no_to_node(const Decision& decision, const Voice& voice) {
  switch (decision.code) {
    case Reason::kNotMember:
      return voice.says("are", "is") + " not a member of the node's workspace.";
    case Reason::kLowBit:
      return fmt::format("{} permission bit in the node's workspace is {}; compute nodes need {}.", voice.Their(),
                         decision.bit, decision.least_bit);
    case Reason::kPrivateNode:
      return "The node is private to its owner.";
    case Reason::kNotGranted:
      return fmt::format("The node is shared with others, and neither with {} nor with a team of {}.", voice.object(),
                         voice.theirs());
    case Reason::kIndependentNode:
      return "The node has no workspace; it is its owner's alone.";
    case Reason::kNotNodeOwner:
      return fmt::format("Only the node's owner, {}, may {}.", decision.subject, verb(decision.action));
    default:  // kOwnerLeft
      return fmt::format(
          "{} the node, but {} no longer a member of its workspace with permission bit 8 or more; so {} may take "
          "access back, detach or delete it, and not {}. An operator can hand it to another owner.",
          voice.says("own", "owns"), voice.you() ? "are" : "is", voice.they(), verb(decision.action));
  }
}

std::string no_to_account(const Decision& decision, const Voice& voice) {
  switch (decision.code) {
    case Reason::kNoPartInAccount:
      return fmt::format("{} the account nor {} a workspace in which it is public.",
                         voice.says("neither own", "neither owns"), voice.you() ? "administer" : "administers");
    case Reason::kNotAccountOwner:
      return "Only the account's owner may do that; administrators of a workspace in which it is public may see it.";
    case Reason::kNotAccountOwnerIndependently:
      return "Only the account's owner may make a node on it that belongs to no workspace.";
    case Reason::kNotEnabled:
      if (decision.verdict == Verdict::kHide) return "The account is not enabled for this workspace.";
      return fmt::format("The account is not enabled for {}. Enable it first: POST /accounts/<uuid>/workspaces.",
                         decision.subject);
    case Reason::kEnabledPrivately:
      return "The account is private in this workspace: only its owner makes nodes on it. The owner can make it "
             "public there.";
    default:  // kNotAdministrator
      return "The account is public in this workspace: its owner and the workspace's administrators (permission bit "
             "16 or more) make nodes on it.";
  }
}

std::string sentence(const Decision& decision, const Voice& voice) {
  switch (decision.code) {
    case Reason::kNoSuchWorkspace:
      return voice.says("are", "is") + " not a member of that workspace, or there is no such workspace.";
    case Reason::kLowWorkspaceBit:
      return fmt::format("{} permission bit in this workspace is {}; this needs {} or more.", voice.Their(),
                         decision.bit, decision.least_bit);
    case Reason::kNotOperator:
      return fmt::format("Only an operator of the platform may {}.", decision.subject);
    default:
      break;
  }
  if (decision.code <= Reason::kMember) return yes(decision, voice);
  if (decision.code <= Reason::kOwnerLeft) return no_to_node(decision, voice);
  return no_to_account(decision, voice);
}

}  // namespace

std::string Decision::reason() const { return sentence(*this, {}); }

std::string Decision::reason_about(std::string_view user_id) const { return sentence(*this, {user_id}); }

base::Result<void> Decision::enforce(std::string_view what) const {
  if (verdict == Verdict::kAllow) return {};
  if (verdict == Verdict::kForbid) return base::fail(base::Code::kForbidden, reason());
  return base::fail(base::Code::kNotFound, fmt::format("There is no such {}.", what), reason());
}

}  // namespace authz
