#include "cli/parse.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "cli/program.h"

namespace cli {
namespace {

using Words = std::vector<std::string>;

const Table& table() {
  static const Table made = make_table("test", {}, {});
  return made;
}

Invocation parsed(const Words& words) {
  const auto outcome = parse(table(), words);
  const auto* found = std::get_if<Parsed>(&outcome);
  EXPECT_NE(found, nullptr);
  if (const auto* misuse = std::get_if<Misuse>(&outcome)) ADD_FAILURE() << misuse->message;
  return found == nullptr ? Invocation(table(), table().commands.front(), {})
                          : Invocation(table(), *found->command, found->values);
}

std::string misuse_of(const Words& words) {
  const auto outcome = parse(table(), words);
  const auto* misuse = std::get_if<Misuse>(&outcome);
  return misuse == nullptr ? "" : misuse->message;
}

TEST(Parse, FindsTheCommandAndItsValues) {
  const Invocation one = parsed({"nodes", "create", "gpu-1", "--account", "lab", "--wait", "--workspace=acme"});
  EXPECT_EQ(one.command().path, "nodes create");
  EXPECT_EQ(one.text("NAME"), "gpu-1");
  EXPECT_EQ(one.text("--account"), "lab");
  EXPECT_EQ(one.text("--workspace"), "acme");
  EXPECT_TRUE(one.has("--wait"));
  EXPECT_FALSE(one.has("--independent"));
  EXPECT_EQ(one.maybe("--description"), std::nullopt);
}

TEST(Parse, OptionsStandAnywhereBehindTheCommand) {
  const Invocation one = parsed({"nodes", "share", "--user", "cy", "gpu-1", "--user=dee", "--team", "gpu"});
  EXPECT_EQ(one.all("--user"), (Words{"cy", "dee"}));
  EXPECT_EQ(one.all("--team"), (Words{"gpu"}));
  EXPECT_EQ(one.text("NODE"), "gpu-1");
}

TEST(Parse, OptionsOfTheServerMayStandBefore) {
  const Invocation one = parsed({"--profile", "ops", "--json", "nodes", "list"});
  EXPECT_EQ(one.text("--profile"), "ops");
  EXPECT_TRUE(one.has("--json"));
  EXPECT_NE(misuse_of({"--json", "completion", "bash"}), "") << "it has no such option";
  EXPECT_NE(misuse_of({"--all", "nodes", "list"}), "");
}

TEST(Parse, ValuesMayLookLikeAnything) {
  EXPECT_EQ(parsed({"nodes", "show", "--", "--json"}).text("NODE"), "--json");
  EXPECT_EQ(parsed({"nodes", "update", "n", "--name=--odd"}).text("--name"), "--odd");
  EXPECT_EQ(parsed({"nodes", "update", "n", "--name", "-5"}).text("--name"), "-5");
  EXPECT_EQ(parsed({"nodes", "update", "n", "--name", ""}).text("--name"), "");
  EXPECT_EQ(parsed({"nodes", "update", "n", "--description=a=b"}).text("--description"), "a=b");
  EXPECT_EQ(parsed({"nodes", "show", "-"}).text("NODE"), "-");
}

TEST(Parse, DefaultsAreTheTables) {
  EXPECT_EQ(parsed({"nodes", "list"}).text("--limit"), "100");
  EXPECT_FALSE(parsed({"nodes", "list"}).has("--limit"));
  EXPECT_EQ(parsed({"access", "why", "--node", "n"}).text("--action"), "read");
}

TEST(Parse, SaysWhatIsWrong) {
  const std::vector<std::pair<Words, std::string>> cases{
      {{}, "Say what is to be done: login, "},
      {{"nodes"}, "Say what is to be done: list, show, "},
      {{"node"}, "There is no command node. Did you mean nodes?"},
      {{"nodes", "lst"}, "There is no command nodes lst. Did you mean list?"},
      {{"nodes", "list", "extra"}, "extra is one word too many."},
      {{"nodes", "list", "--jsn"}, "There is no option --jsn. Did you mean --json?"},
      {{"nodes", "list", "-v"}, "There is no option -v."},
      {{"nodes", "list", "--limit"}, "--limit needs a value: N."},
      {{"nodes", "list", "--limit", "--all"}, "--limit needs a value: N."},
      {{"nodes", "list", "--all=yes"}, "--all takes no value."},
      {{"nodes", "list", "--all", "--all"}, "--all is given twice."},
      {{"nodes", "show"}, "The NODE is missing: "},
      {{"nodes", "create", "x"}, "--account is missing: "},
      {{"nodes", "scope", "x", "Private"}, "SCOPE must be one of private, workspace, shared. Did you mean private?"},
      {{"nodes", "list", "--status", "Broken"}, "--status must be one of Pending, "}};
  for (const auto& [words, start] : cases) EXPECT_TRUE(misuse_of(words).starts_with(start)) << misuse_of(words);
}

TEST(Parse, HelpWinsOverWhatIsMissing) {
  const auto path_of = [](const Words& words) {
    const auto outcome = parse(table(), words);
    const auto* help = std::get_if<HelpWanted>(&outcome);
    return help == nullptr ? "none" : help->path;
  };
  EXPECT_EQ(path_of({"--help"}), "");
  EXPECT_EQ(path_of({"nodes", "-h"}), "nodes");
  EXPECT_EQ(path_of({"nodes", "create", "--help"}), "nodes create");
  EXPECT_EQ(path_of({"nodes", "show", "--", "--help"}), "none");
  EXPECT_TRUE(std::holds_alternative<VersionWanted>(parse(table(), Words{"--version"})));
}

TEST(Parse, TakesAnyWords) {
  EXPECT_TRUE(rc::check("it always comes to an end, with an outcome", [] {
    const auto words = *rc::gen::container<Words>(rc::gen::element<std::string>(
        "nodes", "list", "share", "access", "why", "--node", "--user", "--json", "--profile", "--", "-", "", "=",
        "--=", "--user=", "--json=1", "x", "--help", "login", "completion", "bash"));
    const auto outcome = parse(table(), words);
    if (const auto* found = std::get_if<Parsed>(&outcome)) RC_ASSERT(found->command != nullptr);
    if (const auto* misuse = std::get_if<Misuse>(&outcome)) RC_ASSERT(!misuse->message.empty());
  }));
}

// What the table says of itself: a name that stands twice, or an example that does not parse, misleads the reader.
TEST(TableOfCommands, IsConsistent) {
  for (const Command& each : table().commands) {
    EXPECT_FALSE(each.summary.empty() || each.summary.ends_with('.')) << each.path;
    EXPECT_TRUE(each.run != nullptr) << each.path;
    std::vector<std::string> names;
    for (const auto* list : {&each.arguments, &each.options}) {
      for (const Parameter& one : *list) {
        EXPECT_EQ(std::count(names.begin(), names.end(), one.name), 0) << each.path << " " << one.name;
        names.push_back(one.name);
        EXPECT_FALSE(one.doc.empty()) << each.path << " " << one.name;
        EXPECT_TRUE(one.doc.ends_with('.')) << each.path << " " << one.name;
      }
    }
    const std::size_t space = each.path.find(' ');
    if (space == std::string::npos) continue;
    EXPECT_NE(table().group(each.path.substr(0, space)), nullptr) << each.path;
  }
}

// The words of the first call of the program in a line of a shell.
Words words_of(const std::string& line) {
  const std::size_t start = line.rfind("stewardry ");
  if (start == std::string::npos) return {};
  Words words;
  bool quoted = false;
  std::string word;
  for (const char c : line.substr(start + 10, line.find_first_of("|<>&)", start) - start - 10) + " ") {
    if (c == '\'') {
      quoted = !quoted;
    } else if (c != ' ' || quoted) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, ""));
    }
  }
  return words;
}

TEST(TableOfCommands, ExamplesAreRight) {
  for (const Command& each : table().commands) {
    EXPECT_EQ(each.examples.empty(), each.hidden) << each.path;
    for (const Example& example : each.examples) {
      const Words words = words_of(example.line);
      EXPECT_TRUE(std::holds_alternative<Parsed>(parse(table(), words))) << example.line << ": " << misuse_of(words);
    }
  }
}

}  // namespace
}  // namespace cli
