// The data folder: made with mode 700, owned by one server at a time, and what it holds besides the databases.
//
//   lock           held (flock) while a server runs; gone with the process, however it ends
//   server.json    {"url","pid"} while a server serves
//   cursor.key     the key of cursors, made at the first start, mode 600
//   audit.key      the key that signs the audit trail (Ed25519, PEM), made at the first start, mode 600
//   audit.pub      its public half (32 bytes, base64url), for whoever verifies the trail
//
// Errors: kUnavailable (cannot be made, read or written), kConflict (another server has it), kInvalid (a key that
// others may read, or that is none), with the path and what to do.

#pragma once

#include <filesystem>
#include <string>

#include "base/entropy.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/keys.h"

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

base::Result<crypto::PrivateKey> audit_key(const std::filesystem::path& folder, base::Entropy& entropy);
// Puts a new one in its place.
base::Result<crypto::PrivateKey> new_audit_key(const std::filesystem::path& folder, base::Entropy& entropy);
// The 32 bytes of audit.pub; kNotFound where no server was ever started on the folder.
base::Result<std::string> audit_public_key(const std::filesystem::path& folder);

}  // namespace app
