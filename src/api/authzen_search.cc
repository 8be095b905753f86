#include "api/authzen_search.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "api/inquiry.h"
#include "authz/who.h"
#include "base/ids.h"
#include "base/limits.h"

namespace api::authzen {
namespace {

// Where the page starts and how long it is; and its end. What is sealed into a token: the limit, and the position.
class Pager {
 public:
  Pager(const Context& context, const http::Call& call, const std::optional<PageRequest>& page, std::string question)
      : context_(context), call_(call), page_(page), question_("authzen " + std::move(question)) {}

  // Before anything else is asked of it.
  base::Result<void> open() {
    const std::optional<std::int64_t> asked = page_ ? page_->limit : std::nullopt;
    limit_ = clamped(asked.value_or(base::limits::kPageDefault));
    if (!page_ || page_->token.value_or("").empty()) return {};
    const std::string sealed = TRY(opened(*page_->token));
    const std::size_t cut = std::min(sealed.find('#'), sealed.size());
    std::from_chars(sealed.data(), sealed.data() + cut, limit_);
    after_ = sealed.substr(std::min(cut + 1, sealed.size()));
    if (!asked || clamped(*asked) == limit_) return {};
    return base::fail_field(
        base::Code::kInvalid, "/page/limit",
        fmt::format("The pages of this search have the limit {}: leave it as it was, or out.", limit_));
  }

  [[nodiscard]] const std::string& after() const { return after_; }
  // What is to be found: a page without results, which the standard lets one ask for, must know whether there are any.
  [[nodiscard]] std::size_t limit() const { return std::max<std::size_t>(limit_, 1); }
  [[nodiscard]] bool wants_total() const { return page_ && page_->properties && page_->properties->total; }

  // The page of these results. `next`: where the next one starts after; absent: these were the last.
  template <class Result, class View>
  http::Reply reply(View view, std::vector<Result> results, std::optional<std::string> next,
                    std::optional<std::size_t> total) const {
    if (!total && after_.empty() && !next) total = results.size();
    if (limit_ == 0 && !results.empty()) {
      results.clear();
      next = after_;
    }
    view.page.count = static_cast<std::int64_t>(results.size());
    if (total) view.page.total = static_cast<std::int64_t>(*total);
    if (next)
      view.page.next_token =
          context_.cursors.seal(fmt::format("{}#{}", limit_, *next), call_.principal().user_id, question_);
    view.results = std::move(results);
    return http::reply(200, view);
  }

 private:
  static std::size_t clamped(std::int64_t limit) {
    return static_cast<std::size_t>(std::min<std::int64_t>(limit, base::limits::kPageMax));
  }
  [[nodiscard]] base::Result<std::string> opened(const std::string& token) const {
    base::Result<std::string> sealed = context_.cursors.open(token, call_.principal().user_id, question_);
    if (sealed) return sealed;
    return base::fail_field(base::Code::kInvalid, "/page/token",
                            "The token is not one of this search: give next_token of the page before, and leave "
                            "everything else as it was.");
  }

  const Context& context_;
  const http::Call& call_;
  const std::optional<PageRequest>& page_;
  const std::string question_;
  std::size_t limit_ = 0;
  std::string after_;
};

// The names of what was asked; none of them can be taken for two others.
std::string named(std::string_view what, const Question& question) {
  std::string text(what);
  for (const std::string_view part : {question.subject_type, question.subject_id, question.action,
                                      question.resource_type, question.resource_id, question.workspace_id}) {
    text.append(fmt::format(" {}:{}", part.size(), part));
  }
  return text.append(question.to_scope ? json::name_of(*question.to_scope) : "");
}

std::vector<EntityView> entities(std::string_view type, std::vector<std::string> ids) {
  std::vector<EntityView> results;
  results.reserve(ids.size());
  for (std::string& id : ids) results.push_back({std::string(type), std::move(id)});
  return results;
}

void sort_once(std::vector<std::string>& ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

// A page of what is known from `after` on, in full or for more than a page.
http::Reply page_of(std::vector<std::string> ids, std::string_view type, const Pager& pager,
                    std::optional<std::size_t> total = {}) {
  sort_once(ids);
  ids.erase(ids.begin(), std::upper_bound(ids.begin(), ids.end(), pager.after()));
  std::optional<std::string> next;
  if (ids.size() > pager.limit()) {
    ids.resize(pager.limit());
    next = ids.back();
  }
  return pager.reply(EntitiesView{}, entities(type, std::move(ids)), std::move(next), total);
}

// A page of a list that is known whole.
http::Reply page_of_whole(std::vector<std::string> ids, std::string_view type, const Pager& pager) {
  sort_once(ids);
  const std::size_t total = ids.size();
  return page_of(std::move(ids), type, pager, total);
}

http::Reply page_of(const authz::ReacherPage& page, const Pager& pager) {
  std::vector<EntityView> results;
  for (const authz::Reacher& each : page.principals) results.push_back({"user", each.user_id});
  return pager.reply(EntitiesView{}, std::move(results), page.next, {});
}

http::Reply nothing(std::string_view type, const Pager& pager) { return page_of_whole({}, type, pager); }

template <class T>
bool is_not_there(const base::Result<T>& found) {
  return !found && found.error().code == base::Code::kNotFound;
}

struct Search {
  const Context& context;
  const http::Call& call;
  Question question;
  const Pager& pager;
  Evaluator evaluator;

  [[nodiscard]] const std::string& asker() const { return call.principal().user_id; }
};

// Where nobody but the owner comes into question.
base::Result<http::Reply> owner_alone(Search& search, const std::string& owner_id) {
  search.question.subject_id = owner_id;
  std::vector<std::string> ids;
  if (TRY(search.evaluator.allows(search.question))) ids.push_back(owner_id);
  return page_of_whole(std::move(ids), "user", search.pager);
}

base::Result<http::Reply> subjects_of_node(Search& search) {
  const std::optional<std::string> uuid = base::parse_uuid(search.question.resource_id);
  if (!uuid) return nothing("user", search.pager);
  const base::Result<nodes::SeenPermissions> found =
      node_to_ask_about(search.context, search.asker(), *uuid, Inquiry::kOthers, search.call.deadline());
  if (is_not_there(found)) return nothing("user", search.pager);
  if (!found) return base::fail(found.error());
  if (search.question.action != "read") return owner_alone(search, found->node.owner_id);
  const nodes::Facts facts(found->node, found->permissions);
  return page_of(TRY(authz::who_reads(search.context.directory, facts.view(),
                                      {search.pager.after(), search.pager.limit()}, search.call.deadline())),
                 search.pager);
}

// Members of the workspace with that bit or more, from where the page starts, at most one more than it has.
base::Result<void> add_members(const Search& search, std::string_view workspace_id, int least_bit,
                               std::vector<std::string>& ids) {
  const std::vector<catalog::AudienceMember> members =
      TRY(search.context.directory.audience({.workspace_id = workspace_id,
                                             .least_bit = least_bit,
                                             .everyone = true,
                                             .users = {},
                                             .teams = {},
                                             .after = search.pager.after(),
                                             .members_max = search.pager.limit() + 1},
                                            search.call.deadline()));
  for (const catalog::AudienceMember& each : members) ids.push_back(each.user_id);
  return {};
}

base::Result<http::Reply> subjects_of_account(Search& search) {
  const std::optional<std::string> uuid = base::parse_uuid(search.question.resource_id);
  if (!uuid) return nothing("user", search.pager);
  const base::Result<accounts::Accounts::Whole> found =
      account_to_ask_about(search.context, search.asker(), *uuid, Inquiry::kOthers, search.call.deadline());
  if (is_not_there(found)) return nothing("user", search.pager);
  if (!found) return base::fail(found.error());
  const std::string& owner_id = found->account.owner_id;
  if (search.question.action == "read") {
    std::vector<std::string> ids{owner_id};
    for (const accounts::Enablement& each : found->enablements)
      if (each.is_public) TRY(add_members(search, each.workspace_id, catalog::kAdministrator, ids));
    return page_of(std::move(ids), "user", search.pager);
  }
  if (search.question.action != "create-node" || search.question.workspace_id.empty())
    return owner_alone(search, owner_id);
  const std::optional<std::string> workspace_id =
      base::parse_id(base::IdKind::kWorkspace, search.question.workspace_id);
  std::optional<bool> is_public;
  for (const accounts::Enablement& each : found->enablements)
    if (each.workspace_id == workspace_id) is_public = each.is_public;
  if (!is_public) return nothing("user", search.pager);
  return page_of(TRY(authz::who_creates(search.context.directory, owner_id, *workspace_id, is_public,
                                        {search.pager.after(), search.pager.limit()}, search.call.deadline())),
                 search.pager);
}

base::Result<http::Reply> subjects_of_workspace(Search& search) {
  const std::string id = base::parse_id(base::IdKind::kWorkspace, search.question.resource_id).value_or("");
  if (!TRY(search.evaluator.about_all())) {
    const authz::Decision member = TRY(
        search.context.engine.decide_workspace(search.asker(), id.empty() ? kNobodysWorkspace : std::string_view(id),
                                               catalog::kCollaborator, search.call.deadline()));
    TRY(member.enforce("workspace"));
  }
  if (id.empty()) return nothing("user", search.pager);
  std::vector<std::string> ids;
  TRY(add_members(search, id,
                  authz::least_bit(search.question.action == "read" ? authz::WorkspaceAction::kRead
                                                                    : authz::WorkspaceAction::kAdminister),
                  ids));
  return page_of(std::move(ids), "user", search.pager);
}

// What the subject reads, or, for every other action, what it owns, narrowed by the decision. A page of the answer ends
// where one of the list does.
base::Result<http::Reply> resources_nodes(Search& search) {
  const bool reads = search.question.action == "read";
  nodes::ListQuery wanted;
  wanted.kind = reads ? nodes::ListKind::kReachable : nodes::ListKind::kOwned;
  wanted.after = search.pager.after();
  wanted.count = reads && search.pager.wants_total();
  const std::string subject(search.question.subject_id);
  std::optional<std::size_t> total;
  std::vector<std::string> found;
  std::optional<std::string> next;
  do {
    wanted.limit = search.pager.limit() - found.size();
    const nodes::NodeList list = TRY(search.context.nodes.list(subject, wanted, search.call.deadline()));
    if (wanted.count) total = list.total;
    std::vector<Question> questions;
    for (const nodes::SeenNode& each : list.nodes) {
      search.question.resource_id = each.node.uuid;
      questions.push_back(search.question);
    }
    if (!reads) TRY(search.evaluator.prepare(questions));
    for (const Question& each : questions)
      if (reads || TRY(search.evaluator.allows(each))) found.emplace_back(each.resource_id);
    next = list.next;
    wanted.after = next.value_or("");
    wanted.count = false;
  } while (next && found.size() < search.pager.limit());
  return search.pager.reply(EntitiesView{}, entities("compute-node", std::move(found)), std::move(next), total);
}

// The subject's own, and those that are public where it administers; narrowed by the decision.
base::Result<http::Reply> resources_accounts(Search& search) {
  const base::Deadline deadline = search.call.deadline();
  const std::string subject(search.question.subject_id);
  std::vector<std::string> candidates, ids;
  for (const accounts::Account& each : TRY(search.context.accounts.owned_by(subject, deadline)))
    candidates.push_back(each.uuid);
  for (const catalog::WorkspaceMembership& workspace : TRY(search.context.engine.workspaces_of(subject, deadline))) {
    if (!workspace.at_least(catalog::kAdministrator)) continue;
    for (const accounts::SeenAccount& each :
         TRY(search.context.accounts.list(subject, workspace.workspace_id, deadline)))
      candidates.push_back(each.account.uuid);
  }
  sort_once(candidates);
  for (const std::string& candidate : candidates) {
    search.question.resource_id = candidate;
    if (TRY(search.evaluator.allows(search.question))) ids.push_back(candidate);
  }
  return page_of_whole(std::move(ids), "account", search.pager);
}

base::Result<http::Reply> resources_workspaces(Search& search) {
  const int least_bit = authz::least_bit(search.question.action == "read" ? authz::WorkspaceAction::kRead
                                                                          : authz::WorkspaceAction::kAdminister);
  std::vector<std::string> ids;
  for (catalog::WorkspaceMembership& each :
       TRY(search.context.engine.workspaces_of(search.question.subject_id, search.call.deadline())))
    if (each.at_least(least_bit)) ids.push_back(std::move(each.workspace_id));
  return page_of_whole(std::move(ids), "workspace", search.pager);
}

base::Result<http::Reply> subjects(Search& search) {
  const bool known = knows_action(search.question.resource_type, search.question.action);
  if (search.question.subject_type != "user" || !known) return nothing("user", search.pager);
  if (search.question.resource_type == "compute-node") return subjects_of_node(search);
  if (search.question.resource_type == "account") return subjects_of_account(search);
  return subjects_of_workspace(search);
}

base::Result<http::Reply> resources(Search& search) {
  const std::optional<std::string> subject = base::parse_id(base::IdKind::kUser, search.question.subject_id);
  const bool known = knows_action(search.question.resource_type, search.question.action);
  if (search.question.subject_type != "user" || !subject || !known)
    return nothing(search.question.resource_type, search.pager);
  if (*subject != search.asker() && !TRY(search.evaluator.about_all())) {
    return base::fail(base::Code::kForbidden,
                      "What others reach is for operators of the platform and the users of the setting access.callers "
                      "to know.");
  }
  search.question.subject_id = *subject;
  if (search.question.resource_type == "compute-node") return resources_nodes(search);
  if (search.question.resource_type == "account") return resources_accounts(search);
  return resources_workspaces(search);
}

}  // namespace

void take_context(Question& question, const std::optional<AskedContext>& context) {
  if (!context) return;
  if (context->workspace_id) question.workspace_id = *context->workspace_id;
  if (context->access_scope) question.to_scope = json::parse_name<authz::Scope>(*context->access_scope);
}

Question question_of(const Subject& subject, const Action& action, const Resource& resource,
                     const std::optional<AskedContext>& context) {
  Question question{subject.type, subject.id, action.name, resource.type, resource.id, {}, {}};
  take_context(question, context);
  return question;
}

base::Result<http::Reply> search_subjects(const Context& context, const http::Call& call, const AccessMetrics&,
                                          const SubjectSearchBody& body) {
  Question question{body.subject.type, {}, body.action.name, body.resource.type, body.resource.id, {}, {}};
  take_context(question, body.context);
  Pager pager(context, call, body.page, named("subjects", question));
  TRY(pager.open());
  Search search{context, call, question, pager, Evaluator(context, call.principal().user_id, call.deadline())};
  return subjects(search);
}

base::Result<http::Reply> search_resources(const Context& context, const http::Call& call, const AccessMetrics&,
                                           const ResourceSearchBody& body) {
  Question question{body.subject.type, body.subject.id, body.action.name, body.resource.type, {}, {}, {}};
  take_context(question, body.context);
  Pager pager(context, call, body.page, named("resources", question));
  TRY(pager.open());
  Search search{context, call, question, pager, Evaluator(context, call.principal().user_id, call.deadline())};
  return resources(search);
}

base::Result<http::Reply> search_actions(const Context& context, const http::Call& call, const AccessMetrics& metrics,
                                         const ActionSearchBody& body) {
  Question question{body.subject.type, body.subject.id, {}, body.resource.type, body.resource.id, {}, {}};
  take_context(question, body.context);
  Pager pager(context, call, body.page, named("actions", question));
  TRY(pager.open());
  Evaluator evaluator(context, call.principal().user_id, call.deadline());
  std::vector<ActionName> allowed;
  std::optional<std::string> next;
  std::size_t total = 0;
  bool begun = pager.after().empty();
  for (const std::string_view action : actions_of(question.resource_type)) {
    question.action = action;
    const bool decision = TRY(evaluator.answer(question)).decision;
    metrics.count(decision);
    if (decision) {
      ++total;
      if (begun && allowed.size() < pager.limit())
        allowed.push_back({std::string(action)});
      else if (begun && !next)
        next = allowed.back().name;
    }
    if (action == pager.after()) begun = true;
  }
  return pager.reply(ActionsFoundView{}, std::move(allowed), std::move(next), total);
}

}  // namespace api::authzen
