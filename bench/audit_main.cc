// What the audit trail adds to a change: the same transactions with it and without it, in the same run.
//
//   bench_audit [--seconds N]     (2 seconds a phase)
//
// A transaction reads a node of 600 bytes and writes it with another name, as a renaming does. The baseline is the same
// without an event. In memory it shows the processor's time of an event (difference, hash, signature); on the SQLite
// table, with 1 and with 64 writers, what is left of the rate of durable changes.

#include <charconv>
#include <thread>

#include <fmt/format.h>

#include "audit/trail.h"
#include "base/check.h"
#include "store/memory_table.h"
#include "store/sqlite_table.h"
#include "store/temp_folder.h"
#include "store/transaction.h"

namespace {

using Clock = std::chrono::steady_clock;

const base::Deadline kForever = base::Deadline::never();
const std::string kPad(520, 'x');
double g_span_s = 2;

store::Item node(int thread, std::uint64_t number) {
  const std::string uuid = fmt::format("00000000-0000-4000-8000-{:012}", thread);
  return {.key = {"node#" + uuid, "node"},
          .index = {},
          .type = "node",
          .attributes = fmt::format(R"({{"uuid":"{}","name":"n{}","pad":"{}"}})", uuid, number, kPad)};
}

// Changes in a second, of that many threads, each of a node of its own.
double changes(store::Table& table, const audit::Trail* trail, int thread_count) {
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(g_span_s));
  std::atomic<std::uint64_t> total = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < thread_count; ++i) {
    threads.emplace_back([&, i] {
      std::uint64_t done = 0;
      for (; Clock::now() < end; ++done) {
        const auto changed = store::transact(table, kForever, [&](store::Transaction& tx) -> base::Result<void> {
          store::Item item = node(i, done);
          TRY(tx.get(item.key));
          if (trail != nullptr) {
            trail->record(
                tx, {"N:user:00000000-0000-4000-8000-000000000001", "01890000-0000-7000-8000-000000000000"},
                {"compute-node.update", "compute-node", item.key.pk, "N:user:00000000-0000-4000-8000-000000000001"});
          }
          tx.put(std::move(item));
          return {};
        });
        CHECK(changed.has_value(), "a change");
      }
      total += done;
    });
  }
  for (std::thread& thread : threads) thread.join();
  return static_cast<double>(total) / std::chrono::duration<double>(Clock::now() - begin).count();
}

void compare(const char* what, store::Table& table, const audit::Trail& trail, int threads) {
  double without = 0, with = 0;  // the best of three, in turn: disks and neighbours vary
  for (int round = 0; round < 3; ++round) {
    without = std::max(without, changes(table, nullptr, threads));
    with = std::max(with, changes(table, &trail, threads));
  }
  fmt::print("{:<36} {:>10.0f} /s without, {:>10.0f} /s with events, ratio {:.2f}; {:.1f} us more a change\n", what,
             without, with, with / without, (1 / with - 1 / without) * 1e6);
}

void bench(const char* what, store::Table& table, std::initializer_list<int> thread_counts) {
  const base::SystemClock clock;
  base::SystemEntropy entropy;
  const audit::Trail trail(table, crypto::PrivateKey::generate(entropy), clock, entropy);
  for (const int threads : thread_counts)
    compare(fmt::format("{}, {} threads", what, threads).c_str(), table, trail, threads);
}

}  // namespace

int main(int count, char** arguments) {
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view value = arguments[i + 1];
    int number = 0;
    std::from_chars(value.data(), value.data() + value.size(), number);
    CHECK(number > 0, "each option has a number");
    if (std::string_view(arguments[i]) == "--seconds") g_span_s = number;
  }
  store::MemoryTable memory;
  bench("in memory", memory, {1});
  const store::TempFolder folder;
  const auto table = store::open_sqlite_table({.file = folder.file("state.db")}).value();
  bench("durable", *table, {1, 64});
  return 0;
}
