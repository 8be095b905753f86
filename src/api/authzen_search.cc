#include "api/authzen_search.h"

#include <algorithm>

#include <fmt/format.h>

#include "api/inquiry.h"
#include "authz/who.h"
#include "base/ids.h"

namespace api::authzen {
namespace {

std::string text_of(const std::optional<json::Object>& context, std::string_view name) {
  if (!context) return {};
  const json::Value* member = context->if_contains(boost::json::string_view(name.data(), name.size()));
  const auto* text = member != nullptr ? member->if_string() : nullptr;
  return text != nullptr ? std::string(json::view(*text)) : std::string();
}

// Where the page starts and how long it is; and its end.
class Pager {
 public:
  Pager(const Context& context, const http::Call& call, const std::optional<PageRequest>& page, std::string question)
      : context_(context), call_(call), page_(page), question_("authzen " + std::move(question)) {}

  [[nodiscard]] base::Result<std::string> after() const {
    if (!page_ || page_->token.value_or("").empty()) return std::string();
    return context_.cursors.open(*page_->token, call_.principal().user_id, question_);
  }
  [[nodiscard]] std::size_t limit() const {
    return static_cast<std::size_t>(page_ ? page_->limit.value_or(base::limits::kPageDefault)
                                          : base::limits::kPageDefault);
  }
  [[nodiscard]] PageView view(std::size_t count, const std::optional<std::string>& next) const {
    return {next ? context_.cursors.seal(*next, call_.principal().user_id, question_) : "",
            static_cast<std::int64_t>(count)};
  }

 private:
  const Context& context_;
  const http::Call& call_;
  const std::optional<PageRequest>& page_;
  const std::string question_;
};

// A page of what is known whole; sorted by id.
http::Reply page_of(std::vector<std::string> ids, std::string_view type, const std::string& after, const Pager& pager) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  EntitiesView view;
  std::optional<std::string> next;
  for (auto id = std::upper_bound(ids.begin(), ids.end(), after); id != ids.end(); ++id) {
    if (view.results.size() == pager.limit()) {
      next = view.results.back().id;
      break;
    }
    view.results.push_back({std::string(type), *id});
  }
  view.page = pager.view(view.results.size(), next);
  return http::reply(200, view);
}

http::Reply page_of(const authz::ReacherPage& page, const Pager& pager) {
  EntitiesView view;
  for (const authz::Reacher& each : page.principals) view.results.push_back({"user", each.user_id});
  view.page = pager.view(view.results.size(), page.next);
  return http::reply(200, view);
}

base::Result<http::Reply> subjects_of_node(const Context& context, const http::Call& call, Question question,
                                           const std::string& after, const Pager& pager) {
  const std::string& asker = call.principal().user_id;
  const std::optional<std::string> uuid = base::parse_uuid(question.resource_id);
  if (!uuid) return page_of(std::vector<std::string>(), "user", after, pager);
  const base::Result<nodes::SeenPermissions> found = node_to_ask_about(context, asker, *uuid, call.deadline());
  if (!found && found.error().code == base::Code::kNotFound)
    return page_of(std::vector<std::string>(), "user", after, pager);
  if (!found) return base::fail(found.error());
  const nodes::Facts facts(found->node, found->permissions);
  if (question.action == "read") {
    return page_of(TRY(authz::who_reads(context.directory, facts.view(), {after, pager.limit()}, call.deadline())),
                   pager);
  }
  // All else is the owner's alone.
  question.subject_id = found->node.owner_id;
  Evaluator evaluator(context, asker, call.deadline());
  std::vector<std::string> ids;
  if (TRY(evaluator.answer(question)).decision) ids.push_back(question.subject_id);
  return page_of(std::move(ids), "user", after, pager);
}

constexpr std::size_t kAudiencePage = 1000;

base::Result<void> add_administrators(const Context& context, std::string_view workspace_id, base::Deadline deadline,
                                      std::vector<std::string>& ids) {
  std::string after;
  for (;;) {
    const std::vector<catalog::AudienceMember> members =
        TRY(context.directory.audience({.workspace_id = workspace_id,
                                        .least_bit = catalog::kAdministrator,
                                        .everyone = true,
                                        .users = {},
                                        .teams = {},
                                        .after = after,
                                        .members_max = kAudiencePage},
                                       deadline));
    for (const catalog::AudienceMember& each : members) ids.push_back(each.user_id);
    if (members.size() < kAudiencePage) return {};
    after = members.back().user_id;
  }
}

base::Result<http::Reply> subjects_of_account(const Context& context, const http::Call& call, Question question,
                                              const std::string& after, const Pager& pager) {
  const std::string& asker = call.principal().user_id;
  const std::optional<std::string> uuid = base::parse_uuid(question.resource_id);
  std::optional<accounts::Accounts::Whole> whole;
  if (uuid) whole = TRY(context.accounts.whole(*uuid, call.deadline()));
  Evaluator evaluator(context, asker, call.deadline());
  if (!whole || (whole->account.owner_id != asker && !TRY(evaluator.about_all())))
    return page_of(std::vector<std::string>(), "user", after, pager);
  std::vector<std::string> candidates{whole->account.owner_id};
  for (const accounts::Enablement& each : whole->enablements)
    if (each.is_public) TRY(add_administrators(context, each.workspace_id, call.deadline(), candidates));
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  std::vector<std::string> ids;
  for (const std::string& candidate : candidates) {
    question.subject_id = candidate;
    if (TRY(evaluator.answer(question)).decision) ids.push_back(candidate);
  }
  return page_of(std::move(ids), "user", after, pager);
}

// Members of a workspace are for its full members to know, and for those who may ask about all.
base::Result<http::Reply> subjects_of_workspace(const Context& context, const http::Call& call,
                                                const Question& question, const std::string& after,
                                                const Pager& pager) {
  const std::optional<std::string> id = base::parse_id(base::IdKind::kWorkspace, question.resource_id);
  const bool reads = question.action == "read";
  if (!id || (!reads && question.action != "administer"))
    return page_of(std::vector<std::string>(), "user", after, pager);
  const std::string& asker = call.principal().user_id;
  if (!TRY(may_ask_about_all(context, asker, call.deadline()))) {
    const authz::Decision member =
        TRY(context.engine.decide_workspace(asker, *id, catalog::kCollaborator, call.deadline()));
    if (!member.allowed()) return page_of(std::vector<std::string>(), "user", after, pager);
  }
  const int least_bit = authz::least_bit(reads ? authz::WorkspaceAction::kRead : authz::WorkspaceAction::kAdminister);
  std::vector<catalog::AudienceMember> members = TRY(context.directory.audience({.workspace_id = *id,
                                                                                 .least_bit = least_bit,
                                                                                 .everyone = true,
                                                                                 .users = {},
                                                                                 .teams = {},
                                                                                 .after = after,
                                                                                 .members_max = pager.limit() + 1},
                                                                                call.deadline()));
  authz::ReacherPage page;
  for (const catalog::AudienceMember& each : members) {
    if (page.principals.size() == pager.limit()) {
      page.next = page.principals.back().user_id;
      break;
    }
    page.principals.push_back({each.user_id, {}});
  }
  return page_of(page, pager);
}

base::Result<http::Reply> resources_nodes(const Context& context, const http::Call& call, Question question,
                                          const std::string& after, const Pager& pager, Evaluator& evaluator) {
  EntitiesView view;
  nodes::ListQuery wanted;
  wanted.kind = nodes::ListKind::kReachable;
  wanted.after = after;
  std::optional<std::string> next;
  // Pages of what the subject reads, narrowed to the action; each ends where a page of the answer may end.
  do {
    wanted.limit = pager.limit() - view.results.size();
    const nodes::NodeList list = TRY(context.nodes.list(question.subject_id, wanted, call.deadline()));
    std::vector<Question> questions;
    for (const nodes::SeenNode& each : list.nodes) {
      question.resource_id = each.node.uuid;
      questions.push_back(question);
    }
    if (question.action != "read") TRY(evaluator.prepare(questions));
    for (const Question& each : questions) {
      if (question.action == "read" || TRY(evaluator.answer(each)).decision)
        view.results.push_back({"compute-node", each.resource_id});
    }
    next = list.next;
    wanted.after = next.value_or("");
  } while (next && view.results.size() < pager.limit());
  view.page = pager.view(view.results.size(), next);
  return http::reply(200, view);
}

base::Result<std::vector<std::string>> accounts_of(const Context& context, Question question, Evaluator& evaluator,
                                                   base::Deadline deadline) {
  std::vector<std::string> candidates;
  for (const accounts::Account& each : TRY(context.accounts.owned_by(question.subject_id, deadline)))
    candidates.push_back(each.uuid);
  for (const catalog::WorkspaceMembership& workspace :
       TRY(context.engine.workspaces_of(question.subject_id, deadline))) {
    if (!workspace.at_least(catalog::kAdministrator)) continue;
    for (const accounts::SeenAccount& each :
         TRY(context.accounts.list(question.subject_id, workspace.workspace_id, deadline)))
      candidates.push_back(each.account.uuid);
  }
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  std::vector<std::string> ids;
  for (const std::string& candidate : candidates) {
    question.resource_id = candidate;
    if (TRY(evaluator.answer(question)).decision) ids.push_back(candidate);
  }
  return ids;
}

base::Error not_about_others() {
  return {base::Code::kForbidden,
          "You may ask what you reach yourself. Operators of the platform, and the users of the setting "
          "access.callers, may ask about everybody."};
}

}  // namespace

Question question_of(const Subject& subject, const Action& action, const Resource& resource,
                     const std::optional<json::Object>& context) {
  Question question{.subject_type = subject.type,
                    .subject_id = subject.id,
                    .action = action.name,
                    .resource_type = resource.type,
                    .resource_id = resource.id,
                    .workspace_id = text_of(context, "workspaceId"),
                    .to_scope = {}};
  const std::string scope = text_of(context, "accessScope");
  for (const auto& [value, name] : json::kEnumNames<authz::Scope>)
    if (scope == name) question.to_scope = value;
  return question;
}

base::Result<http::Reply> search_subjects(const Context& context, const http::Call& call,
                                          const SubjectSearchBody& body) {
  const Question question = question_of({body.subject.type, "", {}}, body.action, body.resource, body.context);
  const Pager pager(context, call, body.page,
                    fmt::format("subjects {} {} {} {}", question.action, question.resource_type, question.resource_id,
                                question.workspace_id));
  const std::string after = TRY(pager.after());
  if (question.subject_type == "user") {
    if (question.resource_type == "compute-node") return subjects_of_node(context, call, question, after, pager);
    if (question.resource_type == "account") return subjects_of_account(context, call, question, after, pager);
    if (question.resource_type == "workspace") return subjects_of_workspace(context, call, question, after, pager);
  }
  return page_of(std::vector<std::string>(), "user", after, pager);
}

base::Result<http::Reply> search_resources(const Context& context, const http::Call& call,
                                           const ResourceSearchBody& body) {
  Question question = question_of(body.subject, body.action, {body.resource.type, "", {}}, body.context);
  question.subject_id = base::parse_id(base::IdKind::kUser, question.subject_id).value_or(question.subject_id);
  const std::string& asker = call.principal().user_id;
  Evaluator evaluator(context, asker, call.deadline());
  if (question.subject_id != asker && !TRY(evaluator.about_all())) return base::fail(not_about_others());
  const Pager pager(context, call, body.page,
                    fmt::format("resources {} {} {} {}", question.subject_id, question.action, question.resource_type,
                                question.workspace_id));
  const std::string after = TRY(pager.after());
  const std::span<const std::string_view> actions = actions_of(question.resource_type);
  const bool known = std::find(actions.begin(), actions.end(), question.action) != actions.end();
  if (question.subject_type != "user" || !known)
    return page_of(std::vector<std::string>(), question.resource_type, after, pager);
  if (question.resource_type == "compute-node")
    return resources_nodes(context, call, question, after, pager, evaluator);
  if (question.resource_type == "account")
    return page_of(TRY(accounts_of(context, question, evaluator, call.deadline())), "account", after, pager);
  std::vector<std::string> ids;
  const int least_bit = question.action == "read" ? authz::least_bit(authz::WorkspaceAction::kRead)
                                                  : authz::least_bit(authz::WorkspaceAction::kAdminister);
  for (catalog::WorkspaceMembership& each : TRY(context.engine.workspaces_of(question.subject_id, call.deadline())))
    if (each.at_least(least_bit)) ids.push_back(std::move(each.workspace_id));
  return page_of(std::move(ids), "workspace", after, pager);
}

base::Result<http::Reply> search_actions(const Context& context, const http::Call& call, const ActionSearchBody& body) {
  Question question = question_of(body.subject, {}, body.resource, body.context);
  const Pager pager(context, call, body.page, "actions");
  TRY(pager.after());
  Evaluator evaluator(context, call.principal().user_id, call.deadline());
  ActionsFoundView view;
  if (actions_of(question.resource_type).empty()) TRY(evaluator.answer(question));  // whether it may be asked at all
  for (const std::string_view action : actions_of(question.resource_type)) {
    question.action = action;
    if (TRY(evaluator.answer(question)).decision) view.results.push_back({std::string(action)});
  }
  view.page = pager.view(view.results.size(), {});
  return http::reply(200, view);
}

}  // namespace api::authzen
