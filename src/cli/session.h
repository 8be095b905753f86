// One command on one server: who asks, what was asked for, and how the answer is shown. Made anew for each command.

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/api.h"
#include "cli/book.h"
#include "cli/command.h"
#include "cli/layout.h"
#include "cli/pages.h"
#include "cli/world.h"

namespace cli {

inline constexpr int kDone = 0;
inline constexpr int kNo = 1;  // the answer of a check is no; what was waited for failed

struct Session {
  Session(World& given, const Invocation& invocation, Api opened)
      : world(given), asked(invocation), api(std::move(opened)), book(api) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  World& world;
  const Invocation& asked;
  Api api;
  Book book;

  [[nodiscard]] bool as_json() const { return asked.has("--json"); }
  [[nodiscard]] const Screen& screen() const { return world.screen; }
  void print(std::string_view text) const { world.out(text); }
  void print_json(const json::Value& value) const;  // as JSON, one line
  void say(std::string_view sentence) const;        // a paragraph for people
  // "Really delete gpu-1?": asked of a person; --yes answers it before. kInvalid where nobody can be asked.
  [[nodiscard]] base::Result<bool> confirmed(const std::string& question) const;
};

using Action = std::function<base::Result<int>(Session&)>;

// The command with --profile and --json, its action run on the server of the profile.
Command on_server(Command command, Action action);
// As on_server, with --all and --limit besides; and, of a table, with --columns.
Command in_pages(Command command, Action action);
Command as_list(Command command, Action action);

// A column of a list: how a cell is made of an element.
struct ListColumn {
  std::string title;
  int importance = 0;
  std::function<Cell(Session&, const json::Object&)> cell;
  std::size_t least = 8;
};

struct List {
  Ask ask;
  std::string member;  // where the array is a member of an object
  std::vector<ListColumn> columns;
  std::string none;  // said where the list is empty
};

// Prints a list as the options of as_list() ask for it.
base::Result<int> show_list(Session& session, const List& list);
// --all and --limit.
base::Result<std::size_t> wanted_elements(const Invocation& asked);

Cell plain(const json::Object& object, std::string_view path);                     // sanitised
Cell person(Session& session, const json::Object& object, std::string_view path);  // an id, by its name
Cell moment(const json::Object& object, std::string_view path);                    // a time
Cell status_of(const json::Object& object);                                        // "status", in its colour

// Tells of a failure on stderr, and gives its exit code.
int report(World& world, const base::Error& error);

// Which server, and as whom: --profile, else STEWARDRY_URL and STEWARDRY_TOKEN, else STEWARDRY_PROFILE, else "default".
base::Result<Profile> chosen_profile(const World& world, const Invocation& asked);

}  // namespace cli
