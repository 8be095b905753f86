#include "cli/command.h"

#include <algorithm>

#include "base/check.h"

namespace cli {

const Command* Table::command(std::string_view path) const {
  const auto found = std::find_if(commands.begin(), commands.end(), [&](const Command& c) { return c.path == path; });
  return found == commands.end() ? nullptr : &*found;
}

const Group* Table::group(std::string_view path) const {
  const auto found = std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.path == path; });
  return found == groups.end() ? nullptr : &*found;
}

std::vector<Table::Word> Table::words_after(std::string_view path) const {
  const std::string before = path.empty() ? std::string() : std::string(path) + " ";
  std::vector<Word> words;
  for (const Command& each : commands) {
    if (each.hidden || each.path.size() <= before.size() || !each.path.starts_with(before)) continue;
    const std::string rest = each.path.substr(before.size());
    const std::string word = rest.substr(0, rest.find(' '));
    const bool known = std::any_of(words.begin(), words.end(), [&](const Word& w) { return w.word == word; });
    if (known) continue;
    const Group* group_here = group(before + word);
    words.push_back({word, word == rest ? each.summary : group_here != nullptr ? group_here->summary : ""});
  }
  return words;
}

const Parameter& Invocation::parameter(std::string_view name) const {
  for (const std::vector<Parameter>* list : {&command_.arguments, &command_.options}) {
    for (const Parameter& each : *list) {
      if (each.name == name) return each;
    }
  }
  CHECK(false, "a command asks only for what it declares");
  return command_.options.front();
}

bool Invocation::declares(std::string_view name) const {
  const auto named = [&](const Parameter& each) { return each.name == name; };
  return std::any_of(command_.arguments.begin(), command_.arguments.end(), named) ||
         std::any_of(command_.options.begin(), command_.options.end(), named);
}

bool Invocation::has(std::string_view name) const { return values_.find(parameter(name).name) != values_.end(); }

std::string Invocation::text(std::string_view name) const { return maybe(name).value_or(parameter(name).fallback); }

std::optional<std::string> Invocation::maybe(std::string_view name) const {
  const auto found = values_.find(parameter(name).name);
  if (found == values_.end() || found->second.empty()) return std::nullopt;
  return found->second.front();
}

std::vector<std::string> Invocation::all(std::string_view name) const {
  const auto found = values_.find(parameter(name).name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

std::string usage_of(const Parameter& argument) {
  const std::string named = argument.name + (argument.repeated ? "..." : "");
  return argument.required ? named : "[" + named + "]";
}

}  // namespace cli
