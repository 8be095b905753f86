// Access decisions in the words of the OpenID AuthZEN Authorization API 1.0: subjects, resources and actions by type
// and name, a decision with its reason.
//
//   subject    user
//   resource   compute-node: read update delete share set-scope attach detach
//              account: read update delete enable create-node (context.workspaceId; absent: a node without one)
//              workspace: read administer
//
// A type, id or action that nobody knows is denied, not refused: the standard leaves it to the decision. An Evaluator
// decides for one request: what it has read and asked it uses again within that request, and keeps no longer.
//
//   Threads   one; made for each request.
//   Errors    kForbidden: the asker may not ask about this subject. kUnavailable, kDeadline.

#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "api/context.h"
#include "authz/engine.h"
#include "base/deadline.h"
#include "base/result.h"

namespace api::authzen {

struct Question {
  std::string subject_type, subject_id;
  std::string action;
  std::string resource_type, resource_id;
  std::string workspace_id;              // of context.workspaceId
  std::optional<authz::Scope> to_scope;  // of context.accessScope, for set-scope
};

struct Answer {
  bool decision = false;
  std::string code;    // a stable word
  std::string reason;  // a sentence
};

// The actions of a type of resource, in the order in which they are listed; empty for an unknown type.
std::span<const std::string_view> actions_of(std::string_view resource_type);

class Evaluator {
 public:
  Evaluator(const Context& context, std::string_view asker_id, base::Deadline deadline)
      : context_(context), asker_id_(asker_id), deadline_(deadline) {}

  // Reads what the questions will need, all together.
  base::Result<void> prepare(std::span<const Question> questions);
  base::Result<Answer> answer(const Question& question);

  base::Result<bool> about_all();  // inquiry.h: may_ask_about_all

 private:
  base::Result<std::optional<authz::NodeFacts>> node(const std::string& uuid);
  base::Result<Answer> answer_node(const Question& question);
  base::Result<Answer> answer_account(const Question& question);
  base::Result<Answer> answer_workspace(const Question& question);
  base::Result<void> may_ask(const Question& question, std::string_view owner_id);
  base::Result<Answer> shown(const Question& question, const authz::Decision& decision, std::string_view owner_id);
  authz::Asked& asked(const std::string& user_id, std::string_view workspace_id);

  const Context& context_;
  const std::string_view asker_id_;
  const base::Deadline deadline_;
  std::optional<bool> about_all_;
  std::map<std::string, std::optional<nodes::StoredFacts>, std::less<>> nodes_;
  std::map<std::pair<std::string, std::string>, authz::Asked> asked_;
};

}  // namespace api::authzen
