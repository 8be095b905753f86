#include "api/authzen.h"

#include <algorithm>
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

constexpr std::string_view kUnknownSubjectType = "unknown-subject-type";
constexpr std::string_view kUnknownSubject = "unknown-subject";
constexpr std::string_view kUnknownResourceType = "unknown-resource-type";
constexpr std::string_view kUnknownAction = "unknown-action";

std::string_view story_of(std::string_view unknown) {
  if (unknown == kUnknownSubjectType) return "The only type of subject is user.";
  if (unknown == kUnknownSubject) return "The subject's id is not a user's: N:user:<uuid>.";
  if (unknown == kUnknownResourceType) return "The types of resources are account, compute-node and workspace.";
  return "There is no such action on this type of resource.";
}

authz::NodeAction node_action(const Question& question) {
  using enum authz::NodeAction;
  static constexpr std::array<authz::NodeAction, 7> kAll = {kRead, kUpdate, kDelete, kShare, kShare, kAttach, kDetach};
  if (question.action == "set-scope" && question.to_scope) return authz::scope_action(*question.to_scope);
  const auto found = std::find(kNodeActions.begin(), kNodeActions.end(), question.action);
  return kAll.at(static_cast<std::size_t>(found - kNodeActions.begin()));
}

// Of those that are no making of nodes.
authz::AccountAction account_action(std::string_view name) {
  using enum authz::AccountAction;
  static constexpr std::array<authz::AccountAction, 4> kAll = {kRead, kUpdate, kDelete, kEnable};
  const auto found = std::find(kAccountActions.begin(), kAccountActions.end(), name);
  return kAll.at(static_cast<std::size_t>(found - kAccountActions.begin()));
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

// An id that is none stands for itself: it is nobody's.
std::string workspace_of(std::string_view sent) {
  return base::parse_id(base::IdKind::kWorkspace, sent).value_or(std::string(sent));
}

}  // namespace

std::span<const std::string_view> actions_of(std::string_view resource_type) {
  if (resource_type == "compute-node") return kNodeActions;
  if (resource_type == "account") return kAccountActions;
  if (resource_type == "workspace") return kWorkspaceActions;
  return {};
}

bool knows_action(std::string_view resource_type, std::string_view action) {
  const std::span<const std::string_view> all = actions_of(resource_type);
  return std::find(all.begin(), all.end(), action) != all.end();
}

base::Result<bool> Evaluator::about_all() {
  if (!about_all_) about_all_ = TRY(may_ask_about_all(context_, asker_id_, deadline_));
  return *about_all_;
}

authz::Asked& Evaluator::asked(std::string_view user_id, std::string_view workspace_id) {
  const auto found = asked_.find(std::pair(user_id, workspace_id));
  if (found != asked_.end()) return found->second;
  return asked_[{std::string(user_id), std::string(workspace_id)}];
}

std::optional<std::string_view> Evaluator::user_of(const Question& question) {
  auto found = users_.find(question.subject_id);
  if (found == users_.end()) {
    found = users_.emplace(question.subject_id, base::parse_id(base::IdKind::kUser, question.subject_id)).first;
  }
  return found->second ? std::optional<std::string_view>(*found->second) : std::nullopt;
}

base::Result<void> Evaluator::prepare(std::span<const Question> questions) {
  std::vector<std::string> uuids;
  uuids.reserve(questions.size());
  nodes_.reserve(questions.size());
  for (const Question& question : questions) {
    if (question.resource_type != "compute-node") continue;
    std::optional<std::string> uuid = base::parse_uuid(question.resource_id);
    if (uuid && nodes_.try_emplace(*uuid).second) uuids.push_back(std::move(*uuid));
  }
  for (std::size_t first = 0; first < uuids.size(); first += store::kReadsMax) {
    TRY(read_nodes(std::span(uuids).subspan(first, std::min(uuids.size() - first, store::kReadsMax))));
  }
  return {};
}

base::Result<void> Evaluator::read_nodes(std::span<const std::string> uuids) {
  std::vector<store::Key> keys;
  keys.reserve(uuids.size());
  for (const std::string& uuid : uuids) keys.push_back(nodes::permissions_key(uuid));
  const std::vector<std::optional<store::Item>> items = TRY(context_.table.get_many(keys, deadline_));
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!items[i]) continue;
    std::optional<nodes::StoredFacts> stored = TRY(nodes::StoredFacts::read(*items[i]));
    if (!stored) stored = TRY(facts_of_old_item(context_, uuids[i], deadline_));
    if (!stored) continue;
    std::optional<Node>& place = nodes_[uuids[i]];
    place.emplace().stored = std::move(*stored);
    place->facts = place->stored.view();
  }
  return {};
}

base::Result<const Evaluator::Node*> Evaluator::node(std::string_view id) {
  auto found = nodes_.find(id);  // as it is written most often: in canonical form
  if (found == nodes_.end()) {
    const std::optional<std::string> uuid = base::parse_uuid(id);
    if (!uuid) return nullptr;
    if (nodes_.try_emplace(*uuid).second) TRY(read_nodes(std::span(&*uuid, 1)));
    found = nodes_.find(*uuid);
  }
  return found->second ? &*found->second : nullptr;
}

base::Result<const Evaluator::Account*> Evaluator::account(std::string_view id) {
  const std::optional<std::string> uuid = base::parse_uuid(id);
  if (!uuid) return nullptr;
  const auto [found, is_new] = accounts_.try_emplace(*uuid);
  if (is_new) {
    if (std::optional<accounts::Accounts::Whole> whole = TRY(context_.accounts.whole(*uuid, deadline_))) {
      Account& made = found->second.emplace();
      made.whole = std::move(*whole);
      made.enablements = accounts::facts_of(made.whole.enablements);
    }
  }
  return found->second ? &*found->second : nullptr;
}

base::Result<void> Evaluator::may_ask(std::string_view user_id, std::string_view owner_id) {
  if (user_id == asker_id_ || owner_id == asker_id_ || TRY(about_all())) return {};
  return base::fail(base::Code::kForbidden,
                    "You may ask about yourself, and about others where the resource is yours. Operators of the "
                    "platform, and the users of the setting access.callers, may ask about everybody.");
}

base::Result<void> Evaluator::ask_as_if(std::string_view user_id) {
  TRY(decide_workspace(user_id, kNobodysWorkspace, catalog::kCollaborator));
  TRY(about_all());
  return {};
}

base::Result<authz::Decision> Evaluator::decide_workspace(std::string_view user_id, std::string_view workspace_id,
                                                          int least_bit) {
  authz::Asked& known = asked(user_id, workspace_id);
  if (!known.membership) known.membership = TRY(context_.directory.membership(user_id, workspace_id, deadline_));
  return authz::Decision(authz::rule_workspace(least_bit, known.known()));
}

base::Result<Evaluator::Judged> Evaluator::judge(const Question& question, bool may_ask_anything) {
  // Before anything is looked for, so that these say nothing about what is there.
  if (question.subject_type != "user") return Judged{{}, {}, kUnknownSubjectType};
  const std::optional<std::string_view> user_id = user_of(question);
  if (!user_id) return Judged{{}, {}, kUnknownSubject};
  if (actions_of(question.resource_type).empty()) return Judged{{}, {}, kUnknownResourceType};
  if (!knows_action(question.resource_type, question.action)) return Judged{{}, {}, kUnknownAction};
  if (question.resource_type == "compute-node") return judge_node(question, *user_id, may_ask_anything);
  if (question.resource_type == "account") return judge_account(question, *user_id, may_ask_anything);
  return judge_workspace(question, *user_id, may_ask_anything);
}

base::Result<Evaluator::Judged> Evaluator::judge_node(const Question& question, std::string_view user_id,
                                                      bool may_ask_anything) {
  const Node* found = TRY(node(question.resource_id));
  if (!may_ask_anything) TRY(may_ask(user_id, found != nullptr ? found->facts.owner_id : ""));
  if (found == nullptr) return Judged{};
  const authz::NodeFacts& facts = found->facts;
  const authz::NodeAction action = node_action(question);
  Judged judged{TRY(context_.engine.decide(user_id, action, facts, asked(user_id, facts.workspace_id), deadline_)),
                facts.owner_id,
                {}};
  if (action == authz::NodeAction::kAttach && judged.decision->allowed() && !question.workspace_id.empty())
    return judge_attach(question, user_id, *base::parse_uuid(question.resource_id));
  return judged;
}

// The other side of attaching, as making a node there.
base::Result<Evaluator::Judged> Evaluator::judge_attach(const Question& question, std::string_view user_id,
                                                        std::string_view node_uuid) {
  const std::optional<nodes::SeenPermissions> whole = TRY(find_node(context_, node_uuid, deadline_));
  if (!whole) return Judged{};
  return judge_create(user_id, workspace_of(question.workspace_id), TRY(account(whole->node.account_uuid)));
}

// In the order in which it is done: a stranger to the workspace learns nothing of the account.
base::Result<Evaluator::Judged> Evaluator::judge_create(std::string_view user_id, std::string_view workspace_id,
                                                        const Account* account) {
  if (!workspace_id.empty()) {
    authz::Decision here = TRY(decide_workspace(user_id, workspace_id, catalog::kCollaborator));
    if (!here.allowed()) return Judged{std::move(here), user_id, {}};
  }
  if (account == nullptr) return Judged{};
  return Judged{TRY(context_.engine.decide_create_node(user_id, workspace_id, account->facts(),
                                                       asked(user_id, workspace_id), deadline_)),
                account->whole.account.owner_id,
                {}};
}

base::Result<Evaluator::Judged> Evaluator::judge_account(const Question& question, std::string_view user_id,
                                                         bool may_ask_anything) {
  const Account* found = TRY(account(question.resource_id));
  if (!may_ask_anything) TRY(may_ask(user_id, found != nullptr ? found->whole.account.owner_id : ""));
  const std::string workspace_id = workspace_of(question.workspace_id);
  if (question.action == "create-node") return judge_create(user_id, workspace_id, found);
  if (found == nullptr) return Judged{};
  const authz::AccountAction action = account_action(question.action);
  Judged judged{TRY(context_.engine.decide(user_id, action, found->facts(), asked(user_id, ""), deadline_)),
                found->whole.account.owner_id,
                {}};
  if (action == authz::AccountAction::kEnable && judged.decision->allowed() && !workspace_id.empty())
    judged.decision = TRY(decide_workspace(user_id, workspace_id, catalog::kCollaborator));
  return judged;
}

// Who may list a workspace's members may ask about them.
base::Result<Evaluator::Judged> Evaluator::judge_workspace(const Question& question, std::string_view user_id,
                                                           bool may_ask_anything) {
  const std::string workspace_id = workspace_of(question.resource_id);
  if (!may_ask_anything && user_id != asker_id_ &&
      !TRY(decide_workspace(asker_id_, workspace_id, catalog::kCollaborator)).allowed()) {
    TRY(may_ask(user_id, ""));
  }
  const int least_bit =
      authz::least_bit(question.action == "read" ? authz::WorkspaceAction::kRead : authz::WorkspaceAction::kAdminister);
  return Judged{TRY(decide_workspace(user_id, workspace_id, least_bit)), {}, {}};
}

base::Result<Answer> Evaluator::shown(std::string_view user_id, const Judged& judged) {
  static constexpr int kForbiddenStatus = 403, kNotFoundStatus = 404;
  const auto nothing = [](std::string_view code, std::string_view text) {
    return Answer{false, code, std::string(text), std::string(text), kNotFoundStatus};
  };
  if (!judged.unknown.empty()) return nothing(judged.unknown, story_of(judged.unknown));
  if (!judged.decision) {
    TRY(ask_as_if(user_id));
    return nothing(kHiddenCode, kHiddenReason);
  }
  const authz::Decision& decision = *judged.decision;
  const bool is_hidden = decision.verdict == authz::Verdict::kHide;
  if (is_hidden && judged.knower != asker_id_) {
    if (decision.code == authz::Reason::kIndependentNode) TRY(ask_as_if(user_id));  // nothing was asked yet
    if (!TRY(about_all())) return nothing(kHiddenCode, kHiddenReason);
  }
  Answer answer{decision.allowed(), json::name_of(decision.code),
                user_id == asker_id_ ? decision.reason() : decision.reason_about(user_id), std::string(), 0};
  if (answer.decision) return answer;
  answer.subject_text = is_hidden ? std::string(kHiddenReason) : decision.reason();
  answer.subject_status = is_hidden ? kNotFoundStatus : kForbiddenStatus;
  return answer;
}

base::Result<Answer> Evaluator::answer(const Question& question) {
  const Judged judged = TRY(judge(question, false));
  return shown(judged.unknown.empty() ? *user_of(question) : std::string_view(), judged);
}

base::Result<bool> Evaluator::allows(const Question& question) {
  const Judged judged = TRY(judge(question, true));
  return judged.decision && judged.decision->allowed();
}

}  // namespace api::authzen
