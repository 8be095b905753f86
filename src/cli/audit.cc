// audit list: what was done, by whom, to what. Checking and exporting the trail itself are commands on a data folder.

#include <chrono>

#include <fmt/format.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/fields.h"

namespace cli {
namespace {

// "2026-11-24T09:00:00Z", or how long ago: "90s", "15m", "1h", "7d".
base::Result<std::string> moment_of(std::string_view option, const std::string& text) {
  if (base::parse_time(text)) return text;
  const std::optional<std::chrono::seconds> ago = base::parse_duration(text);
  if (ago) return base::format_time(base::SystemClock().now() - *ago);
  return base::fail(base::Code::kInvalid,
                    fmt::format("{} must be a time (2026-11-24T09:00:00Z), or how long ago (15m, 1h, 7d).", option));
}

base::Result<int> list_events(Session& session) {
  const Invocation& asked = session.asked;
  List list;
  list.ask.path = "/audit";
  if (asked.has("--node") + asked.has("--account") + asked.has("--target") > 1)
    return base::fail(base::Code::kInvalid, "--node, --account and --target exclude each other.");
  if (const auto node = asked.maybe("--node")) list.ask.query.emplace_back("target", TRY(session.book.node(*node)));
  if (const auto account = asked.maybe("--account"))
    list.ask.query.emplace_back("target", TRY(session.book.account(*account)));
  if (const auto target = asked.maybe("--target")) list.ask.query.emplace_back("target", *target);
  if (const auto user = asked.maybe("--user"))
    list.ask.query.emplace_back("principal", *user == "system" ? *user : TRY(session.book.user(*user)));
  if (const auto since = asked.maybe("--since"))
    list.ask.query.emplace_back("since", TRY(moment_of("--since", *since)));
  if (const auto until = asked.maybe("--until"))
    list.ask.query.emplace_back("until", TRY(moment_of("--until", *until)));
  list.columns = {{"TIME", 7, [](Session&, const json::Object& each) { return moment(each, "time"); }, 16},
                  {"WHO", 8, [](Session& with, const json::Object& each) { return person(with, each, "principalId"); }},
                  {"ACTION", 9, [](Session&, const json::Object& each) { return plain(each, "action"); }, 12},
                  {"TARGET", 6,
                   [](Session&, const json::Object& each) {
                     return Cell{shown(fmt::format("{} {}", text_at(each, "targetType"), text_at(each, "targetId")))};
                   },
                   12},
                  {"EVENT", 2, [](Session&, const json::Object& each) { return plain(each, "id"); }},
                  {"REQUEST", 1, [](Session&, const json::Object& each) { return plain(each, "requestId"); }}};
  list.none = "Nothing is recorded of that.";
  return show_list(session, list);
}

}  // namespace

void add_audit_commands(Table& table) {
  table.groups.push_back({"audit", "What was done, by whom, and whether the record is whole"});
  table.commands.push_back(as_list(
      {.path = "audit list",
       .summary = "What was done, the newest first; operators see everything, others their own things",
       .options =
           {{.name = "--node", .value = "NODE", .doc = "To this compute node: name or uuid."},
            {.name = "--account", .value = "ACCOUNT", .doc = "To this account: name, cloud id or uuid."},
            {.name = "--target", .value = "ID", .doc = "To the thing of this id, whatever it is."},
            {.name = "--user", .value = "USER", .doc = "By this user; `system`: by the server itself."},
            {.name = "--since", .value = "WHEN", .doc = "A time (2026-11-24T09:00:00Z), or how long ago (1h, 7d)."},
            {.name = "--until", .value = "WHEN", .doc = "The same; not later than this."}},
       .examples = {{"stewardry audit list --node gpu-1 --since 7d", "What happened to gpu-1 in the last week."},
                    {"stewardry audit list --user ben --all --json", "Everything that Ben did, before and after."}}},
      list_events));
}

}  // namespace cli
