#include "app/data_folder.h"

#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
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

namespace {

// None where there is no such file. A file of ours is small.
base::Result<std::optional<std::string>> read_small_file(const fs::path& path, bool is_secret) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0 && errno == ENOENT) return std::optional<std::string>();
  if (file < 0) return base::fail(cannot("read", path));
  struct stat status{};
  const bool known = ::fstat(file, &status) == 0;
  std::string text(4096, '\0');
  const ssize_t got = known ? ::read(file, text.data(), text.size()) : -1;
  ::close(file);
  if (got < 0) return base::fail(cannot("read", path));
  if (is_secret && (status.st_mode & 077) != 0) {
    return base::fail(base::Code::kInvalid,
                      fmt::format("{} may be read by others (mode {:o}). If nobody has seen it, run: chmod 600 on it. "
                                  "Else the trail can be forged by who has: see docs/operate/audit.md.",
                                  path.string(), status.st_mode & 0777));
  }
  text.resize(static_cast<std::size_t>(got));
  return std::optional<std::string>(std::move(text));
}

}  // namespace

base::Result<crypto::PrivateKey> audit_key(const fs::path& folder, base::Entropy& entropy) {
  const fs::path path = folder / "audit.key";
  std::optional<std::string> pem = TRY(read_small_file(path, true));
  if (!pem) {
    pem = crypto::PrivateKey::generate(entropy).to_pem().reveal();
    TRY(write_file(path, *pem, 0600));
  }
  base::Result<crypto::PrivateKey> key = crypto::PrivateKey::from_pem(base::Secret(std::move(*pem)));
  if (!key)
    return base::fail(base::Code::kInvalid,
                      fmt::format("{} holds no Ed25519 key in PEM; put back the one that it held.", path.string()));
  const std::string text = base::base64url(key->public_bytes()) + '\n';
  const fs::path public_path = folder / "audit.pub";
  if (TRY(read_small_file(public_path, false)) != text) TRY(write_file(public_path, text, 0644));
  return key;
}

base::Result<crypto::PrivateKey> new_audit_key(const fs::path& folder, base::Entropy& entropy) {
  TRY(write_file(folder / "audit.key", crypto::PrivateKey::generate(entropy).to_pem().reveal(), 0600));
  return audit_key(folder, entropy);
}

base::Result<std::string> audit_public_key(const fs::path& folder) {
  const fs::path path = folder / "audit.pub";
  const std::optional<std::string> text = TRY(read_small_file(path, false));
  if (!text)
    return base::fail(base::Code::kNotFound,
                      fmt::format("There is no {}: no server was started on this data folder.", path.string()));
  const std::optional<std::string> bytes =
      base::parse_base64url(std::string_view(*text).substr(0, text->find_last_not_of("\r\n ") + 1));
  if (!bytes || bytes->size() != 32)
    return base::fail(base::Code::kCorrupt, fmt::format("{} holds no public key.", path.string()));
  return *bytes;
}

}  // namespace app
