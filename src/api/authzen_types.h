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

// An object whose members play no part here.
struct AnyObject {
  static constexpr std::string_view kTypeName = "AuthzenProperties";
  static constexpr bool kOpen = true;
  template <class V>
  static void describe(V&) {}
};

struct Subject {
  static constexpr std::string_view kTypeName = "AuthzenSubject";
  static constexpr bool kOpen = true;
  std::string type, id;
  std::optional<AnyObject> properties;
  template <class V>
  static void describe(V& field) {
    field("type", &Subject::type, {.chars_max = kIdCharsMax, .example = "user"});
    field("id", &Subject::id, {.doc = "N:user:<uuid>", .chars_max = kIdCharsMax});
    field("properties", &Subject::properties, {.doc = "Not looked at."});
  }
};

struct Resource {
  static constexpr std::string_view kTypeName = "AuthzenResource";
  static constexpr bool kOpen = true;
  std::string type, id;
  std::optional<AnyObject> properties;
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
  static constexpr bool kOpen = true;
  std::string name;
  std::optional<AnyObject> properties;
  template <class V>
  static void describe(V& field) {
    field("name", &Action::name, {.chars_max = kIdCharsMax, .example = "read"});
    field("properties", &Action::properties, {.doc = "Not looked at."});
  }
};

// A subject or a resource of one evaluation among several: what it does not say, the default of the request says.
struct EntityPart {
  static constexpr std::string_view kTypeName = "AuthzenEntityPart";
  static constexpr bool kOpen = true;
  std::optional<std::string> type, id;
  std::optional<AnyObject> properties;
  template <class V>
  static void describe(V& field) {
    field("type", &EntityPart::type, {.chars_max = kIdCharsMax});
    field("id", &EntityPart::id, {.chars_max = kIdCharsMax});
    field("properties", &EntityPart::properties, {.doc = "Not looked at."});
  }
};

struct TypeOnly {
  static constexpr std::string_view kTypeName = "AuthzenType";
  static constexpr bool kOpen = true;
  std::string type;
  template <class V>
  static void describe(V& field) {
    field("type", &TypeOnly::type,
          {.doc = "What is looked for; an id beside it is ignored.", .chars_max = kIdCharsMax});
  }
};

struct AskedContext {
  static constexpr std::string_view kTypeName = "AuthzenContext";
  static constexpr bool kOpen = true;
  std::optional<std::string> workspace_id, access_scope;
  template <class V>
  static void describe(V& field) {
    field("workspaceId", &AskedContext::workspace_id,
          {.doc = "Where a node is created or attached, or an account enabled.", .chars_max = kIdCharsMax});
    field("accessScope", &AskedContext::access_scope,
          {.doc = "To which scope it is set: private, workspace or shared; absent: any.", .chars_max = kIdCharsMax});
  }
};

struct EvaluationBody {
  static constexpr std::string_view kTypeName = "AuthzenEvaluationRequest";
  static constexpr bool kOpen = true;
  Subject subject;
  Action action;
  Resource resource;
  std::optional<AskedContext> context;
  template <class V>
  static void describe(V& field) {
    field("subject", &EvaluationBody::subject);
    field("action", &EvaluationBody::action);
    field("resource", &EvaluationBody::resource);
    field("context", &EvaluationBody::context);
  }
};

struct EvaluationPart {
  static constexpr std::string_view kTypeName = "AuthzenEvaluationPart";
  static constexpr bool kOpen = true;
  std::optional<EntityPart> subject, resource;
  std::optional<Action> action;
  std::optional<AskedContext> context;
  template <class V>
  static void describe(V& field) {
    field("subject", &EvaluationPart::subject);
    field("action", &EvaluationPart::action);
    field("resource", &EvaluationPart::resource);
    field("context", &EvaluationPart::context);
  }
};

enum class Semantic { kExecuteAll, kDenyOnFirstDeny, kPermitOnFirstPermit };

struct Options {
  static constexpr std::string_view kTypeName = "AuthzenEvaluationsOptions";
  static constexpr bool kOpen = true;
  std::optional<Semantic> semantic;
  template <class V>
  static void describe(V& field) {
    field("evaluations_semantic", &Options::semantic, {.doc = "execute_all where it is absent."});
  }
};

struct EvaluationsBody : EvaluationPart {
  static constexpr std::string_view kTypeName = "AuthzenEvaluationsRequest";
  static constexpr bool kOpen = true;
  static constexpr std::string_view kDoc = "subject, action, resource and context are defaults for each evaluation.";
  std::optional<json::Each<EvaluationPart>> evaluations;
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

// By the status with which an API would answer.
struct ReasonsView {
  static constexpr std::string_view kTypeName = "AuthzenReasons";
  std::optional<std::string> forbidden, not_found;
  template <class V>
  static void describe(V& field) {
    field("403", &ReasonsView::forbidden);
    field("404", &ReasonsView::not_found);
  }
};

struct DecisionContext {
  static constexpr std::string_view kTypeName = "AuthzenDecisionContext";
  std::optional<ReasonView> reason;
  std::optional<ReasonsView> reason_user, reason_admin;
  std::optional<ErrorView> error;
  template <class V>
  static void describe(V& field) {
    field("reason", &DecisionContext::reason);
    field("reason_user", &DecisionContext::reason_user, {.doc = "Of a no: what the subject may be told."});
    field("reason_admin", &DecisionContext::reason_admin,
          {.doc = "Of a no, where it is more than that: what the subject must not be told."});
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
  static constexpr std::string_view kDoc = "Either `evaluations`, or what a single evaluation answers.";
  std::vector<DecisionView> evaluations;
  std::optional<bool> decision;  // for the document: single answers are a DecisionView
  std::optional<DecisionContext> context;
  template <class V>
  static void describe(V& field) {
    field("evaluations", &DecisionsView::evaluations,
          {.doc = "In the order of the request; up to the one that ended it, where the semantic says so.",
           .may_miss = true});
    field("decision", &DecisionsView::decision, {.doc = "Where the request had no evaluations."});
    field("context", &DecisionsView::context);
  }
};

struct PageProperties {
  static constexpr std::string_view kTypeName = "AuthzenPageProperties";
  static constexpr bool kOpen = true;
  bool total = false;
  template <class V>
  static void describe(V& field) {
    field("total", &PageProperties::total, {.doc = "Whether all results are to be counted.", .may_miss = true});
  }
};

struct PageRequest {
  static constexpr std::string_view kTypeName = "AuthzenPageRequest";
  static constexpr bool kOpen = true;
  std::optional<std::string> token;
  std::optional<std::int64_t> limit;
  std::optional<PageProperties> properties;
  template <class V>
  static void describe(V& field) {
    field("token", &PageRequest::token,
          {.doc = "next_token of the page before; absent or empty: the first.",
           .chars_max = base::limits::kCursorBytesMax});
    field("limit", &PageRequest::limit,
          {.doc = "100 where it is absent; more than 1,000 is 1,000. With a token: that of the first page.", .min = 0});
    field("properties", &PageRequest::properties);
  }
};

struct PageView {
  static constexpr std::string_view kTypeName = "AuthzenPage";
  std::string next_token;
  std::int64_t count = 0;
  std::optional<std::int64_t> total;
  template <class V>
  static void describe(V& field) {
    field("next_token", &PageView::next_token, {.doc = "Empty: this was the last page."});
    field("count", &PageView::count, {.doc = "How many results this page has."});
    field("total", &PageView::total, {.doc = "How many there are on all pages, where that is known."});
  }
};

struct SubjectSearchBody {
  static constexpr std::string_view kTypeName = "AuthzenSubjectSearch";
  static constexpr bool kOpen = true;
  TypeOnly subject;
  Action action;
  Resource resource;
  std::optional<AskedContext> context;
  std::optional<PageRequest> page;
  template <class V>
  static void describe(V& field) {
    field("subject", &SubjectSearchBody::subject);
    field("action", &SubjectSearchBody::action);
    field("resource", &SubjectSearchBody::resource);
    field("context", &SubjectSearchBody::context);
    field("page", &SubjectSearchBody::page);
  }
};

struct ResourceSearchBody {
  static constexpr std::string_view kTypeName = "AuthzenResourceSearch";
  static constexpr bool kOpen = true;
  Subject subject;
  Action action;
  TypeOnly resource;
  std::optional<AskedContext> context;
  std::optional<PageRequest> page;
  template <class V>
  static void describe(V& field) {
    field("subject", &ResourceSearchBody::subject);
    field("action", &ResourceSearchBody::action);
    field("resource", &ResourceSearchBody::resource);
    field("context", &ResourceSearchBody::context);
    field("page", &ResourceSearchBody::page);
  }
};

struct ActionSearchBody {
  static constexpr std::string_view kTypeName = "AuthzenActionSearch";
  static constexpr bool kOpen = true;
  Subject subject;
  Resource resource;
  std::optional<AskedContext> context;
  std::optional<PageRequest> page;
  template <class V>
  static void describe(V& field) {
    field("subject", &ActionSearchBody::subject);
    field("resource", &ActionSearchBody::resource);
    field("context", &ActionSearchBody::context);
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
  PageView page;
  std::vector<EntityView> results;
  template <class V>
  static void describe(V& field) {
    field("page", &EntitiesView::page);
    field("results", &EntitiesView::results);
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
  PageView page;
  std::vector<ActionName> results;
  template <class V>
  static void describe(V& field) {
    field("page", &ActionsFoundView::page);
    field("results", &ActionsFoundView::results);
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
