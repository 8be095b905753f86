// Kills a process that writes to the state table, at random moments, and looks at what is left.
//
//   crash_store [--rounds N] [--seed N]
//
// A round: a child (this program again) opens the table and writes with several threads; after each answer it prints a
// line to a pipe. The parent reads the lines, kills the child with SIGKILL at a random moment, reopens the table and
// demands:
//
//   - every transaction whose line was read is there: the line was printed after the acknowledgement;
//   - of no transaction there is a half: the items of a set that are written together have one and the same number, and
//     the journal of the set has every number up to it and none beyond;
//   - what is moved between accounts by transact() adds up to what was there;
//   - every numbered item stands in the sets of its number, under it, and in no others: the check of the data file
//     says so, and finds nothing else either.
//
// The file is the same in all rounds, so that recovery also meets the files of earlier crashes. Exit code 1 and a
// sentence with the seed where something is missing.

#include <charconv>
#include <csignal>
#include <cstdlib>
#include <random>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/maintenance.h"
#include "store/sqlite_table.h"
#include "store/temp_folder.h"
#include "store/transaction.h"

namespace {

constexpr int kSets = 4;      // each with a thread that writes it
constexpr int kMembers = 5;   // items of a set that are written together
constexpr int kAccounts = 6;  // between which two more threads move amounts
constexpr int kAmountEach = 1000;

const base::Deadline kForever = base::Deadline::never();

std::string set_pk(int set) { return fmt::format("set#{}", set); }
store::Key journal_key(int set, int number) { return {fmt::format("journal#{}", set), fmt::format("{:09}", number)}; }
store::Key account_key(int account) { return {"account", std::to_string(account)}; }

store::Item numbered(store::Key key, int number) {
  // Padded, so that a transaction spans pages of the file.
  std::string attributes = fmt::format("{{\"number\":{},\"pad\":\"{}\"}}", number, std::string(400, 'x'));
  return {std::move(key), store::Key{"numbers", fmt::format("{:09}", number)}, "numbered", 0, std::move(attributes)};
}

int parse(std::string_view text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

int number_of(const store::Item& item) {
  return parse(std::string_view(item.attributes).substr(std::string_view("{\"number\":").size()));
}

// With the number an item changes its name, its time and some of its sets.
base::Result<std::optional<store::Listing>> listing_of(const store::Item& item, const store::Lookup&) {
  const int number = number_of(item);
  return std::optional(store::Listing{{"all", fmt::format("mod-3#{}", number % 3), fmt::format("mod-7#{}", number % 7)},
                                      fmt::format("{:09}", number),
                                      std::max(number, 0),
                                      item.key.pk});
}

[[noreturn]] void fail(const std::string& what) {
  fmt::print(stderr, "crash_store: {}\n", what);
  std::exit(1);
}

template <class T>
T must(base::Result<T> result, const char* what) {
  if (!result) fail(fmt::format("{}: {} ({})", what, result.error().message, result.error().detail));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

std::unique_ptr<store::Table> open_table(const std::string& file) {
  // A small log, so that kills meet checkpoints too.
  return must(store::open_sqlite_table({.file = file, .wal_pages_max = 100}), "open");
}

// --- the child ------------------------------------------------------------------------------------------------------

void put_listed(store::Transaction& tx, store::Item item) {
  tx.list(item.key, *listing_of(item, nullptr));
  tx.put(std::move(item));
}

base::Result<int> write_set(store::Table& table, int set) {
  return store::transact(table, kForever, [&](store::Transaction& tx) -> base::Result<int> {
    std::vector<store::Key> keys;
    for (int member = 0; member < kMembers; ++member) keys.push_back({set_pk(set), std::to_string(member)});
    const auto items = TRY(tx.get_many(keys));
    const int number = items.front() ? number_of(*items.front()) + 1 : 1;
    for (const store::Key& key : keys) put_listed(tx, numbered(key, number));
    put_listed(tx, numbered(journal_key(set, number), number));
    return number;
  });
}

base::Result<void> move_amount(store::Table& table, std::mt19937& random) {
  const int from = static_cast<int>(random() % kAccounts);
  const int to = static_cast<int>((static_cast<unsigned>(from) + 1 + random() % (kAccounts - 1)) % kAccounts);
  const int amount = static_cast<int>(random() % 50);
  return store::transact(table, kForever, [&](store::Transaction& tx) -> base::Result<void> {
    const auto left = TRY(tx.get(account_key(from)));
    const auto right = TRY(tx.get(account_key(to)));
    put_listed(tx, numbered(account_key(from), number_of(*left) - amount));
    put_listed(tx, numbered(account_key(to), number_of(*right) + amount));
    return {};
  });
}

// Writes until it is killed.
[[noreturn]] void be_the_writer(const std::string& file, int pipe, unsigned seed) {
  const auto table = open_table(file);
  std::vector<std::thread> threads;
  for (int set = 0; set < kSets; ++set) {
    threads.emplace_back([&table, set, pipe] {
      for (;;) {
        const int number = must(write_set(*table, set), "write_set");
        const std::string line = fmt::format("{} {}\n", set, number);
        if (::write(pipe, line.data(), line.size()) < 0) std::_Exit(3);
      }
    });
  }
  for (unsigned mover = 0; mover < 2; ++mover) {
    threads.emplace_back([&table, seed, mover] {
      std::mt19937 random(seed + mover);
      for (;;) {
        const auto moved = move_amount(*table, random);
        if (!moved && moved.error().code != base::Code::kConflict) must(moved, "move_amount");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::_Exit(4);
}

// --- the parent -----------------------------------------------------------------------------------------------------

// Reads lines until `span` is over, kills the child, and takes what is still in the pipe.
void read_and_kill(pid_t child, int pipe, std::chrono::milliseconds span, std::vector<int>& acknowledged) {
  std::string text;
  char buffer[4096];
  bool killed = false;
  const base::Deadline end = base::Deadline::after(span);
  for (;;) {
    if (!killed && end.passed()) {
      ::kill(child, SIGKILL);
      killed = true;
    }
    const ssize_t count = ::read(pipe, buffer, sizeof buffer);
    if (count == 0) break;
    if (count > 0)
      text.append(buffer, static_cast<std::size_t>(count));
    else
      std::this_thread::sleep_for(std::chrono::milliseconds(1));  // not ready: the pipe does not block
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFSIGNALED(status)) fail(fmt::format("the writer ended by itself, status {}", status));
  std::size_t at = 0;
  for (std::size_t newline; (newline = text.find('\n', at)) != std::string::npos; at = newline + 1) {
    const auto set = static_cast<std::size_t>(text[at] - '0');
    acknowledged.at(set) = std::max(acknowledged.at(set), parse(std::string_view(text).substr(at + 2)));
  }
}

void run_child(const char* program, const std::string& file, unsigned seed, std::chrono::milliseconds span,
               std::vector<int>& acknowledged) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail("no pipe");
  const pid_t child = ::fork();
  if (child == 0) {
    const int out = ::dup(ends[1]);  // without O_CLOEXEC
    ::execl(program, program, "--writer", file.c_str(), std::to_string(out).c_str(), std::to_string(seed).c_str(),
            static_cast<char*>(nullptr));
    std::_Exit(5);
  }
  ::close(ends[1]);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  read_and_kill(child, ends[0], span, acknowledged);
  ::close(ends[0]);
}

void verify_set(store::Table& table, int set, int acknowledged) {
  const store::Page members = must(table.query({.pk = set_pk(set)}, kForever), "query");
  const int number = members.items.empty() ? 0 : number_of(members.items.front());
  if (number < acknowledged) fail(fmt::format("set {}: {} was acknowledged, {} is there", set, acknowledged, number));
  if (number > 0 && members.items.size() != kMembers)
    fail(fmt::format("set {} has {} members", set, members.items.size()));
  for (const store::Item& item : members.items) {
    if (number_of(item) != number) fail(fmt::format("set {}: half of a transaction at {}", set, number));
    if (item.version != static_cast<store::Version>(number)) fail(fmt::format("set {}: wrong version", set));
  }
  store::Query query = {.pk = journal_key(set, 0).pk, .items_max = store::kReadsMax};
  int entries = 0;
  for (;;) {
    const store::Page page = must(table.query(query, kForever), "query");
    for (const store::Item& item : page.items)
      if (number_of(item) != ++entries) fail(fmt::format("set {}: the journal lacks {}", set, entries));
    if (!page.next_cursor) break;
    query.cursor = *page.next_cursor;
  }
  if (entries != number) fail(fmt::format("set {}: at {}, with a journal of {}", set, number, entries));
}

void verify(const std::string& file, const std::vector<int>& acknowledged) {
  const auto table = open_table(file);
  for (int set = 0; set < kSets; ++set) verify_set(*table, set, acknowledged.at(static_cast<std::size_t>(set)));
  int sum = 0;
  for (int account = 0; account < kAccounts; ++account)
    sum += number_of(*must(table->get(account_key(account), kForever), "get"));
  if (sum != kAccounts * kAmountEach) fail(fmt::format("the accounts hold {} together", sum));
  const store::CheckReport report = must(store::check_data_file(file, listing_of), "check");
  if (!report.findings.empty()) fail("check: " + report.findings.front());
}

void make_accounts(const std::string& file) {
  const auto table = open_table(file);
  std::vector<store::Write> writes;
  for (int account = 0; account < kAccounts; ++account) {
    const store::Item item = numbered(account_key(account), kAmountEach);
    writes.push_back(store::Put{item, store::Absent{}});
    writes.push_back(store::List{item.key, *listing_of(item, nullptr)});
  }
  must(table->write(writes, kForever), "accounts");
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 5 && std::string_view(arguments[1]) == "--writer")
    be_the_writer(arguments[2], parse(arguments[3]), static_cast<unsigned>(parse(arguments[4])));
  int rounds = 15;
  unsigned seed = std::random_device{}();
  for (int i = 1; i + 1 < count; i += 2) {
    if (std::string_view(arguments[i]) == "--rounds") rounds = parse(arguments[i + 1]);
    if (std::string_view(arguments[i]) == "--seed") seed = static_cast<unsigned>(parse(arguments[i + 1]));
  }
  fmt::print("crash_store: {} rounds, --seed {}\n", rounds, seed);
  std::mt19937 random(seed);
  const store::TempFolder folder;
  const std::string file = folder.file("state.db");
  make_accounts(file);
  std::vector<int> acknowledged(kSets, 0);
  for (int round = 0; round < rounds; ++round) {
    const std::chrono::milliseconds span(50 + random() % 700);
    run_child("/proc/self/exe", file, random(), span, acknowledged);
    verify(file, acknowledged);
  }
  int total = 0;
  for (const int number : acknowledged) total += number;
  if (total < rounds) fail("hardly anything was written: the test shows nothing");
  fmt::print("crash_store: {} transactions acknowledged, none lost\n", total);
  return 0;
}
