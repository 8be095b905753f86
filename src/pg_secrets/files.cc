#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "pg_secrets/document.h"
#include "pg_secrets/stores.h"

namespace pg_secrets {
namespace {

constexpr std::size_t kBytesMax = 16 * 1024 * 1024;
constexpr mode_t kMode = 0600;

tl::unexpected<base::Error> failed(const std::string& path, const char* what) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
  return base::fail(base::Code::kUnavailable, fmt::format("{} cannot be {}: {}.", path, what, std::strerror(errno)));
}

base::Result<std::optional<std::string>> read_file(const std::string& path) {
  const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    if (errno == ENOENT) return std::optional<std::string>();
    return failed(path, "read");
  }
  struct stat is{};
  if (::fstat(file.number(), &is) != 0) return failed(path, "read");
  if ((is.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return base::fail(
        base::Code::kForbidden,
        fmt::format("{} holds passwords, and others than its owner may read or change it: chmod 600 it.", path));
  std::string text;
  char part[16 * 1024];
  while (text.size() <= kBytesMax) {
    const ssize_t got = ::read(file.number(), part, sizeof part);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(path, "read");
    if (got == 0) return std::optional(std::move(text));
    text.append(part, static_cast<std::size_t>(got));
  }
  return base::fail(base::Code::kInvalid, fmt::format("{} is too long for a file of passwords.", path));
}

base::Result<void> write_all(int file, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t put = ::write(file, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return failed(path, "written");
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return ::fsync(file) == 0 ? base::Result<void>() : base::Result<void>(failed(path, "written"));
}

base::Result<void> sync_folder_of(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  const base::Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.is_open() || ::fsync(opened.number()) != 0) return failed(folder, "synchronised");
  return {};
}

// As a whole or not at all: what is read under that name is the old text or the new one.
base::Result<void> replace_file(const std::string& path, std::string_view text) {
  const std::string temporary = fmt::format("{}.{}.new", path, ::getpid());
  ::unlink(temporary.c_str());  // of a process of this number that was killed
  {
    const base::Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kMode));
    if (!file.is_open()) return failed(temporary, "made");
    if (const base::Result<void> written = write_all(file.number(), text, temporary); !written) {
      ::unlink(temporary.c_str());
      return written;
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const auto failure = failed(path, "replaced");
    ::unlink(temporary.c_str());
    return failure;
  }
  return sync_folder_of(path);
}

std::string path_of(const std::string& name, Stage stage) {
  return stage == Stage::kCurrent ? name : name + ".pending";
}

class Files final : public Backend {
 public:
  base::Result<std::optional<json::Object>> read(const std::string& name, Stage stage) override {
    const std::string path = path_of(name, stage);
    const std::optional<std::string> text = TRY(read_file(path));
    if (!text) return std::optional<json::Object>();
    return std::optional(TRY(parse_document(*text, path)));
  }

  base::Result<void> write_pending(const std::string& name, const json::Object& document) override {
    return replace_file(path_of(name, Stage::kPending), text_of(document) + '\n');
  }

  base::Result<void> publish(const std::string& name, const json::Object& document, bool is_pending) override {
    if (!is_pending) return replace_file(name, text_of(document) + '\n');
    if (::rename(path_of(name, Stage::kPending).c_str(), name.c_str()) != 0) return failed(name, "replaced");
    return sync_folder_of(name);
  }

  base::Result<void> drop_pending(const std::string& name) override {
    const std::string path = path_of(name, Stage::kPending);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failed(path, "removed");
    return {};
  }
};

}  // namespace

std::unique_ptr<Backend> files() { return std::make_unique<Files>(); }

}  // namespace pg_secrets
