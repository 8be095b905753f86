#include "aws_cli/body_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aws_cli {
namespace {

using base::Code;
namespace fs = std::filesystem;

std::string reason() { return std::error_code(errno, std::generic_category()).message(); }

class FileSource final : public net::BodySource {
 public:
  FileSource(std::string name, int descriptor, std::optional<std::uint64_t> size)
      : name_(std::move(name)), descriptor_(descriptor), size_(size) {}
  ~FileSource() override { ::close(descriptor_); }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  [[nodiscard]] std::optional<std::uint64_t> size() const override { return size_; }

  base::Result<void> rewind() override {
    if (read_ == 0) return {};
    if (::lseek(descriptor_, 0, SEEK_SET) != 0)
      return base::fail(Code::kUnavailable, fmt::format("{} cannot be read a second time.", name_));
    read_ = 0;
    return {};
  }

  base::Result<std::size_t> read(char* room, std::size_t size) override {
    while (true) {
      const ssize_t got = ::read(descriptor_, room, size);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return base::fail(Code::kUnavailable, fmt::format("{} cannot be read: {}.", name_, reason()));
      read_ += static_cast<std::uint64_t>(got);
      if (size_ && (read_ > *size_ || (got == 0 && read_ < *size_)))
        return base::fail(Code::kUnavailable, fmt::format("{} was changed while it was sent.", name_));
      return static_cast<std::size_t>(got);
    }
  }

 private:
  std::string name_;
  int descriptor_;
  std::optional<std::uint64_t> size_;
  std::uint64_t read_ = 0;
};

}  // namespace

base::Result<std::unique_ptr<net::BodySource>> open_source(const std::string& name) {
  const int descriptor = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return base::fail(Code::kInvalid, fmt::format("{} cannot be read: {}.", name, reason()));
  struct stat about{};
  if (::fstat(descriptor, &about) != 0 || S_ISDIR(about.st_mode)) {
    ::close(descriptor);
    return base::fail(Code::kInvalid, fmt::format("{} is not a file that could be sent.", name));
  }
  std::optional<std::uint64_t> size;
  if (S_ISREG(about.st_mode)) size = static_cast<std::uint64_t>(about.st_size);
  return std::unique_ptr<net::BodySource>(std::make_unique<FileSource>(name, descriptor, size));
}

base::Result<std::unique_ptr<OutputFile>> OutputFile::create(const std::string& name, base::Entropy& entropy) {
  std::unique_ptr<OutputFile> made(new OutputFile());
  std::error_code ignored;
  made->target_ = fs::is_symlink(name, ignored) ? fs::weakly_canonical(name, ignored).string() : name;
  struct stat about{};
  const bool there = ::stat(made->target_.c_str(), &about) == 0;
  if (there && S_ISDIR(about.st_mode)) return base::fail(Code::kInvalid, fmt::format("{} is a folder.", name));
  if (there && !S_ISREG(about.st_mode))
    made->open_in_place();
  else
    made->open_beside(fmt::format("{}.{}.part", made->target_, entropy.alphanumeric(12)));
  if (made->descriptor_ < 0) return base::fail(Code::kInvalid, made->not_written());
  if (there && !made->in_place_ && ::fchmod(made->descriptor_, about.st_mode & 07777) != 0)
    return base::fail(Code::kInvalid, made->not_written());
  return made;
}

void OutputFile::open_in_place() {
  in_place_ = true;
  descriptor_ = ::open(target_.c_str(), O_WRONLY | O_CLOEXEC);
}

void OutputFile::open_beside(std::string temporary) {
  temporary_ = std::move(temporary);
  const fs::path folder = fs::path(target_).parent_path();
  descriptor_ = ::open(folder.empty() ? "." : folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
  if (descriptor_ < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
    descriptor_ = ::open(temporary_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());  // of a nameless file there is none
}

std::string OutputFile::not_written() const { return fmt::format("{} cannot be written: {}.", target_, reason()); }

base::Result<void> OutputFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return base::fail(Code::kUnavailable, not_written());
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

base::Result<void> OutputFile::keep() {
  struct stat about{};
  if (!in_place_ && ::fstat(descriptor_, &about) == 0 && about.st_nlink == 0) {
    const std::string nameless = fmt::format("/proc/self/fd/{}", descriptor_);
    if (::linkat(AT_FDCWD, nameless.c_str(), AT_FDCWD, temporary_.c_str(), AT_SYMLINK_FOLLOW) != 0)
      return base::fail(Code::kUnavailable, not_written());
  }
  if (::close(std::exchange(descriptor_, -1)) != 0) return base::fail(Code::kUnavailable, not_written());
  if (in_place_) return {};
  if (std::rename(temporary_.c_str(), target_.c_str()) != 0) return base::fail(Code::kUnavailable, not_written());
  temporary_.clear();
  return {};
}

}  // namespace aws_cli
