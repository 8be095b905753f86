#include "cli/help.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/layout.h"

namespace cli {
namespace {

constexpr std::size_t kProseColumnsMax = 100;  // longer lines are hard to read
constexpr std::size_t kNamesColumnsMax = 30;

Screen for_prose(const Screen& screen) {
  Screen made = screen;
  made.columns = screen.columns == 0 ? kProseColumnsMax : std::min(screen.columns, kProseColumnsMax);
  return made;
}

std::string heading(std::string_view text, const Screen& screen) {
  return "\n" + painted(text, Style::kStrong, screen) + "\n";
}

// Names at the left, what they mean beside them, or below where the name is long.
std::string entries(const std::vector<std::pair<std::string, std::string>>& list, const Screen& screen) {
  std::size_t names = 0;
  for (const auto& [name, doc] : list) {
    if (width_of(name) <= kNamesColumnsMax) names = std::max(names, width_of(name));
  }
  const bool narrow = screen.columns < names + 30;
  const std::size_t start = narrow ? 6 : names + 4;
  std::string out;
  for (const auto& [name, doc] : list) {
    out.append(2, ' ').append(name);
    if (doc.empty()) {
      out += '\n';
      continue;
    }
    const std::string text = paragraph(doc, start, screen);
    const std::size_t used = 2 + width_of(name);
    if (narrow || used + 2 > start)
      out.append("\n").append(text);
    else
      out.append(start - used, ' ').append(text.substr(start));
  }
  return out;
}

std::string name_with_value(const Parameter& option) {
  return option.value.empty() ? option.name : option.name + " " + option.value;
}

std::string doc_with_rest(const Parameter& each) {
  std::string doc = each.doc;
  if (!each.choices.empty() && each.choices.size() > 1)
    doc += fmt::format(" One of {}.", fmt::join(each.choices, ", "));
  if (!each.fallback.empty()) doc += fmt::format(" Without it: {}.", each.fallback);
  if (each.required && each.name.starts_with("--")) doc += " Required.";
  return doc;
}

std::string help_of_words(const Table& table, std::string_view path, const Screen& screen) {
  const Group* group_here = table.group(path);
  std::string out = paragraph(path.empty()            ? table.summary
                              : group_here != nullptr ? group_here->summary + "."
                                                      : "",
                              0, screen);
  out += heading("Usage", screen);
  out += fmt::format("  stewardry {}{}COMMAND ...\n", path, path.empty() ? "" : " ");
  out += heading("Commands", screen);
  std::vector<std::pair<std::string, std::string>> list;
  for (const Table::Word& each : table.words_after(path)) list.emplace_back(each.word, each.summary);
  out += entries(list, screen);
  out += fmt::format("\nMore about one of them: stewardry {}{}COMMAND --help\n", path, path.empty() ? "" : " ");
  return out;
}

std::string help_of_command(const Command& command, const Screen& screen) {
  std::string out = paragraph(command.summary + ".", 0, screen);
  if (!command.details.empty()) out += "\n" + paragraph(command.details, 0, screen);
  out += heading("Usage", screen) + paragraph(usage_line(command), 2, screen);
  std::vector<std::pair<std::string, std::string>> list;
  for (const Parameter& each : command.arguments) list.emplace_back(each.name, doc_with_rest(each));
  if (!list.empty()) out += heading("Arguments", screen) + entries(list, screen);
  list.clear();
  for (const Parameter& each : command.options) list.emplace_back(name_with_value(each), doc_with_rest(each));
  list.emplace_back("--help", "Print this.");
  out += heading("Options", screen) + entries(list, screen);
  if (!command.examples.empty()) out += heading("Examples", screen);
  for (const Example& each : command.examples) {
    out.append(2, ' ').append(each.line).append("\n");  // not wrapped: it is to be copied
    if (!each.doc.empty()) out += paragraph(each.doc, 6, screen);
  }
  return out;
}

std::string escaped_cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string section_of(const Command& command) {
  const std::size_t space = command.path.find(' ');
  return space == std::string::npos ? std::string() : command.path.substr(0, space);
}

void append_command(std::string& out, const Command& command) {
  out += fmt::format("\n### `stewardry {}`\n\n{}.", command.path, command.summary);
  if (!command.details.empty()) out += " " + command.details;
  out += fmt::format("\n\n    {}\n", usage_line(command));
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Parameter& each : command.arguments) rows.emplace_back(each.name, doc_with_rest(each));
  for (const Parameter& each : command.options) {
    const bool of_a_login = each.name == "--profile" && each.value == "PROFILE";
    if (!of_a_login && each.name != "--json") rows.emplace_back(name_with_value(each), doc_with_rest(each));
  }
  if (!rows.empty()) out += "\n| argument or option | what it is |\n|---|---|\n";
  for (const auto& [name, doc] : rows) out += fmt::format("| `{}` | {} |\n", name, escaped_cell(doc));
  if (!command.examples.empty()) out += "\n";
  for (const Example& each : command.examples)
    out += fmt::format("    {}{}{}\n", each.line, each.doc.empty() ? "" : "    # ", each.doc);
}

}  // namespace

std::string usage_line(const Command& command) {
  std::string line = "stewardry " + command.path;
  for (const Parameter& each : command.arguments) line += " " + usage_of(each);
  bool more = false;
  for (const Parameter& each : command.options) {
    if (each.required) line += " " + name_with_value(each);
    more = more || !each.required;
  }
  return line + (more ? " [options]" : "");
}

std::string help_of(const Table& table, std::string_view path, const Screen& screen) {
  const Screen prose = for_prose(screen);
  const Command* command = table.command(path);
  return command == nullptr ? help_of_words(table, path, prose) : help_of_command(*command, prose);
}

std::string reference(const Table& table) {
  // Sections in the order in which they first come; the commands of one word together in the first.
  std::vector<std::string> sections{""};
  for (const Command& each : table.commands) {
    if (!each.hidden && std::find(sections.begin(), sections.end(), section_of(each)) == sections.end())
      sections.push_back(section_of(each));
  }
  std::string out;
  for (const std::string& section : sections) {
    const Group* group_here = table.group(section);
    out += section.empty() ? "\n## Commands of one word\n"
                           : fmt::format("\n## {}\n\n{}.\n", section, group_here == nullptr ? "" : group_here->summary);
    for (const Command& each : table.commands) {
      if (!each.hidden && section_of(each) == section) append_command(out, each);
    }
  }
  return out;
}

}  // namespace cli
