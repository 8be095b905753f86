#include "app/data_folder.h"

#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json/encode.h"

namespace app {
namespace {

namespace fs = std::filesystem;

std::string reason() { return std::generic_category().message(errno); }

base::Error cannot(std::string_view what, const fs::path& path) {
  return {base::Code::kUnavailable, fmt::format("{} cannot be {}: {}.", path.string(), what, reason())};
}

// Writes a whole file beside its place, and moves it there.
base::Result<void> write_file(const fs::path& path, std::string_view text, mode_t mode) {
  const fs::path draft = path.string() + ".new";
  const int file = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (file < 0) return base::fail(cannot("written", draft));
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t written = ::write(file, text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) break;
    done += static_cast<std::size_t>(written);
  }
  const bool whole = done == text.size() && ::fsync(file) == 0;
  ::close(file);
  if (!whole || ::rename(draft.c_str(), path.c_str()) != 0) return base::fail(cannot("written", path));
  return {};
}

}  // namespace

base::Result<void> make_data_folder(const fs::path& folder) {
  std::error_code error;
  if (fs::is_directory(folder, error)) return {};
  if (folder.has_parent_path()) fs::create_directories(folder.parent_path(), error);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return base::fail(cannot("made", folder));
  if (!fs::is_directory(folder, error)) {
    return base::fail(base::Code::kUnavailable, fmt::format("{} is not a folder.", folder.string()));
  }
  return {};
}

base::Result<FolderLock> FolderLock::take(const fs::path& folder) {
  const fs::path path = folder / "lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return base::fail(cannot("opened", path));
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    std::array<char, 32> pid{};
    const ssize_t got = ::read(file, pid.data(), pid.size() - 1);
    ::close(file);
    const std::string owner =
        got > 0 ? fmt::format("process {}", std::string_view(pid.data(), static_cast<std::size_t>(got))) : "a process";
    return base::fail(
        base::Code::kConflict,
        fmt::format("Another server ({}) is using the data folder {}. Stop it first, or give another --data.", owner,
                    folder.string()));
  }
  const std::string pid = std::to_string(::getpid());
  if (::ftruncate(file, 0) != 0 || ::write(file, pid.data(), pid.size()) != static_cast<ssize_t>(pid.size())) {
    ::close(file);
    return base::fail(cannot("written", path));
  }
  return FolderLock(file);
}

FolderLock::~FolderLock() {
  if (file_ >= 0) ::close(file_);
}

base::Result<ServerFile> ServerFile::write(const fs::path& folder, const std::string& url) {
  const fs::path path = folder / "server.json";
  std::string text = "{\"url\":";
  json::append(text, url);
  text.append(fmt::format(",\"pid\":{}}}\n", ::getpid()));
  TRY(write_file(path, text, 0644));
  return ServerFile(path);
}

ServerFile::~ServerFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

base::Result<base::Secret> cursor_key(const fs::path& folder, base::Entropy& entropy) {
  constexpr std::size_t kBytes = 32;
  const fs::path path = folder / "cursor.key";
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file >= 0) {
    std::string key(kBytes + 1, '\0');  // one more, to see that it is not longer
    const ssize_t got = ::read(file, key.data(), key.size());
    ::close(file);
    key.resize(kBytes);
    if (got == static_cast<ssize_t>(kBytes)) return base::Secret(std::move(key));
    return base::fail(base::Code::kCorrupt,
                      fmt::format("{} is damaged; delete it, and cursors given before become invalid.", path.string()));
  }
  if (errno != ENOENT) return base::fail(cannot("read", path));
  std::string key(kBytes, '\0');
  entropy.fill({reinterpret_cast<std::uint8_t*>(key.data()), key.size()});
  TRY(write_file(path, key, 0600));
  return base::Secret(std::move(key));
}

}  // namespace app
