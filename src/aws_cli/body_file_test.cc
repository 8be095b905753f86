#include "aws_cli/body_file.h"

#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aws_cli {
namespace {

namespace fs = std::filesystem;

class BodyFile : public testing::Test {
 protected:
  BodyFile() {
    std::string made = (fs::temp_directory_path() / "stewardry-body-XXXXXX").string();
    EXPECT_NE(::mkdtemp(made.data()), nullptr);
    folder_ = made;
  }
  ~BodyFile() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }
  static std::string text_of(const std::string& name) {
    std::ifstream stream(name, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }
  void put(const std::string& name, std::string_view text) { std::ofstream(path(name), std::ios::binary) << text; }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
  static std::string rest_of(net::BodySource& source) {
    std::string text;
    char room[3];
    while (true) {
      const auto got = source.read(room, sizeof(room));
      if (!got) return "failed: " + got.error().message;
      if (*got == 0) return text;
      text.append(room, *got);
    }
  }

  base::SeededEntropy entropy_{7};
  fs::path folder_;
};

TEST_F(BodyFile, ArrivesWholeOrNotAtAll) {
  put("b", "before");
  {
    auto file = OutputFile::create(path("b"), entropy_);
    ASSERT_TRUE(file) << file.error().message;
    ASSERT_TRUE((*file)->write("half of "));
  }
  EXPECT_EQ(text_of(path("b")), "before");
  EXPECT_EQ(files(), 1U);
  auto file = OutputFile::create(path("b"), entropy_);
  ASSERT_TRUE((*file)->write("all "));
  ASSERT_TRUE((*file)->write(std::string_view("of\0it", 5)));
  EXPECT_EQ(text_of(path("b")), "before");
  ASSERT_TRUE((*file)->keep());
  EXPECT_EQ(text_of(path("b")), std::string("all of\0it", 9));
  file->reset();
  EXPECT_EQ(text_of(path("b")), std::string("all of\0it", 9));
  EXPECT_EQ(files(), 1U);
}

TEST_F(BodyFile, KeepsModesAndLinks) {
  put("real", "x");
  ASSERT_EQ(::chmod(path("real").c_str(), 0640), 0);
  fs::create_symlink("real", path("link"));
  auto file = OutputFile::create(path("link"), entropy_);
  ASSERT_TRUE((*file)->write("new"));
  ASSERT_TRUE((*file)->keep());
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(text_of(path("real")), "new");
  struct stat about{};
  ASSERT_EQ(::stat(path("real").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0640U);
}

TEST_F(BodyFile, WhatIsNoFileIsWrittenToAsItIs) {
  auto null = OutputFile::create("/dev/null", entropy_);
  ASSERT_TRUE(null);
  ASSERT_TRUE((*null)->write("gone"));
  ASSERT_TRUE((*null)->keep());
  struct stat about{};
  ASSERT_EQ(::stat("/dev/null", &about), 0);
  EXPECT_TRUE(S_ISCHR(about.st_mode));
  auto full = OutputFile::create("/dev/full", entropy_);
  const auto written = (*full)->write("x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, base::Code::kUnavailable);
}

TEST_F(BodyFile, WhatCannotBeWrittenIsToldBefore) {
  for (const std::string& name : {path("no/such/folder"), folder_.string()}) {
    const auto file = OutputFile::create(name, entropy_);
    ASSERT_FALSE(file) << name;
    EXPECT_EQ(file.error().code, base::Code::kInvalid);
  }
}

TEST_F(BodyFile, IsSentAndSentAgain) {
  put("b", "a body");
  auto source = open_source(path("b"));
  ASSERT_TRUE(source);
  EXPECT_EQ((*source)->size(), 6U);
  EXPECT_TRUE((*source)->rewind());
  EXPECT_EQ(rest_of(**source), "a body");
  ASSERT_TRUE((*source)->rewind());
  EXPECT_EQ(rest_of(**source), "a body");
  put("empty", "");
  EXPECT_EQ(rest_of(**open_source(path("empty"))), "");
}

TEST_F(BodyFile, MustNotChangeWhileItIsSent) {
  put("b", "a body");
  auto longer = open_source(path("b"));
  std::ofstream(path("b"), std::ios::app) << " that grows";
  EXPECT_NE(rest_of(**longer).find("changed while it was sent"), std::string::npos);
  auto shorter = open_source(path("b"));
  fs::resize_file(path("b"), 2);
  EXPECT_NE(rest_of(**shorter).find("changed while it was sent"), std::string::npos);
}

TEST_F(BodyFile, ThatCannotBeReadIsTold) {
  for (const std::string& name : {path("none"), folder_.string()}) {
    const auto source = open_source(name);
    ASSERT_FALSE(source) << name;
    EXPECT_EQ(source.error().code, base::Code::kInvalid);
  }
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::write(ends[1], "abc", 3), 3);
  ::close(ends[1]);
  auto pipe = open_source("/dev/fd/" + std::to_string(ends[0]));
  ASSERT_TRUE(pipe);
  EXPECT_EQ((*pipe)->size(), std::nullopt);
  EXPECT_EQ(rest_of(**pipe), "abc");
  EXPECT_FALSE((*pipe)->rewind());
  ::close(ends[0]);
}

}  // namespace
}  // namespace aws_cli
