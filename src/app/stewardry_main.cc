// The command line of the program: flags in, a command of app/commands.h out. The one place that knows CLI11.

#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>

#include "app/commands.h"

namespace {

void add_serve_flags(CLI::App& command, app::ServeArguments& arguments) {
  command.add_option("--data", arguments.data, "The data folder; made when it is not there")->required();
  command.add_option("--config", arguments.config_file, "Configuration file (TOML)");
  command.add_flag("--development", arguments.development, "Accept tokens of `stewardry token`; never in production");
  command.add_option_function<std::string>(
      "--listen", [&arguments](const std::string& value) { arguments.flags["server.listen"] = value; },
      "ADDRESS:PORT; port 0 picks a free one");
}

int run(int argc, char** argv) {
  CLI::App program("Stewardry: who gets which cloud account, compute node, file and database login; and makes it so.");
  program.require_subcommand(1);
  program.set_version_flag("--version", "stewardry 0.1.0");
  int exit_code = 0;
  std::string data, file, user, workspace, lifetime = "1h", since, until;
  bool force = false, as_json = false;
  app::ServeArguments arguments;

  CLI::App* serve = program.add_subcommand("serve", "Serve the API");
  add_serve_flags(*serve, arguments);
  serve->callback([&] { exit_code = app::serve(arguments); });

  CLI::App* directory = program.add_subcommand("directory", "Users, workspaces and teams")->require_subcommand(1);
  CLI::App* import = directory->add_subcommand("import", "Take in a directory document, whole or not at all");
  import->add_option("--data", data, "The data folder")->required();
  import->add_option("file", file, "The document (JSON; docs/reference/directory-file.md)")->required();
  import->callback([&] { exit_code = app::import_directory(data, file); });

  CLI::App* token = program.add_subcommand("token", "Print a token of the development issuer");
  token->add_option("--data", data, "The data folder")->required();
  token->add_option("--user", user, "N:user:<uuid>")->required();
  token->add_option("--workspace", workspace, "N:organization:<uuid>");
  token->add_option("--lifetime", lifetime, "90s, 15m, 1h, 7d")->capture_default_str();
  token->callback([&] { exit_code = app::issue_token(data, user, workspace, lifetime); });

  CLI::App* store = program.add_subcommand("store", "The state table's file")->require_subcommand(1);
  CLI::App* backup = store->add_subcommand("backup", "Copy the state to a file, while a server runs or not");
  backup->add_option("--data", data, "The data folder")->required();
  backup->add_option("file", file, "The file to make; it must not be there")->required();
  backup->callback([&] { exit_code = app::store_backup(data, file); });
  CLI::App* restore =
      store->add_subcommand("restore", "Put a backup in the place of the state; the server must be stopped");
  restore->add_option("--data", data, "The data folder")->required();
  restore->add_option("file", file, "The backup")->required();
  restore->add_flag("--force", force, "Also over a state that is there");
  restore->callback([&] { exit_code = app::store_restore(data, file, force); });
  CLI::App* check = store->add_subcommand("check", "Look whether the state is whole, while a server runs or not");
  check->add_option("--data", data, "The data folder")->required();
  check->add_flag("--json", as_json, "As JSON");
  check->callback([&] { exit_code = app::store_check(data, as_json); });

  CLI::App* audit =
      program.add_subcommand("audit", "Who did what: the audit trail of a data folder")->require_subcommand(1);
  CLI::App* verify =
      audit->add_subcommand("verify", "Look whether the trail is what was written, while a server runs or not");
  verify->add_option("--data", data, "The data folder")->required();
  verify->add_option("--heads", file,
                     "Heads that were kept elsewhere (of `audit heads`); the trail must still hold them");
  verify->add_flag("--json", as_json, "As JSON");
  verify->callback([&] { exit_code = app::audit_verify(data, file, as_json); });
  CLI::App* audit_export =
      audit->add_subcommand("export", "Print events as JSON, one a line, with the hashes that chain them");
  audit_export->add_option("--data", data, "The data folder")->required();
  audit_export->add_option("--since", since, "Only events from this time on (RFC 3339)");
  audit_export->add_option("--until", until, "Only events before this time");
  audit_export->callback([&] { exit_code = app::audit_export(data, since, until); });
  CLI::App* heads = audit->add_subcommand("heads", "Print the signed heads, to be kept elsewhere");
  heads->add_option("--data", data, "The data folder")->required();
  heads->callback([&] { exit_code = app::audit_heads(data); });

  CLI::App* new_key = audit->add_subcommand(
      "new-key", "Sign the trail with a new key, where the old one is lost; the server must be stopped");
  new_key->add_option("--data", data, "The data folder")->required();
  new_key->add_option("--heads", file,
                      "Heads that were kept elsewhere; without them the old signatures are not looked at");
  new_key->add_flag("--force", force, "Also over a trail that is not good");
  new_key->callback([&] { exit_code = app::audit_new_key(data, file, force); });

  CLI::App* config = program.add_subcommand("config", "Settings")->require_subcommand(1);
  CLI::App* config_check =
      config->add_subcommand("check", "Show each setting's value and source, and whether a server would start");
  add_serve_flags(*config_check, arguments);
  config_check->get_option("--data")->required(false);
  config_check->callback([&] { exit_code = app::config_check(arguments); });
  config->add_subcommand("reference", "Print every setting, as a Markdown table")->callback([&] {
    exit_code = app::config_reference();
  });

  program.add_subcommand("openapi", "Print the OpenAPI document")->callback([&] { exit_code = app::print_openapi(); });

  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : 2;
  }
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& thrown) {  // of CLI11's own set-up; our code throws nothing
    std::fprintf(stderr, "stewardry: %s\n", thrown.what());
    return 1;
  }
}
