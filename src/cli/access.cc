// access why, who, list, check.

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/explained.h"
#include "cli/fields.h"

namespace cli {
namespace {

const std::vector<std::string> kActions{"read", "update", "delete", "share", "set-scope", "attach", "detach"};

const Parameter kNode{.name = "--node",
                      .value = "NODE",
                      .doc =
                          "Name, uuid, or 4 or more of its first digits. A node that you may not read has no name "
                          "for you: give its uuid.",
                      .required = true};
const Parameter kUser{.name = "--user",
                      .value = "USER",
                      .doc = "Name, e-mail or id; else you. About others may ask: the node's owner, and operators."};

struct Question {
  std::string node, user_id;  // user_id empty: the caller
  json::Object answer;
};

base::Result<Question> ask_access(Session& session) {
  Question question;
  question.node = TRY(session.book.node(session.asked.text("--node")));
  Query query;
  if (const auto user = session.asked.maybe("--user")) {
    question.user_id = TRY(session.book.user(*user));
    query.emplace_back("userId", question.user_id);
  }
  Reply reply = TRY(session.api.get("/compute-nodes/" + segment(question.node) + "/access", query));
  if (json::Object* answer = reply.body.if_object()) question.answer = std::move(*answer);
  return question;
}

std::string node_name(Session& session, const std::string& uuid) {
  if (session.book.name_of(uuid) == uuid) {
    if (const base::Result<Reply> reply = session.api.get("/compute-nodes/" + segment(uuid));
        reply && reply->body.is_object())
      session.book.remember(uuid, text_at(reply->body.get_object(), "name"));
  }
  return session.book.name_of(uuid);
}

Explained explained(Session& session, const Question& question, const std::string& action) {
  const json::Object* answer = object_at(question.answer, "actions/" + action);
  // The workspace is named behind the people in it; but it is by the workspace that their names are found.
  if (const json::Array* facts = answer == nullptr ? nullptr : array_at(*answer, "facts")) {
    for (const json::Value& each : *facts) {
      if (each.is_object()) session.book.name_of(text_at(each.get_object(), "subject"));
    }
  }
  return {question.user_id.empty() ? "You" : session.book.name_of(question.user_id), action,
          node_name(session, question.node), answer != nullptr ? *answer : json::Object(),
          [&session](std::string_view text) { return session.book.with_names(text); }};
}

base::Result<int> why(Session& session) {
  const Question question = TRY(ask_access(session));
  if (session.as_json()) return (session.print_json(json::Value(question.answer)), kDone);
  const std::string action = session.asked.text("--action");
  bool first = true;
  for (const std::string& each : action == "all" ? kActions : std::vector<std::string>{action}) {
    if (!std::exchange(first, false)) session.print("\n");
    session.print(laid_out(explained(session, question, each), session.screen()));
  }
  return kDone;
}

base::Result<int> check(Session& session) {
  const Question question = TRY(ask_access(session));
  const std::string action = session.asked.text("--action");
  const json::Object* answer = object_at(question.answer, "actions/" + action);
  const bool allowed = answer != nullptr && true_at(*answer, "allowed");
  if (session.as_json()) {
    session.print_json(answer != nullptr ? json::Value(*answer) : json::Value(json::Object{{"allowed", false}}));
  } else {
    const Explained shown_as = explained(session, question, action);
    session.say(fmt::format("{} {}.", shown_as.who, verdict(allowed, action, shown_as.node)));
  }
  return allowed ? kDone : kNo;
}

base::Result<int> who(Session& session) {
  List list;
  list.ask.path =
      "/compute-nodes/" + segment(TRY(session.book.node(session.asked.text("--node")))) + "/access/principals";
  list.member = "principals";
  list.columns = {
      {"USER", 9, [](Session& with, const json::Object& each) { return person(with, each, "userId"); }},
      {"THROUGH", 8, [](Session& with, const json::Object& each) { return Cell{ways_of(with, each, "ways")}; }, 12},
      {"ID", 1, [](Session&, const json::Object& each) { return plain(each, "userId"); }}};
  list.none = "Nobody may read it.";
  return show_list(session, list);
}

base::Result<int> list_reachable(Session& session) {
  List list;
  list.ask.path = "/access/compute-nodes";
  list.ask.query = TRY(node_query(session));
  if (const auto user = session.asked.maybe("--user"))
    list.ask.query.emplace_back("userId", TRY(session.book.user(*user)));
  list.columns = node_columns();
  list.none = "There are no compute nodes within reach.";
  return show_list(session, list);
}

void add_questions(Table& table) {
  std::vector<std::string> choices = kActions;
  choices.emplace_back("all");
  table.commands.push_back(
      on_server({.path = "access why",
                 .summary = "Why somebody may, or may not, do something with a compute node; and what would change it",
                 .options = {kNode,
                             kUser,
                             {.name = "--action",
                              .value = "ACTION",
                              .doc = "What is to be done with it.",
                              .choices = choices,
                              .fallback = "read"}},
                 .examples = {{"stewardry access why --user ada --node gpu-1", "Why can Ada not see it?"},
                              {"stewardry access why --node gpu-1 --action delete", "May I delete it?"}}},
                why));
  table.commands.push_back(on_server(
      {.path = "access check",
       .summary = "Whether somebody may do something with a compute node: exit code 0 for yes, 1 for no",
       .options = {kNode,
                   kUser,
                   {.name = "--action",
                    .value = "ACTION",
                    .doc = "What is to be done with it.",
                    .choices = kActions,
                    .fallback = "read"}},
       .examples = {{"stewardry access check --node gpu-1 --action update && deploy-to gpu-1", "In a script."}}},
      check));
}

void add_lists(Table& table) {
  table.commands.push_back(as_list({.path = "access who",
                                    .summary = "Who may read a compute node, and in which ways they do",
                                    .options = {kNode},
                                    .examples = {{"stewardry access who --node gpu-1 --all", ""}}},
                                   who));
  std::vector<Parameter> options{
      {.name = "--user", .value = "USER", .doc = "Name, e-mail or id; else you. Operators may ask about others."}};
  options.insert(options.end(), node_filters().begin(), node_filters().end());
  table.commands.push_back(
      as_list({.path = "access list",
               .summary = "The compute nodes that somebody may read",
               .options = std::move(options),
               .examples = {{"stewardry access list --user cy --all", "Everything within Cy's reach."}}},
              list_reachable));
}

}  // namespace

std::string ways_of(Session& session, const json::Object& principal, std::string_view member) {
  std::string text;
  const json::Array* ways = array_at(principal, member);
  for (std::size_t i = 0; ways != nullptr && i < ways->size(); ++i) {
    const json::Object* way = (*ways)[i].if_object();
    if (way == nullptr) continue;
    const std::string through = text_at(*way, "through"), team = text_at(*way, "teamId");
    text += text.empty() ? "" : ", ";
    text += team.empty() ? through : fmt::format("team {}", session.book.name_of(team));
  }
  return shown(text);
}

void add_access_commands(Table& table) {
  table.groups.push_back({"access", "Who may what, why, and what a change would do"});
  add_questions(table);
  add_lists(table);
}

}  // namespace cli
