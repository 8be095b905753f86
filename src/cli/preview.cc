// access preview: who would gain and who would lose, before a change of a compute node, of an enablement or of the
// directory is made.

#include <array>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/fields.h"
#include "json/parse.h"

namespace cli {
namespace {

constexpr const char* kChanges[] = {"--scope",        "--share-user", "--share-team", "--unshare-user",
                                    "--unshare-team", "--attach",     "--detach",     "--owner",
                                    "--enable",       "--disable",    "--directory"};

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

// The document has names for what it speaks of, also where the caller is no member.
void remember_names(Session& session, const json::Object& document) {
  const auto each_of = [](const json::Object& at, const char* list, auto&& use) {
    const json::Array* all = array_at(at, list);
    for (std::size_t i = 0; all != nullptr && i < all->size(); ++i)
      if (const json::Object* one = (*all)[i].if_object()) use(*one);
  };
  const auto remember = [&](const json::Object& one) {
    const std::string name = text_at(one, "name");
    if (!name.empty()) session.book.remember(text_at(one, "id"), name);
  };
  each_of(document, "users", remember);
  each_of(document, "workspaces", [&](const json::Object& workspace) {
    remember(workspace);
    each_of(workspace, "teams", remember);
  });
}

base::Result<Ask> ask_of_directory(Session& session) {
  const std::string file = session.asked.text("--directory");
  std::string text;
  if (file == "-") {
    text = TRY(session.world.read_input("", false));
  } else {
    std::ifstream stream(file, std::ios::binary);
    text.assign(std::istreambuf_iterator<char>(stream), {});
    if (!stream) return base::fail(base::Code::kInvalid, fmt::format("{} cannot be read.", file));
  }
  base::Result<json::Value> document = json::parse(text);
  if (!document) return base::fail(base::Code::kInvalid, fmt::format("{}: {}", file, document.error().message));
  if (!document->is_object())
    return base::fail(base::Code::kInvalid, fmt::format("{} is no directory document.", file));
  Ask ask;
  ask.method = "POST";
  ask.path = "/directory/preview";
  remember_names(session, document->get_object());
  ask.body = std::move(document->get_object());
  return ask;
}

base::Result<Ask> ask_of(Session& session) {
  const Invocation& asked = session.asked;
  const std::string change = TRY(change_asked_for(asked));
  if (change == "--directory") return ask_of_directory(session);
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

std::string standing(const json::Object* at, Session& session) {
  if (at == nullptr) return "no member";
  std::string teams;
  for (const std::string& team : texts_at(*at, "teamIds"))
    teams += (teams.empty() ? ", in " : ", ") + session.book.name_of(team);
  return fmt::format("permission bit {}{}", text_at(*at, "permissionBit"), teams);
}

Branch nodes_of(Session& session, const json::Object& shift, std::string_view member, const char* verb) {
  const json::Object* side = object_at(shift, member);
  if (side == nullptr) return {};
  Branch branch{fmt::format("{} compute nodes: {}", verb, text_at(*side, "computeNodes")), Mark::kNone, {}};
  const std::vector<std::string> first = texts_at(*side, "first");
  for (const std::string& node : first) branch.children.push_back({session.book.name_of(node), Mark::kNone, {}});
  if (std::to_string(first.size()) != text_at(*side, "computeNodes"))
    branch.children.push_back({"...", Mark::kNone, {}});
  return branch;
}

// The directory: each membership that would change, and what it opens and closes.
void print_shifts(Session& session, const json::Object& answer) {
  const json::Array* users = array_at(answer, "users");
  if (users == nullptr || users->empty()) return session.print("No membership would change.\n");
  for (const json::Value& each : *users) {
    const json::Object* shift = each.if_object();
    if (shift == nullptr) continue;
    Branch root{
        fmt::format("{} in {}: {} -> {}", person(session, *shift, "userId").text,
                    session.book.name_of(text_at(*shift, "workspaceId")),
                    standing(object_at(*shift, "before"), session), standing(object_at(*shift, "after"), session)),
        Mark::kNone,
        {}};
    for (Branch& side :
         std::array{nodes_of(session, *shift, "gains", "gains"), nodes_of(session, *shift, "loses", "loses")})
      if (!side.children.empty()) root.children.push_back(std::move(side));
    session.print(laid_out(root, session.screen()));
  }
}

base::Result<int> preview(Session& session) {
  const Ask ask = TRY(ask_of(session));
  const Pages all = TRY(pages(session.api, ask, TRY(wanted_elements(session.asked))));
  if (session.as_json() || !all.body.is_object()) return (session.print_json(all.body), kDone);
  if (session.asked.has("--directory")) {
    print_shifts(session, all.body.get_object());
    if (all.more) session.world.err("There are more: add --all, or a larger --limit.\n");
    return kDone;
  }
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
       .details = "One change of a compute node (--node), of an account's enablement (--account), or of the directory "
                  "(--directory; for operators). Nothing is changed.",
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
                   {.name = "--disable", .doc = "End the enablement."},
                   {.name = "--directory", .value = "FILE", .doc = "Import this directory document; - is stdin."}},
       .examples = {{"stewardry access preview --node gpu-1 --scope private", "Who would no longer read gpu-1?"},
                    {"stewardry access preview --node gpu-1 --share-team gpu", ""},
                    {"stewardry access preview --account lab --workspace acme --enable public", ""},
                    {"stewardry access preview --directory directory.json",
                     "Who would reach what, after the import?"}}},
      preview));
}

}  // namespace cli
