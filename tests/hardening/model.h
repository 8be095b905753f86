// What the control plane must answer, said once more and as plainly as possible: everything in lists, every question
// answered by looking at all of them. Written from docs/concepts/access.md and docs/concepts/operations.md; for tests.
//
// People, workspaces and teams are numbers; accounts, nodes and operations are places in lists that only grow (what is
// gone stays, marked). A question gives the status of the answer, or 0 where nothing speaks against it. `version_ok`
// is whether If-Match, where one was sent, names the present version.
//
//   Threads    one.

#pragma once

#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace hardening {

inline constexpr int kNone = -1;
inline constexpr int kUsers = 8;  // the last one has tokens, but is in no directory
inline constexpr int kOperator = 6, kUnlisted = 7;
inline constexpr int kUnknownUser = kUsers;
inline constexpr int kWorkspaces = 2, kUnknownWorkspace = kWorkspaces;
inline constexpr int kTeams = 3, kUnknownTeam = kTeams;
inline constexpr std::array<int, kTeams> kHomes = {0, 0, 1};  // which workspace a team is of

struct Account {
  std::string uuid, number, name, description, status = "Enabled";
  int owner = 0;
  bool forced = false;  // its deletion
  bool gone = false;
  std::map<int, bool> enabled;  // workspace -> public
};

struct Node {
  std::string uuid, name, description, status = "Pending", before, scope = "private";
  int account = 0, workspace = kNone, owner = 0;
  int operation = 0;  // the last one on it
  bool gone = false;
  std::set<int> users, teams;
};

struct Operation {
  std::string id, status = "Pending", reason;
  int node = 0, started_by = 0;
  bool deletes = false;
  std::set<int> seen_by;
  [[nodiscard]] bool open() const { return status == "Pending"; }
};

class Model {
 public:
  Model();

  // Who sees what.
  [[nodiscard]] bool member(int u, int w) const { return bit_of(u, w) >= 0; }
  [[nodiscard]] bool guest(int u, int w) const { return bit_of(u, w) >= 1; }
  [[nodiscard]] bool full(int u, int w) const { return bit_of(u, w) >= 8; }
  [[nodiscard]] bool administers(int u, int w) const { return bit_of(u, w) >= 16; }
  [[nodiscard]] bool sees(int u, const Account& account) const;
  [[nodiscard]] bool sees_enablement(int u, const Account& account, int w) const;
  [[nodiscard]] bool reads(int u, const Node& node) const;
  [[nodiscard]] bool sees(int u, const Operation& operation) const;
  [[nodiscard]] std::string shown_status(const Node& node) const;

  // What is answered to a change; 0: it is made.
  [[nodiscard]] int registers(int u, const std::string& number) const;
  [[nodiscard]] int changes(int u, const Account* account, bool version_ok) const;
  [[nodiscard]] int deletes(int u, const Account* account, bool force, bool version_ok) const;
  [[nodiscard]] int enables(int u, const Account* account, int w) const;
  [[nodiscard]] int changes_enablement(int u, const Account* account, int w, bool version_ok) const;
  [[nodiscard]] int disables(int u, const Account* account, int w, bool version_ok) const;
  [[nodiscard]] int creates(int u, const Account* account, int w) const;
  [[nodiscard]] int changes(int u, const Node* node, const std::string& status, bool version_ok) const;
  [[nodiscard]] int retries(int u, const Node* node, bool version_ok) const;
  [[nodiscard]] int deletes(int u, const Node* node, bool version_ok) const;
  [[nodiscard]] int hands_over(int u, const Node* node, int to, bool version_ok) const;
  [[nodiscard]] int attaches(int u, const Node* node, int w, bool version_ok) const;
  [[nodiscard]] int detaches(int u, const Node* node, bool version_ok) const;
  [[nodiscard]] int sets_scope(int u, const Node* node, const std::string& scope, bool version_ok) const;
  [[nodiscard]] int grants_user(int u, const Node* node, int to, bool version_ok) const;
  [[nodiscard]] int grants_team(int u, const Node* node, int team, bool version_ok) const;
  [[nodiscard]] int revokes_user(int u, const Node* node, int from, bool version_ok) const;
  [[nodiscard]] int revokes_team(int u, const Node* node, bool version_ok) const;
  [[nodiscard]] int ends(int u, const Operation* operation, const std::string& outcome, bool version_ok) const;

  // The changes that are more than an assignment.
  int start(int u, int node, bool deletes);  // an operation; gives its place
  void delete_node(int u, int node);
  void delete_account(int account, bool force);
  void end(int operation, const std::string& outcome, const std::string& reason);
  void janitor();
  static void make_private(Node& node);

  [[nodiscard]] int nodes_on(int account, int w = -2) const;  // -2: in any workspace, and in none
  [[nodiscard]] int place_of(const Account& account) const { return static_cast<int>(&account - accounts.data()); }

  std::array<std::array<int, kWorkspaces>, kUsers> bit{};  // -1: no member
  std::array<std::set<int>, kTeams> team;                  // may name who is no member
  std::vector<Account> accounts;
  std::vector<Node> nodes;
  std::vector<Operation> operations;

 private:
  [[nodiscard]] int bit_of(int u, int w) const;
  [[nodiscard]] int not_owner(int u, const Account& account) const { return sees(u, account) ? 403 : 404; }
  [[nodiscard]] int as_owner(int u, const Node* node) const;  // what only the owner may
  [[nodiscard]] int widens(int u, const Node* node, bool version_ok) const;
  void remove_if_empty(int account);
};

}  // namespace hardening
