#include "store/files.h"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace store::internal {

namespace {

tl::unexpected<base::Error> system_error(std::string_view what, const std::string& name, int number) {
  const std::string words = std::system_category().message(number);
  return base::fail(base::Code::kUnavailable, fmt::format("{} {}: {}.", what, name, words));
}

base::Result<void> sync_path(const std::string& path, int flags) {
  const int file = ::open(path.c_str(), flags | O_CLOEXEC);
  if (file < 0) return system_error("Cannot open", path, errno);
  const int failed = ::fsync(file) != 0 ? errno : 0;
  ::close(file);
  if (failed) return system_error("Cannot flush to the disk", path, failed);
  return {};
}

}  // namespace

base::Result<void> sync_file(const std::string& file) { return sync_path(file, O_RDWR); }

base::Result<void> sync_folder_of(const std::string& file) {
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  return sync_path(folder.empty() ? "." : folder.string(), O_RDONLY | O_DIRECTORY);
}

base::Result<void> rename_new(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
  if (errno == EEXIST) return base::fail(base::Code::kConflict, fmt::format("{} is there already.", to));
  if (errno != EINVAL) return system_error("Cannot make", to, errno);
  // A file system without that call: a hard link fails as well where the name is taken.
  if (::link(from.c_str(), to.c_str()) != 0) {
    if (errno == EEXIST) return base::fail(base::Code::kConflict, fmt::format("{} is there already.", to));
    return system_error("Cannot make", to, errno);
  }
  ::unlink(from.c_str());
  return {};
}

base::Result<void> rename_over(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return system_error("Cannot make", to, errno);
  return {};
}

}  // namespace store::internal
