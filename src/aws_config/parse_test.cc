#include <utility>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "aws_config/config.h"
#include "aws_config/words.h"
#include "base/text.h"

namespace aws_config {
namespace {

File config(std::string_view text) {
  base::Result<File> file = parse(text, "config", false);
  EXPECT_TRUE(file) << text << ": " << file.error().message;
  return file ? std::move(*file) : File();
}
File credentials(std::string_view text) {
  base::Result<File> file = parse(text, "credentials", true);
  EXPECT_TRUE(file) << text << ": " << file.error().message;
  return file ? std::move(*file) : File();
}
std::string error_of(std::string_view text) {
  const base::Result<File> file = parse(text, "config", false);
  if (file) return "none";
  EXPECT_EQ(file.error().code, base::Code::kInvalid);
  return file.error().message;
}
const Section kNothing;
const Section& only(const File& file) {
  EXPECT_EQ(file.profiles.size(), 1U);
  return file.profiles.size() == 1 ? file.profiles.begin()->second : kNothing;
}

// The cases that AWS's SDKs hold themselves to, one by one.
TEST(Parse, ProfilesAndSettings) {
  EXPECT_TRUE(config("").profiles.empty());
  EXPECT_EQ(config("[profile foo]").profiles, (decltype(File::profiles){{"foo", {}}}));
  EXPECT_EQ(config("[profile \tfoo \t]").profiles.count("foo"), 1U);
  EXPECT_EQ(config("[profile\tfoo]").profiles.count("foo"), 1U);
  EXPECT_EQ(config("[   profile foo    ]").profiles.count("foo"), 1U);
  EXPECT_EQ(only(config("[profile foo]\nname = val=ue")), (Section{{"name", "val=ue"}}));
  EXPECT_EQ(only(config("[profile foo]\nname \t=  \tvalue \t")), (Section{{"name", "value"}}));
  EXPECT_EQ(only(config("[profile foo]\nname = \xF0\x9F\x98\x82")), (Section{{"name", "\xF0\x9F\x98\x82"}}));
  EXPECT_EQ(only(config("[profile foo]\nname =")), (Section{{"name", ""}}));
  EXPECT_EQ(only(config("[profile foo]\nNAME = Value")), (Section{{"name", "Value"}}));
  EXPECT_EQ(config("[profile foo]\na = 1\n[profile bar]\nb = 2").profiles,
            (decltype(File::profiles){{"foo", {{"a", "1"}}}, {"bar", {{"b", "2"}}}}));
  EXPECT_EQ(only(config("\t \n[profile foo]\n\t\n \nname = value\n\t \n")), (Section{{"name", "value"}}));
}

TEST(Parse, Comments) {
  EXPECT_EQ(only(config("# Comment\n[profile foo] # see [bar]\nname = value # Comment with # sign")),
            (Section{{"name", "value"}}));
  EXPECT_EQ(only(config(";\n[profile foo];\nname = value ;\n")), (Section{{"name", "value"}}));
  EXPECT_EQ(only(config("[profile foo]\nname = value; near\nname2 = value# near\nname3 = # all")),
            (Section{{"name", "value; near"}, {"name2", "value# near"}, {"name3", ""}}));
  EXPECT_EQ(only(config("[profile foo]\n  # indented = comment\n  name = value\n   ; another\n   more")),
            (Section{{"name", "value\nmore"}}));
}

TEST(Parse, Continuations) {
  EXPECT_EQ(only(config("[profile foo]\nname = value\n -continued \n \t-and-continued")),
            (Section{{"name", "value\n-continued\n-and-continued"}}));
  EXPECT_EQ(only(config("[profile foo]\nname = value\n -continued # kept")),
            (Section{{"name", "value\n-continued # kept"}}));
  EXPECT_EQ(only(config("[default]\nname = value1\n value2 = 12 \n value3\nname2 = value2\nname3 =\n a = 1")),
            (Section{{"name", "value1\nvalue2 = 12\nvalue3"}, {"name2", "value2"}, {"name3.a", "1"}}));
  EXPECT_NE(error_of(" -continued"), "none");
  EXPECT_NE(error_of("[profile foo]\n -continued"), "none");
  EXPECT_NE(error_of("[profile foo]\nname = value\n[profile foo]\n -continued"), "none");
}

// People lay out files with every setting indented; botocore reads them, so do we.
TEST(Parse, IndentedSettingsAreSettings) {
  EXPECT_EQ(only(config("[default]\n  region = x\n  output = json\n  s3 =\n    addressing_style = path\n  a = b")),
            (Section{{"region", "x"}, {"output", "json"}, {"s3.addressing_style", "path"}, {"a", "b"}}));
  EXPECT_EQ(config("  [default]\n  region = x\n  [profile b]\n").profiles.size(), 2U);
}

TEST(Parse, NestedBlocks) {
  EXPECT_EQ(only(config("[profile foo]\ns3 =\n Name = Value\n\t \n name2 = v=2 # two\n in valid = x\n empty =")),
            (Section{{"s3.name", "Value"}, {"s3.name2", "v=2"}, {"s3.empty", ""}}));
  EXPECT_EQ(only(config("[profile foo]\ns3 = # more\n a = 1\nb = 2")), (Section{{"s3.a", "1"}, {"b", "2"}}));
  EXPECT_EQ(only(config("[profile foo]\ns3 =\n a = 1\n b = 2\n[profile foo]\ns3 =\n a = 3")), (Section{{"s3.a", "3"}}))
      << "the last block counts, and it alone";
  EXPECT_EQ(error_of("[profile foo]\ns3 =\n invalid"),
            "config, line 3: a line of a nested block is written name = value.");
  EXPECT_EQ(error_of("[profile foo]\ns3 =\n = x"), "config, line 3: the nested setting has no name before its '='.");
}

TEST(Parse, DuplicatesMerge) {
  EXPECT_EQ(only(config("[profile foo]\na = 1\nb = 2\n[profile foo]\na = 3\na = 4\nc = 5")),
            (Section{{"a", "4"}, {"b", "2"}, {"c", "5"}}));
}

TEST(Parse, DefaultWithThePrefixWinsWhereverItStands) {
  EXPECT_EQ(only(config("[profile default]\na = 1\n[default]\nb = 2")), (Section{{"a", "1"}}));
  EXPECT_EQ(only(config("[default]\nb = 2\n[profile default]\na = 1")), (Section{{"a", "1"}}));
  EXPECT_EQ(only(config("[profile default]\na = 1\n[default]\nb = 2\n[profile default]\nc = 3")),
            (Section{{"a", "1"}, {"c", "3"}}));
  EXPECT_EQ(only(config("[default]\na = 1\n[default]\nb = 2")), (Section{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(only(config("[default]\nb = 2\n[profile default]")), Section());
}

TEST(Parse, SectionsOfOtherKinds) {
  const File file = config(
      "[default]\na = 0\n[sso-session default]\na = 1\n[services my]\ns3 =\n  endpoint_url = http://s3\n"
      "dynamodb =\n  endpoint_url = http://ddb\n[preview]\nx = y\n[foo bar]\nx =\n y = z\n[profilefoo]\nx = y\n"
      "[sso-session]\nx = y\n[profile in valid]\nx = 1\n[profile]\nx = 1\n[profilefoo bar]\nx = y\n"
      "[don't]\nx = y");
  EXPECT_EQ(file.profiles, (decltype(File::profiles){{"default", {{"a", "0"}}}}));
  EXPECT_EQ(file.sso_sessions, (decltype(File::profiles){{"default", {{"a", "1"}}}}));
  EXPECT_EQ(
      file.services,
      (decltype(File::profiles){{"my", {{"s3.endpoint_url", "http://s3"}, {"dynamodb.endpoint_url", "http://ddb"}}}}));
}

TEST(Parse, QuotedNames) {
  const File file = config("[profile \"with blank\"]\na = 1\n[profile 'it is']\n[profile \"a\\\"b\"]");
  EXPECT_EQ(file.profiles.count("with blank") + file.profiles.count("it is") + file.profiles.count("a\"b"), 3U);
  EXPECT_EQ(error_of("[default]\n[profile \"open]\n"),
            "config, line 2: a quote in the name of the section is not closed.");
}

TEST(Parse, SettingsWithBlanksInTheirNamesAreLeftOut) {
  EXPECT_EQ(only(config("[profile foo]\nin valid = value\n more\nalso bad =\n x = y\nc = d")), (Section{{"c", "d"}}));
}

TEST(Parse, CredentialsHaveBareNames) {
  EXPECT_EQ(credentials("[   foo    ]\na = 1\n[in two]\nb = 2\n[default]\nc = 3\n[default]\nd = 4").profiles,
            (decltype(File::profiles){
                {"foo", {{"a", "1"}}}, {"in two", {{"b", "2"}}}, {"default", {{"c", "3"}, {"d", "4"}}}}));
  EXPECT_EQ(credentials("[profile foo]\na = 1").profiles.count("foo"), 0U);
}

TEST(Parse, LineEndsAndMarks) {
  EXPECT_EQ(only(config("\xEF\xBB\xBF[profile foo]\r\na = 1\r\nb =\r\n c = 2\r\n")),
            (Section{{"a", "1"}, {"b.c", "2"}}));
  EXPECT_EQ(only(config("[profile foo]\ra = 1\rb = 2")), (Section{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(error_of("[profile foo]\r\n\r\nx\r\n"),
            "config, line 3: neither a section nor a setting: a setting is written name = value.");
}

TEST(Parse, WhatIsWrongAndWhere) {
  EXPECT_EQ(error_of("# x\n\n[profile foo"), "config, line 3: the name of the section does not end with ']'.");
  EXPECT_EQ(error_of("[profile foo] x"),
            "config, line 1: behind the ']' of a section's name only a comment may stand.");
  EXPECT_EQ(error_of("[ ]"), "config, line 1: the section has no name.");
  EXPECT_EQ(error_of("name = value"),
            "config, line 1: a setting stands before the first section: begin with a line [default].");
  EXPECT_EQ(error_of("[default]\n= value"), "config, line 2: the setting has no name before its '='.");
  EXPECT_EQ(error_of("[default]\nkey : value"),
            "config, line 2: neither a section nor a setting: a setting is written name = value.");
  EXPECT_EQ(error_of("[default]\na = \xFF"), "config, line 2: the line is not UTF-8.");
  EXPECT_EQ(error_of(std::string_view("[default]\na = \0b", 16)), "config, line 2: the line has a control character.");
  EXPECT_EQ(error_of("[preview]\nnonsense"),
            "config, line 2: neither a section nor a setting: a setting is written name = value.");
}

TEST(Parse, NoSecretStandsInAMessage) {
  for (const char* const text : {"[default]\naws_secret_access_key wJalrXUtnFEMI", "wJalrXUtnFEMI",
                                 "[default]\ns3 =\n  wJalrXUtnFEMI", "[wJalrXUtnFEMI", "[x] wJalrXUtnFEMI"}) {
    EXPECT_EQ(error_of(text).find("wJalrXUtnFEMI"), std::string::npos) << error_of(text);
  }
}

TEST(Parse, AFileHasALimit) {
  std::string large = "[default]\n";
  large.resize(kFileBytesMax, '\n');
  EXPECT_EQ(error_of(large), "none");
  large += '\n';
  EXPECT_NE(error_of(large).find("at most 1048576"), std::string::npos);
}

TEST(Parse, WhatIsWrittenIsRead) {
  EXPECT_TRUE(rc::check("settings survive", [](std::map<std::string, std::string> wanted) {
    Section section;
    std::string text = "[profile p]\n";
    for (const auto& [name, value] : wanted) {
      std::string key = "k" + base::to_lower_ascii(base::hex(name));
      section[key] = base::hex(value);
      text += key + " = " + base::hex(value) + "\n";
    }
    return config(text).profiles == decltype(File::profiles){{"p", section}};
  }));
}

TEST(Words, AreCutAsAShellCutsThem) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(split_words(""), Words{});
  EXPECT_EQ(split_words("  a  b\tc\n"), (Words{"a", "b", "c"}));
  EXPECT_EQ(split_words("a 'b c' \"d e\" f\\ g"), (Words{"a", "b c", "d e", "f g"}));
  EXPECT_EQ(split_words("'' \"\""), (Words{"", ""}));
  EXPECT_EQ(split_words("a'b'\"c\"d"), (Words{"abcd"}));
  EXPECT_EQ(split_words(R"("a\"b\\c\d" 'x\y')"), (Words{R"(a"b\c\d)", R"(x\y)"}));
  EXPECT_EQ(split_words("$HOME `x` *|;"), (Words{"$HOME", "`x`", "*|;"}));
  EXPECT_EQ(split_words("'a"), std::nullopt);
  EXPECT_EQ(split_words("\"a"), std::nullopt);
  EXPECT_EQ(split_words("a\\"), std::nullopt);
}

}  // namespace
}  // namespace aws_config
