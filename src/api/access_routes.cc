// Why somebody may or may not, who reaches a node, and what somebody reaches.

#include <array>

#include <fmt/format.h>

#include "api/access_metrics.h"
#include "api/access_views.h"
#include "api/inquiry.h"
#include "api/node_list.h"
#include "api/paging.h"
#include "api/requests.h"
#include "api/views.h"
#include "authz/explain.h"
#include "authz/who.h"
#include "http/endpoint.h"

namespace api {
namespace {

struct UserQuery {
  std::optional<std::string> user_id;
  template <class V>
  static void describe(V& field) {
    field("userId", &UserQuery::user_id, {.doc = "About whom; absent: the caller.", .format = &json::kUserIdFormat});
  }
};

struct FactView {
  static constexpr std::string_view kTypeName = "AccessFact";
  std::string kind;
  bool holds = false;
  std::string text, subject;
  template <class V>
  static void describe(V& field) {
    field("kind", &FactView::kind, {.example = "team-grant"});
    field("holds", &FactView::holds, {.doc = "Whether it speaks for the action."});
    field("text", &FactView::text, {.doc = "The fact as a sentence."});
    field("subject", &FactView::subject, {.doc = "The user, team or workspace that it is about; empty: the node."});
  }
};

struct StepView {
  static constexpr std::string_view kTypeName = "AccessRemedyStep";
  std::string text;
  std::vector<std::string> by;
  template <class V>
  static void describe(V& field) {
    field("text", &StepView::text);
    field("by", &StepView::by,
          {.doc = "Users who could make the change; empty: operators, or who keeps the directory."});
  }
};

struct RemedyView {
  static constexpr std::string_view kTypeName = "AccessRemedy";
  static constexpr std::string_view kDoc = "The smallest change after which the answer would be yes.";
  std::string text;
  std::vector<StepView> steps;
  template <class V>
  static void describe(V& field) {
    field("text", &RemedyView::text);
    field("steps", &RemedyView::steps);
  }
};

struct ExplainedView {
  static constexpr std::string_view kTypeName = "AccessExplained";
  bool allowed = false;
  std::string code, reason;
  std::vector<FactView> facts;
  std::optional<RemedyView> remedy;
  template <class V>
  static void describe(V& field) {
    field("allowed", &ExplainedView::allowed);
    field("code", &ExplainedView::code, {.doc = "The reason as a stable word.", .example = "granted-to-team"});
    field("reason", &ExplainedView::reason);
    field("facts", &ExplainedView::facts, {.doc = "What decided, in the order in which the rules look at it."});
    field("remedy", &ExplainedView::remedy);
  }
};

struct ActionsView {
  static constexpr std::string_view kTypeName = "AccessActions";
  ExplainedView read, update, remove, share, set_scope, attach, detach;
  template <class V>
  static void describe(V& field) {
    field("read", &ActionsView::read);
    field("update", &ActionsView::update);
    field("delete", &ActionsView::remove);
    field("share", &ActionsView::share);
    field("set-scope", &ActionsView::set_scope,
          {.doc = "To a wider scope; making it private is allowed to its owner always."});
    field("attach", &ActionsView::attach, {.doc = "The node's side of it; the account must be enabled there too."});
    field("detach", &ActionsView::detach);
  }
};

struct AccessView {
  static constexpr std::string_view kTypeName = "NodeAccess";
  std::string node_uuid, user_id;
  bool allowed = false;
  ActionsView actions;
  template <class V>
  static void describe(V& field) {
    field("nodeUuid", &AccessView::node_uuid);
    field("userId", &AccessView::user_id);
    field("allowed", &AccessView::allowed, {.doc = "Whether the user may read it."});
    field("actions", &AccessView::actions);
  }
};

struct PrincipalsView {
  static constexpr std::string_view kTypeName = "NodePrincipals";
  std::vector<ReacherView> principals;
  template <class V>
  static void describe(V& field) {
    field("principals", &PrincipalsView::principals, {.doc = "By user id."});
  }
};

ExplainedView view_of(const authz::Explanation& explanation) {
  ExplainedView view{explanation.decision.allowed(),
                     std::string(json::name_of(explanation.decision.code)),
                     explanation.sentence,
                     {},
                     {}};
  for (const authz::Fact& fact : explanation.facts)
    view.facts.push_back({fact.kind, fact.holds, fact.text, fact.subject});
  if (!explanation.remedy) return view;
  view.remedy.emplace().text = explanation.remedy->text;
  for (const authz::RemedyStep& step : explanation.remedy->steps) view.remedy->steps.push_back({step.text, step.by});
  return view;
}

ExplainedView hidden() {
  const std::string remedy(kHiddenRemedy);
  return {false, std::string(kHiddenCode), std::string(kHiddenReason), {}, RemedyView{remedy, {{remedy, {}}}}};
}

base::Result<ActionsView> explain_all(const Context& context, std::string_view user_id, const authz::NodeFacts& node,
                                      base::Deadline deadline) {
  const authz::Explainer explainer(context.engine, context.directory);
  authz::Asked asked;
  ActionsView view;
  using enum authz::NodeAction;
  const std::array<std::pair<authz::NodeAction, ExplainedView*>, 7> all{{{kRead, &view.read},
                                                                         {kUpdate, &view.update},
                                                                         {kDelete, &view.remove},
                                                                         {kShare, &view.share},
                                                                         {kShare, &view.set_scope},
                                                                         {kAttach, &view.attach},
                                                                         {kDetach, &view.detach}}};
  for (const auto& [action, place] : all)
    *place = view_of(TRY(explainer.explain(user_id, action, node, asked, deadline)));
  return view;
}

// About oneself. Of a node that one may not read, and of an id that is nobody's, as much is read and asked, and the
// same is said.
base::Result<ActionsView> explain_to_oneself(const Context& context, const std::string& user_id,
                                             const std::string& uuid, base::Deadline deadline) {
  const std::optional<nodes::SeenPermissions> found = TRY(find_node(context, uuid, deadline));
  authz::Asked asked;
  std::optional<nodes::Facts> facts;
  if (found) {
    facts.emplace(found->node, found->permissions);
    const authz::Decision read =
        TRY(context.engine.decide(user_id, authz::NodeAction::kRead, facts->view(), asked, deadline));
    if (read.allowed()) return explain_all(context, user_id, facts->view(), deadline);
  }
  if (!asked.membership) TRY(context.directory.membership(user_id, kNobodysWorkspace, deadline));
  const bool about_all = TRY(may_ask_about_all(context, user_id, deadline));
  if (found && about_all) return explain_all(context, user_id, facts->view(), deadline);
  return ActionsView{hidden(), hidden(), hidden(), hidden(), hidden(), hidden(), hidden()};
}

base::Result<http::Reply> get_access(const Context& context, const http::Call& call, const AccessMetrics& metrics,
                                     const UserQuery& query) {
  const AccessMetrics::Timer timer = metrics.time();
  const std::string& asker = call.principal().user_id;
  const std::string user = query.user_id ? *base::parse_id(base::IdKind::kUser, *query.user_id) : asker;
  AccessView view{.node_uuid = call.path("id"), .user_id = user, .actions = {}};
  if (user == asker) {
    view.actions = TRY(explain_to_oneself(context, asker, call.path("id"), call.deadline()));
  } else {
    const nodes::SeenPermissions found =
        TRY(node_to_ask_about(context, asker, call.path("id"), Inquiry::kOthers, call.deadline()));
    const nodes::Facts facts(found.node, found.permissions);
    view.actions = TRY(explain_all(context, user, facts.view(), call.deadline()));
  }
  view.allowed = view.actions.read.allowed;
  metrics.count(view.allowed);
  return http::reply(200, view);
}

base::Result<http::Reply> list_principals(const Context& context, const http::Call& call, const PageQuery& query) {
  const nodes::SeenPermissions found =
      TRY(node_to_ask_about(context, call.principal().user_id, call.path("id"), Inquiry::kOthers, call.deadline()));
  const nodes::Facts facts(found.node, found.permissions);
  const Listing listing(context, call, query, "principals of " + found.node.uuid);
  const std::string after = TRY(listing.after());
  const authz::ReacherPage page =
      TRY(authz::who_reads(context.directory, facts.view(), {after, listing.limit()}, call.deadline()));
  std::size_t total = 0;
  std::optional<std::string> from = query.count ? std::optional<std::string>("") : std::nullopt;
  while (from) {
    authz::ReacherPage counted =
        TRY(authz::who_reads(context.directory, facts.view(), {*from, base::limits::kPageMax}, call.deadline()));
    total += counted.principals.size();
    from = std::move(counted.next);
  }
  PrincipalsView view;
  for (const authz::Reacher& each : page.principals) view.principals.push_back(ways_view_of(each));
  return listing.finish(http::reply(200, view), page.next, total);
}

struct ReachQuery : NodeListQuery {
  std::optional<std::string> user_id;
  template <class V>
  static void describe(V& field) {
    NodeListQuery::describe(field);
    field("userId", &ReachQuery::user_id, {.doc = "Whose; absent: the caller's.", .format = &json::kUserIdFormat});
  }
};

base::Result<http::Reply> list_reach(const Context& context, const http::Call& call, const ReachQuery& query) {
  const std::string& asker = call.principal().user_id;
  const std::string user = query.user_id ? *base::parse_id(base::IdKind::kUser, *query.user_id) : asker;
  if (user != asker && !TRY(may_ask_about_all(context, asker, call.deadline()))) {
    return base::fail(
        base::Code::kForbidden,
        "What others reach is for operators of the platform, and the users of the setting access.callers, to know. "
        "Leave userId out to see your own.");
  }
  nodes::ListQuery wanted;
  wanted.kind = nodes::ListKind::kReachable;
  query.narrow(wanted);
  return list_nodes_of(context, call, query, user, std::move(wanted));
}

}  // namespace

void add_access_routes(http::Router& router, const Context& context) {
  using http::None;
  static constexpr http::Parameter kId{"id", &json::kUuidFormat, "The compute node's uuid."};
  router.add(http::endpoint<UserQuery, None>(
      {.method = "GET",
       .path = "/compute-nodes/{id}/access",
       .name = "explainNodeAccess",
       .tag = "Access",
       .summary = "Why a user may, or may not: every action, with its facts and what would change it.",
       .doc =
           "About others: for the node's owner, operators and the configured callers. About oneself: for everyone; a "
           "node that one may not read and an id that is nobody's are answered with the same bytes.",
       .parameters = {kId},
       .answers = {http::answer<AccessView>(200, "The decisions.")},
       .problems = {400, 403, 404}},
      [&context, metrics = AccessMetrics(context.metrics, "explain")](http::Call& call, UserQuery query, None) {
        return get_access(context, call, metrics, query);
      }));
  router.add(http::endpoint<PageQuery, None>(
      {.method = "GET",
       .path = "/compute-nodes/{id}/access/principals",
       .name = "listNodePrincipals",
       .tag = "Access",
       .summary = "Who reads a compute node, each with every way in which they do.",
       .doc = "For the node's owner, operators and the configured callers.",
       .parameters = {kId},
       .answers = {http::answer<PrincipalsView>(200, "A page, by user id.", {"Link", "X-Total-Count"})},
       .problems = {400, 403, 404}},
      [&context](http::Call& call, PageQuery query, None) { return list_principals(context, call, query); }));
  router.add(http::endpoint<ReachQuery, None>(
      {.method = "GET",
       .path = "/access/compute-nodes",
       .name = "listReachableNodes",
       .tag = "Access",
       .summary = "Everything that a user may read, in every workspace and without one.",
       .doc = "About others: for operators and the configured callers.",
       .answers = {http::answer<std::vector<NodeView>>(200, "A page.", {"Link", "X-Total-Count"})},
       .problems = {400, 403}},
      [&context](http::Call& call, ReachQuery query, None) { return list_reach(context, call, query); }));
}

}  // namespace api
