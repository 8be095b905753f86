// Two requests at the same time, and what may come of it: a stage is set, one or both are made, and all that is stored
// is told as text without ids, so that the outcomes of different runs can be compared.
//
// On the stage: account `lab` of ada, public in acme and private in beta; on it the compute nodes that are needed: `n`
// works and is shared with cy and team gpu, `p` is Pending, `f` Failed, `d` Destroying (all ada's, in acme), `l` works
// and belongs to no workspace. Account `bare` of ada, private in acme, with nothing on it. Ben administers acme and
// owns beta, cy and dee collaborate in acme, op operates.
//
//   Threads    ask() from any thread; the rest from one.

#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/api_world.h"

namespace hardening {

struct Mutation {
  std::string name, who, method, target, body;  // with the stage's names in braces
  std::string on;                               // lab, bare, n, p, f, d, l; or directory
  bool in_one = true;                           // one transaction: what is committed before it decides
  bool loose = false;  // changes nothing, and its answer may tell what happened just after; its status is compared
};

const std::vector<Mutation>& mutations();

class Stage {
 public:
  // A new account and new nodes in a world that may have had others. `directory_as_it_was`: it need not be imported.
  Stage(test::ApiWorld& world, int number, const std::set<std::string>& needs);

  // The answer: status and body.
  std::string ask(const Mutation& mutation);
  // Everything that is stored of the stage's things; also finds what to call the things that were made meanwhile.
  std::string state();
  // What must hold whatever has happened; a line for each thing that does not.
  std::string broken(bool with_lists);
  // With names in place of ids. After state().
  [[nodiscard]] std::string show(std::string text) const;

  // The directory as the stage needs it.
  static void import_directory(test::ApiWorld& world, int ada_bit = 32, int ben_bit = 16, int cy_bit = 8);

 private:
  net::Response call(const std::string& who, const std::string& method, const std::string& target,
                     const std::string& body, int status);
  void make_account(const std::string& name);
  void make_node(const std::string& name);
  std::string id(const std::string& name) const;
  std::string fill(std::string text) const;
  void name(std::string id, std::string shown) { names_.insert_or_assign(std::move(id), std::move(shown)); }
  std::vector<store::Item> partition(const std::string& pk, bool by_index = false);
  std::optional<store::Item> item(const store::Key& key);
  void find_nodes();
  std::string broken_node(const std::string& uuid);
  std::string broken_account(const std::string& uuid);
  std::string broken_lists(const std::string& user);

  test::ApiWorld& world_;
  const int number_;
  std::map<std::string, std::string> names_;  // id -> shown
  std::set<std::string> accounts_, nodes_;    // uuids
};

}  // namespace hardening
