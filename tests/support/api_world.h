// The whole control plane in one process, without sockets: table, directory, identity, domain, endpoints and the HTTP
// service, put together as app does it, on a folder of its own, with a clock that stands still and seeded randomness.
// For tests alone.
//
//   Owns       everything; the folder goes with it.
//   Threads    call() and send() from any thread; restart(), advance() and import() while nobody calls.
//   Errors     what cannot be set up is CHECKed: there is nothing to test then.

#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "net/message.h"
#include "store/table.h"
#include "store/temp_folder.h"

namespace databases {
class FakeRunner;
}  // namespace databases

namespace test {

enum class Store { kMemory, kSqlite };

// Hands everything on to another table and counts the calls; and can call a test before each of them.
class CountingTable final : public store::Table {
 public:
  explicit CountingTable(store::Table& table) : table_(table) {}
  base::Result<std::optional<store::Item>> get(const store::Key& key, base::Deadline deadline) override;
  base::Result<std::vector<std::optional<store::Item>>> get_many(std::span<const store::Key> keys,
                                                                 base::Deadline deadline) override;
  base::Result<store::Page> query(const store::Query& query, base::Deadline deadline) override;
  base::Result<store::ListedPage> select(const store::Selection& selection, base::Deadline deadline) override;
  base::Result<std::uint64_t> count(const store::Selection& selection, base::Deadline deadline) override;
  base::Result<std::vector<store::Version>> write(std::span<const store::Write> writes,
                                                  base::Deadline deadline) override;

  // Since the last time.
  std::size_t take_reads() { return reads_.exchange(0); }
  std::size_t take_writes() { return writes_.exchange(0); }

  // Called before each call, on its thread: where a test lets something else happen first. None where it is empty. To
  // be set while nobody calls.
  enum class Call { kRead, kWrite };
  void before_each(std::function<void(Call)> hook) { hook_ = std::move(hook); }

 private:
  void note(Call call);

  store::Table& table_;
  std::atomic<std::size_t> reads_ = 0, writes_ = 0;
  std::function<void(Call)> hook_;
};

// The service account of every world that may ask about the access of others (setting access.callers).
inline constexpr std::string_view kAccessCaller = "N:user:c0000000-0000-4000-8000-0000000000ca";

using HeaderList = std::vector<net::Header>;

struct ApiWorldOptions {
  Store store = Store::kMemory;
  std::string base_path;  // put before the target of call(): "" or "/compute/resources"
  std::uint64_t seed = 1;
  bool audit_refusals = false;  // the setting audit.refusals
};

class ApiWorld {
 public:
  explicit ApiWorld(ApiWorldOptions options = {});
  ~ApiWorld();
  ApiWorld(const ApiWorld&) = delete;
  ApiWorld& operator=(const ApiWorld&) = delete;

  // As this user, with a good token. `target` is a path with its query. A body gets Content-Type: application/json and
  // its length, as clients send them, unless a header says otherwise.
  net::Response call(std::string_view user_id, std::string_view method, std::string_view target, std::string body = {},
                     const HeaderList& headers = {}) {
    return send(user_id, std::nullopt, method, target, std::move(body), headers);
  }
  // The same with a token of a workspace; without any token where `user_id` is empty.
  net::Response send(std::string_view user_id, std::optional<std::string> workspace_id, std::string_view method,
                     std::string_view target, std::string body, const HeaderList& headers);

  // A change of the directory (catalog/snapshot.h), as `stewardry directory import` makes it.
  base::Result<void> import(std::string_view document);

  // Takes everything down and builds it again on what was stored. (The memory table is kept as it is.)
  void restart();
  // What the server does by itself from time to time.
  base::Result<void> janitor_round();
  void advance(std::chrono::milliseconds by) { clock_.advance(by); }

  [[nodiscard]] base::Time now() const { return clock_.now(); }
  [[nodiscard]] CountingTable& table();
  [[nodiscard]] const std::string& base_path() const { return options_.base_path; }
  // Every log line so far, for what must not be in one.
  [[nodiscard]] std::string log() const;

 private:
  struct House;
  std::string token(std::string_view user_id, const std::optional<std::string>& workspace_id);

  const ApiWorldOptions options_;
  store::TempFolder folder_;
  base::ManualClock clock_;
  base::SeededEntropy entropy_;
  mutable std::mutex mutex_;
  std::string log_lines_;                                              // guarded by mutex_
  std::map<std::pair<std::string, std::string>, std::string> tokens_;  // guarded by mutex_
  base::Logger log_;
  std::unique_ptr<store::Table> memory_;
  std::unique_ptr<databases::FakeRunner> runner_;  // the databases themselves: they outlive a restart
  std::unique_ptr<House> house_;
};

}  // namespace test
