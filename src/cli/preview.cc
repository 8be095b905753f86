// access preview: who would gain and who would lose, before a change of a compute node or of an enablement is made.

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/fields.h"

namespace cli {
namespace {

constexpr const char* kChanges[] = {"--scope",  "--share-user", "--share-team", "--unshare-user", "--unshare-team",
                                    "--attach", "--detach",     "--owner",      "--enable",       "--disable"};

base::Result<std::string> change_asked_for(const Invocation& asked) {
  std::string found;
  for (const char* each : kChanges) {
    if (!asked.has(each)) continue;
    if (!found.empty())
      return base::fail(base::Code::kInvalid, fmt::format("{} and {}: one change at a time.", found, each));
    found = each;
  }
  if (found.empty())
    return base::fail(base::Code::kInvalid,
                      fmt::format("Say what the change would be: one of {}.", fmt::join(kChanges, ", ")));
  return found;
}

base::Result<json::Object> change_of_node(Session& session, const std::string& change, const std::string& node) {
  const std::string value = session.asked.text(change);
  if (change == "--scope") return json::Object{{"accessScope", value}};
  if (change == "--attach") return json::Object{{"attach", TRY(session.book.workspace(value))}};
  if (change == "--detach") return json::Object{{"detach", true}};
  if (change == "--owner") return json::Object{{"ownerId", TRY(session.book.user(value))}};
  const char* what = change.starts_with("--unshare") ? "revoke" : "grant";
  if (change.ends_with("user")) return json::Object{{what, json::Object{{"userId", TRY(session.book.user(value))}}}};
  std::string workspace;
  if (const base::Result<Reply> reply = session.api.get("/compute-nodes/" + segment(node));
      reply && reply->body.is_object())
    workspace = text_at(reply->body.get_object(), "organizationId");
  return json::Object{{what, json::Object{{"teamId", TRY(session.book.team(value, workspace))}}}};
}

base::Result<Ask> ask_of(Session& session) {
  const Invocation& asked = session.asked;
  const std::string change = TRY(change_asked_for(asked));
  const bool of_account = change == "--enable" || change == "--disable";
  if (of_account != asked.has("--account") || of_account == asked.has("--node")) {
    return base::fail(base::Code::kInvalid, fmt::format("{} is a change of {}.", change,
                                                        of_account ? "an account: say which with --account"
                                                                   : "a compute node: say which with --node"));
  }
  Ask ask;
  ask.method = "POST";
  if (of_account) {
    const std::string account = TRY(session.book.account(asked.text("--account")));
    ask.path = "/accounts/" + segment(account) + "/workspaces/" + segment(TRY(workspace_meant(session))) + "/preview";
    ask.body = json::Object{{"enabled", change == "--enable"}, {"isPublic", asked.text("--enable") == "public"}};
    return ask;
  }
  const std::string node = TRY(session.book.node(asked.text("--node")));
  ask.path = "/compute-nodes/" + segment(node) + "/permissions/preview";
  ask.body = TRY(change_of_node(session, change, node));
  return ask;
}

Branch side(Session& session, const json::Object& answer, std::string_view member, const std::string& title,
            const std::string& nobody) {
  Branch root{title, Mark::kNone, {}};
  const json::Array* list = array_at(answer, member);
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    const json::Object* each = (*list)[i].if_object();
    if (each == nullptr) continue;
    const std::string ways = ways_of(session, *each, each->contains("through") ? "through" : "ways");
    root.children.push_back(
        {fmt::format("{}{}", person(session, *each, "userId").text, ways.empty() ? "" : " (" + ways + ")"),
         Mark::kNone,
         {}});
  }
  if (root.children.empty()) root.text = nobody;
  return root;
}

base::Result<int> preview(Session& session) {
  const Ask ask = TRY(ask_of(session));
  const Pages all = TRY(pages(session.api, ask, TRY(wanted_elements(session.asked))));
  if (session.as_json() || !all.body.is_object()) return (session.print_json(all.body), kDone);
  const bool of_account = session.asked.has("--account");
  const std::string what = of_account ? "make compute nodes" : "read";
  const json::Object& answer = all.body.get_object();
  session.print(
      laid_out(side(session, answer, "gains", fmt::format("Would gain the right to {}:", what), "Nobody would gain."),
               session.screen()));
  session.print(
      laid_out(side(session, answer, "loses", fmt::format("Would lose the right to {}:", what), "Nobody would lose."),
               session.screen()));
  if (all.more) session.world.err("There are more: add --all, or a larger --limit.\n");
  return kDone;
}

}  // namespace

void add_preview_command(Table& table) {
  table.commands.push_back(in_pages(
      {.path = "access preview",
       .summary = "Who would gain and who would lose by a change, before it is made",
       .details =
           "One change of a compute node (--node) or of an account's enablement (--account). Nothing is changed.",
       .options = {{.name = "--node", .value = "NODE", .doc = "The compute node that would change."},
                   {.name = "--scope",
                    .value = "SCOPE",
                    .doc = "Set its scope.",
                    .choices = {"private", "workspace", "shared"}},
                   {.name = "--share-user", .value = "USER", .doc = "Share it with a user."},
                   {.name = "--share-team", .value = "TEAM", .doc = "Share it with a team."},
                   {.name = "--unshare-user", .value = "USER", .doc = "Take it away from a user."},
                   {.name = "--unshare-team", .value = "TEAM", .doc = "Take it away from a team."},
                   {.name = "--attach", .value = "WORKSPACE", .doc = "Put it into a workspace."},
                   {.name = "--detach", .doc = "Take it out of its workspace."},
                   {.name = "--owner", .value = "USER", .doc = "Hand it over."},
                   {.name = "--account", .value = "ACCOUNT", .doc = "The account whose enablement would change."},
                   kWorkspace,
                   {.name = "--enable", .value = "HOW", .doc = "Enable it so.", .choices = {"public", "private"}},
                   {.name = "--disable", .doc = "End the enablement."}},
       .examples = {{"stewardry access preview --node gpu-1 --scope private", "Who would no longer read gpu-1?"},
                    {"stewardry access preview --node gpu-1 --share-team gpu", ""},
                    {"stewardry access preview --account lab --workspace acme --enable public", ""}}},
      preview));
}

}  // namespace cli
