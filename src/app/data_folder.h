// The data folder: made with mode 700, owned by one server at a time, and what it holds besides the databases.
//
//   lock           held (flock) while a server runs; gone with the process, however it ends
//   server.json    {"url","pid"} while a server serves
//   cursor.key     the key of cursors, made at the first start, mode 600
//
// Errors: kUnavailable (cannot be made, read or written), kConflict (another server has it), with the path and what to
// do.

#pragma once

#include <filesystem>
#include <string>

#include "base/entropy.h"
#include "base/result.h"
#include "base/secret.h"

namespace app {

base::Result<void> make_data_folder(const std::filesystem::path& folder);

// Holds the lock as long as it lives.
class FolderLock {
 public:
  static base::Result<FolderLock> take(const std::filesystem::path& folder);
  FolderLock(FolderLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int file) : file_(file) {}
  int file_;
};

// server.json, there as long as this lives.
class ServerFile {
 public:
  static base::Result<ServerFile> write(const std::filesystem::path& folder, const std::string& url);
  ServerFile(ServerFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ServerFile& operator=(ServerFile&&) = delete;
  ~ServerFile();

 private:
  explicit ServerFile(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

// 32 random bytes that are the same at each start.
base::Result<base::Secret> cursor_key(const std::filesystem::path& folder, base::Entropy& entropy);

}  // namespace app
