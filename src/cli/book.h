// Names for ids, and ids for names, as the server knows them and shows them to the caller. What was read once is kept
// for as long as the command runs.
//
// Users are looked for among the members of the caller's workspaces, as far as the caller may see those; accounts among
// the caller's own, then among those that the caller sees as an administrator; nodes and databases among all that the
// caller reads.
// An id in full is taken as it is: it need not be in any list. "me" is the caller.
//
//   Threads   one.
//   Errors    of the server; kNotFound and kAmbiguous of cli/match.h.

#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cli/api.h"
#include "cli/match.h"

namespace cli {

class Book {
 public:
  struct Workspace {
    std::string id, name;
    int permission_bit = 0;
  };

  explicit Book(Api& api) : api_(api) {}

  base::Result<std::string> user(const std::string& name);
  base::Result<std::string> node(const std::string& name);
  base::Result<std::string> account(const std::string& name);
  base::Result<std::string> database(const std::string& name);
  base::Result<std::string> operation(const std::string& name);
  base::Result<std::string> workspace(const std::string& name);
  // `workspace_id` empty: of any of the caller's workspaces.
  base::Result<std::string> team(const std::string& name, const std::string& workspace_id);

  // Whose team it is, of the caller's workspaces.
  base::Result<std::string> workspace_of_team(const std::string& team_id);

  base::Result<json::Object> me();
  base::Result<std::vector<Workspace>> workspaces();
  // The workspace that is meant where none is named: the token's, or the only one.
  base::Result<std::string> usual_workspace();

  // For people: the name where it can be found out, else the id.
  std::string name_of(const std::string& id);
  // A sentence with each node id in it exchanged for the name.
  std::string with_names(std::string_view sentence);
  void remember(const std::string& id, const std::string& name);

 private:
  struct Person {
    std::string id, name, email;
  };
  struct Team {
    std::string id, name, workspace_id;
  };

  // So many members of each workspace.
  base::Result<void> read_people(std::size_t of_each);
  void read_names(std::string_view like);
  void read_others_workspace(const std::string& id);
  base::Result<std::vector<Team>> teams_of(const std::string& workspace_id);

  Api& api_;
  std::optional<json::Object> me_;
  std::optional<std::vector<Workspace>> workspaces_;
  std::optional<std::vector<Person>> people_;
  std::size_t people_read_ = 0;                      // of each workspace
  bool people_asked_ = false, teams_asked_ = false;  // for show
  std::set<std::string> others_;                     // workspaces that an operator was asked about
  std::map<std::string, std::string> names_;
};

}  // namespace cli
