// A file system that fails on demand, and forgets on a power cut what was not flushed: for tests of the SQLite table.
//
// It stands before the real one, as a VFS of SQLite under a name of its own (SqliteOptions::vfs). Beside the real file
// it keeps, for each, what a disk would hold: writes reach that image with a flush. Whether a write that was not
// flushed reached the disk is chance, write by write. A flush that fails loses such writes for good, as Linux does: the
// process sees them, the disk never will. Mapping of files is off, so that every read can fail.
//
//   Owns       the registration with SQLite, as long as it lives; the tables that use it must be gone before.
//   Threads    any, at any time.
//   Limits     the entry of a file in its folder is taken to be on the disk when the file is made.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

struct sqlite3_vfs;
struct sqlite3_file;

namespace store {

class FaultVfs {
 public:
  enum class Operation { kRead, kWrite, kSync, kTruncate, kLock };

  explicit FaultVfs(std::uint32_t seed);
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }

  // From the call after `passing` more on, `failing` calls of this operation give `code`, where the file's name ends
  // so.
  void fail(Operation operation, int code, int passing = 0, int failing = 1 << 30, std::string name_end = "");
  void heal();
  [[nodiscard]] int failures() const;  // how many calls have failed so far

  // The machine loses its power now, or after so many more writes and flushes. From then on everything fails.
  void cut_power(int after_operations = 0);
  [[nodiscard]] bool is_off() const;
  // What the disks hold then: written as files of the same names into another folder.
  void write_disk_to(const std::string& folder);

 private:
  friend struct FaultFile;
  struct Change {
    bool truncate = false;
    std::int64_t offset = 0;  // or the new size
    std::string bytes;
  };
  struct Disk {
    std::string image;
    std::vector<Change> unflushed;
  };

  static void apply(Disk& disk, const Change& change);
  // Applies the changes that were not flushed, or leaves them out, by chance.
  void flip_coins(Disk& disk);
  // The code of a fault, or 0. To be called under the lock.
  int fault(Operation operation, const std::string& path);

  int write(const std::string& path, sqlite3_file* real, const void* bytes, int count, std::int64_t offset);
  int read(const std::string& path, sqlite3_file* real, void* bytes, int count, std::int64_t offset);
  int sync(const std::string& path, sqlite3_file* real, int flags);
  int truncate(const std::string& path, sqlite3_file* real, std::int64_t size);
  int lock_fault(const std::string& path);
  int open(const char* path, sqlite3_file* file, int flags, int* out_flags);
  int remove(const char* path, int sync_folder);

  const std::string name_;
  std::unique_ptr<sqlite3_vfs> vfs_;
  mutable std::mutex mutex_;
  std::mt19937 random_;
  std::map<std::string, Disk> disks_;
  bool armed_ = false;
  Operation operation_ = Operation::kRead;
  int code_ = 0;
  int passing_ = 0;
  int failing_ = 0;
  std::string name_end_;
  int failures_ = 0;
  bool cutting_ = false;
  int until_cut_ = 0;
  bool off_ = false;
};

}  // namespace store
