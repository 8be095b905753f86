// completion, complete, cli-reference: what shells and documents are told of the table itself.

#include <set>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/fields.h"
#include "cli/help.h"

namespace cli {
namespace {

int print_completion(World& world, const Invocation& asked) {
  const std::string shell = asked.text("SHELL");
  world.out(shell == "bash"  ? bash_completion(asked.table())
            : shell == "zsh" ? zsh_completion(asked.table())
                             : fish_completion(asked.table()));
  return kDone;
}

int print_reference(World& world, const Invocation& asked) {
  world.out(reference(asked.table()));
  return kDone;
}

void add_texts(std::set<std::string>& names, const std::vector<json::Object>& list, std::string_view member) {
  for (const json::Object& each : list) names.insert(text_at(each, member));
}

base::Result<std::set<std::string>> names_of(Session& session, const std::string& kind) {
  std::set<std::string> names;
  if (kind == "nodes")
    add_texts(names, TRY(everything(session.api, "/compute-nodes", {{"reachable", "true"}})), "name");
  if (kind == "accounts") add_texts(names, TRY(everything(session.api, "/accounts")), "name");
  if (kind == "databases") add_texts(names, TRY(everything(session.api, "/databases")), "name");
  if (kind == "operations") add_texts(names, TRY(everything(session.api, "/operations")), "id");
  if (kind != "workspaces" && kind != "teams" && kind != "users") return names;
  for (const Book::Workspace& each : TRY(session.book.workspaces())) {
    if (kind == "workspaces") names.insert(each.name);
    const std::string path = "/workspaces/" + segment(each.id) + (kind == "teams" ? "/teams" : "/members");
    const auto list = kind == "workspaces" ? base::Result<std::vector<json::Object>>() : everything(session.api, path);
    if (list) add_texts(names, *list, kind == "teams" ? "name" : "email");
  }
  return names;
}

base::Result<int> complete_on_server(Session& session) {
  for (const std::string& each : TRY(names_of(session, session.asked.text("KIND")))) {
    if (!each.empty() && shown(each) == each) session.print(each + "\n");
  }
  return kDone;
}

Command complete_command() {
  Command command = on_server({.path = "complete",
                               .summary = "Names for the completion of shells",
                               .arguments = {{.name = "KIND", .doc = "What is to be named.", .required = true},
                                             {.name = "WORD", .doc = "The line so far.", .repeated = true}},
                               .hidden = true},
                              complete_on_server);
  // Nobody sees a message while a line is being completed; and profiles need no server.
  command.run = [on_the_server = std::move(command.run)](World& world, const Invocation& asked) {
    const Table& table = asked.table();
    if (const auto local = table.local_names
                               ? table.local_names(asked.text("KIND"), places_of(table, asked.all("WORD")))
                               : std::nullopt) {
      for (const std::string& each : *local) world.out(each + "\n");
      return kDone;
    }
    if (asked.text("KIND") == "profiles") {
      const base::Result<Profiles> profiles = Profiles::of(world.environment);
      for (const std::string& each : profiles ? profiles->names() : std::vector<std::string>()) world.out(each + "\n");
      return kDone;
    }
    return on_the_server(world, asked);
  };
  return command;
}

}  // namespace

void add_shell_commands(Table& table) {
  table.commands.push_back(
      {.path = "completion",
       .summary = "Print the completion script of a shell",
       .arguments = {{.name = "SHELL", .doc = "The shell.", .required = true, .choices = {"bash", "zsh", "fish"}}},
       .examples = {{"source <(stewardry completion bash)", "In ~/.bashrc."},
                    {"stewardry completion zsh > ~/.zfunc/_stewardry", "In a folder of zsh's fpath."},
                    {"stewardry completion fish > ~/.config/fish/completions/stewardry.fish", ""}},
       .run = print_completion});
  table.commands.push_back(complete_command());
  table.commands.push_back({.path = "cli-reference",
                            .summary = "Print the reference of the command line, as Markdown",
                            .run = print_reference,
                            .hidden = true});
}

}  // namespace cli
