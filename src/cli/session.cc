#include "cli/session.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/error_table.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/fields.h"
#include "cli/parse.h"
#include "json/encode.h"

namespace cli {
namespace {

using base::Code;

base::Result<int> act(World& world, const Invocation& asked, const Action& action) {
  const Profile profile = TRY(chosen_profile(world, asked));
  Session session(world, asked, TRY(Api::open(profile.url, profile.token, profile.trust_file)));
  return action(session);
}

std::vector<ListColumn> chosen_columns(const std::vector<ListColumn>& all, const std::string& names,
                                       std::string& unknown) {
  std::vector<ListColumn> chosen;
  std::string_view rest = names;
  while (!rest.empty()) {
    const std::string_view name = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    const auto found = std::find_if(all.begin(), all.end(), [&](const ListColumn& column) {
      return base::equal_ignoring_case(column.title, name);
    });
    if (found == all.end()) unknown = name;
    if (found != all.end()) chosen.push_back(*found);
  }
  return chosen;
}

base::Result<std::vector<ListColumn>> columns_of(const Session& session, const List& list) {
  const std::string names = session.asked.text("--columns");
  if (names.empty()) return list.columns;
  std::string unknown;
  std::vector<ListColumn> chosen = chosen_columns(list.columns, names, unknown);
  if (unknown.empty() && !chosen.empty()) return chosen;
  std::vector<std::string> known;
  for (const ListColumn& each : list.columns) known.push_back(base::to_lower_ascii(each.title));
  return base::fail(Code::kInvalid,
                    fmt::format("There is no column \"{}\": there are {}.", unknown, fmt::join(known, ", ")));
}

}  // namespace

void Session::print_json(const json::Value& value) const { world.out(escaped_json(json::encode(value)) + "\n"); }

void Session::say(std::string_view sentence) const { world.out(paragraph(shown(sentence, true), 0, screen())); }

base::Result<bool> Session::confirmed(const std::string& question) const {
  if (asked.has("--yes")) return true;
  if (!world.asks_a_person)
    return base::fail(Code::kInvalid, "Nobody can be asked whether this is meant: add --yes if it is.");
  std::string answer = TRY(world.read_input(shown(question) + " [y/N] ", false));
  std::erase_if(answer, [](char c) { return c == '\n' || c == '\r'; });
  const std::string word = base::to_lower_ascii(base::trim(answer));
  if (word == "y" || word == "yes") return true;
  world.err("Nothing was done.\n");
  return false;
}

Command on_server(Command command, Action action) {
  for (const Parameter& each : server_options()) command.options.push_back(each);
  command.run = [action = std::move(action)](World& world, const Invocation& asked) {
    const base::Result<int> result = act(world, asked, action);
    return result ? *result : report(world, result.error());
  };
  return command;
}

Command as_list(Command command, Action action) {
  command.options.push_back({.name = "--all", .doc = "Every element, however many pages that takes."});
  command.options.push_back({.name = "--limit",
                             .value = "N",
                             .doc = "At most so many elements.",
                             .fallback = std::to_string(base::limits::kPageDefault)});
  command.options.push_back(
      {.name = "--columns",
       .value = "NAMES",
       .doc = "These columns, in this order, with commas between (name,status); of the table only."});
  return on_server(std::move(command), std::move(action));
}

base::Result<std::size_t> wanted_elements(const Invocation& asked) {
  if (asked.has("--all") && asked.has("--limit"))
    return base::fail(Code::kInvalid, "--all and --limit exclude each other.");
  if (asked.has("--all")) return kEverything;
  const std::string text = asked.text("--limit");
  std::size_t wanted = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), wanted);
  if (error != std::errc() || end != text.data() + text.size() || wanted == 0)
    return base::fail(Code::kInvalid, "--limit must be a whole number from 1.");
  return wanted;
}

base::Result<int> show_list(Session& session, const List& list) {
  const std::size_t wanted = TRY(wanted_elements(session.asked));
  const std::vector<ListColumn> columns = TRY(columns_of(session, list));
  const Pages all = TRY(pages(session.api, list.ask, wanted));
  if (session.as_json()) return (session.print_json(all.body), kDone);
  const json::Object* object = all.body.if_object();
  const json::Array* array = object != nullptr ? array_at(*object, list.member) : all.body.if_array();
  Grid grid;
  for (const ListColumn& each : columns) grid.columns.push_back({each.title, each.importance, each.least, false});
  for (std::size_t i = 0; array != nullptr && i < array->size(); ++i) {
    const json::Object* element = (*array)[i].if_object();
    if (element == nullptr) continue;
    std::vector<Cell>& row = grid.rows.emplace_back();
    for (const ListColumn& each : columns) row.push_back(each.cell(session, *element));
  }
  if (grid.rows.empty())
    session.world.err(list.none + "\n");
  else
    session.print(laid_out(grid, session.screen()));
  if (all.more) session.world.err("There are more: add --all, or a larger --limit.\n");
  return kDone;
}

base::Result<std::string> if_match_of(const Invocation& asked) {
  std::string version = asked.text("--if-version");
  if (version.empty() || version == "*" || version.starts_with('"')) return version;
  return '"' + version + '"';
}

Cell plain(const json::Object& object, std::string_view path) { return {shown(text_at(object, path))}; }

Cell person(Session& session, const json::Object& object, std::string_view path) {
  const std::string id = text_at(object, path);
  return {id.empty() ? std::string() : shown(session.book.name_of(id))};
}

Cell moment(const json::Object& object, std::string_view path) { return {shown(short_time(text_at(object, path)))}; }

Cell status_of(const json::Object& object) {
  const std::string text = text_at(object, "status");
  const Style style =
      text == "Enabled" || text == "Success"    ? Style::kGood
      : text == "Failed" || text == "Cancelled" ? Style::kBad
      : text == "Pending" || text == "Paused" || text == "Deleting" || text == "Destroying" || text == "InProgress"
          ? Style::kWarning
          : Style::kPlain;
  return {shown(text), style};
}

int report(World& world, const base::Error& error) {
  std::string text = "stewardry: " + shown(error.message, true) + "\n";
  for (const base::FieldError& field : error.fields) {
    if (error.message.find(field.message) == std::string::npos || error.code == Code::kAmbiguous)
      text += fmt::format("  {}: {}\n", shown(field.pointer), shown(field.message));
  }
  if (!error.detail.empty()) text += fmt::format("  ({})\n", shown(error.detail));
  world.err(text);
  return base::face(error.code).exit_code;
}

base::Result<Profile> chosen_profile(const World& world, const Invocation& asked) {
  const std::optional<std::string> flag = asked.maybe("--profile");
  const std::string url = flag ? std::string() : world.environment("STEWARDRY_URL").value_or("");
  const std::string token = flag ? std::string() : world.environment("STEWARDRY_TOKEN").value_or("");
  if (!url.empty() && !token.empty()) return Profile{url, base::Secret(token), "", "", ""};
  const std::string name = flag.value_or(world.environment("STEWARDRY_PROFILE").value_or("default"));
  std::optional<Profile> profile = TRY(TRY(Profiles::of(world.environment)).read(name));
  if (!profile) {
    return base::fail(Code::kUnauthenticated,
                      name == "default" ? "You are not logged in. Log in first: stewardry login --url URL"
                                        : fmt::format("There is no profile {}. Log in first: stewardry login --url URL "
                                                      "--profile {}",
                                                      name, name));
  }
  if (!url.empty() && url != profile->url) {
    return base::fail(Code::kInvalid,
                      fmt::format("STEWARDRY_URL names another server than the profile {}, whose token is not for it: "
                                  "set STEWARDRY_TOKEN too.",
                                  name));
  }
  if (!token.empty()) profile->token = base::Secret(token);
  return *std::move(profile);
}

}  // namespace cli
