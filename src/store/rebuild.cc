// rebuild_listings of store/maintenance.h.
//
// The row of `rebuild` is the journal: it holds the key up to which items are listed, and goes with the last of them.
// The first transaction empties the sets and writes it; each further one lists the next items and moves it on. A kill
// leaves a state between two of them.

#include <filesystem>

#include <fmt/format.h>

#include "store/maintenance.h"
#include "store/maintenance_sets.h"
#include "store/rules.h"
#include "store/sqlite_connection.h"
#include "store/sqlite_format.h"
#include "store/sqlite_reader.h"
#include "store/sqlite_sets_writer.h"

namespace store {

namespace {

using internal::Connection;
using internal::ItemLookup;
using internal::SetsWriter;
using internal::Statement;

// Of one transaction, which ends sooner where its items are in many sets. The rows of a step go all over the sets: the
// larger the step, the more of them fall into a page that is touched. Their room in memory is some 40 MB; pages that do
// not fit into the cache go to the log ahead of the commit.
constexpr std::size_t kEntriesPerStepMax = 200'000;
constexpr int kLogPagesMax = 8000;

// No flush at each commit: what the power takes is done again.
constexpr const char* kSettings = "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536";

constexpr const char* kBegin = R"(
BEGIN IMMEDIATE;
DELETE FROM member_by_name;
DELETE FROM member_by_time;
DELETE FROM listed;
DELETE FROM set_name;
INSERT INTO rebuild VALUES (1, x'', x'');
COMMIT;
)";

class Rebuild {
 public:
  static base::Result<Rebuilt> run(Connection& connection, const Lister& lister, int items_per_step) {
    Rebuild rebuild(
        connection, lister, items_per_step, TRY(ItemLookup::make(connection)), TRY(SetsWriter::make(connection)),
        TRY(connection.prepare(fmt::format("SELECT {} FROM item WHERE (pk, sk) > (?1, ?2) ORDER BY pk, sk LIMIT {}",
                                           internal::kItemColumns, items_per_step))),
        TRY(connection.prepare("UPDATE rebuild SET pk = ?1, sk = ?2")));
    TRY(rebuild.find_place());
    bool more = true;
    while (more) {
      TRY(connection.execute("BEGIN IMMEDIATE"));
      more = TRY(rebuild.step());
      TRY(connection.execute("COMMIT"));
      if (connection.wal_pages() > kLogPagesMax) TRY(connection.checkpoint());
    }
    TRY(connection.checkpoint_and_truncate());
    return rebuild.done_;
  }

 private:
  Rebuild(Connection& connection, const Lister& lister, int items_per_step, ItemLookup lookup, SetsWriter sets,
          Statement items, Statement move_on)
      : connection_(connection),
        lister_(lister),
        items_per_step_(items_per_step),
        lookup_(std::move(lookup)),
        sets_(std::move(sets)),
        items_(std::move(items)),
        move_on_(std::move(move_on)) {}

  base::Result<void> find_place() {
    Statement place = TRY(connection_.prepare("SELECT pk, sk FROM rebuild"));
    if (TRY(place.step())) place_ = {std::string(place.column_bytes(0)), std::string(place.column_bytes(1))};
    return {};
  }

  // Within a transaction. False: it was the last.
  base::Result<bool> step() {
    items_.bind_blob(1, place_.pk);
    items_.bind_blob(2, place_.sk);
    Key last;
    int items = 0;
    std::size_t entries = 0;
    while (entries < kEntriesPerStepMax && TRY(items_.step())) {
      const Item item = internal::item_of(items_);
      entries += TRY(list(item));
      last = item.key;
      ++items;
    }
    items_.reset();
    TRY(sets_.flush());
    if (items < items_per_step_ && entries < kEntriesPerStepMax) {
      TRY(connection_.execute("DELETE FROM rebuild"));
      return false;
    }
    place_ = std::move(last);
    move_on_.bind_blob(1, place_.pk);
    move_on_.bind_blob(2, place_.sk);
    TRY(move_on_.run());
    return true;
  }

  // In how many sets the item stands now.
  base::Result<std::size_t> list(const Item& item) {
    ++done_.items;
    std::optional<Listing> listing = TRY(lister_(item, [this](const Key& key) { return lookup_.get(key); }));
    const bool stands = listing && !listing->sets.empty();
    if (stands) ++done_.listed_items;
    const std::size_t entries = stands ? listing->sets.size() : 0;
    const Write write = List{item.key, std::move(listing)};
    TRY(check_writes(std::span(&write, 1)));
    TRY(sets_.list_later(item.key, std::get<List>(write).listing));
    return entries;
  }

  Connection& connection_;
  const Lister& lister_;
  const int items_per_step_;
  ItemLookup lookup_;
  SetsWriter sets_;
  Statement items_;
  Statement move_on_;
  Key place_;  // items up to this one are listed
  Rebuilt done_;
};

}  // namespace

base::Result<Rebuilt> rebuild_listings(const std::string& file, const Lister& lister, int items_per_step) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored))
    return base::fail(base::Code::kNotFound, fmt::format("There is no file {}.", file));
  const std::unique_ptr<Connection> connection = TRY(internal::open_for_writing(file, ""));
  TRY(connection->execute(kSettings));
  if (TRY(internal::listings_are_built(*connection))) TRY(connection->execute(kBegin));
  return Rebuild::run(*connection, lister, items_per_step);
}

base::Result<std::optional<Rebuilt>> build_missing_listings(const std::string& file, const Lister& lister) {
  const std::unique_ptr<Connection> connection = TRY(internal::open_for_writing(file, ""));
  if (TRY(internal::listings_are_built(*connection))) return std::optional<Rebuilt>();
  TRY(connection->execute(kSettings));
  return std::optional(TRY(Rebuild::run(*connection, lister, kItemsPerStep)));
}

}  // namespace store
