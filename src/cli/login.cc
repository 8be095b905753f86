// login, logout, profiles, whoami: where the server is, and as whom it is asked.

#include <algorithm>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/fields.h"
#include "cli/parse.h"
#include "json/encode.h"
#include "json/parse.h"

namespace cli {
namespace {

using base::Code;

constexpr std::size_t kTokenFileBytesMax = 64 * 1024;

std::string profile_meant(const World& world, const Invocation& asked) {
  return asked.maybe("--profile").value_or(world.environment("STEWARDRY_PROFILE").value_or("default"));
}

base::Result<std::string> read_file(const std::string& name) {
  std::ifstream stream(name, std::ios::binary);
  if (!stream) return base::fail(Code::kInvalid, fmt::format("{} cannot be read.", name));
  std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  if (stream.bad() || text.size() > kTokenFileBytesMax)
    return base::fail(Code::kInvalid, fmt::format("{} cannot be read, or is too long.", name));
  return text;
}

base::Secret trimmed(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return base::Secret();
  return base::Secret(std::string(text.substr(start, text.find_last_not_of(" \t\r\n") - start + 1)));
}

base::Result<base::Secret> token_given(World& world, const Invocation& asked) {
  if (const auto user = asked.maybe("--development-user")) return world.issue_token(asked.text("--data"), *user);
  if (const auto file = asked.maybe("--token-file"); file && *file != "-") return trimmed(TRY(read_file(*file)));
  base::Secret token = trimmed(TRY(world.read_input("Token: ", true)));
  if (token.empty()) {
    return base::fail(
        Code::kInvalid,
        "No token came. Give it on stdin, as in: stewardry login --url URL < token.txt; or as a file, with "
        "--token-file.");
  }
  return token;
}

// --url, else that of the server on --data, else $STEWARDRY_URL, else the one that the profile has.
base::Result<std::string> url_given(const World& world, const Invocation& asked, const Profiles& profiles,
                                    const std::string& profile) {
  if (const auto url = asked.maybe("--url")) return *url;
  if (asked.has("--data")) {
    const base::Result<std::string> text = read_file(asked.text("--data") + "/server.json");
    const base::Result<json::Value> served =
        text ? json::parse(*text) : base::Result<json::Value>(base::fail(text.error()));
    if (served && served->is_object() && !text_at(served->get_object(), "url").empty())
      return text_at(served->get_object(), "url");
    return base::fail(Code::kInvalid,
                      fmt::format("No server serves {} now: start it, or give --url.", asked.text("--data")));
  }
  if (const auto url = world.environment("STEWARDRY_URL"); url && !url->empty()) return *url;
  const base::Result<std::optional<Profile>> before = profiles.read(profile);
  if (before && *before) return (*before)->url;
  return base::fail(Code::kInvalid, "Where is the server? Give --url, as in --url https://stewardry.example.org.");
}

base::Result<int> login(World& world, const Invocation& asked) {
  if (asked.has("--development-user") != asked.has("--data"))
    return base::fail(Code::kInvalid, "--development-user and --data go together.");
  if (asked.has("--development-user") && asked.has("--token-file"))
    return base::fail(Code::kInvalid, "--development-user and --token-file exclude each other.");
  const Profiles profiles = TRY(Profiles::of(world.environment));
  const std::string name = profile_meant(world, asked);
  TRY(check_profile_name(name));
  Profile profile;
  profile.url = TRY(url_given(world, asked, profiles, name));
  const ServerUrl url = TRY(parse_server_url(profile.url));
  if (!url.encrypted && !url.local && !asked.has("--allow-http")) {
    return base::fail(Code::kInvalid,
                      "Over http anybody on the way can read the token: use https. (--allow-http sends "
                      "it nevertheless.)");
  }
  profile.url = url.origin + url.path;
  profile.trust_file = asked.text("--ca-file");
  profile.token = TRY(token_given(world, asked));
  Api api = TRY(Api::open(profile.url, profile.token, profile.trust_file));
  const json::Object me = TRY(Book(api).me());
  profile.user_id = text_at(me, "userId");
  profile.user_name = text_at(me, "name");
  TRY(profiles.write(name, profile));
  if (asked.has("--json")) {
    world.out(
        escaped_json(json::encode(json::Value(json::Object{
            {"profile", name}, {"url", profile.url}, {"userId", profile.user_id}, {"name", profile.user_name}}))) +
        "\n");
    return kDone;
  }
  world.out(shown(fmt::format("Logged in to {} as {} ({}), profile {}.", profile.url, profile.user_name,
                              profile.user_id, name)) +
            "\n");
  return kDone;
}

base::Result<int> logout(World& world, const Invocation& asked) {
  const Profiles profiles = TRY(Profiles::of(world.environment));
  const std::vector<std::string> names =
      asked.has("--all") ? profiles.names() : std::vector<std::string>{profile_meant(world, asked)};
  for (const std::string& name : names) {
    const bool was_there = TRY(profiles.remove(name));
    world.out(was_there
                  ? fmt::format("The token of profile {} is removed from this machine. It holds until it ends.\n", name)
                  : fmt::format("There was no login of profile {}.\n", name));
  }
  return kDone;
}

base::Result<int> list_profiles(World& world, const Invocation& asked) {
  const Profiles profiles = TRY(Profiles::of(world.environment));
  const std::string active = profile_meant(world, asked);
  Grid grid{{{"PROFILE", 9}, {"SERVER", 7}, {"USER", 8}, {"", 6, 6}}, {}};
  json::Array array;
  for (const std::string& name : profiles.names()) {
    const base::Result<std::optional<Profile>> read = profiles.read(name);
    const Profile profile = read && *read ? **read : Profile();
    array.push_back(json::Object{{"profile", name},
                                 {"url", profile.url},
                                 {"userId", profile.user_id},
                                 {"name", profile.user_name},
                                 {"active", name == active},
                                 {"usable", read.has_value()}});
    grid.rows.push_back({{name},
                         {shown(profile.url)},
                         {shown(profile.user_name)},
                         read ? Cell{name == active ? "in use" : ""} : Cell{shown(read.error().message), Style::kBad}});
  }
  if (asked.has("--json"))
    world.out(escaped_json(json::encode(json::Value(array))) + "\n");
  else if (grid.rows.empty())
    world.err("There are no logins. Log in first: stewardry login --url URL\n");
  else
    world.out(laid_out(grid, world.screen));
  return kDone;
}

base::Result<int> whoami(Session& session) {
  const json::Object me = TRY(session.book.me());
  if (session.as_json()) return (session.print_json(json::Value(me)), kDone);
  std::vector<std::pair<std::string, Cell>> fields{{"Name", plain(me, "name")},
                                                   {"E-mail", plain(me, "email")},
                                                   {"Id", plain(me, "userId")},
                                                   {"Workspace", person(session, me, "workspaceId")},
                                                   {"Operator", {true_at(me, "operator") ? "yes" : ""}}};
  std::erase_if(fields, [](const auto& field) { return field.second.text.empty(); });
  session.print(laid_out(fields, session.screen()));
  return kDone;
}

Command locally(Command command, base::Result<int> (*action)(World&, const Invocation&)) {
  for (const Parameter& each : server_options()) command.options.push_back(each);
  command.run = [action](World& world, const Invocation& asked) {
    const base::Result<int> result = action(world, asked);
    return result ? *result : report(world, result.error());
  };
  return command;
}

}  // namespace

void add_login_commands(Table& table) {
  table.commands.push_back(locally(
      {.path = "login",
       .summary = "Keep a token for a server, so that the other commands can use it",
       .details =
           "The token is read from stdin, or from a file; never from the command line, where others could see it. "
           "It is checked with the server, and kept in $XDG_CONFIG_HOME/stewardry/profiles (else "
           "~/.config/stewardry/profiles), readable by you alone.",
       .options =
           {{.name = "--url", .value = "URL", .doc = "Where the server is; else $STEWARDRY_URL, else as before."},
            {.name = "--token-file", .value = "FILE", .doc = "The file with the token; -: stdin."},
            {.name = "--ca-file", .value = "FILE", .doc = "PEM file with the authority of the server's certificate."},
            {.name = "--allow-http", .doc = "Send the token in the clear to a server on another machine."},
            {.name = "--development-user",
             .value = "ID",
             .doc = "Issue a token for this user (N:user:<uuid>) as `stewardry token` does; needs --data."},
            {.name = "--data", .value = "DIR", .doc = "The data folder of a server that runs with --development."}},
       .examples =
           {{"stewardry login --url https://stewardry.example.org < token.txt", "From a file, by stdin."},
            {"vault read -field=token kv/stewardry | stewardry login --url https://stewardry.example.org --profile ops",
             "From a safe, as a second profile."},
            {"stewardry login --data ./mine --development-user N:user:a0000000-0000-4000-8000-000000000001",
             "On the server of a data folder, for trying it out."}}},
      login));
  table.commands.push_back(locally({.path = "logout",
                                    .summary = "Forget the token of a profile",
                                    .options = {{.name = "--all", .doc = "Of every profile."}},
                                    .examples = {{"stewardry logout --profile ops", ""}}},
                                   logout));
  table.commands.push_back(locally({.path = "profiles",
                                    .summary = "The logins of this machine, without their tokens",
                                    .examples = {{"stewardry profiles", ""}}},
                                   list_profiles));
  table.commands.push_back(on_server({.path = "whoami",
                                      .summary = "Who you are for the server",
                                      .examples = {{"stewardry whoami --json | jq -r .userId", ""}}},
                                     whoami));
}

}  // namespace cli
