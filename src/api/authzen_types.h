// What AuthZEN's endpoints take in and give out (OpenID AuthZEN Authorization API 1.0). Members that are not known are
// ignored, as the standard asks.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "json/describe.h"
#include "json/value.h"

namespace api::authzen {

inline constexpr std::size_t kIdCharsMax = 256;

struct Subject {
  static constexpr std::string_view kTypeName = "AuthzenSubject";
  std::string type, id;
  std::optional<json::Object> properties;
  template <class V>
  static void describe(V& field) {
    field("type", &Subject::type, {.chars_max = kIdCharsMax, .example = "user"});
    field("id", &Subject::id, {.doc = "N:user:<uuid>", .chars_max = kIdCharsMax});
    field("properties", &Subject::properties, {.doc = "Not looked at."});
  }
};

struct Resource {
  static constexpr std::string_view kTypeName = "AuthzenResource";
  std::string type, id;
  std::optional<json::Object> properties;
  template <class V>
  static void describe(V& field) {
    field("type", &Resource::type,
          {.doc = "compute-node, account or workspace", .chars_max = kIdCharsMax, .example = "compute-node"});
    field("id", &Resource::id, {.doc = "The uuid; of a workspace N:organization:<uuid>", .chars_max = kIdCharsMax});
    field("properties", &Resource::properties, {.doc = "Not looked at."});
  }
};

struct Action {
  static constexpr std::string_view kTypeName = "AuthzenAction";
  std::string name;
  std::optional<json::Object> properties;
  template <class V>
  static void describe(V& field) {
    field("name", &Action::name, {.chars_max = kIdCharsMax, .example = "read"});
    field("properties", &Action::properties, {.doc = "Not looked at."});
  }
};

struct TypeOnly {
  static constexpr std::string_view kTypeName = "AuthzenType";
  std::string type;
  template <class V>
  static void describe(V& field) {
    field("type", &TypeOnly::type,
          {.doc = "What is looked for; an id beside it is ignored.", .chars_max = kIdCharsMax});
  }
};

inline constexpr std::string_view kContextDoc =
    "workspaceId: where a node is to be created; accessScope: to which scope it is to be set.";

struct EvaluationBody {
  static constexpr std::string_view kTypeName = "AuthzenEvaluationRequest";
  Subject subject;
  Action action;
  Resource resource;
  std::optional<json::Object> context;
  template <class V>
  static void describe(V& field) {
    field("subject", &EvaluationBody::subject);
    field("action", &EvaluationBody::action);
    field("resource", &EvaluationBody::resource);
    field("context", &EvaluationBody::context, {.doc = kContextDoc});
  }
};

struct EvaluationPart {
  static constexpr std::string_view kTypeName = "AuthzenEvaluationPart";
  std::optional<Subject> subject;
  std::optional<Action> action;
  std::optional<Resource> resource;
  std::optional<json::Object> context;
  template <class V>
  static void describe(V& field) {
    field("subject", &EvaluationPart::subject);
    field("action", &EvaluationPart::action);
    field("resource", &EvaluationPart::resource);
    field("context", &EvaluationPart::context, {.doc = kContextDoc});
  }
};

enum class Semantic { kExecuteAll, kDenyOnFirstDeny, kPermitOnFirstPermit };

struct Options {
  static constexpr std::string_view kTypeName = "AuthzenEvaluationsOptions";
  std::optional<Semantic> semantic;
  template <class V>
  static void describe(V& field) {
    field("evaluations_semantic", &Options::semantic, {.doc = "execute_all where it is absent."});
  }
};

struct EvaluationsBody : EvaluationPart {
  static constexpr std::string_view kTypeName = "AuthzenEvaluationsRequest";
  static constexpr std::string_view kDoc = "subject, action, resource and context are defaults for each evaluation.";
  std::optional<std::vector<EvaluationPart>> evaluations;
  std::optional<Options> options;
  template <class V>
  static void describe(V& field) {
    EvaluationPart::describe(field);
    field("evaluations", &EvaluationsBody::evaluations, {.items_max = base::limits::kEvaluationsMax});
    field("options", &EvaluationsBody::options);
  }
};

struct ReasonView {
  static constexpr std::string_view kTypeName = "AuthzenReason";
  std::string code, text;
  template <class V>
  static void describe(V& field) {
    field("code", &ReasonView::code, {.doc = "A stable word.", .example = "granted-to-team"});
    field("text", &ReasonView::text, {.doc = "A sentence for people."});
  }
};

struct ErrorView {
  static constexpr std::string_view kTypeName = "AuthzenError";
  std::int64_t status = 400;
  std::string message;
  template <class V>
  static void describe(V& field) {
    field("status", &ErrorView::status);
    field("message", &ErrorView::message);
  }
};

struct DecisionContext {
  static constexpr std::string_view kTypeName = "AuthzenDecisionContext";
  std::optional<ReasonView> reason;
  std::optional<ErrorView> error;
  template <class V>
  static void describe(V& field) {
    field("reason", &DecisionContext::reason);
    field("error", &DecisionContext::error, {.doc = "Of an evaluation among several that could not be decided."});
  }
};

struct DecisionView {
  static constexpr std::string_view kTypeName = "AuthzenDecision";
  bool decision = false;
  std::optional<DecisionContext> context;
  template <class V>
  static void describe(V& field) {
    field("decision", &DecisionView::decision);
    field("context", &DecisionView::context);
  }
};

struct DecisionsView {
  static constexpr std::string_view kTypeName = "AuthzenDecisions";
  std::vector<DecisionView> evaluations;
  template <class V>
  static void describe(V& field) {
    field("evaluations", &DecisionsView::evaluations,
          {.doc = "In the order of the request; up to the one that ended it, where the semantic says so."});
  }
};

struct PageRequest {
  static constexpr std::string_view kTypeName = "AuthzenPageRequest";
  std::optional<std::string> token;
  std::optional<std::int64_t> limit;
  template <class V>
  static void describe(V& field) {
    field("token", &PageRequest::token,
          {.doc = "next_token of the page before; absent or empty: the first.",
           .chars_max = base::limits::kCursorBytesMax});
    field("limit", &PageRequest::limit, {.min = 1, .max = base::limits::kPageMax});
  }
};

struct PageView {
  static constexpr std::string_view kTypeName = "AuthzenPage";
  std::string next_token;
  std::int64_t count = 0;
  template <class V>
  static void describe(V& field) {
    field("next_token", &PageView::next_token, {.doc = "Empty: this was the last page."});
    field("count", &PageView::count, {.doc = "How many results this page has."});
  }
};

struct SubjectSearchBody {
  static constexpr std::string_view kTypeName = "AuthzenSubjectSearch";
  TypeOnly subject;
  Action action;
  Resource resource;
  std::optional<json::Object> context;
  std::optional<PageRequest> page;
  template <class V>
  static void describe(V& field) {
    field("subject", &SubjectSearchBody::subject);
    field("action", &SubjectSearchBody::action);
    field("resource", &SubjectSearchBody::resource);
    field("context", &SubjectSearchBody::context, {.doc = kContextDoc});
    field("page", &SubjectSearchBody::page);
  }
};

struct ResourceSearchBody {
  static constexpr std::string_view kTypeName = "AuthzenResourceSearch";
  Subject subject;
  Action action;
  TypeOnly resource;
  std::optional<json::Object> context;
  std::optional<PageRequest> page;
  template <class V>
  static void describe(V& field) {
    field("subject", &ResourceSearchBody::subject);
    field("action", &ResourceSearchBody::action);
    field("resource", &ResourceSearchBody::resource);
    field("context", &ResourceSearchBody::context, {.doc = kContextDoc});
    field("page", &ResourceSearchBody::page);
  }
};

struct ActionSearchBody {
  static constexpr std::string_view kTypeName = "AuthzenActionSearch";
  Subject subject;
  Resource resource;
  std::optional<json::Object> context;
  std::optional<PageRequest> page;
  template <class V>
  static void describe(V& field) {
    field("subject", &ActionSearchBody::subject);
    field("resource", &ActionSearchBody::resource);
    field("context", &ActionSearchBody::context, {.doc = kContextDoc});
    field("page", &ActionSearchBody::page);
  }
};

struct EntityView {
  static constexpr std::string_view kTypeName = "AuthzenEntity";
  std::string type, id;
  template <class V>
  static void describe(V& field) {
    field("type", &EntityView::type);
    field("id", &EntityView::id);
  }
};

struct EntitiesView {
  static constexpr std::string_view kTypeName = "AuthzenEntities";
  std::vector<EntityView> results;
  PageView page;
  template <class V>
  static void describe(V& field) {
    field("results", &EntitiesView::results);
    field("page", &EntitiesView::page);
  }
};

struct ActionName {
  static constexpr std::string_view kTypeName = "AuthzenActionName";
  std::string name;
  template <class V>
  static void describe(V& field) {
    field("name", &ActionName::name);
  }
};

struct ActionsFoundView {
  static constexpr std::string_view kTypeName = "AuthzenActions";
  std::vector<ActionName> results;
  PageView page;
  template <class V>
  static void describe(V& field) {
    field("results", &ActionsFoundView::results);
    field("page", &ActionsFoundView::page);
  }
};

struct ConfigurationView {
  static constexpr std::string_view kTypeName = "AuthzenConfiguration";
  std::string policy_decision_point, evaluation, evaluations, subject, resource, action;
  template <class V>
  static void describe(V& field) {
    field("policy_decision_point", &ConfigurationView::policy_decision_point);
    field("access_evaluation_endpoint", &ConfigurationView::evaluation);
    field("access_evaluations_endpoint", &ConfigurationView::evaluations);
    field("search_subject_endpoint", &ConfigurationView::subject);
    field("search_resource_endpoint", &ConfigurationView::resource);
    field("search_action_endpoint", &ConfigurationView::action);
  }
};

}  // namespace api::authzen

template <>
inline constexpr auto json::kEnumNames<api::authzen::Semantic> =
    json::names<api::authzen::Semantic>({{api::authzen::Semantic::kExecuteAll, "execute_all"},
                                         {api::authzen::Semantic::kDenyOnFirstDeny, "deny_on_first_deny"},
                                         {api::authzen::Semantic::kPermitOnFirstPermit, "permit_on_first_permit"}});
