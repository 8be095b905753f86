#include "cli/program.h"

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/help.h"
#include "cli/parse.h"

namespace cli {
namespace {

constexpr int kUsage = 2;

int explain(const Table& table, World& world, const Misuse& misuse) {
  const Command* own = table.command(misuse.path);
  if (own != nullptr && own->misused) return own->misused(world, misuse.message);
  const std::string path = misuse.path.empty() ? std::string() : " " + misuse.path;
  world.err("stewardry: " + shown(misuse.message) + "\n");
  if (const Command* command = table.command(misuse.path); command != nullptr)
    world.err("Usage: " + usage_line(*command) + "\n");
  world.err(fmt::format("More: stewardry{} --help\n", path));
  return kUsage;
}

}  // namespace

Table make_table(std::string version, std::vector<Group> groups, std::vector<Command> local) {
  Table table;
  table.summary = "Stewardry: who gets which cloud account, compute node, file and database login; and makes it so.";
  table.version = std::move(version);
  add_login_commands(table);
  add_account_commands(table);
  add_node_commands(table);
  add_sharing_commands(table);
  add_workspace_commands(table);
  add_access_commands(table);
  add_preview_command(table);
  add_operation_commands(table);
  add_database_commands(table);
  add_audit_commands(table);
  for (Group& each : groups) table.groups.push_back(std::move(each));
  for (Command& each : local) table.commands.push_back(std::move(each));
  add_shell_commands(table);
  return table;
}

int run(const Table& table, World& world, std::span<const std::string> words) {
  const auto outcome = parse(table, words);
  if (const auto* misuse = std::get_if<Misuse>(&outcome)) return explain(table, world, *misuse);
  if (const auto* help = std::get_if<HelpWanted>(&outcome)) {
    const Command* own = table.command(help->path);
    if (own != nullptr && own->help && !help->values.empty())
      return own->help(world, Invocation(table, *own, help->values));
    return (world.out(help_of(table, help->path, world.screen)), kDone);
  }
  if (std::holds_alternative<VersionWanted>(outcome)) return (world.out(table.version + "\n"), kDone);
  const Parsed& parsed = std::get<Parsed>(outcome);
  const Invocation asked(table, *parsed.command, parsed.values);
  return parsed.command->run(world, asked);
}

}  // namespace cli
