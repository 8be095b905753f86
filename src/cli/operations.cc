// operations list, show, watch, complete, fail, cancel.

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/fields.h"

namespace cli {
namespace {

const Parameter kOperation{
    .name = "OPERATION", .value = "OPERATION", .doc = "Its id, or the start of one.", .required = true};

constexpr std::chrono::seconds kHasty{1};  // a stream that ends sooner, before its operation does, was cut off
constexpr int kHastyMax = 5;

std::string path_of(const std::string& id) { return "/operations/" + segment(id); }

bool has_ended(const json::Object& operation) {
  const std::string status = text_at(operation, "status");
  return status == "Success" || status == "Failed" || status == "Cancelled";
}

base::Result<json::Object> read_operation(Session& session, const std::string& id) {
  Reply reply = TRY(session.api.get(path_of(id)));
  if (json::Object* object = reply.body.if_object()) return std::move(*object);
  return base::fail(base::Code::kUnavailable, "What answers is not a Stewardry server. Is the URL right?");
}

base::Result<int> list_operations(Session& session) {
  List list;
  list.ask.path = "/operations";
  if (const auto status = session.asked.maybe("--status")) list.ask.query.emplace_back("status", *status);
  list.columns = {
      {"TYPE", 8, [](Session&, const json::Object& each) { return plain(each, "type"); }, 12},
      {"STATUS", 9, [](Session&, const json::Object& each) { return status_of(each); }},
      {"TARGET", 3, [](Session&, const json::Object& each) { return plain(each, "targetId"); }},
      {"STARTED BY", 5, [](Session& with, const json::Object& each) { return person(with, each, "startedBy"); }},
      {"CREATED", 4, [](Session&, const json::Object& each) { return moment(each, "createdAt"); }, 10},
      {"REASON", 2, [](Session&, const json::Object& each) { return plain(each, "reason"); }},
      {"ID", 7, [](Session&, const json::Object& each) { return plain(each, "id"); }, 18}};
  list.none = "There are no operations.";
  return show_list(session, list);
}

base::Result<int> show(Session& session) {
  const std::string id = TRY(session.book.operation(session.asked.text("OPERATION")));
  return show_operation(session, TRY(read_operation(session, id)));
}

base::Result<int> watch(Session& session) {
  return watch_operation(session, TRY(session.book.operation(session.asked.text("OPERATION"))));
}

base::Result<int> end_operation(Session& session, const char* how, std::optional<json::Object> body) {
  Ask ask;
  ask.method = "POST";
  ask.path = path_of(TRY(session.book.operation(session.asked.text("OPERATION")))) + "/" + how;
  ask.body = std::move(body);
  ask.if_match = TRY(if_match_of(session.asked));
  const Reply reply = TRY(session.api.call(ask));
  if (!reply.body.is_object()) return (session.print_json(reply.body), kDone);
  return show_operation(session, reply.body.get_object());
}

void add_reading(Table& table) {
  table.groups.push_back({"operations", "Changes of the outside world, and how they end"});
  table.commands.push_back(
      as_list({.path = "operations list",
               .summary = "Your operations, the newest first; an operator sees everybody's",
               .options = {{.name = "--status",
                            .value = "STATUS",
                            .doc = "Only those with this status.",
                            .choices = {"Pending", "InProgress", "Success", "Failed", "Cancelled"}}},
               .examples = {{"stewardry operations list --status Pending", "What waits to be done."}}},
              list_operations));
  table.commands.push_back(on_server({.path = "operations show",
                                      .summary = "One operation with all that is known of it",
                                      .arguments = {kOperation},
                                      .examples = {{"stewardry operations show 01a20c7b-c2c3", ""}}},
                                     show));
  table.commands.push_back(
      on_server({.path = "operations watch",
                 .summary = "Wait for the end of an operation: exit code 1 where it did not succeed",
                 .arguments = {kOperation},
                 .examples = {{"stewardry operations watch 01a20c7b-c2c3", ""}}},
                watch));
}

void add_ending(Table& table) {
  table.commands.push_back(
      on_server({.path = "operations complete",
                 .summary = "Say that an operation is done (operators)",
                 .arguments = {kOperation},
                 .options = {kIfVersion},
                 .examples = {{"stewardry operations complete 01a20c7b-c2c3", ""}}},
                [](Session& session) { return end_operation(session, "complete", std::nullopt); }));
  table.commands.push_back(on_server(
      {.path = "operations fail",
       .summary = "Say that an operation went wrong (operators)",
       .arguments = {kOperation},
       .options =
           {{.name = "--reason", .value = "TEXT", .doc = "What went wrong, for the owner to read.", .required = true},
            kIfVersion},
       .examples = {{"stewardry operations fail 01a20c7b-c2c3 --reason 'no capacity in this region'", ""}}},
      [](Session& session) {
        return end_operation(session, "fail", json::Object{{"reason", session.asked.text("--reason")}});
      }));
  table.commands.push_back(on_server({.path = "operations cancel",
                                      .summary = "Cancel an operation that you started and that has not ended",
                                      .arguments = {kOperation},
                                      .options = {kIfVersion},
                                      .examples = {{"stewardry operations cancel 01a20c7b-c2c3", ""}}},
                                     [](Session& session) { return end_operation(session, "cancel", std::nullopt); }));
}

}  // namespace

int show_operation(Session& session, const json::Object& operation) {
  if (session.as_json()) return (session.print_json(json::Value(operation)), kDone);
  std::vector<std::pair<std::string, Cell>> fields{
      {"Type", plain(operation, "type")},
      {"Status", status_of(operation)},
      {"Reason", {shown(text_at(operation, "reason"), true)}},
      {"Target", {shown(fmt::format("{} {}", text_at(operation, "targetType"), text_at(operation, "targetId")))}},
      {"Started by", person(session, operation, "startedBy")},
      {"Created", moment(operation, "createdAt")},
      {"Ended", moment(operation, "finishedAt")},
      {"Request", plain(operation, "requestId")},
      {"ID", plain(operation, "id")}};
  std::erase_if(fields, [](const auto& field) { return field.second.text.empty(); });
  session.print(laid_out(fields, session.screen()));
  return kDone;
}

base::Result<json::Object> ended_operation(Session& session, const std::string& id) {
  json::Object operation = TRY(read_operation(session, id));
  const base::SystemClock clock;
  for (int hasty = 0; !has_ended(operation);) {
    const base::Steady before = clock.steady();
    // The stream ends with the operation. Whatever else ends it, the next reading tells the truth, or why there is
    // none.
    const base::Result<void> ended = session.api.wait_for_end(path_of(id) + "/events");
    if (!ended && ended.error().code != base::Code::kDeadline && ended.error().code != base::Code::kUnavailable)
      return base::fail(ended.error());
    operation = TRY(read_operation(session, id));
    hasty = clock.steady() - before < kHasty ? hasty + 1 : 0;
    if (hasty == kHastyMax && !has_ended(operation)) {
      return base::fail(base::Code::kUnavailable,
                        "The operation has not ended, and something between the server and here ends the waiting: "
                        "look again later, with `stewardry operations show`.");
    }
  }
  return operation;
}

base::Result<int> watch_operation(Session& session, const std::string& id) {
  const json::Object operation = TRY(ended_operation(session, id));
  show_operation(session, operation);
  return text_at(operation, "status") == "Success" ? kDone : kNo;
}

base::Result<int> follow(Session& session, const json::Value& answer, const std::string& sentence) {
  const json::Object* object = answer.if_object();
  const std::string id = object == nullptr ? std::string() : text_at(*object, "operation/id");
  if (session.asked.has("--wait") && !id.empty()) return watch_operation(session, id);
  if (session.as_json()) return (session.print_json(answer), kDone);
  session.say(sentence);
  if (!id.empty()) session.say("To wait for it: stewardry operations watch " + id);
  return kDone;
}

void add_operation_commands(Table& table) {
  add_reading(table);
  add_ending(table);
}

}  // namespace cli
