#include "store/fault_vfs.h"

#include <atomic>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/check.h"

namespace store {

// What SQLite holds: ours, with the real file right behind it.
struct FaultFile {
  sqlite3_file base;
  FaultVfs* vfs;
  std::string* path;

  static FaultFile& of(sqlite3_file* file) { return *reinterpret_cast<FaultFile*>(file); }
  static sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(&of(file) + 1); }

  static int close(sqlite3_file* file) {
    const int code = real(file)->pMethods->xClose(real(file));
    delete of(file).path;
    return code;
  }
  static int read(sqlite3_file* file, void* bytes, int count, sqlite3_int64 offset) {
    return of(file).vfs->read(*of(file).path, real(file), bytes, count, offset);
  }
  static int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
    return of(file).vfs->write(*of(file).path, real(file), bytes, count, offset);
  }
  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    return of(file).vfs->truncate(*of(file).path, real(file), size);
  }
  static int sync(sqlite3_file* file, int flags) { return of(file).vfs->sync(*of(file).path, real(file), flags); }
  static int file_size(sqlite3_file* file, sqlite3_int64* size) {
    return real(file)->pMethods->xFileSize(real(file), size);
  }
  static int lock(sqlite3_file* file, int level) { return real(file)->pMethods->xLock(real(file), level); }
  static int unlock(sqlite3_file* file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }
  static int check_reserved(sqlite3_file* file, int* out) {
    return real(file)->pMethods->xCheckReservedLock(real(file), out);
  }
  static int control(sqlite3_file* file, int operation, void* argument) {
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
  }
  static int sector_size(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }
  static int characteristics(sqlite3_file* file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); }
  static int shm_map(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
    return real(file)->pMethods->xShmMap(real(file), region, size, extend, out);
  }
  static int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
    // The lock of the writer is the first: a refusal of it alone is another process that writes.
    if ((flags & SQLITE_SHM_LOCK) && (flags & SQLITE_SHM_EXCLUSIVE) && offset == 0) {
      if (const int code = of(file).vfs->lock_fault(*of(file).path)) return code;
    }
    return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
  }
  static void shm_barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
  static int shm_unmap(sqlite3_file* file, int remove) { return real(file)->pMethods->xShmUnmap(real(file), remove); }

  static const sqlite3_io_methods kMethods;
};

const sqlite3_io_methods FaultFile::kMethods = {
    2,  // the second version: with shared memory, without mapping
    close,   read,        write,           truncate, sync,     file_size,   lock,      unlock,  check_reserved,
    control, sector_size, characteristics, shm_map,  shm_lock, shm_barrier, shm_unmap, nullptr, nullptr,
};

namespace {

sqlite3_vfs* real_vfs() { return sqlite3_vfs_find(nullptr); }

std::string new_name() {
  static std::atomic<int> count = 0;
  return fmt::format("faults-{}", ++count);
}

}  // namespace

FaultVfs::FaultVfs(std::uint32_t seed)
    : name_(new_name()), vfs_(std::make_unique<sqlite3_vfs>(*real_vfs())), random_(seed) {
  vfs_->zName = name_.c_str();
  vfs_->pAppData = this;
  vfs_->pNext = nullptr;
  vfs_->szOsFile = static_cast<int>(sizeof(FaultFile)) + real_vfs()->szOsFile;
  vfs_->xOpen = [](sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
    return static_cast<FaultVfs*>(vfs->pAppData)->open(path, file, flags, out_flags);
  };
  vfs_->xDelete = [](sqlite3_vfs* vfs, const char* path, int sync_folder) {
    return static_cast<FaultVfs*>(vfs->pAppData)->remove(path, sync_folder);
  };
  CHECK(sqlite3_vfs_register(vfs_.get(), 0) == SQLITE_OK, "a file system can be registered");
}

FaultVfs::~FaultVfs() { sqlite3_vfs_unregister(vfs_.get()); }

void FaultVfs::fail(Operation operation, int code, int passing, int failing, std::string name_end) {
  const std::lock_guard lock(mutex_);
  armed_ = true;
  operation_ = operation;
  code_ = code;
  passing_ = passing;
  failing_ = failing;
  name_end_ = std::move(name_end);
}

void FaultVfs::heal() {
  const std::lock_guard lock(mutex_);
  armed_ = false;
}

int FaultVfs::failures() const {
  const std::lock_guard lock(mutex_);
  return failures_;
}

void FaultVfs::cut_power(int after_operations) {
  const std::lock_guard lock(mutex_);
  cutting_ = true;
  until_cut_ = after_operations;
  off_ = off_ || after_operations == 0;
}

bool FaultVfs::is_off() const {
  const std::lock_guard lock(mutex_);
  return off_;
}

void FaultVfs::apply(Disk& disk, const Change& change) {
  const auto offset = static_cast<std::size_t>(change.offset);
  if (change.truncate) {
    disk.image.resize(std::min(disk.image.size(), offset));
    return;
  }
  if (disk.image.size() < offset + change.bytes.size()) disk.image.resize(offset + change.bytes.size(), '\0');
  disk.image.replace(offset, change.bytes.size(), change.bytes);
}

void FaultVfs::flip_coins(Disk& disk) {
  // All reached the disk, or none did, or some.
  const std::uint32_t chance = random_() % 3;
  for (const Change& change : disk.unflushed) {
    if (chance == 0 || (chance == 1 && random_() % 2)) apply(disk, change);
  }
  disk.unflushed.clear();
}

void FaultVfs::write_disk_to(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  CHECK(off_, "the power is off");
  for (auto& [path, disk] : disks_) {
    flip_coins(disk);
    const std::filesystem::path to = std::filesystem::path(folder) / std::filesystem::path(path).filename();
    std::ofstream(to, std::ios::binary).write(disk.image.data(), static_cast<std::streamsize>(disk.image.size()));
  }
}

int FaultVfs::fault(Operation operation, const std::string& path) {
  if (cutting_ && !off_ && (operation == Operation::kWrite || operation == Operation::kSync)) {
    off_ = until_cut_-- <= 0;
  }
  if (off_) return operation == Operation::kLock ? 0 : SQLITE_IOERR;
  if (!armed_ || operation != operation_ || !path.ends_with(name_end_)) return 0;
  if (passing_-- > 0) return 0;
  if (failing_-- <= 0) return 0;
  ++failures_;
  return code_;
}

int FaultVfs::read(const std::string& path, sqlite3_file* real, void* bytes, int count, std::int64_t offset) {
  {
    const std::lock_guard lock(mutex_);
    if (const int code = fault(Operation::kRead, path)) return code;
  }
  return real->pMethods->xRead(real, bytes, count, offset);
}

int FaultVfs::write(const std::string& path, sqlite3_file* real, const void* bytes, int count, std::int64_t offset) {
  const std::lock_guard lock(mutex_);
  const int code = fault(Operation::kWrite, path);
  // One that fails may have written the first part all the same.
  const int written = code ? static_cast<int>(random_() % static_cast<std::uint32_t>(count + 1)) : count;
  if (written > 0 && !off_) {
    const int real_code = real->pMethods->xWrite(real, bytes, written, offset);
    if (real_code != SQLITE_OK) return real_code;
    Change change{false, offset, std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(written))};
    disks_[path].unflushed.push_back(std::move(change));
  }
  return code;
}

int FaultVfs::sync(const std::string& path, sqlite3_file*, int) {
  // The real file is not flushed: no test pulls the plug of this machine, and so it is faster.
  const std::lock_guard lock(mutex_);
  Disk& disk = disks_[path];
  if (const int code = fault(Operation::kSync, path)) {
    if (!off_) flip_coins(disk);
    return code;
  }
  for (const Change& change : disk.unflushed) apply(disk, change);
  disk.unflushed.clear();
  return SQLITE_OK;
}

int FaultVfs::truncate(const std::string& path, sqlite3_file* real, std::int64_t size) {
  const std::lock_guard lock(mutex_);
  if (const int code = fault(Operation::kTruncate, path)) return code;
  disks_[path].unflushed.push_back({true, size, {}});
  return real->pMethods->xTruncate(real, size);
}

int FaultVfs::lock_fault(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return fault(Operation::kLock, path);
}

int FaultVfs::open(const char* path, sqlite3_file* file, int flags, int* out_flags) {
  FaultFile& ours = FaultFile::of(file);
  ours.base.pMethods = nullptr;
  const int code = real_vfs()->xOpen(real_vfs(), path, FaultFile::real(file), flags, out_flags);
  if (code != SQLITE_OK) return code;
  ours.base.pMethods = &FaultFile::kMethods;
  ours.vfs = this;
  ours.path = new std::string(path ? path : "");
  const std::lock_guard lock(mutex_);
  if (path && !off_) disks_.try_emplace(path);
  return SQLITE_OK;
}

int FaultVfs::remove(const char* path, int sync_folder) {
  {
    const std::lock_guard lock(mutex_);
    if (off_) return SQLITE_IOERR_DELETE;
    disks_.erase(path);
  }
  return real_vfs()->xDelete(real_vfs(), path, sync_folder);
}

}  // namespace store
