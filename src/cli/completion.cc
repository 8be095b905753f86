#include "cli/completion.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "cli/parse.h"

namespace cli {
namespace {

// For a word in single quotes, of any of the three shells.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  return out + "'";
}

std::string words_of(const std::vector<std::string>& list) { return fmt::format("{}", fmt::join(list, " ")); }

std::vector<std::string> words_after(const Table& table, std::string_view path) {
  std::vector<std::string> words;
  for (const Table::Word& each : table.words_after(path)) words.push_back(each.word);
  return words;
}

std::vector<const Command*> shown_commands(const Table& table) {
  std::vector<const Command*> list;
  for (const Command& each : table.commands) {
    if (!each.hidden) list.push_back(&each);
  }
  return list;
}

// What bash does for a value: a list of words, the program's names, files or folders.
std::string bash_value(const Parameter& each) {
  if (!each.choices.empty()) return fmt::format("_stewardry_words {}", quoted(words_of(each.choices)));
  if (each.value == "FILE") return "_stewardry_files -f";
  if (each.value == "DIR") return "_stewardry_files -d";
  if (const auto kind = names_of_kind(each.value)) return "_stewardry_names " + *kind;
  return ":";
}

void append_bash_command(std::string& out, const Command& command) {
  std::vector<std::string> options{"--help"};
  std::string values;
  for (const Parameter& each : command.options) {
    options.push_back(each.name);
    if (!each.value.empty()) values += fmt::format("        {}) {}; return ;;\n", each.name, bash_value(each));
  }
  out += fmt::format("    {})\n      case $before in\n{}      esac\n", quoted(command.path), values);
  out +=
      fmt::format("      if [[ $current == -* ]]; then _stewardry_words {}; return; fi\n", quoted(words_of(options)));
  std::string places;
  for (std::size_t i = 0; i < command.arguments.size(); ++i) {
    const Parameter& each = command.arguments[i];
    places += fmt::format("        {}) {} ;;\n", each.repeated ? "*" : std::to_string(i), bash_value(each));
  }
  if (!places.empty()) out += fmt::format("      case $place in\n{}      esac\n", places);
  out += "      ;;\n";
}

// Options with a value, so that the value is not taken for a word of the command; as bash's patterns of "PATH:OPTION",
// since what takes a value in one command may be a flag in another.
std::string options_with_values(const Table& table) {
  std::map<std::string, std::vector<std::string>> takers;  // of a value, by option
  std::set<std::string> flags;
  for (const Command* command : shown_commands(table)) {
    for (const Parameter& each : command->options) {
      if (each.value.empty())
        flags.insert(each.name);
      else
        takers[each.name].push_back(quoted(command->path + ":" + each.name));
    }
  }
  std::vector<std::string> patterns;
  for (const auto& [name, paths] : takers) {
    if (flags.contains(name))
      patterns.insert(patterns.end(), paths.begin(), paths.end());
    else
      patterns.push_back("*:" + name);
  }
  return fmt::format("{}", fmt::join(patterns, "|"));
}

constexpr std::string_view kBashHead = R"SH(# bash completion of stewardry; made by `stewardry completion bash`.
_stewardry_words() {
  local IFS=$' \t\n'
  COMPREPLY=($(compgen -W "$1" -- "$current"))
}
_stewardry_files() {
  compopt -o filenames 2>/dev/null
  local IFS=$'\n'
  COMPREPLY=($(compgen "$1" -- "$current"))
}
_stewardry_names() {
  local name
  while IFS= read -r name; do
    if [[ $name == "$current"* ]]; then COMPREPLY+=("$(printf '%q' "$name")"); fi
  done < <(stewardry complete "$1" "${profile[@]}" -- "${typed[@]}" 2>/dev/null </dev/null)
}
_stewardry() {
  COMPREPLY=()
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
  # --option=VALUE comes in three words.
  if [[ $current == = ]]; then
    current=''
  elif [[ $before == = ]]; then
    before=${COMP_WORDS[COMP_CWORD-2]}
  fi
  local path='' word i place=0 skip='' profile=() typed=()
  for ((i = 1; i < COMP_CWORD; ++i)); do
    word=${COMP_WORDS[i]}
    if [[ $word == = ]]; then continue; fi
    typed+=("$word")
    if [[ -n $skip ]]; then
      if [[ $skip == --profile ]]; then profile=(--profile "$word"); fi
      skip=''
      continue
    fi
    case $path:$word in
)SH";

}  // namespace

std::optional<std::string> names_of_kind(std::string_view value) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kinds{{{"NODE", "nodes"},
                                                                                 {"ACCOUNT", "accounts"},
                                                                                 {"DATABASE", "databases"},
                                                                                 {"USER", "users"},
                                                                                 {"TEAM", "teams"},
                                                                                 {"WORKSPACE", "workspaces"},
                                                                                 {"OPERATION", "operations"},
                                                                                 {"PROFILE", "profiles"},
                                                                                 {"AWS-WORD", "aws-words"},
                                                                                 {"AWS-PROFILE", "aws-profiles"},
                                                                                 {"AWS-REGION", "aws-regions"},
                                                                                 {"AWS-WAITER", "aws-waiters"}}};
  for (const auto& [name, kind] : kinds) {
    if (name == value) return std::string(kind);
  }
  return std::nullopt;
}

std::vector<std::string> places_of(const Table& table, std::span<const std::string> words) {
  std::string path;
  const Command* command = nullptr;
  std::vector<std::string> places;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool last = i + 1 == words.size();
    const std::string& word = words[i];
    if (!last && word.size() > 1 && word.front() == '-') {
      const std::vector<Parameter>& options = command == nullptr ? server_options() : command->options;
      const auto option = std::find_if(options.begin(), options.end(), [&](const auto& p) { return p.name == word; });
      if (option != options.end() && !option->value.empty()) ++i;  // its value; "--name=value" is not such a name
    } else if (command == nullptr) {
      path += (path.empty() ? "" : " ") + word;
      command = table.command(path);
    } else {
      places.push_back(word);
    }
  }
  return places;
}

std::vector<std::string> inner_paths(const Table& table) {
  std::vector<std::string> paths{""};
  for (const Command* command : shown_commands(table)) {
    for (std::size_t at = command->path.find(' '); at != std::string::npos; at = command->path.find(' ', at + 1)) {
      const std::string path = command->path.substr(0, at);
      if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
    }
  }
  return paths;
}

std::string bash_completion(const Table& table) {
  std::string out(kBashHead);
  out += fmt::format(
      "      {}) skip=$word ;;\n      *:-*) ;;\n      *)\n        case \"$path${{path:+ }}$word\" in\n          ",
      options_with_values(table));
  std::vector<std::string> known;
  for (const std::string& each : inner_paths(table)) {
    if (!each.empty()) known.push_back(quoted(each));
  }
  for (const Command* each : shown_commands(table)) known.push_back(quoted(each->path));
  out += fmt::format(
      "{}) path=\"$path${{path:+ }}$word\" ;;\n          *) place=$((place + 1)) ;;\n        esac\n"
      "        ;;\n    esac\n  done\n  typed+=(\"$current\")\n  case $path in\n",
      fmt::join(known, "|"));
  for (const std::string& each : inner_paths(table)) {
    std::vector<std::string> words = words_after(table, each);
    words.emplace_back("--help");
    if (each.empty()) words.insert(words.end(), {"--version", "--profile", "--json"});
    out += fmt::format(
        "    {})\n      if [[ $before == --profile ]]; then _stewardry_names profiles; return; fi\n"
        "      _stewardry_words {}\n      ;;\n",
        quoted(each), quoted(words_of(words)));
  }
  for (const Command* each : shown_commands(table)) append_bash_command(out, *each);
  return out + "  esac\n}\ncomplete -F _stewardry stewardry\n";
}

namespace {

// A text within one of zsh's specifications, where ':' and brackets have a meaning.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_value(const Parameter& each) {
  if (!each.choices.empty()) return fmt::format("({})", words_of(each.choices));
  if (each.value == "FILE") return "_files";
  if (each.value == "DIR") return "_files -/";
  if (const auto kind = names_of_kind(each.value)) return fmt::format("_stewardry_names {}", *kind);
  return " ";
}

void append_zsh_command(std::string& out, const Command& command) {
  out += fmt::format("    {})\n      _arguments -s -S \\\n", quoted(command.path));
  for (const Parameter& each : command.options) {
    std::string spec = fmt::format("{}{}[{}]", each.repeated ? "*" : "", each.name, zsh_text(each.doc));
    if (!each.value.empty()) spec += fmt::format(":{}:{}", zsh_text(each.value), zsh_value(each));
    out += fmt::format("        {} \\\n", quoted(spec));
  }
  for (const Parameter& each : command.arguments) {
    const std::string start = each.repeated ? "*:" : each.required ? ":" : "::";
    out += fmt::format("        {} \\\n", quoted(fmt::format("{}{}:{}", start, zsh_text(each.name), zsh_value(each))));
  }
  out += "        '--help[Print the help.]'\n      ;;\n";
}

constexpr std::string_view kZshHead = R"SH(#compdef stewardry
# zsh completion of stewardry; made by `stewardry completion zsh`.
_stewardry_names() {  # [options of compadd, from _arguments] KIND
  local -a names
  names=("${(@f)$(stewardry complete "$@[-1]" -- "${(@)typed}" 2>/dev/null </dev/null)}")
  compadd "${(@)@[1,-2]}" -a names
}
_stewardry() {
  local path_here='' word
  local -a typed=("${(@)words[2,CURRENT]}")
  local -i at=2
  while ((at < CURRENT)); do
    word=${words[at]}
    case "$path_here${path_here:+ }$word" in
)SH";

constexpr std::string_view kZshMiddle = R"SH( path_here="$path_here${path_here:+ }$word" ;;
      *) break ;;
    esac
    ((at++))
  done
  # What stands before is the command; _arguments looks at what follows it.
  words=("stewardry" "${(@)words[at,-1]}")
  ((CURRENT = CURRENT - at + 2))
  local -a list
  case $path_here in
)SH";

}  // namespace

std::string zsh_completion(const Table& table) {
  std::string out(kZshHead);
  std::vector<std::string> known;
  for (const std::string& each : inner_paths(table)) {
    if (!each.empty()) known.push_back(quoted(each));
  }
  for (const Command* each : shown_commands(table)) known.push_back(quoted(each->path));
  out += fmt::format("      {}){}", fmt::join(known, "|"), kZshMiddle);
  for (const std::string& each : inner_paths(table)) {
    out += fmt::format("    {})\n      list=(\n", quoted(each));
    for (const Table::Word& word : table.words_after(each))
      out += fmt::format("        {}\n", quoted(fmt::format("{}:{}", word.word, zsh_text(word.summary))));
    out += "      )\n      _describe 'command' list\n      ;;\n";
  }
  for (const Command* each : shown_commands(table)) append_zsh_command(out, *each);
  return out +
         "  esac\n}\nif [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then _stewardry \"$@\"; else compdef _stewardry "
         "stewardry; fi\n";
}

namespace {

std::string fish_value(const Parameter& each) {
  if (!each.choices.empty()) return fmt::format(" -xa {}", quoted(words_of(each.choices)));
  if (each.value == "FILE") return " -rF";
  if (each.value == "DIR") return " -xa '(__fish_complete_directories)'";
  if (const auto kind = names_of_kind(each.value))
    return fmt::format(
        " -xa {}",
        quoted(fmt::format(
            "(stewardry complete {} -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null </dev/null)", *kind)));
  return " -x";
}

// fish takes \' and \\ within single quotes.
std::string fish_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

void append_fish_command(std::string& out, const Command& command) {
  const std::string condition =
      fmt::format("complete -c stewardry -n \"test (__stewardry_path) = '{}'\"", command.path);
  for (const Parameter& each : command.options) {
    out += fmt::format("{} -l {}{} -d {}\n", condition, each.name.substr(2),
                       each.value.empty() ? std::string() : fish_value(each), fish_quoted(each.doc));
  }
  for (const Parameter& each : command.arguments) {
    const std::string value = fish_value(each);
    if (value != " -x") out += condition + value + "\n";
  }
}

}  // namespace

std::string fish_completion(const Table& table) {
  std::vector<std::string> known;
  for (const std::string& each : inner_paths(table)) {
    if (!each.empty()) known.push_back(fish_quoted(each));
  }
  for (const Command* each : shown_commands(table)) known.push_back(fish_quoted(each->path));
  std::string out = fmt::format(R"SH(# fish completion of stewardry; made by `stewardry completion fish`.
function __stewardry_path
  set -l path ''
  for word in (commandline -opc)[2..-1]
    set -l longer (string trim -- "$path $word")
    if contains -- $longer {}
      set path $longer
    end
  end
  echo "$path"
end
complete -c stewardry -f
complete -c stewardry -l help -d 'Print the help.'
)SH",
                                fmt::join(known, " "));
  for (const std::string& each : inner_paths(table)) {
    for (const Table::Word& word : table.words_after(each))
      out += fmt::format("complete -c stewardry -n \"test (__stewardry_path) = '{}'\" -a {} -d {}\n", each, word.word,
                         fish_quoted(word.summary));
  }
  for (const Command* each : shown_commands(table)) append_fish_command(out, *each);
  return out;
}

}  // namespace cli
