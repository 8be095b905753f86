#include "cli/database_runs.h"

#include <fmt/format.h>

#include "cli/fields.h"

namespace cli {
namespace {

constexpr int kDiffers = 2, kRefused = 3;

std::string statements_of(const json::Object& report) {
  std::string text;
  const json::Array* list = array_at(report, "statements");
  if (list == nullptr) return text;
  for (const json::Value& each : *list) {
    if (!each.is_object()) continue;
    const json::Object& statement = each.get_object();
    const std::string risk = text_at(statement, "risk"), database = text_at(statement, "database");
    text += fmt::format("  -- {}{}{}\n  {};\n", shown(text_at(statement, "reason")),
                        database.empty() ? "" : fmt::format(" (in {})", shown(database)),
                        risk.empty() || risk == "none" ? "" : fmt::format(" [risk: {}]", shown(risk)),
                        shown(text_at(statement, "sql"), true));
  }
  return text.empty() ? text : "\nStatements:\n" + text;
}

std::string access_of(const json::Object& report, const char* way, const char* title) {
  std::string text;
  const json::Array* list = array_at(report, fmt::format("access/{}", way));
  if (list == nullptr) return text;
  for (const json::Value& each : *list) {
    if (!each.is_object()) continue;
    const json::Object& item = each.get_object();
    text += fmt::format("  {} {} on {} ({})\n", shown(text_at(item, "role")), shown(text_at(item, "privilege")),
                        shown(text_at(item, "object")), shown(text_at(item, "through")));
  }
  return text.empty() ? text : fmt::format("\n{}:\n{}", title, text);
}

std::string texts_of(const json::Object& report, const char* member, const char* title) {
  std::string text;
  for (const std::string& each : texts_at(report, member)) text += fmt::format("  {}\n", shown(each));
  return text.empty() ? text : fmt::format("\n{}:\n{}", title, text);
}

std::string failures_of(const json::Object& report) {
  std::string text;
  const json::Array* list = array_at(report, "outcomes");
  if (list == nullptr) return text;
  for (const json::Value& each : *list) {
    if (!each.is_object() || true_at(each.get_object(), "ok")) continue;
    text += fmt::format("  {}\n    {}\n", shown(text_at(each.get_object(), "sql"), true),
                        shown(text_at(each.get_object(), "error"), true));
  }
  return text.empty() ? text : "\nFailed:\n" + text;
}

std::string administrator_of(const json::Object& report) {
  std::string text;
  const json::Array* list = array_at(report, "administrator");
  if (list == nullptr) return text;
  for (const json::Value& each : *list) {
    if (!each.is_object()) continue;
    text += fmt::format("  -- {}\n  {};\n", shown(text_at(each.get_object(), "reason")),
                        shown(text_at(each.get_object(), "sql"), true));
  }
  return text.empty() ? text : "\nAn administrator of the database must run first:\n" + text;
}

}  // namespace

int exit_code_of_run(const json::Object& run) {
  const std::string kind = text_at(run, "kind");
  if (text_at(run, "status") != "Success") return kNo;
  if (!text_at(run, "refused").empty()) return kRefused;
  const bool compares = kind == "plan" || kind == "check";
  return compares && text_at(run, "statements") != "0" ? kDiffers : kDone;
}

int show_run(Session& session, const json::Object& run) {
  if (session.as_json()) return (session.print_json(json::Value(run)), kDone);
  std::vector<std::pair<std::string, Cell>> fields{{"Kind", plain(run, "kind")},
                                                   {"Status", status_of(run)},
                                                   {"Reason", {shown(text_at(run, "reason"), true)}},
                                                   {"Refused", {shown(text_at(run, "refused"), true)}},
                                                   {"Spec version", plain(run, "specVersion")},
                                                   {"Plan", plain(run, "planId")},
                                                   {"Login", plain(run, "login")},
                                                   {"Statements", plain(run, "statements")},
                                                   {"Risky", plain(run, "risky")},
                                                   {"Rights gained", plain(run, "gained")},
                                                   {"Rights lost", plain(run, "lost")},
                                                   {"Digest", plain(run, "digest")},
                                                   {"Started by", person(session, run, "startedBy")},
                                                   {"Created", moment(run, "createdAt")},
                                                   {"Ended", moment(run, "finishedAt")},
                                                   {"Approved by", person(session, run, "approvedBy")},
                                                   {"Approved", moment(run, "approvedAt")},
                                                   {"Applied by", plain(run, "appliedBy")},
                                                   {"ID", plain(run, "id")}};
  std::erase_if(fields, [](const auto& field) { return field.second.text.empty(); });
  session.print(laid_out(fields, session.screen()));
  const json::Object* report = object_at(run, "report");
  if (report == nullptr) return kDone;
  session.print(administrator_of(*report) + statements_of(*report) +
                access_of(*report, "gained", "Rights that are gained") +
                access_of(*report, "lost", "Rights that are lost") + texts_of(*report, "warnings", "Warnings") +
                texts_of(*report, "unmanaged", "There, and not declared") + failures_of(*report));
  return kDone;
}

}  // namespace cli
