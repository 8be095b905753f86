#include "app/command_table.h"

#include "app/aws_command.h"
#include "app/commands.h"
#include "app/db_command.h"

namespace app {
namespace {

using cli::Command;
using cli::Invocation;
using cli::Parameter;
using cli::World;

const Parameter kData{.name = "--data", .value = "DIR", .doc = "The data folder.", .required = true};

std::vector<Parameter> serve_options(bool data_required) {
  return {{.name = "--data",
           .value = "DIR",
           .doc = "The data folder; made when it is not there.",
           .required = data_required},
          {.name = "--config", .value = "FILE", .doc = "Configuration file (TOML)."},
          {.name = "--development", .doc = "Accept tokens of `stewardry token`; never in production."},
          {.name = "--listen", .value = "ADDRESS:PORT", .doc = "Where to listen; port 0 picks a free one."}};
}

ServeArguments serve_arguments(const Invocation& asked) {
  ServeArguments arguments;
  arguments.data = asked.text("--data");
  arguments.config_file = asked.text("--config");
  arguments.development = asked.has("--development");
  if (const auto listen = asked.maybe("--listen")) arguments.flags["server.listen"] = *listen;
  return arguments;
}

std::vector<Command> serving() {
  return {{.path = "serve",
           .summary = "Serve the API",
           .options = serve_options(true),
           .examples = {{"stewardry serve --data ./mine --listen 127.0.0.1:8080 --development", "To try it out."}},
           .run = [](World&, const Invocation& asked) { return serve(serve_arguments(asked)); }},
          {.path = "directory import",
           .summary = "Take in a directory document, whole or not at all",
           .arguments = {{.name = "file",
                          .value = "FILE",
                          .doc = "The document (JSON; docs/reference/directory-file.md).",
                          .required = true}},
           .options = {kData},
           .examples = {{"stewardry directory import --data ./mine my-directory.json", ""}},
           .run = [](World&,
                     const Invocation& asked) { return import_directory(asked.text("--data"), asked.text("file")); }},
          {.path = "token",
           .summary = "Print a token of the development issuer",
           .options = {kData,
                       {.name = "--user", .value = "ID", .doc = "N:user:<uuid>.", .required = true},
                       {.name = "--workspace", .value = "ID", .doc = "N:organization:<uuid>."},
                       {.name = "--lifetime", .value = "TIME", .doc = "90s, 15m, 1h, 7d.", .fallback = "1h"}},
           .examples = {{"stewardry token --data ./mine --user N:user:a0000000-0000-4000-8000-000000000001", ""}},
           .run = [](World&, const Invocation& asked) {
             return issue_token(asked.text("--data"), asked.text("--user"), asked.text("--workspace"),
                                asked.text("--lifetime"));
           }}};
}

std::vector<Command> storing() {
  return {
      {.path = "store backup",
       .summary = "Copy the state to a file, while a server runs or not",
       .arguments =
           {{.name = "file", .value = "FILE", .doc = "The file to make; it must not be there.", .required = true}},
       .options = {kData},
       .examples = {{"stewardry store backup --data ./mine backup.db", ""}},
       .run = [](World&, const Invocation& asked) { return store_backup(asked.text("--data"), asked.text("file")); }},
      {.path = "store restore",
       .summary = "Put a backup in the place of the state; the server must be stopped",
       .arguments = {{.name = "file", .value = "FILE", .doc = "The backup.", .required = true}},
       .options = {kData, {.name = "--force", .doc = "Also over a state that is there."}},
       .examples = {{"stewardry store restore --data ./mine backup.db --force", ""}},
       .run =
           [](World&, const Invocation& asked) {
             return store_restore(asked.text("--data"), asked.text("file"), asked.has("--force"));
           }},
      {.path = "store check",
       .summary = "Look whether the state is whole, while a server runs or not",
       .options = {kData,
                   {.name = "--rebuild-sets",
                    .doc = "First make the sets that lists are read from anew; the server must be stopped."},
                   {.name = "--json", .doc = "As JSON."}},
       .examples = {{"stewardry store check --data ./mine", "Exit code 1 where something is found."},
                    {"stewardry store check --data ./mine --rebuild-sets",
                     "Where the sets are not what they should be."}},
       .run = [](World&, const Invocation& asked) {
         return store_check(asked.text("--data"), asked.has("--rebuild-sets"), asked.has("--json"));
       }}};
}

std::vector<Command> auditing() {
  return {{.path = "audit verify",
           .summary = "Look whether the trail is what was written, while a server runs or not",
           .options = {kData,
                       {.name = "--heads",
                        .value = "FILE",
                        .doc = "Heads that were kept elsewhere (of `audit heads`); the trail must still hold them."},
                       {.name = "--json", .doc = "As JSON."}},
           .examples = {{"stewardry audit verify --data ./mine", "Exit code 1 where the trail was changed."}},
           .run =
               [](World&, const Invocation& asked) {
                 return audit_verify(asked.text("--data"), asked.text("--heads"), asked.has("--json"));
               }},
          {.path = "audit export",
           .summary = "Print events as JSON, one a line, with the hashes that chain them",
           .options = {kData,
                       {.name = "--since", .value = "TIME", .doc = "Only events from this time on (RFC 3339)."},
                       {.name = "--until", .value = "TIME", .doc = "Only events before this time."}},
           .examples = {{"stewardry audit export --data ./mine --since 2026-11-24T00:00:00Z", ""}},
           .run =
               [](World&, const Invocation& asked) {
                 return audit_export(asked.text("--data"), asked.text("--since"), asked.text("--until"));
               }},
          {.path = "audit heads",
           .summary = "Print the signed heads, to be kept elsewhere",
           .options = {kData},
           .examples = {{"stewardry audit heads --data ./mine > heads.json", ""}},
           .run = [](World&, const Invocation& asked) { return audit_heads(asked.text("--data")); }},
          {.path = "audit new-key",
           .summary = "Sign the trail with a new key, where the old one is lost; the server must be stopped",
           .options = {kData,
                       {.name = "--heads",
                        .value = "FILE",
                        .doc = "Heads that were kept elsewhere; without them the old signatures are not looked at."},
                       {.name = "--force", .doc = "Also over a trail that is not good."}},
           .examples = {{"stewardry audit new-key --data ./mine --heads heads.json", ""}},
           .run = [](World&, const Invocation& asked) {
             return audit_new_key(asked.text("--data"), asked.text("--heads"), asked.has("--force"));
           }}};
}

std::vector<Command> configuring() {
  return {{.path = "config check",
           .summary = "Show each setting's value and source, and whether a server would start",
           .options = serve_options(false),
           .examples = {{"stewardry config check --config stewardry.toml", ""}},
           .run = [](World&, const Invocation& asked) { return config_check(serve_arguments(asked)); }},
          {.path = "config reference",
           .summary = "Print every setting, as a Markdown table",
           .run = [](World&, const Invocation&) { return config_reference(); }},
          {.path = "openapi", .summary = "Print the OpenAPI document", .run = [](World&, const Invocation&) {
             return print_openapi();
           }}};
}

}  // namespace

std::vector<cli::Group> local_groups() {
  return {{"directory", "Users, workspaces and teams of the embedded directory"},
          {"store", "The state table's file"},
          {"config", "Settings of the server"},
          {"db", "Roles and privileges of PostgreSQL databases, declared"}};
}

std::vector<Command> local_commands() {
  std::vector<Command> all;
  for (std::vector<Command> (*make)() : {auditing, serving, storing, configuring}) {
    for (Command& each : make()) all.push_back(std::move(each));
  }
  all.push_back(aws_command());
  for (Command& each : db_commands()) all.push_back(std::move(each));
  return all;
}

}  // namespace app
