#include "api/authzen.h"

#include <array>

#include "api/inquiry.h"
#include "base/ids.h"
#include "base/limits.h"

namespace api::authzen {
namespace {

constexpr std::array<std::string_view, 7> kNodeActions = {"read",      "update", "delete", "share",
                                                          "set-scope", "attach", "detach"};
constexpr std::array<std::string_view, 5> kAccountActions = {"read", "update", "delete", "enable", "create-node"};
constexpr std::array<std::string_view, 2> kWorkspaceActions = {"read", "administer"};

std::optional<authz::NodeAction> node_action(const Question& question) {
  using enum authz::NodeAction;
  static constexpr std::array<authz::NodeAction, 7> kAll = {kRead, kUpdate, kDelete, kShare, kShare, kAttach, kDetach};
  for (std::size_t i = 0; i < kAll.size(); ++i) {
    if (question.action != kNodeActions[i]) continue;
    if (question.action == "set-scope" && question.to_scope) return authz::scope_action(*question.to_scope);
    return kAll[i];
  }
  return std::nullopt;
}

std::optional<authz::AccountAction> account_action(std::string_view name) {
  using enum authz::AccountAction;
  static constexpr std::array<authz::AccountAction, 4> kAll = {kRead, kUpdate, kDelete, kEnable};
  for (std::size_t i = 0; i < kAll.size(); ++i)
    if (name == kAccountActions[i]) return kAll[i];
  return std::nullopt;
}

// Of a node whose permissions were written before they had all the facts.
base::Result<std::optional<nodes::StoredFacts>> facts_of_old_item(const Context& context, const std::string& uuid,
                                                                  base::Deadline deadline) {
  const std::optional<nodes::SeenPermissions> found = TRY(find_node(context, uuid, deadline));
  if (!found) return std::optional<nodes::StoredFacts>();
  nodes::StoredFacts facts;
  facts.owner_id = found->node.owner_id;
  facts.account_owner_id = found->node.account_owner_id;
  facts.workspace_id = found->node.workspace_id;
  facts.scope = found->permissions.scope;
  for (const nodes::Grant& grant : found->permissions.users) facts.users.push_back({grant.id});
  for (const nodes::Grant& grant : found->permissions.teams) facts.teams.push_back({grant.id});
  return std::optional<nodes::StoredFacts>(std::move(facts));
}

Answer unknown(std::string_view code, std::string_view reason) {
  return {false, std::string(code), std::string(reason)};
}
Answer hidden() { return unknown(kHiddenCode, kHiddenReason); }
Answer unknown_action() { return unknown("unknown-action", "There is no such action on this type of resource."); }

}  // namespace

std::span<const std::string_view> actions_of(std::string_view resource_type) {
  if (resource_type == "compute-node") return kNodeActions;
  if (resource_type == "account") return kAccountActions;
  if (resource_type == "workspace") return kWorkspaceActions;
  return {};
}

base::Result<bool> Evaluator::about_all() {
  if (!about_all_) about_all_ = TRY(may_ask_about_all(context_, asker_id_, deadline_));
  return *about_all_;
}

authz::Asked& Evaluator::asked(const std::string& user_id, std::string_view workspace_id) {
  return asked_[{user_id, std::string(workspace_id)}];
}

base::Result<void> Evaluator::prepare(std::span<const Question> questions) {
  std::vector<std::string> uuids;
  std::vector<store::Key> keys;
  const auto read = [&]() -> base::Result<void> {
    const std::vector<std::optional<store::Item>> items = TRY(context_.table.get_many(keys, deadline_));
    for (std::size_t i = 0; i < items.size(); ++i) {
      std::optional<nodes::StoredFacts>& place = nodes_[uuids[i]];
      if (!items[i]) continue;
      place = TRY(nodes::StoredFacts::read(*items[i]));
      if (!place) place = TRY(facts_of_old_item(context_, uuids[i], deadline_));
    }
    uuids.clear();
    keys.clear();
    return {};
  };
  for (const Question& question : questions) {
    if (question.resource_type != "compute-node") continue;
    std::optional<std::string> uuid = base::parse_uuid(question.resource_id);
    if (!uuid || !nodes_.try_emplace(*uuid).second) continue;
    keys.push_back(nodes::permissions_key(*uuid));
    uuids.push_back(std::move(*uuid));
    if (keys.size() == store::kReadsMax) TRY(read());
  }
  if (!keys.empty()) TRY(read());
  return {};
}

base::Result<std::optional<authz::NodeFacts>> Evaluator::node(const std::string& uuid) {
  const auto found = nodes_.find(uuid);
  if (found == nodes_.end() || !found->second) return std::optional<authz::NodeFacts>();
  return std::optional<authz::NodeFacts>(found->second->view());
}

// Everyone about themselves; the owner about the thing; some about all.
base::Result<void> Evaluator::may_ask(const Question& question, std::string_view owner_id) {
  if (question.subject_id == asker_id_ || owner_id == asker_id_ || TRY(about_all())) return {};
  return base::fail(base::Code::kForbidden,
                    "You may ask about yourself, and about others where the resource is yours. Operators of the "
                    "platform, and the users of the setting access.callers, may ask about everybody.");
}

base::Result<Answer> Evaluator::shown(const Question& question, const authz::Decision& decision,
                                      std::string_view owner_id) {
  if (decision.verdict == authz::Verdict::kHide && owner_id != asker_id_ && !TRY(about_all())) return hidden();
  return Answer{decision.allowed(), std::string(json::name_of(decision.code)),
                question.subject_id == asker_id_ ? decision.reason() : decision.reason_about(question.subject_id)};
}

base::Result<Answer> Evaluator::answer(const Question& question) {
  Question known = question;
  if (question.subject_type == "user")
    known.subject_id = base::parse_id(base::IdKind::kUser, question.subject_id).value_or(question.subject_id);
  if (known.subject_type != "user") {
    TRY(may_ask(known, ""));
    return unknown("unknown-subject-type", "The only type of subject is user.");
  }
  if (known.resource_type == "compute-node") return answer_node(known);
  if (known.resource_type == "account") return answer_account(known);
  if (known.resource_type == "workspace") return answer_workspace(known);
  TRY(may_ask(known, ""));
  return unknown("unknown-resource-type", "The types of resources are account, compute-node and workspace.");
}

base::Result<Answer> Evaluator::answer_node(const Question& question) {
  const std::optional<std::string> uuid = base::parse_uuid(question.resource_id);
  std::optional<authz::NodeFacts> facts;
  if (uuid) {
    if (!nodes_.contains(*uuid)) TRY(prepare(std::span(&question, 1)));
    facts = TRY(node(*uuid));
  }
  TRY(may_ask(question, facts ? facts->owner_id : ""));
  if (!facts) return hidden();
  const std::optional<authz::NodeAction> action = node_action(question);
  if (!action) return unknown_action();
  authz::Asked& known = asked(question.subject_id, facts->workspace_id);
  const authz::Decision decision = TRY(context_.engine.decide(question.subject_id, *action, *facts, known, deadline_));
  return shown(question, decision, facts->owner_id);
}

base::Result<Answer> Evaluator::answer_account(const Question& question) {
  const std::optional<std::string> uuid = base::parse_uuid(question.resource_id);
  std::optional<accounts::Accounts::Whole> whole;
  if (uuid) whole = TRY(context_.accounts.whole(*uuid, deadline_));
  TRY(may_ask(question, whole ? std::string_view(whole->account.owner_id) : ""));
  if (!whole) return hidden();
  const std::string_view owner_id = whole->account.owner_id;
  const std::vector<authz::EnablementFacts> enablements = accounts::facts_of(whole->enablements);
  const authz::AccountFacts facts{owner_id, enablements};
  if (question.action == "create-node") {
    const std::string workspace_id =
        base::parse_id(base::IdKind::kWorkspace, question.workspace_id).value_or(question.workspace_id);
    authz::Asked& known = asked(question.subject_id, workspace_id);
    return shown(question,
                 TRY(context_.engine.decide_create_node(question.subject_id, workspace_id, facts, known, deadline_)),
                 owner_id);
  }
  const std::optional<authz::AccountAction> action = account_action(question.action);
  if (!action) return unknown_action();
  authz::Asked& known = asked(question.subject_id, "");
  return shown(question, TRY(context_.engine.decide(question.subject_id, *action, facts, known, deadline_)), owner_id);
}

base::Result<Answer> Evaluator::answer_workspace(const Question& question) {
  TRY(may_ask(question, ""));
  const std::optional<std::string> id = base::parse_id(base::IdKind::kWorkspace, question.resource_id);
  if (!id) return hidden();
  std::optional<authz::WorkspaceAction> action;
  if (question.action == "read") action = authz::WorkspaceAction::kRead;
  if (question.action == "administer") action = authz::WorkspaceAction::kAdminister;
  if (!action) return unknown_action();
  return shown(question, TRY(context_.engine.decide_workspace_action(question.subject_id, *id, *action, deadline_)),
               "");
}

}  // namespace api::authzen
