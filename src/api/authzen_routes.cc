// The endpoints of the OpenID AuthZEN Authorization API 1.0: evaluation, evaluations, the three searches, and the
// metadata. What is decided, and about whom one may ask: authzen.h. What the standard leaves open, and how it is here:
// docs/reference/authzen.md.

#include <fmt/format.h>

#include "api/access_metrics.h"
#include "api/authzen_search.h"
#include "api/authzen_types.h"
#include "http/endpoint.h"

namespace api {
namespace {

using authzen::Answer;
using authzen::Evaluator;
using authzen::Question;
using authzen::question_of;

constexpr int kForbiddenStatus = 403;

authzen::ReasonsView reasons(int status, const std::string& text) {
  return status == kForbiddenStatus ? authzen::ReasonsView{text, {}} : authzen::ReasonsView{{}, text};
}

authzen::DecisionView view_of(Answer&& answer) {
  authzen::DecisionView view{answer.decision, {}};
  authzen::DecisionContext& context = view.context.emplace();
  if (!answer.decision) {
    if (answer.text != answer.subject_text) context.reason_admin = reasons(answer.subject_status, answer.text);
    context.reason_user = reasons(answer.subject_status, answer.subject_text);
  }
  context.reason = authzen::ReasonView{std::string(answer.code), std::move(answer.text)};
  return view;
}

// Of one evaluation among several.
authzen::DecisionView view_of(const base::Error& error) {
  authzen::DecisionView view{false, {}};
  view.context.emplace().error =
      authzen::ErrorView{error.code == base::Code::kForbidden ? kForbiddenStatus : 400, error.message};
  return view;
}

base::Result<http::Reply> evaluate(const Context& context, const http::Call& call, const AccessMetrics& metrics,
                                   const authzen::EvaluationBody& body) {
  Evaluator evaluator(context, call.principal().user_id, call.deadline());
  Answer answer = TRY(evaluator.answer(question_of(body.subject, body.action, body.resource, body.context)));
  metrics.count(answer.decision);
  return http::reply(200, view_of(std::move(answer)));
}

const std::string* first_of(const std::optional<authzen::EntityPart>& part,
                            const std::optional<authzen::EntityPart>& default_part,
                            std::optional<std::string> authzen::EntityPart::* member) {
  if (part && *part.*member) return &*(*part.*member);
  return default_part && *default_part.*member ? &*(*default_part.*member) : nullptr;
}

// One evaluation of several, with the defaults of the request where it says nothing itself.
base::Result<Question> merged(const authzen::EvaluationsBody& body, const authzen::EvaluationPart& part) {
  using authzen::EntityPart;
  const std::string* subject_type = first_of(part.subject, body.subject, &EntityPart::type);
  const std::string* subject_id = first_of(part.subject, body.subject, &EntityPart::id);
  const std::string* resource_type = first_of(part.resource, body.resource, &EntityPart::type);
  const std::string* resource_id = first_of(part.resource, body.resource, &EntityPart::id);
  const auto& action = part.action ? part.action : body.action;
  const auto missing = [](std::string_view what) {
    return base::fail_field(
        base::Code::kInvalid, fmt::format("/{}", what),
        fmt::format("/{} is missing: neither the evaluation nor the request's defaults have it.", what));
  };
  if (subject_type == nullptr) return missing("subject/type");
  if (subject_id == nullptr) return missing("subject/id");
  if (!action) return missing("action");
  if (resource_type == nullptr) return missing("resource/type");
  if (resource_id == nullptr) return missing("resource/id");
  Question question{*subject_type, *subject_id, action->name, *resource_type, *resource_id, {}, {}};
  authzen::take_context(question, part.context ? part.context : body.context);
  return question;
}

using Semantic = authzen::Semantic;

// Errors of the directory and the table end the whole call: they are no decisions.
bool is_of_one_evaluation(const base::Error& error) {
  return error.code == base::Code::kForbidden || error.code == base::Code::kInvalid;
}

base::Result<http::Reply> evaluate_several(const Context& context, const http::Call& call, const AccessMetrics& metrics,
                                           const authzen::EvaluationsBody& body) {
  Evaluator evaluator(context, call.principal().user_id, call.deadline());
  if (!body.evaluations || body.evaluations->list.empty()) {
    Answer answer = TRY(evaluator.answer(TRY(merged(body, {}))));
    metrics.count(answer.decision);
    return http::reply(200, view_of(std::move(answer)));
  }
  const Semantic semantic =
      body.options ? body.options->semantic.value_or(Semantic::kExecuteAll) : Semantic::kExecuteAll;
  std::vector<base::Result<Question>> questions;
  std::vector<Question> good;
  questions.reserve(body.evaluations->list.size());
  good.reserve(body.evaluations->list.size());
  for (const base::Result<authzen::EvaluationPart>& part : body.evaluations->list) {
    questions.push_back(part ? merged(body, *part) : base::Result<Question>(base::fail(part.error())));
    if (questions.back()) good.push_back(*questions.back());
  }
  TRY(evaluator.prepare(good));
  authzen::DecisionsView view;
  view.evaluations.reserve(questions.size());
  for (const base::Result<Question>& question : questions) {
    base::Result<Answer> answer =
        question ? evaluator.answer(*question) : base::Result<Answer>(base::fail(question.error()));
    if (!answer && !is_of_one_evaluation(answer.error())) return base::fail(answer.error());
    view.evaluations.push_back(answer ? view_of(std::move(*answer)) : view_of(answer.error()));
    const bool decision = view.evaluations.back().decision;
    metrics.count(decision);
    if (semantic == Semantic::kDenyOnFirstDeny && !decision) break;
    if (semantic == Semantic::kPermitOnFirstPermit && decision) break;
  }
  return http::reply(200, view);
}

// How long a PEP may keep the metadata: they change with the configuration alone.
constexpr std::string_view kMetadataCaching = "public, max-age=3600";

base::Result<http::Reply> configuration(const Context& context, const http::Call& call) {
  std::string base = context.public_url;
  if (base.empty()) {
    const std::optional<std::string_view> host = call.request().headers.get("Host");
    if (!host || host->empty()) {
      return base::fail_field(base::Code::kInvalid, "header:Host",
                              "The request does not name its host, and the setting server.public_url is not set.");
    }
    base = fmt::format("{}://{}", call.request().tls ? "https" : "http", *host);
  }
  base += call.base_path();
  const auto at = [&](std::string_view path) { return base + std::string(path); };
  return http::reply(200, authzen::ConfigurationView{base, at("/access/v1/evaluation"), at("/access/v1/evaluations"),
                                                     at("/access/v1/search/subject"), at("/access/v1/search/resource"),
                                                     at("/access/v1/search/action")})
      .with("Cache-Control", std::string(kMetadataCaching));
}

// The standard knows one status for a request that is wrong.
bool is_bad_request(base::Code code) {
  return code == base::Code::kUnsupportedMedia || code == base::Code::kLengthRequired;
}

template <class Body, class View, class Handler>
http::Endpoint post(const Context& context, std::string_view front, std::string_view path, std::string_view name,
                    std::string_view summary, std::string_view doc, Handler handler) {
  http::Endpoint made = http::endpoint<http::None, Body>(
      {.method = "POST",
       .path = path,
       .name = name,
       .tag = "AuthZEN",
       .summary = summary,
       .doc = doc,
       .answers = {http::answer<View>(200, "The answer.")},
       .problems = {400, 403}},
      [handler, &context, metrics = AccessMetrics(context.metrics, front)](http::Call& call, http::None, Body body) {
        const AccessMetrics::Timer timer = metrics.time();
        return handler(context, call, metrics, body);
      });
  made.handle = [handle = std::move(made.handle)](http::Call& call) {
    base::Result<http::Reply> reply = handle(call);
    if (!reply && is_bad_request(reply.error().code)) reply.error().code = base::Code::kInvalid;
    return reply;
  };
  return made;
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
      context, "evaluation", "/access/v1/evaluation", "evaluateAccess",
      "Whether a subject may perform an action on a resource.",
      "About others: where the resource is the caller's, and for operators and the configured callers.", evaluate);
  single.spec.cost = http::Cost::kPoint;
  router.add(std::move(single));
  router.add(post<authzen::EvaluationsBody, authzen::DecisionsView>(
      context, "evaluations", "/access/v1/evaluations", "evaluateAccessOfSeveral",
      "Several evaluations, with defaults and three semantics.",
      "Without `evaluations` the request is a single evaluation, and so is its answer. An evaluation that is wrong, or "
      "that the caller may not ask for, is a denial with an `error`; the others are decided.",
      evaluate_several));
  router.add(post<authzen::SubjectSearchBody, authzen::EntitiesView>(
      context, "search", "/access/v1/search/subject", "searchSubjects",
      "Which users may perform the action on the resource.",
      "By user id. For the resource's owner, the full members of the workspace, operators and the configured callers.",
      authzen::search_subjects));
  router.add(post<authzen::ResourceSearchBody, authzen::EntitiesView>(
      context, "search", "/access/v1/search/resource", "searchResources",
      "On which resources the subject may perform the action.",
      "Compute nodes by name, others by id. Complete: a page that is not the last one has a next_token. About others: "
      "for operators and the configured callers.",
      authzen::search_resources));
  router.add(post<authzen::ActionSearchBody, authzen::ActionsFoundView>(
      context, "search", "/access/v1/search/action", "searchActions",
      "Which actions the subject may perform on the resource.", "About others: as an evaluation.",
      authzen::search_actions));
}

}  // namespace api
