#include "store/maintenance.h"

#include <filesystem>
#include <functional>

#include <fmt/format.h>
#include <unistd.h>

#include "store/files.h"
#include "store/maintenance_sets.h"
#include "store/sqlite_connection.h"
#include "store/sqlite_format.h"
#include "store/sqlite_table.h"
#include "store/table.h"

namespace store {

namespace {

namespace fs = std::filesystem;
using internal::Access;
using internal::Connection;
using internal::Statement;

// The first thing that is wrong with an item, or NULL. In the order of the columns; json_type is asked of valid JSON
// alone.
std::string broken_rule_sql() {
  return fmt::format(R"(CASE
    WHEN length(pk) NOT BETWEEN 1 AND {0} THEN 'its pk is empty or too long'
    WHEN length(sk) NOT BETWEEN 1 AND {0} THEN 'its sk is empty or too long'
    WHEN (gsi1pk IS NULL) <> (gsi1sk IS NULL) THEN 'it has one half of an index key'
    WHEN length(gsi1pk) NOT BETWEEN 1 AND {0} THEN 'its index pk is empty or too long'
    WHEN length(gsi1sk) NOT BETWEEN 1 AND {0} THEN 'its index sk is empty or too long'
    WHEN version < 1 THEN 'its version is below 1'
    WHEN NOT json_valid(attributes) THEN 'its attributes are not JSON'
    WHEN json_type(attributes) <> 'object' THEN 'its attributes are not a JSON object'
    WHEN length(pk) + length(sk) + ifnull(length(gsi1pk), 0) + ifnull(length(gsi1sk), 0) + length(CAST(type AS BLOB))
      + length(CAST(attributes AS BLOB)) > {1} THEN 'it is too large'
    END)",
                     kKeyBytesMax, kItemBytesMax);
}

base::Result<std::unique_ptr<Connection>> open_data_file(const std::string& file) {
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return base::fail(base::Code::kNotFound, fmt::format("There is no file {}.", file));
  std::unique_ptr<Connection> connection = TRY(Connection::open(file, Access::kRead, ""));
  if (TRY(connection->number("PRAGMA application_id")) != kApplicationId)
    return base::fail(base::Code::kImpossible, fmt::format("{} is not a data file of Stewardry.", file));
  const std::int64_t version = TRY(connection->number("PRAGMA user_version")).value_or(0);
  if (version > kFormatVersion)
    return base::fail(
        base::Code::kImpossible,
        fmt::format("{} was written by a newer Stewardry (format {}; this one knows up to {}); use that one.", file,
                    version, kFormatVersion));
  return connection;
}

base::Result<void> check_structure(Connection& file, CheckReport& report) {
  Statement check = TRY(file.prepare(fmt::format("PRAGMA integrity_check({})", kFindingsMax)));
  while (TRY(check.step())) {
    if (const std::string_view line = check.column_bytes(0); line != "ok") report.findings.emplace_back(line);
  }
  return {};
}

base::Result<void> check_items(Connection& file, CheckReport& report) {
  const std::string sql =
      fmt::format("SELECT pk, sk, rule FROM (SELECT pk, sk, {} AS rule FROM item) WHERE rule IS NOT NULL LIMIT {}",
                  broken_rule_sql(), kFindingsMax);
  Statement broken = TRY(file.prepare(sql));
  while (TRY(broken.step())) {
    const std::string item = internal::item_in_words(broken.column_bytes(0), broken.column_bytes(1));
    report.findings.push_back(fmt::format("{}: {}", item, broken.column_bytes(2)));
  }
  return {};
}

base::Result<void> count_items(Connection& file, CheckReport& report) {
  Statement count = TRY(file.prepare("SELECT type, count(*), count(gsi1pk) FROM item GROUP BY type"));
  while (TRY(count.step())) {
    const auto items = static_cast<std::uint64_t>(count.column_int(1));
    report.items += items;
    report.index_entries += static_cast<std::uint64_t>(count.column_int(2));
    report.items_by_type.emplace(count.column_bytes(0), items);
  }
  return {};
}

base::Result<CheckReport> check(Connection& file, const std::string& name, const Lister& lister) {
  CheckReport report;
  std::error_code unknown;
  report.file_bytes = fs::file_size(name, unknown);
  TRY(file.execute("BEGIN"));  // all of it sees one moment; it ends with the connection
  const auto sets = [&lister](Connection& connection, CheckReport& into) {
    return internal::check_sets(connection, lister, into);
  };
  using Step = std::function<base::Result<void>(Connection&, CheckReport&)>;
  for (const Step& step : std::vector<Step>{check_structure, check_items, count_items, sets}) {
    const base::Result<void> done = step(file, report);
    if (done) continue;
    if (done.error().code != base::Code::kCorrupt) return base::fail(done.error());
    report.findings.push_back(done.error().detail);  // damage so deep that reading cannot go on
    break;
  }
  return report;
}

// A file that is deleted, unless it was renamed before.
struct Partial {
  std::string name;
  ~Partial() {
    std::error_code ignored;
    fs::remove(name, ignored);
    fs::remove(name + "-journal", ignored);
  }
};

// Makes `to` a checked and flushed copy of `from`.
base::Result<CheckReport> copy_checked(const std::string& from, const std::string& to) {
  const std::unique_ptr<Connection> source = TRY(open_data_file(from));
  {
    const std::unique_ptr<Connection> copy = TRY(Connection::open(to, Access::kCreate, ""));
    TRY(source->copy_to(*copy));
    // The copy says of itself that it has a log, as its source has. It is to stand alone.
    if (TRY(copy->text("PRAGMA journal_mode = DELETE")) != "delete")
      return base::fail(base::Code::kUnavailable, fmt::format("{} cannot be closed; try again.", to));
  }
  CheckReport report = TRY(check_data_file(to));
  if (!report.findings.empty())
    return base::fail(base::Code::kCorrupt,
                      fmt::format("{} is damaged ({} findings); it was not copied.", from, report.findings.size()),
                      fmt::format("{}", fmt::join(report.findings, "; ")));
  TRY(internal::sync_file(to));
  return report;
}

std::string partial_name(const std::string& file) { return fmt::format("{}.partial-{}", file, ::getpid()); }

// Puts the log of the file that is to be replaced into it. Where that cannot be done (it is damaged), the log goes
// along with the file. Either way no log stays behind: SQLite would apply it to the file that comes.
base::Result<void> move_log_aside(const std::string& file, const std::string& aside) {
  {
    auto connection = Connection::open(file, Access::kWrite, "");
    if (connection) (void)(*connection)->checkpoint_and_truncate();
  }
  for (const char* suffix : {"-wal", "-shm"}) {
    std::error_code ignored;
    if (fs::exists(file + suffix, ignored)) TRY(internal::rename_over(file + suffix, aside + suffix));
  }
  return {};
}

std::string free_name(const std::string& file) {
  for (int number = 1;; ++number) {
    const std::string name = fmt::format("{}.replaced-{}", file, number);
    std::error_code ignored;
    if (!fs::exists(name, ignored)) return name;
  }
}

}  // namespace

base::Result<CheckReport> check_data_file(const std::string& file, const Lister& lister) {
  const std::unique_ptr<Connection> connection = TRY(open_data_file(file));
  return check(*connection, file, lister);
}

base::Result<bool> listings_built(const std::string& file) {
  auto connection = open_data_file(file);
  if (!connection && connection.error().code == base::Code::kNotFound) return true;
  if (!connection) return base::fail(connection.error());
  return internal::listings_are_built(**connection);
}

base::Result<CheckReport> back_up(const std::string& file, const std::string& to) {
  std::error_code ignored;
  if (fs::exists(to, ignored))
    return base::fail(base::Code::kConflict, fmt::format("{} is there already; name another file.", to));
  const Partial partial = {partial_name(to)};
  CheckReport report = TRY(copy_checked(file, partial.name));
  TRY(internal::rename_new(partial.name, to));
  TRY(internal::sync_folder_of(to));
  return report;
}

base::Result<Restored> restore(const std::string& backup, const std::string& folder, Existing existing) {
  const std::string file = (fs::path(folder) / kDataFileName).string();
  std::error_code error;
  const bool there = fs::exists(file, error) || fs::exists(file + "-wal", error);
  if (there && existing == Existing::kRefuse)
    return base::fail(base::Code::kConflict,
                      fmt::format("{} is there already. It is kept unless it is to be replaced.", file));
  fs::create_directories(folder, error);
  const Partial partial = {partial_name(file)};
  Restored restored;
  restored.report = TRY(copy_checked(backup, partial.name));
  if (there) {
    restored.replaced = free_name(file);
    TRY(move_log_aside(file, restored.replaced));
    // A second name for the old file, so that there is no moment without one.
    fs::create_hard_link(file, restored.replaced, error);
    if (error && fs::exists(file))
      return base::fail(base::Code::kUnavailable,
                        fmt::format("Cannot keep {} as {}: {}.", file, restored.replaced, error.message()));
  }
  TRY(internal::rename_over(partial.name, file));
  TRY(internal::sync_folder_of(file));
  return restored;
}

}  // namespace store
