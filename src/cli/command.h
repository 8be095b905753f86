// The table of commands: what each is called, takes and does. From this one table come the parser (cli/parse.h), the
// help and the reference page (cli/help.h) and the completion of the shells (cli/completion.h); so that none of them
// can say something else than the others.
//
// A table is made once, and only read then. The commands that talk to a server are made in this module; those that work
// on a data folder come from app.

#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

struct World;
class Invocation;

// An option ("--user", with `value` for what it takes; empty for a flag) or an argument ("NODE").
//
// `value` also says what the shells complete: NODE, ACCOUNT, DATABASE, USER, TEAM, WORKSPACE, OPERATION and PROFILE by
// asking the program (`complete`), and so the AWS- ones; FILE and DIR by themselves, and the `choices` from here.
struct Parameter {
  std::string name;
  std::string value;
  std::string doc;
  bool required = false;
  bool repeated = false;
  std::vector<std::string> choices;
  std::string fallback;  // the value where none is given; empty: none
};

struct Example {
  std::string line;  // as it is typed
  std::string doc;   // what it does
};

struct Command {
  std::string path;     // "nodes list"
  std::string summary;  // one line; ends without a full stop
  std::string details;  // for the help: paragraphs, a line break between two
  std::vector<Parameter> arguments;
  std::vector<Parameter> options;
  std::vector<Example> examples;
  std::function<int(World&, const Invocation&)> run;  // gives the exit code
  bool hidden = false;                                // not in help, reference and completion
  // For a command whose arguments decide what may follow. Both give the exit code; empty: as for every command.
  std::function<int(World&, const Invocation&)> help;                   // --help, with what stood before it
  std::function<int(World&, const std::string& message)> misused = {};  // a line that cannot be read
};

// What stands before several commands: "nodes" of "nodes list". For the help.
struct Group {
  std::string path;
  std::string summary;
};

struct Table {
  std::string summary, version;
  std::vector<Group> groups;
  std::vector<Command> commands;
  // Names of kinds that no server is asked for; nothing: not such a kind. `places`: the arguments of the command so
  // far, the last being the one that is typed.
  std::function<std::optional<std::vector<std::string>>(std::string_view kind, const std::vector<std::string>& places)>
      local_names;

  [[nodiscard]] const Command* command(std::string_view path) const;
  [[nodiscard]] const Group* group(std::string_view path) const;
  // The words that may follow `path` ("" for the first), in the table's order.
  struct Word {
    std::string word, summary;
    bool operator==(const Word&) const = default;
  };
  [[nodiscard]] std::vector<Word> words_after(std::string_view path) const;
};

// A command as it was typed. Asking for a parameter that the command does not declare is a mistake of ours.
class Invocation {
 public:
  using Values = std::map<std::string, std::vector<std::string>, std::less<>>;

  Invocation(const Table& table, const Command& command, Values values)
      : table_(table), command_(command), values_(std::move(values)) {}

  [[nodiscard]] bool has(std::string_view name) const;          // given at all
  [[nodiscard]] std::string text(std::string_view name) const;  // the (first) value, else the fallback
  [[nodiscard]] std::optional<std::string> maybe(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
  [[nodiscard]] bool declares(std::string_view name) const;

  [[nodiscard]] const Table& table() const { return table_; }
  [[nodiscard]] const Command& command() const { return command_; }

 private:
  [[nodiscard]] const Parameter& parameter(std::string_view name) const;
  const Table& table_;
  const Command& command_;
  Values values_;
};

// "NODE", "[NODE]", "NODE..." for people.
std::string usage_of(const Parameter& argument);

}  // namespace cli
