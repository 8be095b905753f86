// What the SQLite state table does, beside its floors of the same run: one figure a line.
//
//   bench_store [--seconds N] [--items N]     (2 seconds a phase; 1,000,000 items for the opening)
//
// Floors: a loop of fdatasync after each 4 KB that are written (what a flush costs here), and a bare SQLite loop that
// inserts rows of the same size, 64 in a commit (what SQLite costs without a queue, threads, conditions and an index).

#include <charconv>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/check.h"
#include "base/metrics.h"
#include "store/sqlite_connection.h"
#include "store/sqlite_table.h"
#include "store/temp_folder.h"

namespace {

using Clock = std::chrono::steady_clock;
using store::internal::Access;
using store::internal::Connection;

const base::Deadline kForever = base::Deadline::never();
const std::string kBody = "{\"pad\":\"" + std::string(590, 'x') + "\"}";  // 600 bytes
constexpr int kWriters = 64;
constexpr int kIndexed = 20'000;

double g_span_s = 2;

double rate(double count, Clock::duration span) { return count / std::chrono::duration<double>(span).count(); }

void print(const char* what, double per_s) { fmt::print("{:<44} {:>12.0f} /s\n", what, per_s); }

std::string hashed(std::uint64_t number) { return fmt::format("{:016x}", number * 0x9E3779B97F4A7C15); }

// Runs `step(thread, count)` in each of the threads until the span is over; how many there were in a second.
double run(int thread_count, const std::function<void(int, std::uint64_t)>& step) {
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(g_span_s));
  std::atomic<std::uint64_t> total = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < thread_count; ++i) {
    threads.emplace_back([&, i] {
      std::uint64_t done = 0;
      while (Clock::now() < end) step(i, done++);
      total += done;
    });
  }
  for (std::thread& thread : threads) thread.join();
  return rate(static_cast<double>(total), Clock::now() - begin);
}

double floor_of_flush(const store::TempFolder& folder) {
  const int file = ::open(folder.file("flush").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  const std::string page(4096, 'x');
  const double per_s = run(1, [&](int, std::uint64_t) {
    CHECK(::write(file, page.data(), page.size()) == static_cast<ssize_t>(page.size()), "a page can be written");
    CHECK(::fdatasync(file) == 0, "a page can be flushed");
  });
  ::close(file);
  return per_s;
}

double floor_of_sqlite(const store::TempFolder& folder) {
  constexpr int kBatch = kWriters;
  const auto file = Connection::open(folder.file("bare.db"), Access::kCreate, "").value();
  CHECK(file->text("PRAGMA journal_mode = WAL").has_value(), "a log");
  CHECK(
      file->execute("PRAGMA synchronous = FULL; CREATE TABLE item (pk BLOB, sk BLOB, version INTEGER, attributes TEXT,"
                    " PRIMARY KEY (pk, sk)) STRICT, WITHOUT ROWID"),
      "a table");
  auto insert = file->prepare("INSERT INTO item VALUES (?1, ?2, 1, ?3)").value();
  return kBatch * run(1, [&](int, std::uint64_t number) {
           CHECK(file->execute("BEGIN IMMEDIATE"), "a transaction");
           for (std::uint64_t i = 0; i < kBatch; ++i) {
             const std::string pk = hashed(number * kBatch + i);
             insert.bind_blob(1, pk);
             insert.bind_blob(2, "node");
             insert.bind_text(3, kBody);
             CHECK(insert.run(), "a row");
           }
           CHECK(file->execute("COMMIT"), "a commit");
           if (file->wal_pages() > 2000) CHECK(file->checkpoint(), "a checkpoint");
         });
}

store::Item item_of(std::string pk) {
  store::Key index{"kind", pk};
  return {{std::move(pk), "node"}, std::move(index), "node", 0, kBody};
}

double inserts(store::Table& table, int threads, std::uint64_t first) {
  return run(threads, [&](int thread, std::uint64_t number) {
    const auto unique = first + static_cast<std::uint64_t>(thread) * 10'000'000 + number;
    const store::Write put = store::Put{item_of(hashed(unique)), store::Absent{}};
    CHECK(table.write(std::span(&put, 1), kForever), "a new item");
  });
}

double updates(store::Table& table) {
  std::vector<store::Version> versions(kWriters, 1);
  for (int i = 0; i < kWriters; ++i) {
    const store::Write put = store::Put{item_of(fmt::format("own-{}", i)), store::Absent{}};
    CHECK(table.write(std::span(&put, 1), kForever), "a new item");
  }
  return run(kWriters, [&](int thread, std::uint64_t) {
    store::Version& version = versions[static_cast<std::size_t>(thread)];
    const store::Write put = store::Put{item_of(fmt::format("own-{}", thread)), store::Unchanged{version}};
    CHECK(table.write(std::span(&put, 1), kForever), "an update");
    ++version;
  });
}

// As the table would write them, without its flushes.
void fill(const std::string& file, int items) {
  store::open_sqlite_table({.file = file}).value().reset();
  const auto connection = Connection::open(file, Access::kWrite, "").value();
  CHECK(connection->execute("PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; BEGIN"), "a transaction");
  auto insert = connection->prepare("INSERT INTO item VALUES (NULL, ?1, ?2, ?3, ?4, 'node', 1, ?5)").value();
  for (int i = 0; i < items; ++i) {
    const std::string pk = fmt::format("node#{:08}", i);
    insert.bind_blob(1, pk);
    insert.bind_blob(2, "node");
    insert.bind_blob(3, "kind");
    insert.bind_blob(4, pk);
    insert.bind_text(5, kBody);
    CHECK(insert.run(), "a row");
  }
  CHECK(connection->execute("COMMIT"), "a commit");
  CHECK(connection->checkpoint_and_truncate(), "a checkpoint");
}

double point_gets(store::Table& table, int threads) {
  return run(threads, [&](int thread, std::uint64_t number) {
    const auto at = (number * 7919 + static_cast<std::uint64_t>(thread) * 31) % kIndexed;
    CHECK(table.get({fmt::format("node#{:08}", at), "node"}, kForever).value(), "an item");
  });
}

double index_pages(store::Table& table) {
  return run(1, [&](int, std::uint64_t number) {
    const std::string from = fmt::format("node#{:08}", number * 7919 % (kIndexed - 20));
    const auto page = table.query({.pk = "kind", .by_index = true, .sk_from = from, .items_max = 20}, kForever);
    CHECK(page.value().items.size() == 20, "a full page");
  });
}

void bench_writes(const store::TempFolder& folder) {
  const double flush = floor_of_flush(folder);
  const double bare = floor_of_sqlite(folder);
  base::Registry metrics;
  const auto table = store::open_sqlite_table({.file = folder.file("write.db"), .metrics = &metrics}).value();
  const double one = inserts(*table, 1, 0);
  const auto batches = metrics.counter("stewardry_store_batches_total", "").value();
  const auto units = metrics.counter("stewardry_store_units_total", "").value();
  const double many = inserts(*table, kWriters, 1'000'000'000);
  const double batch = static_cast<double>(metrics.counter("stewardry_store_units_total", "").value() - units) /
                       static_cast<double>(metrics.counter("stewardry_store_batches_total", "").value() - batches);
  const double update = updates(*table);
  print("floor: write 4 KB and fdatasync", flush);
  print("floor: bare SQLite, 64 inserts a commit", bare);
  print("durable inserts, 1 thread", one);
  print("durable inserts, 64 threads", many);
  print("conditional updates, 64 threads", update);
  fmt::print("{:<44} {:>12.1f}\n", "units in a batch, 64 threads inserting", batch);
  fmt::print("{:<44} {:>12.2f}\n", "ratio: inserts 1 thread / fdatasync", one / flush);
  fmt::print("{:<44} {:>12.2f}\n", "ratio: inserts 64 threads / bare SQLite", many / bare);
}

void bench_reads(const store::TempFolder& folder, int items) {
  const std::string file = folder.file("large.db");
  fill(file, items);
  const auto begin = Clock::now();
  auto table = store::open_sqlite_table({.file = file}).value();
  CHECK(table->get({"node#00000001", "node"}, kForever).value(), "an item");
  const std::chrono::duration<double, std::milli> opened = Clock::now() - begin;
  fmt::print("{:<44} {:>12.1f} ms\n", fmt::format("open and first get, {} items", items), opened.count());
  print("point gets, 1 thread", point_gets(*table, 1));
  print("point gets, 2 threads", point_gets(*table, 2));
  print("index pages of 20, 1 thread", index_pages(*table));
}

}  // namespace

int main(int count, char** arguments) {
  int items = 1'000'000;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view value = arguments[i + 1];
    int number = 0;
    std::from_chars(value.data(), value.data() + value.size(), number);
    CHECK(number > 0, "each option has a number");
    if (std::string_view(arguments[i]) == "--seconds") g_span_s = number;
    if (std::string_view(arguments[i]) == "--items") items = std::max(kIndexed, number);
  }
  const store::TempFolder folder;
  bench_writes(folder);
  bench_reads(folder, items);
  return 0;
}
