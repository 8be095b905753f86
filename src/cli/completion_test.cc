// Whether the scripts work in their shells is tested in tests/e2e/cli_shell_test.py; here, that they know the table.

#include "cli/completion.h"

#include <gtest/gtest.h>

#include "cli/help.h"
#include "cli/program.h"

namespace cli {
namespace {

const Table& table() {
  static const Table made =
      make_table("test", {{"store", "The file"}},
                 {{.path = "store check",
                   .summary = "It's a [test]: really",
                   .options = {{.name = "--odd", .value = "DIR", .doc = "It's $HOME `x` \\ [a]:b."}},
                   .run = [](World&, const Invocation&) { return 0; }}});
  return made;
}

TEST(Completion, KnowsEveryCommandAndOption) {
  const std::string bash = bash_completion(table()), zsh = zsh_completion(table()), fish = fish_completion(table());
  for (const Command& command : table().commands) {
    for (const std::string* script : {&bash, &zsh, &fish})
      EXPECT_EQ(script->find("'" + command.path + "'") == std::string::npos, command.hidden) << command.path;
    if (command.hidden) continue;
    for (const Parameter& option : command.options) {
      EXPECT_NE(bash.find(option.name), std::string::npos) << option.name;
      EXPECT_NE(zsh.find(option.name), std::string::npos) << option.name;
      EXPECT_NE(fish.find("-l " + option.name.substr(2)), std::string::npos) << option.name;
    }
  }
}

TEST(Completion, QuotesWhatShellsWouldRead) {
  EXPECT_NE(zsh_completion(table()).find(R"('--odd[It'\''s $HOME `x` \\ \[a\]\:b.]:DIR:_files -/')"),
            std::string::npos);
  EXPECT_NE(fish_completion(table()).find(R"(-d 'It\'s $HOME `x` \\ [a]:b.')"), std::string::npos);
  EXPECT_NE(fish_completion(table()).find(R"(-d 'It\'s a [test]: really')"), std::string::npos);
}

TEST(Completion, AsksTheProgramForNames) {
  EXPECT_NE(bash_completion(table()).find("_stewardry_names nodes"), std::string::npos);
  EXPECT_NE(zsh_completion(table()).find("_stewardry_names users"), std::string::npos);
  EXPECT_NE(fish_completion(table()).find("stewardry complete accounts"), std::string::npos);
}

TEST(Help, TellsOfEveryCommandOnce) {
  const Screen screen{.columns = 80};
  const std::string all = help_of(table(), "", screen);
  EXPECT_NE(all.find("  nodes "), std::string::npos);
  EXPECT_EQ(all.find("cli-reference"), std::string::npos) << "hidden";
  EXPECT_NE(help_of(table(), "nodes", screen).find("  hand-over "), std::string::npos);
  for (const Command& command : table().commands) {
    const std::string help = help_of(table(), command.path, screen);
    EXPECT_NE(help.find("stewardry " + command.path), std::string::npos) << command.path;
    for (const Parameter& option : command.options) EXPECT_NE(help.find("  " + option.name), std::string::npos);
    for (const Example& example : command.examples) EXPECT_NE(help.find(example.line), std::string::npos);
    EXPECT_EQ(reference(table()).find("`stewardry " + command.path + "`") == std::string::npos, command.hidden);
  }
}

TEST(Help, FitsNarrowScreens) {
  const Screen narrow{.columns = 40};
  for (const Command& command : table().commands) {
    const std::string help = help_of(table(), command.path, narrow);
    // Examples are to be copied, in one line.
    std::string_view rest = std::string_view(help).substr(0, help.find("\nExamples"));
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      EXPECT_LE(line.size(), 40U) << line;
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    }
  }
}

}  // namespace
}  // namespace cli
