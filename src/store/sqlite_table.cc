// THE FILE
//
// One SQLite 3 database in WAL mode; `file`, and while it is open or after a crash `file-wal` and `file-shm`.
//
//   PRAGMA application_id   0x53547264 ("STrd"): this is a data file of Stewardry, and of no other program.
//   PRAGMA user_version     the version of this format: 4. A program opens its own version and every older one (which
//                           it brings up to its own, in one transaction); a newer one it refuses, and changes nothing.
//   item                    one row an item (sqlite_format.cc has the columns). The keys are BLOBs: SQLite compares
//                           those by memcmp, which is the order that the port promises, and they hold NUL bytes. Rows
//                           stand in the order in which they were made, behind a number; their keys in an index beside
//                           it. In a tree of keys (WITHOUT ROWID, up to format 3) a row of 600 bytes takes room in the
//                           inner pages too, which made the tree high, and of a row past 1,002 bytes the rest went to
//                           pages of its own (docs/decisions/0026-rows-by-number.md).
//   item_gsi1               the index. Partial: an item outside the index costs nothing. The key is its last part, so
//                           entries with equal index keys have an order, and a page can end between two of them.
//   type, attributes        TEXT, so that operators can read them with sqlite3 and its JSON functions:
//                           SELECT CAST(pk AS TEXT), attributes ->> '$.name' FROM item LIMIT 5.
//
// The CHECKs repeat what this program ensures anyway; they are for changes made by hand.
//
// The sets (since format 2; made anew when a file of format 2 or 3 is opened):
//
//   set_name                one row a set in which somebody stands, with an integer for its name: members are many, and
//                           names long. It goes with its last member, so the file does not collect names.
//   listed                  one row an item that stands in a set, under the item's own number: its key, name, time and
//                           facets, and the integers of its sets in one BLOB (pack() in sqlite_sets_writer.h): what a
//                           write must look at in order to know what it changes. The number stays while the item is
//                           there; it is what orders entries of one name or time, and what a cursor ends with.
//   member_by_name          one row for each set of each item: the order by name (of those that have one), of each set
//   member_by_time          by itself. A page of a union is a merge of ranges of these; a count goes over such ranges
//                           alone. Neither looks at anything that is not in the sets that are asked for, an entry's own
//                           row in `listed` aside.
//   rebuild                 empty. A row says that the sets are not built yet, and up to which key they are: after a
//                           migration from an earlier format, and while rebuild_listings (maintenance.h) is at work.
//
// All of them are made from the items, by the writes that list them; no item is made from them. The writer changes them
// in the transaction of the item's own write.
//
// THE COMMIT
//
//   1. Writers put their unit of work into a queue of bounded length, and wait. A full queue refuses at once.
//   2. The one writing thread takes all that waits (up to 256), begins one transaction (BEGIN IMMEDIATE), and applies
//      unit by unit. A unit whose deadline has passed is dropped before it is begun. A unit of several writes is checked
//      as a whole first, then applied; of a single one the condition is part of its statement. So a conflict leaves
//      nothing behind, and is that unit's answer alone; no savepoint is needed.
//   3. COMMIT: SQLite appends the changed pages to the log and flushes it (synchronous=FULL). Only then are the units
//      answered. What came in meanwhile is the next batch: the slower the disk, the larger the batches; alone, a writer
//      waits for nobody.
//   4. When the log has grown past wal_pages_max, or when nothing was written for a while, the same thread copies it
//      into the file (flush the log, copy, flush the file), after the answers and before the next batch. On the writing
//      thread, since a log into which nobody writes meanwhile can be copied whole, and is then begun anew instead of
//      growing. What stands in the file is read from mapped memory; what stands in the log alone is not.
//
// WHEN IT FAILS
//
//   Before COMMIT (disk full, I/O error while applying): the batch is rolled back as a whole, every unit of it hears
//   kUnavailable with retry_after_s: nothing was written. That is also why a unit needs no savepoint against half a
//   write.
//
//   In COMMIT: the pages may stand in the log, complete, without having been flushed. Then the process sees the old
//   state, while a recovery after a crash would find the new one. So the writer commits once more at once, a page
//   without meaning, which SQLite puts in the same place of the log. Where that succeeds, the failed batch is gone for
//   good, and its units hear kUnavailable with retry_after_s: nothing was written. Where it fails too, they hear
//   kUnavailable without: not known. A flush that failed is never tried again and believed: Linux may report success
//   for pages that it has dropped. Whatever follows a failed flush writes its pages anew.
//
//   In the copying of the log: the log is whole, so nothing is lost; but which pages of the file are on the disk is no
//   longer known, and SQLite does not copy twice what it counts as copied. So no copying is tried again before the next
//   start, which counts from zero (recovery of the log resets the count): until then the log is kept, also at close,
//   and grows. The log line "store checkpoint failed" tells the operator to restart when the disk is well.
//
//   Damage (SQLITE_CORRUPT, SQLITE_NOTADB), met by a read or a write: nothing more is written by this process; reads
//   are still answered where they can be.
//
// Reads use connections of their own and see the last commit when they begin; neither waits for the other. A write is
// visible before its flush is acknowledged, at no time before the flush: SQLite publishes the commit after it.
//
// The file is mapped into memory for reading. A disk error under a mapped page is a SIGBUS, which ends the process; the
// log is then recovered at the next start, as after a power cut.
//
// DURABILITY OF THE FILE ITSELF: a new file is made by SQLite in one transaction. What SQLite flushes of the folder is
// the entry of the log; the entry of the file is flushed here, before the table is handed out.

#include "store/sqlite_table.h"

#include <atomic>

#include "store/rules.h"
#include "store/sqlite_connection.h"
#include "store/sqlite_format.h"
#include "store/sqlite_reader.h"
#include "store/sqlite_writer.h"

namespace store {

namespace {

using internal::Connection;

class SqliteTable final : public Table {
 public:
  static base::Result<std::unique_ptr<Table>> open(const SqliteOptions& options) {
    std::unique_ptr<Connection> connection = TRY(internal::open_for_writing(options.file, options.vfs));
    const bool built = TRY(internal::listings_are_built(*connection));
    std::unique_ptr<SqliteTable> table(new SqliteTable(options, built));
    table->writer_ =
        TRY(internal::SqliteWriter::start(std::move(connection), options, table->metrics_, table->corrupt_));
    return std::unique_ptr<Table>(std::move(table));
  }

  base::Result<std::optional<Item>> get(const Key& key, base::Deadline deadline) override {
    TRY(check_key(key));
    return measured(get_duration_, [&] { return read(deadline, [&](auto& reader) { return reader.get(key); }); });
  }

  base::Result<std::vector<std::optional<Item>>> get_many(std::span<const Key> keys, base::Deadline deadline) override {
    TRY(check_keys(keys));
    return measured(get_many_duration_,
                    [&] { return read(deadline, [&](auto& reader) { return reader.get_many(keys); }); });
  }

  base::Result<Page> query(const Query& query, base::Deadline deadline) override {
    TRY(check_query(query));
    const std::optional<Place> after = TRY(parse_cursor(query));
    return measured(query_duration_,
                    [&] { return read(deadline, [&](auto& reader) { return reader.query(query, after); }); });
  }

  base::Result<ListedPage> select(const Selection& selection, base::Deadline deadline) override {
    TRY(check_selection(selection));
    const std::optional<ListedPlace> after = TRY(parse_cursor(selection));
    TRY(check_built());
    return measured(select_duration_, [&] {
      return read(deadline, [&](auto& reader) { return reader.select(selection, after, deadline); });
    });
  }

  base::Result<std::uint64_t> count(const Selection& selection, base::Deadline deadline) override {
    TRY(check_selection(selection));
    TRY(check_built());
    return measured(count_duration_,
                    [&] { return read(deadline, [&](auto& reader) { return reader.count(selection, deadline); }); });
  }

  base::Result<std::vector<Version>> write(std::span<const Write> writes, base::Deadline deadline) override {
    TRY(check_writes(writes));
    TRY(check_time(deadline));
    if (writes.empty()) return std::vector<Version>();
    return measured(write_duration_, [&] { return writer_->write(writes, deadline); });
  }

 private:
  SqliteTable(const SqliteOptions& options, bool listings_are_built)
      : listings_are_built_(listings_are_built),
        metrics_(options.metrics ? *options.metrics : unread_metrics_),
        readers_(options.file, options.vfs) {}

  [[nodiscard]] base::Result<void> check_built() const {
    if (listings_are_built_) return {};
    return base::fail(base::Code::kUnavailable, "The sets of the data file are not built yet; they must be rebuilt.");
  }

  base::Histogram& duration_of(const char* operation) {
    return metrics_.histogram("stewardry_store_duration_seconds", "Time of one call of the state table.",
                              {{"operation", operation}});
  }

  template <class Call>
  static std::invoke_result_t<Call> measured(base::Histogram& duration, Call&& call) {
    const auto begin = base::Deadline::Clock::now();
    auto result = call();
    duration.observe(base::Deadline::Clock::now() - begin);
    return result;
  }

  template <class Read>
  auto read(base::Deadline deadline, Read&& what) -> std::invoke_result_t<Read, internal::SqliteReader&> {
    TRY(check_time(deadline));
    auto result = readers_.with(deadline, what);
    if (!result && result.error().code == base::Code::kCorrupt) corrupt_ = true;
    return result;
  }

  const bool listings_are_built_;
  base::Registry unread_metrics_;
  base::Registry& metrics_;
  base::Histogram& get_duration_ = duration_of("get");
  base::Histogram& get_many_duration_ = duration_of("get_many");
  base::Histogram& query_duration_ = duration_of("query");
  base::Histogram& select_duration_ = duration_of("select");
  base::Histogram& count_duration_ = duration_of("count");
  base::Histogram& write_duration_ = duration_of("write");
  std::atomic<bool> corrupt_ = false;
  std::unique_ptr<internal::SqliteWriter> writer_;  // closes after the readers: the last one folds the log
  internal::ReaderPool readers_;
};

}  // namespace

base::Result<std::unique_ptr<Table>> open_sqlite_table(const SqliteOptions& options) {
  return SqliteTable::open(options);
}

}  // namespace store
