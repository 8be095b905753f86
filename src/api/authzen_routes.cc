// The endpoints of the OpenID AuthZEN Authorization API 1.0: evaluation, evaluations, the three searches, and the
// metadata. What is decided, and about whom one may ask: authzen.h. What the standard leaves open, and how it is here:
// docs/reference/authzen.md.

#include <fmt/format.h>

#include "api/authzen_search.h"
#include "api/authzen_types.h"
#include "http/endpoint.h"

namespace api {
namespace {

using authzen::Answer;
using authzen::Evaluator;
using authzen::Question;
using authzen::question_of;

authzen::DecisionView view_of(const Answer& answer) {
  authzen::DecisionView view{answer.decision, {}};
  view.context.emplace().reason = authzen::ReasonView{answer.code, answer.reason};
  return view;
}

authzen::DecisionView view_of(const base::Error& error) {
  authzen::DecisionView view{false, {}};
  view.context.emplace().error = authzen::ErrorView{error.code == base::Code::kForbidden ? 403 : 400, error.message};
  return view;
}

base::Result<http::Reply> evaluate(const Context& context, const http::Call& call,
                                   const authzen::EvaluationBody& body) {
  Evaluator evaluator(context, call.principal().user_id, call.deadline());
  const Answer answer = TRY(evaluator.answer(question_of(body.subject, body.action, body.resource, body.context)));
  return http::reply(200, view_of(answer));
}

// One evaluation of several, with the defaults of the request where it says nothing itself.
base::Result<Question> merged(const authzen::EvaluationsBody& body, const authzen::EvaluationPart& part) {
  const auto& subject = part.subject ? part.subject : body.subject;
  const auto& action = part.action ? part.action : body.action;
  const auto& resource = part.resource ? part.resource : body.resource;
  const auto missing = [](std::string_view what) {
    return base::fail(base::Code::kInvalid,
                      fmt::format("There is no {}: neither in this evaluation nor as a default of the request.", what));
  };
  if (!subject) return missing("subject");
  if (!action) return missing("action");
  if (!resource) return missing("resource");
  return question_of(*subject, *action, *resource, part.context ? part.context : body.context);
}

using Semantic = authzen::Semantic;

base::Result<http::Reply> evaluate_several(const Context& context, const http::Call& call,
                                           const authzen::EvaluationsBody& body) {
  Evaluator evaluator(context, call.principal().user_id, call.deadline());
  if (!body.evaluations || body.evaluations->empty()) {
    return http::reply(200, view_of(TRY(evaluator.answer(TRY(merged(body, {}))))));
  }
  const Semantic semantic =
      body.options ? body.options->semantic.value_or(Semantic::kExecuteAll) : Semantic::kExecuteAll;
  std::vector<base::Result<Question>> questions;
  std::vector<Question> good;
  questions.reserve(body.evaluations->size());
  for (const authzen::EvaluationPart& part : *body.evaluations) {
    questions.push_back(merged(body, part));
    if (questions.back()) good.push_back(*questions.back());
  }
  TRY(evaluator.prepare(good));
  authzen::DecisionsView view;
  view.evaluations.reserve(questions.size());
  for (const base::Result<Question>& question : questions) {
    base::Result<Answer> answer =
        question ? evaluator.answer(*question) : base::Result<Answer>(base::fail(question.error()));
    if (!answer && answer.error().code != base::Code::kForbidden && answer.error().code != base::Code::kInvalid)
      return base::fail(answer.error());
    view.evaluations.push_back(answer ? view_of(*answer) : view_of(answer.error()));
    const bool decision = view.evaluations.back().decision;
    if (semantic == Semantic::kDenyOnFirstDeny && !decision) break;
    if (semantic == Semantic::kPermitOnFirstPermit && decision) break;
  }
  return http::reply(200, view);
}

base::Result<http::Reply> configuration(const Context& context, const http::Call& call) {
  std::string base = context.public_url;
  if (base.empty()) {
    const std::string_view host = call.request().headers.get("Host").value_or("localhost");
    base = fmt::format("{}://{}", call.request().tls ? "https" : "http", host);
  }
  base += call.base_path();
  const auto at = [&](std::string_view path) { return base + std::string(path); };
  return http::reply(200, authzen::ConfigurationView{base, at("/access/v1/evaluation"), at("/access/v1/evaluations"),
                                                     at("/access/v1/search/subject"), at("/access/v1/search/resource"),
                                                     at("/access/v1/search/action")});
}

template <class Body, class Answer, class Handler>
http::Endpoint post(std::string_view path, std::string_view name, std::string_view summary, std::string_view doc,
                    Handler handler) {
  return http::endpoint<http::None, Body>(
      {.method = "POST",
       .path = path,
       .name = name,
       .tag = "AuthZEN",
       .summary = summary,
       .doc = doc,
       .answers = {http::answer<Answer>(200, "The answer.")},
       .problems = {400, 403, 415}},
      [handler](http::Call& call, http::None, Body body) { return handler(call, body); });
}

}  // namespace

void add_authzen_routes(http::Router& router, const Context& context) {
  router.add(http::endpoint<http::None, http::None>(
      {.method = "GET",
       .path = "/.well-known/authzen-configuration",
       .name = "getAuthzenConfiguration",
       .tag = "AuthZEN",
       .summary = "Where the AuthZEN endpoints are.",
       .doc = "OpenID AuthZEN Authorization API 1.0, Policy Decision Point Metadata.",
       .answers = {http::answer<authzen::ConfigurationView>(200, "The metadata.")},
       .cost = http::Cost::kPoint,
       .needs_token = false},
      [&context](http::Call& call, http::None, http::None) { return configuration(context, call); }));
  http::Endpoint single = post<authzen::EvaluationBody, authzen::DecisionView>(
      "/access/v1/evaluation", "evaluateAccess", "Whether a subject may perform an action on a resource.",
      "About others: where the resource is the caller's, and for operators and the configured callers.",
      [&context](http::Call& call, const authzen::EvaluationBody& body) { return evaluate(context, call, body); });
  single.spec.cost = http::Cost::kPoint;
  router.add(std::move(single));
  router.add(post<authzen::EvaluationsBody, authzen::DecisionsView>(
      "/access/v1/evaluations", "evaluateAccessOfSeveral", "Several evaluations, with defaults and three semantics.",
      "Without `evaluations` the request is a single evaluation, and so is its answer.",
      [&context](http::Call& call, const authzen::EvaluationsBody& body) {
        return evaluate_several(context, call, body);
      }));
  router.add(post<authzen::SubjectSearchBody, authzen::EntitiesView>(
      "/access/v1/search/subject", "searchSubjects", "Which users may perform the action on the resource.",
      "By user id. For the resource's owner, operators and the configured callers.",
      [&context](http::Call& call, const authzen::SubjectSearchBody& body) {
        return authzen::search_subjects(context, call, body);
      }));
  router.add(post<authzen::ResourceSearchBody, authzen::EntitiesView>(
      "/access/v1/search/resource", "searchResources", "On which resources the subject may perform the action.",
      "Complete: a page that is not the last one has a next_token.",
      [&context](http::Call& call, const authzen::ResourceSearchBody& body) {
        return authzen::search_resources(context, call, body);
      }));
  router.add(post<authzen::ActionSearchBody, authzen::ActionsFoundView>(
      "/access/v1/search/action", "searchActions", "Which actions the subject may perform on the resource.", "",
      [&context](http::Call& call, const authzen::ActionSearchBody& body) {
        return authzen::search_actions(context, call, body);
      }));
}

}  // namespace api
