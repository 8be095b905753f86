// The facts of a case's world: who is in which workspace and team, what accounts and compute nodes there are.
//
//   people eve, mallory                                   who is in no workspace
//   operators op2                                         besides op, who operates every world
//   acme: ada owner, ben admin, cy collaborator           a workspace, whole; roles: owner admin collaborator writer
//                                                         viewer guest none
//   team gpu: cy, dee                                     of the workspace named before it
//   account lab of ada, private in acme, public in beta, paused
//   node gpu-1 of ada on lab in acme, shared with cy and team gpu
//     ... also: pending, failed, paused, destroying; open to acme; made by ben. `on` may be left out where there is one
//     account.
//
// Facts are separated by semicolons. Workspaces and people go into a directory document; accounts and nodes are for the
// player to make, through the API.
//
//   Errors     kInvalid, with what is not understood.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tests/support/api_match.h"

namespace test {

struct AccountFact {
  struct Enablement {
    std::string workspace;
    bool is_public = false;
  };
  std::string name, owner;
  std::vector<Enablement> enablements;
  bool paused = false;
  int line = 0;
};

struct NodeFact {
  std::string name, owner, account, workspace, maker;
  std::string state;  // pending, failed, paused, destroying; empty: enabled
  bool open = false;  // to its workspace
  std::vector<std::string> users, teams;
  int line = 0;
};

class Facts {
 public:
  // Adds the facts of one line.
  base::Result<void> add(std::string_view text, int line);

  // The directory document of all people and workspaces so far. Gives new ones an id among the names.
  base::Result<std::string> directory(Names& names);

  [[nodiscard]] const std::vector<AccountFact>& accounts() const { return accounts_; }
  [[nodiscard]] const std::vector<NodeFact>& nodes() const { return nodes_; }

 private:
  struct Member {
    std::string user;
    int bit = 0;
  };
  struct Team {
    std::string name;
    std::vector<std::string> members;
  };
  struct Workspace {
    std::string name;
    std::vector<Member> members;
    std::vector<Team> teams;
  };
  using Words = std::vector<std::string>;  // a comma is a word

  base::Result<void> add_fact(const Words& words, int line);
  base::Result<void> add_workspace(const Words& words);
  base::Result<void> add_team(const Words& words);
  base::Result<void> add_account(const Words& words, int line);
  base::Result<void> add_node(const Words& words, int line);
  base::Result<void> claim(const std::string& name);
  base::Result<void> give_id(Names& names, const std::string& name, std::string_view kind);

  std::vector<std::string> people_, operators_, taken_;
  std::vector<Workspace> workspaces_;
  std::size_t last_workspace_ = 0;
  std::vector<AccountFact> accounts_;
  std::vector<NodeFact> nodes_;
  int ids_ = 0;
};

}  // namespace test
