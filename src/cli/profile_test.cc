// A token that others can read is a token that others have.

#include "cli/profile.h"

#include <filesystem>
#include <fstream>
#include <map>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cli {
namespace {

namespace fs = std::filesystem;
using base::Code;

class ProfilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "stewardry-profiles-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root = name;
    environment["XDG_CONFIG_HOME"] = root / "config";
  }
  void TearDown() override { fs::remove_all(root); }

  [[nodiscard]] Profiles open() const {
    return Profiles::of([this](const std::string& name) -> std::optional<std::string> {
             const auto found = environment.find(name);
             return found == environment.end() ? std::nullopt : std::optional<std::string>(found->second);
           })
        .value();
  }
  [[nodiscard]] static mode_t mode_of(const fs::path& path) {
    struct stat facts{};
    EXPECT_EQ(::stat(path.c_str(), &facts), 0) << path;
    return facts.st_mode & 07777U;
  }

  fs::path root;
  std::map<std::string, std::string> environment;
  const Profile ada{"https://h.example/base", base::Secret("t0ken"), "/ca.pem", "N:user:1", "Ada"};
};

TEST_F(ProfilesTest, KeepsWhatWasWritten) {
  ASSERT_TRUE(open().write("default", ada));
  const auto read = open().read("default");
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->url, ada.url);
  EXPECT_EQ((*read)->token.reveal(), "t0ken");
  EXPECT_EQ((*read)->trust_file, "/ca.pem");
  EXPECT_EQ((*read)->user_name, "Ada");
}

TEST_F(ProfilesTest, IsTheUsersAlone) {
  const mode_t before = ::umask(0);
  ASSERT_TRUE(open().write("default", ada));
  ::umask(before);
  EXPECT_EQ(mode_of(open().file("default")), 0600U);
  EXPECT_EQ(mode_of(open().file("default").parent_path()), 0700U);
  EXPECT_EQ(mode_of(open().file("default").parent_path().parent_path()), 0700U);
}

TEST_F(ProfilesTest, AFolderThatOthersMayEnterIsClosed) {
  fs::create_directories(root / "config" / "stewardry" / "profiles");
  fs::permissions(root / "config" / "stewardry", fs::perms::all);
  ASSERT_TRUE(open().write("default", ada));
  EXPECT_EQ(mode_of(root / "config" / "stewardry"), 0700U);
}

TEST_F(ProfilesTest, AFileThatOthersMayReadIsRefused) {
  ASSERT_TRUE(open().write("default", ada));
  for (const mode_t mode : {0640U, 0604U, 0660U, 0602U}) {
    ASSERT_EQ(::chmod(open().file("default").c_str(), mode), 0);
    const auto read = open().read("default");
    ASSERT_FALSE(read) << mode;
    EXPECT_EQ(read.error().code, Code::kForbidden);
    EXPECT_NE(read.error().message.find("chmod 600"), std::string::npos);
  }
  ASSERT_TRUE(open().write("default", ada)) << "a new login mends it";
  EXPECT_EQ(mode_of(open().file("default")), 0600U);
  EXPECT_TRUE(open().read("default"));
}

TEST_F(ProfilesTest, LinksAndOddThingsAreNotFollowed) {
  ASSERT_TRUE(open().write("real", ada));
  fs::create_symlink(open().file("real"), open().file("link"));
  EXPECT_FALSE(open().read("link"));
  fs::create_directory(open().file("folder"));
  EXPECT_FALSE(open().read("folder"));
  ASSERT_EQ(::mkfifo(open().file("pipe").c_str(), 0600), 0);
  EXPECT_FALSE(open().read("pipe")) << "and it does not hang";
}

TEST_F(ProfilesTest, DamageIsTold) {
  ASSERT_TRUE(open().write("default", ada));
  for (const char* text : {"", "{", "[]", R"({"url":"x"})", R"({"url":1,"token":"t"})"}) {
    std::ofstream(open().file("default")) << text;
    const auto read = open().read("default");
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, Code::kInvalid);
    EXPECT_EQ(read.error().message.find("t0ken"), std::string::npos);
  }
  std::ofstream(open().file("default")) << std::string(100'000, ' ');
  EXPECT_FALSE(open().read("default"));
}

TEST_F(ProfilesTest, NamesAreFileNames) {
  for (const char* bad : {"", ".", "..", "a/b", "../x", "-x", ".x", "a b", "ä"}) {
    EXPECT_EQ(open().write(bad, ada).error().code, Code::kInvalid) << bad;
    EXPECT_FALSE(open().read(bad)) << bad;
    EXPECT_FALSE(open().remove(bad)) << bad;
  }
  EXPECT_FALSE(check_profile_name(std::string(65, 'a')));
  EXPECT_TRUE(check_profile_name(std::string(64, 'a')));
  ASSERT_TRUE(open().write("ops.eu-1", ada));
  ASSERT_TRUE(open().write("default", ada));
  EXPECT_EQ(open().names(), (std::vector<std::string>{"default", "ops.eu-1"}));
  EXPECT_EQ(open().remove("default").value(), true);
  EXPECT_EQ(open().remove("default").value(), false);
  EXPECT_EQ(open().names(), (std::vector<std::string>{"ops.eu-1"}));
}

TEST_F(ProfilesTest, TheFolderIsThatOfTheEnvironment) {
  environment = {{"XDG_CONFIG_HOME", "relative"}, {"HOME", "/nowhere"}};
  EXPECT_EQ(open().file("x"), "/nowhere/.config/stewardry/profiles/x.json");
  EXPECT_TRUE(open().read("x") && !*open().read("x"));
  EXPECT_TRUE(open().names().empty());
  EXPECT_FALSE(Profiles::of([](const std::string&) { return std::nullopt; }));
}

TEST_F(ProfilesTest, NothingIsLeftOfAWriteThatFailed) {
  ASSERT_TRUE(open().write("default", ada));
  fs::create_directory(open().file("blocked"));
  EXPECT_FALSE(open().write("blocked", ada));
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& each : fs::directory_iterator(open().file("x").parent_path())) ++files;
  EXPECT_EQ(files, 2U) << "no temporary file with a token in it";
}

}  // namespace
}  // namespace cli
