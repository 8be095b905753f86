// Access decisions in the words of the OpenID AuthZEN Authorization API 1.0: subjects, resources and actions by type
// and name, a decision with its reason.
//
//   subject    user
//   resource   compute-node: read update delete share set-scope attach detach
//              account: read update delete enable create-node
//              workspace: read administer
//   context    workspaceId: where a node is created or attached, or an account enabled; absent: on an account, a node
//              that belongs to none; else the answer is for the resource's side alone. accessScope: of set-scope;
//              absent: any of them, so that a yes is one for all.
//
// A type, id or action that nobody knows is denied, not refused: the standard leaves it to the decision. What the asker
// may not know of is answered like what is not there, and asks the same questions: inquiry.h.
//
// An Evaluator decides for one request: what it has read and asked it uses again within that request, and keeps no
// longer.
//
//   Threads   one; made for each request.
//   Errors    kForbidden: the asker may not ask about this subject. kUnavailable, kDeadline.

#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "accounts/accounts.h"
#include "api/context.h"
#include "authz/engine.h"
#include "base/deadline.h"
#include "base/result.h"
#include "nodes/node.h"

namespace api::authzen {

// Views of what was sent, as it was sent.
struct Question {
  std::string_view subject_type, subject_id;
  std::string_view action;
  std::string_view resource_type, resource_id;
  std::string_view workspace_id;         // of context.workspaceId; empty: none
  std::optional<authz::Scope> to_scope;  // of context.accessScope
};

struct Answer {
  bool decision = false;
  std::string_view code;  // a stable word
  std::string text;       // why, for the asker
  // Of a no: why, for the subject, who may be allowed to know less than the asker; and what an API would answer them.
  std::string subject_text;
  int subject_status = 0;
};

// The actions of a type of resource, in the order in which they are listed; empty for an unknown type.
std::span<const std::string_view> actions_of(std::string_view resource_type);
bool knows_action(std::string_view resource_type, std::string_view action);

class Evaluator {
 public:
  Evaluator(const Context& context, std::string_view asker_id, base::Deadline deadline)
      : context_(context), asker_id_(asker_id), deadline_(deadline) {}

  // Reads the nodes that the questions are about, all together.
  base::Result<void> prepare(std::span<const Question> questions);
  base::Result<Answer> answer(const Question& question);
  // The decision alone, whoever asks.
  base::Result<bool> allows(const Question& question);

  base::Result<bool> about_all();  // inquiry.h: may_ask_about_all

 private:
  struct Node {
    nodes::StoredFacts stored;
    authz::NodeFacts facts;  // views into it
  };
  struct Account {
    accounts::Accounts::Whole whole;
    std::vector<authz::EnablementFacts> enablements;
    [[nodiscard]] authz::AccountFacts facts() const { return {whole.account.owner_id, enablements}; }
  };
  // What came of a question. Without a decision there is nothing that the question could be about.
  struct Judged {
    std::optional<authz::Decision> decision;
    std::string_view knower;   // who may know why, whatever it is: the thing's owner
    std::string_view unknown;  // a code: the type, the subject or the action is none that is known
  };
  struct ViewHash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  template <class T>
  using ById = std::unordered_map<std::string, std::optional<T>, ViewHash, std::equal_to<>>;
  struct PairLess {
    using is_transparent = void;
    bool operator()(const auto& a, const auto& b) const {
      return std::pair<std::string_view, std::string_view>(a) < std::pair<std::string_view, std::string_view>(b);
    }
  };

  base::Result<Judged> judge(const Question& question, bool may_ask_anything);
  base::Result<Judged> judge_node(const Question& question, std::string_view user_id, bool may_ask_anything);
  base::Result<Judged> judge_attach(const Question& question, std::string_view user_id, std::string_view node_uuid);
  base::Result<Judged> judge_account(const Question& question, std::string_view user_id, bool may_ask_anything);
  base::Result<Judged> judge_create(std::string_view user_id, std::string_view workspace_id, const Account* account);
  base::Result<Judged> judge_workspace(const Question& question, std::string_view user_id, bool may_ask_anything);
  base::Result<Answer> shown(std::string_view user_id, const Judged& judged);

  base::Result<const Node*> node(std::string_view id);
  base::Result<const Account*> account(std::string_view id);
  base::Result<void> read_nodes(std::span<const std::string> uuids);
  base::Result<authz::Decision> decide_workspace(std::string_view user_id, std::string_view workspace_id,
                                                 int least_bit);
  // kForbidden where the asker may not ask about this user, on a thing of that owner.
  base::Result<void> may_ask(std::string_view user_id, std::string_view owner_id);
  // As much is asked for what is not there as for what may not be known.
  base::Result<void> ask_as_if(std::string_view user_id);
  authz::Asked& asked(std::string_view user_id, std::string_view workspace_id);
  std::optional<std::string_view> user_of(const Question& question);  // canonical

  const Context& context_;
  const std::string_view asker_id_;
  const base::Deadline deadline_;
  std::optional<bool> about_all_;
  ById<Node> nodes_;
  ById<Account> accounts_;
  std::map<std::pair<std::string, std::string>, authz::Asked, PairLess> asked_;
  std::map<std::string, std::optional<std::string>, std::less<>> users_;  // as sent -> canonical
};

}  // namespace api::authzen
