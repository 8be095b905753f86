#include "app/data_folder.h"

#include <fstream>

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "json/parse.h"
#include "store/temp_folder.h"

namespace app {
namespace {

using base::Code;
namespace fs = std::filesystem;

mode_t mode_of(const fs::path& path) {
  struct stat info{};
  EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
  return info.st_mode & 0777U;
}
std::string contents(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

TEST(DataFolder, IsMadeForItsOwnerAlone) {
  const store::TempFolder root;
  const fs::path folder = root.path() / "a" / "b";
  ASSERT_TRUE(make_data_folder(folder));
  EXPECT_EQ(mode_of(folder), 0700U);
  EXPECT_TRUE(make_data_folder(folder)) << "again";
}

TEST(DataFolder, SaysWhatIsInTheWay) {
  const store::TempFolder root;
  const fs::path file = root.path() / "file";
  std::ofstream(file) << "x";
  for (const fs::path& path : {file, file / "below"}) {
    const base::Result<void> made = make_data_folder(path);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Code::kUnavailable);
    EXPECT_NE(made.error().message.find(path.string()), std::string::npos) << made.error().message;
  }
}

// A process of its own that takes the lock, says so, and then waits to be killed or told to go.
class Holder {
 public:
  explicit Holder(const fs::path& folder) {
    int ready[2], go[2];
    EXPECT_EQ(::pipe(ready), 0);
    EXPECT_EQ(::pipe(go), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(go[1]);
      const base::Result<FolderLock> lock = FolderLock::take(folder);
      const char answer = lock ? 'y' : 'n';
      if (::write(ready[1], &answer, 1) != 1) ::_exit(2);
      char byte = 0;
      (void)!::read(go[0], &byte, 1);
      ::_exit(0);
    }
    ::close(ready[1]);
    ::close(go[0]);
    char answer = '?';
    EXPECT_EQ(::read(ready[0], &answer, 1), 1);
    ::close(ready[0]);
    has_lock_ = answer == 'y';
    go_ = go[1];
  }
  ~Holder() { end(); }
  [[nodiscard]] bool has_lock() const { return has_lock_; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  void kill_it() {
    ::kill(pid_, SIGKILL);
    end();
  }

 private:
  void end() {
    if (pid_ <= 0) return;
    ::close(go_);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  pid_t pid_ = 0;
  int go_ = -1;
  bool has_lock_ = false;
};

TEST(FolderLock, IsOneProcesssAtATimeAndEndsWithIt) {
  const store::TempFolder root;
  Holder holder(root.path());
  ASSERT_TRUE(holder.has_lock());
  const base::Result<FolderLock> refused = FolderLock::take(root.path());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_NE(refused.error().message.find(fmt::format("process {}", holder.pid())), std::string::npos)
      << refused.error().message;
  EXPECT_NE(refused.error().message.find(root.path().string()), std::string::npos);
  holder.kill_it();
  EXPECT_TRUE(FolderLock::take(root.path())) << "however it ended";
}

TEST(FolderLock, ExcludesInTheSameProcessTooAndMovesWithItsOwner) {
  const store::TempFolder root;
  std::optional<FolderLock> moved;
  {
    base::Result<FolderLock> lock = FolderLock::take(root.path());
    ASSERT_TRUE(lock);
    EXPECT_FALSE(FolderLock::take(root.path()));
    moved.emplace(std::move(*lock));
  }
  EXPECT_FALSE(FolderLock::take(root.path())) << "the one that it was moved to has it still";
  moved.reset();
  EXPECT_TRUE(FolderLock::take(root.path()));
  const Holder other(root.path());
  EXPECT_TRUE(other.has_lock());
}

TEST(ServerFile, IsThereAsLongAsTheServer) {
  const store::TempFolder root;
  const fs::path path = root.path() / "server.json";
  {
    const base::Result<ServerFile> file = ServerFile::write(root.path(), "http://127.0.0.1:1\"2");
    ASSERT_TRUE(file);
    const base::Result<json::Value> value = json::parse(contents(path));
    ASSERT_TRUE(value) << contents(path);
    EXPECT_EQ(json::view(value->at("url").as_string()), "http://127.0.0.1:1\"2");
    EXPECT_EQ(value->at("pid").as_int64(), ::getpid());
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(ServerFile, OneThatAKilledServerLeftIsReplaced) {
  const store::TempFolder root;
  std::ofstream(root.path() / "server.json") << "{\"url\":\"old\"";
  const base::Result<ServerFile> file = ServerFile::write(root.path(), "new");
  ASSERT_TRUE(file);
  EXPECT_NE(contents(root.path() / "server.json").find("\"new\""), std::string::npos);
}

TEST(CursorKey, IsMadeOnceAndForItsOwnerAlone) {
  const store::TempFolder root;
  base::SystemEntropy entropy;
  const base::Secret first = cursor_key(root.path(), entropy).value();
  EXPECT_EQ(first.reveal().size(), 32U);
  EXPECT_EQ(mode_of(root.path() / "cursor.key"), 0600U);
  EXPECT_EQ(cursor_key(root.path(), entropy)->reveal(), first.reveal());
  const store::TempFolder other;
  EXPECT_NE(cursor_key(other.path(), entropy)->reveal(), first.reveal());
}

TEST(CursorKey, ADamagedOneIsRefusedAndStays) {
  base::SystemEntropy entropy;
  for (const std::size_t size : {0, 1, 31, 33, 4096}) {
    const store::TempFolder root;
    const fs::path path = root.path() / "cursor.key";
    std::ofstream(path, std::ios::binary) << std::string(size, 'k');
    const base::Result<base::Secret> key = cursor_key(root.path(), entropy);
    ASSERT_FALSE(key) << size;
    EXPECT_EQ(key.error().code, Code::kCorrupt);
    EXPECT_NE(key.error().message.find(path.string()), std::string::npos) << "and says what to do";
    EXPECT_EQ(contents(path).size(), size);
  }
}

}  // namespace
}  // namespace app
