// Plays a case: makes its world, through the API and by the right people, then asks and compares. What does not hold is
// a test failure at the line of the case.
//
//   Owns       the world that it makes.
//   Threads    one.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tests/support/api_case.h"
#include "tests/support/api_facts.h"
#include "tests/support/api_match.h"
#include "tests/support/api_world.h"

namespace test {

class Player {
 public:
  Player(const Case& played, ApiWorldOptions options) : case_(played), world_(std::move(options)) {}
  void play();

  // For tests in C++ that begin with a world in words: makes it, and gives it with its names.
  ApiWorld& world() { return world_; }
  Names& names() { return names_; }
  // False, with a test failure, where it cannot be made.
  bool make_world();

 private:
  struct Asker {
    std::string user_id;  // empty: nobody
    std::optional<std::string> workspace_id;
  };

  bool make(const AccountFact& account);
  bool make(const NodeFact& node);
  bool share(const NodeFact& node);
  bool bring_to_state(const NodeFact& node, const std::string& operation);
  bool import_directory(int line);
  // As this person; false, with a failure at the line, where the answer has another status.
  bool ask(int line, const std::string& user, std::string_view method, const std::string& target, std::string body,
           int status);

  void step(const Step& step);
  void request(const Step& step);
  void request_as(const Step& step, const std::string& user);
  std::optional<Asker> asker(const Step& step, const std::string& user);
  void look_at(const Step& step, const std::string& user, net::Response response);
  void compare_bodies(const Step& step, const net::Response& response, std::string& wrong);
  void compare_with_last(const net::Response& response, std::string& wrong);
  void keep(const Keep& keep, const net::Response& response);
  // In a world below a base path: takes it off the answer again, and says where it was missing.
  std::string take_base_path_off(net::Response& response) const;
  void fail(int line, const std::string& what);

  const Case& case_;
  ApiWorld world_;
  Names names_;
  Facts facts_;
  net::Response last_;
  int accounts_made_ = 0;
  bool failed_ = false;
};

}  // namespace test
