// The API as a state machine: plays commands against a whole control plane in process, predicts each answer by the
// Model, and says what differs. A command is six numbers; what they mean depends on what is there, so any list of
// commands can be played, and a shorter list can be tried when one fails.
//
// Of each answer the status is predicted, and of a success the body as far as the rules say what is in it. A refusal
// that a caller gets for a thing that is hidden from them is compared, byte for byte, with what they get for an id that
// is nobody's. Bad requests, unauthenticated ones, wrong versions and repeated Idempotency-Keys come in between.
// compare() has everybody look at everything.
//
//   Owns       the world that it makes.
//   Threads    one.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "json/value.h"
#include "tests/hardening/model.h"
#include "tests/support/api_match.h"
#include "tests/support/api_world.h"

namespace hardening {

struct Command {
  std::uint32_t kind = 0, who = 0, x = 0, y = 0, z = 0, dress = 0;
};

// One request: what is sent, and what the model makes of it.
struct Plan {
  int who = 0, token_workspace = kNone;
  std::string method, target, body;
  test::HeaderList headers;
  bool takes_if_match = false;
  int status = 200;  // of a success
  int refusal = 0;   // 0: a success is predicted
  // Ids in the request of what the caller must not learn of, each with one that is nobody's.
  std::vector<std::pair<std::string, std::string>> hidden;
  std::function<void()> apply;            // to the model
  std::function<std::string()> expected;  // the body, in the words of api_match.h; asked for after `apply`
  std::function<void(const json::Value&)> learn;
};

class Machine {
 public:
  explicit Machine(test::ApiWorldOptions options);

  // What is wrong; empty where nothing is.
  [[nodiscard]] std::string run(const Command& command);
  [[nodiscard]] std::string compare();
  // What was sent so far, as a case of tests/api.
  [[nodiscard]] std::string script() const;

  static constexpr int kKinds = 38;

 private:
  struct Match {
    std::string header;  // empty: none is sent
    bool ok = true;
  };
  struct Recorded {
    Plan plan;
    std::string key, body;
    int status = 0;
  };

  // Sending (machine.cc).
  net::Response send(const Plan& plan);
  std::string play(Plan plan, std::uint32_t dress);
  std::string play_bad(Plan plan, std::uint32_t how);
  std::string play_recorded(const Recorded& recorded, bool altered);
  std::string succeed(const Plan& plan, const std::string& key);
  std::string refuse(const Plan& plan);
  std::string directory(const Command& c);
  std::string learn_operations();
  void import_directory();
  void note(std::string line);
  void note(const Plan& plan, int status);

  // Plans (plans.cc).
  Plan plan(const Command& c);
  Plan plan_account(const Command& c);
  Plan plan_enablement(const Command& c);
  Plan plan_node(const Command& c);
  Plan plan_create(const Command& c);
  Plan plan_node_change(const Command& c);
  Plan plan_sharing(const Command& c);
  Plan plan_grant(const Command& c);
  Plan plan_operation(const Command& c);
  Plan plan_list(const Command& c);

  // Choices (plans.cc).
  int pick_account(std::uint32_t x) const;
  int pick_node(std::uint32_t x) const;
  int pick_operation(std::uint32_t x) const;
  int pick_who(std::uint32_t x, int owner, int other) const;
  Match match(std::uint32_t dress, const std::string& target, int reader);
  static void add(Plan& plan, const Match& match);
  void hide(Plan& plan, const Account* account) const;
  void hide(Plan& plan, const Node* node) const;
  void hide_workspace(Plan& plan, int w) const;
  const Account* alive_account(int a) const;
  const Node* alive_node(int n) const;

  // Words (machine.cc).
  std::string account_uuid(int a) const;
  std::string node_uuid(int n) const;
  std::string account_words(const Account& account, bool as_owner) const;
  std::string enablement_words(const Account& account, int w) const;
  std::string node_words(const Node& node) const;
  std::string permission_words(const Node& node) const;
  std::string operation_words(const Operation& operation) const;

  // Looking (compare.cc).
  net::Response look(int u, const std::string& target);
  std::string look_for(int u, const std::string& target, bool there, const std::string& words,
                       const std::string& nobodys);
  std::string compare_nodes(int u);
  std::string compare_accounts(int u);
  std::string compare_operations(int u);
  std::string compare_lists(int u);
  std::string compare_access(int u);  // and the three below: compare_access.cc
  std::string compare_explanation(int u, const Node& node);
  std::string compare_principals(const Node& node);
  std::string compare_decisions(int u);
  // The list's pages together against these words, one for each element, in this order.
  std::string compare_list(int u, const std::string& target, int status, const std::vector<std::string>& words);
  std::vector<std::string> node_list(const std::function<bool(const Node&)>& belongs) const;

  test::ApiWorldOptions options_;
  test::ApiWorld world_;
  test::Names names_;
  Model model_;
  std::vector<Recorded> recorded_;
  std::map<std::pair<int, std::string>, std::size_t> keys_;  // who and key -> place in recorded_
  std::vector<std::string> lines_;
};

std::string user_id(int u);
std::string workspace_id(int w);
std::string team_id(int t);
std::string json_text(const std::string& text);
inline const std::string kNobodysUuid = "dddddddd-dddd-4ddd-8ddd-dddddddddddd";

// Makes a request bad in the `how`th way; the status that it must get, or 0 where that way is not one of this request.
int spoil(Plan& plan, std::uint32_t how);

}  // namespace hardening
