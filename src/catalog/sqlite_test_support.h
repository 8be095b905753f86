// For tests: a folder that goes when the test goes, and the SQLite directory in it, filled by import.

#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/check.h"
#include "catalog/directory_test_support.h"
#include "catalog/snapshot.h"
#include "catalog/sqlite_directory.h"
#include "json/encode.h"

namespace catalog {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "stewardry-catalog-XXXXXX").string();
    CHECK(::mkdtemp(pattern.data()) != nullptr, "a test needs a folder of its own");
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::unique_ptr<SqliteDirectory> open_sqlite(const std::filesystem::path& folder,
                                                    SqliteDirectory::Options options = {}) {
  auto opened = SqliteDirectory::open(folder, options, soon());
  EXPECT_TRUE(opened) << opened.error().message << " " << opened.error().detail;
  return opened ? std::move(*opened) : nullptr;
}

class SqliteFixture final : public DirectoryFixture {
 public:
  SqliteFixture() : reader_(open_sqlite(folder_.path())), writer_(open_sqlite(folder_.path())) {}
  Directory& directory() override { return *reader_; }
  // Through a directory object of its own, as another process would.
  void load(const Snapshot& change) override {
    const auto report = import(*writer_, json::encode(change), soon());
    EXPECT_TRUE(report) << report.error().message << " " << report.error().detail;
  }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<SqliteDirectory> reader_;
  std::unique_ptr<SqliteDirectory> writer_;
};

}  // namespace catalog
