#include "cli/parse.h"

#include <algorithm>

#include <fmt/format.h>

#include "json/decode.h"

namespace cli {
namespace {

using Outcome = std::variant<Parsed, HelpWanted, VersionWanted, Misuse>;

std::string guess(std::string_view word, const std::vector<std::string>& known) {
  const std::string_view nearest = json::nearest_name(word, std::vector<std::string_view>(known.begin(), known.end()));
  return nearest.empty() ? std::string() : fmt::format(" Did you mean {}?", nearest);
}

bool is_option(std::string_view word) { return word.size() > 1 && word.front() == '-'; }
bool is_help(std::string_view word) { return word == "--help" || word == "-h"; }

std::string names_of(const std::vector<std::string>& choices) { return fmt::format("{}", fmt::join(choices, ", ")); }

class Parser {
 public:
  Parser(const Table& table, std::span<const std::string> words) : table_(table), words_(words) {}

  Outcome run() {
    std::optional<Outcome> end = find_command();
    if (!end) end = take_values();
    if (!end) end = check_values();
    return end ? *end : Outcome(Parsed{command_, std::move(values_)});
  }

 private:
  using End = std::optional<Outcome>;

  [[nodiscard]] Outcome misuse(std::string message) const { return Misuse{path_, std::move(message)}; }

  End find_command() {
    while ((command_ = table_.command(path_)) == nullptr || path_.empty()) {
      if (at_ == words_.size()) return missing_word();
      const std::string& word = words_[at_];
      if (is_help(word)) return HelpWanted{path_, {}};
      if (word == "--version" && path_.empty()) return VersionWanted{};
      if (is_option(word)) {
        if (End end = take_early_option(word)) return end;
        continue;
      }
      const std::string longer = path_.empty() ? word : path_ + " " + word;
      if (table_.command(longer) == nullptr && table_.words_after(longer).empty()) return unknown_word(word);
      path_ = longer;
      ++at_;
    }
    return std::nullopt;
  }

  End missing_word() const {
    std::vector<std::string> known;
    for (const Table::Word& each : table_.words_after(path_)) known.push_back(each.word);
    return misuse(fmt::format("Say what is to be done: {}.", names_of(known)));
  }

  End unknown_word(const std::string& word) const {
    std::vector<std::string> known;
    for (const Table::Word& each : table_.words_after(path_)) known.push_back(each.word);
    return misuse(
        fmt::format("There is no command {}{}{}.{}", path_, path_.empty() ? "" : " ", word, guess(word, known)));
  }

  End take_early_option(const std::string& word) {
    const std::string name = word.substr(0, word.find('='));
    for (const Parameter& each : server_options()) {
      if (each.name != name) continue;
      early_ = name;
      return take_option(word, server_options());
    }
    return misuse(fmt::format("The option {} goes behind the command.", name));
  }

  End take_values() {
    if (!early_.empty() && !declares(early_)) return misuse(fmt::format("This command has no option {}.", early_));
    bool only_arguments = false;
    while (at_ < words_.size()) {
      const std::string& word = words_[at_];
      if (!only_arguments && word == "--") {
        only_arguments = true;
        ++at_;
      } else if (!only_arguments && is_help(word)) {
        return HelpWanted{path_, values_};
      } else if (!only_arguments && is_option(word)) {
        if (End end = take_option(word, command_->options)) return end;
      } else {
        if (End end = take_argument(word)) return end;
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] bool declares(std::string_view name) const {
    return std::any_of(command_->options.begin(), command_->options.end(),
                       [&](const Parameter& each) { return each.name == name; });
  }

  End take_option(const std::string& word, const std::vector<Parameter>& options) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const auto found = std::find_if(options.begin(), options.end(), [&](const Parameter& p) { return p.name == name; });
    if (found == options.end()) {
      std::vector<std::string> known;
      for (const Parameter& each : options) known.push_back(each.name);
      return misuse(fmt::format("There is no option {}.{}", name, guess(name, known)));
    }
    ++at_;
    std::vector<std::string>& values = values_[name];
    if (!values.empty() && !found->repeated) return misuse(fmt::format("{} is given twice.", name));
    if (found->value.empty()) {
      if (equals != std::string::npos) return misuse(fmt::format("{} takes no value.", name));
      values.emplace_back("yes");
    } else if (equals != std::string::npos) {
      values.push_back(word.substr(equals + 1));
    } else if (at_ == words_.size() || words_[at_].starts_with("--")) {
      return misuse(fmt::format("{} needs a value: {}.", name, found->value));
    } else {
      values.push_back(words_[at_++]);
    }
    return std::nullopt;
  }

  End take_argument(const std::string& word) {
    for (const Parameter& each : command_->arguments) {
      std::vector<std::string>& values = values_[each.name];
      if (!values.empty() && !each.repeated) continue;
      values.push_back(word);
      ++at_;
      return std::nullopt;
    }
    return misuse(fmt::format("{} is one word too many.", word));
  }

  End check_values() {
    std::erase_if(values_, [](const auto& each) { return each.second.empty(); });
    for (const std::vector<Parameter>* list : {&command_->arguments, &command_->options}) {
      for (const Parameter& each : *list) {
        const auto found = values_.find(each.name);
        if (found == values_.end()) {
          if (!each.required) continue;
          return misuse(is_option(each.name) ? fmt::format("{} is missing: {}", each.name, each.doc)
                                             : fmt::format("The {} is missing: {}", each.name, each.doc));
        }
        for (const std::string& value : found->second) {
          if (each.choices.empty() || std::find(each.choices.begin(), each.choices.end(), value) != each.choices.end())
            continue;
          return misuse(
              fmt::format("{} must be one of {}.{}", each.name, names_of(each.choices), guess(value, each.choices)));
        }
      }
    }
    return std::nullopt;
  }

  const Table& table_;
  std::span<const std::string> words_;
  std::size_t at_ = 0;
  std::string path_, early_;
  const Command* command_ = nullptr;
  Invocation::Values values_;
};

}  // namespace

Outcome parse(const Table& table, std::span<const std::string> words) { return Parser(table, words).run(); }

const std::vector<Parameter>& server_options() {
  static const std::vector<Parameter> options{
      {.name = "--profile",
       .value = "PROFILE",
       .doc = "Which login to use; else $STEWARDRY_PROFILE, else \"default\"."},
      {.name = "--json", .doc = "Print the API's JSON, one document, instead of text for people."}};
  return options;
}

}  // namespace cli
