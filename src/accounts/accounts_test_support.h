// For the tests of accounts and of what stands on them: a table in memory, people, and accounts over them. One Bench is
// one deployment; a Server is one process that works on it, through a table of its own that may die.

#pragma once

#include <set>
#include <string>

#include <fmt/format.h>

#include "accounts/accounts.h"
#include "accounts/table_probe.h"
#include "audit/audit_test_support.h"
#include "authz/fake_directory.h"
#include "base/check.h"
#include "store/memory_table.h"
#include "store/transaction.h"

namespace accounts {

inline base::Result<void> any_version(store::Version) { return {}; }

// None: it went well.
template <class T>
std::optional<base::Code> code_of(const base::Result<T>& result) {
  return result ? std::nullopt : std::optional(result.error().code);
}

inline std::string user(int n) { return fmt::format("N:user:00000000-0000-4000-8000-{:012}", n); }
inline std::string workspace(int n) { return fmt::format("N:organization:00000000-0000-4000-8000-{:012}", n); }
inline std::string team(int n) { return fmt::format("N:team:00000000-0000-4000-8000-{:012}", n); }

struct Bench {
  store::MemoryTable table;
  authz::FakeDirectory directory;
  authz::Engine engine{directory};
  base::ManualClock clock{base::Time(std::chrono::milliseconds(1'763'963'264'123))};
  base::SeededEntropy entropy{11};
  const base::Deadline never = base::Deadline::never();

  // User 0 owns accounts, 1 administers the workspaces 0 and 1, 2 works in them, 3 is a stranger.
  Bench() {
    for (int u = 0; u < 4; ++u) directory.add_user(user(u));
    for (int w = 0; w < 2; ++w) {
      directory.set_member(user(0), workspace(w), 8);
      directory.set_member(user(1), workspace(w), 16);
      directory.set_member(user(2), workspace(w), 8);
    }
  }

  // Every item of a partition.
  std::vector<store::Item> all(const std::string& pk) {
    store::Query query{.pk = pk, .items_max = store::kReadsMax};
    std::vector<store::Item> items;
    for (;;) {
      store::Page page = table.query(query, never).value();
      for (store::Item& item : page.items) items.push_back(std::move(item));
      if (!page.next_cursor) return items;
      query.cursor = *page.next_cursor;
    }
  }
  // What is stored of one account, and its marks.
  std::vector<store::Item> state_of(const std::string& uuid) {
    std::vector<store::Item> items = all("account#" + uuid);
    for (const std::string& pk : {"registration#" + user(0), std::string("deleting-accounts")})
      for (store::Item& item : all(pk)) items.push_back(std::move(item));
    return items;
  }

  // What is wrong with an account's links; empty: nothing. A link stands on an account that is there, and in a
  // workspace for which the account is enabled.
  std::string orphans_of(const std::string& uuid) {
    bool account = false;
    std::set<std::string> enabled;
    std::string wrong;
    for (const store::Item& item : all("account#" + uuid)) {
      if (item.key.sk == "account") account = true;
      if (item.key.sk.starts_with("workspace#")) enabled.insert(item.key.sk.substr(10));
    }
    for (const store::Item& item : all("account#" + uuid)) {
      if (item.key.sk.starts_with("workspace#") && !account) wrong.append(item.key.sk).append(" on no account; ");
      if (!item.key.sk.starts_with("node#")) continue;
      const std::string in = item.key.sk.substr(5, item.key.sk.rfind('#') - 5);
      if (!account) wrong.append(item.key.sk).append(" on no account; ");
      if (in != "-" && !enabled.contains(in)) wrong.append(item.key.sk).append(" where nothing is enabled; ");
    }
    return wrong;
  }
};

struct Server {
  explicit Server(Bench& made_on) : Server(made_on, made_on.table) {}
  // The trail has read its heads, so that tests which count reads and writes count those of accounts.
  Server(Bench& made_on, store::Table& below) : bench(made_on), audited(below), table(audited) {
    CHECK(trail.load(bench.never).has_value(), "the trail of a test can be read");
  }

  Bench& bench;
  audit::AuditedTable audited;
  TableProbe table;
  audit::Trail trail{audited, audit::test_key(), bench.clock, bench.entropy};
  Accounts accounts{table, bench.engine, trail, bench.clock, bench.entropy};

  template <class Function>
  auto transact(Function&& function) {
    return store::transact(table, bench.never, std::forward<Function>(function));
  }

  base::Result<Account> try_register(int owner, const std::string& aws_id, const std::string& name = "") {
    return transact([&](store::Transaction& tx) {
      return accounts.register_account(tx, {user(owner), "request"}, {aws_id, "aws", "Role", name, ""});
    });
  }
  std::string registered(int owner = 0, const std::string& aws_id = "123456789012", const std::string& name = "") {
    return try_register(owner, aws_id, name).value().uuid;
  }
  base::Result<Enablement> enable(const std::string& uuid, int w, bool is_public, int who = 0) {
    return transact([&](store::Transaction& tx) {
      return accounts.enable(tx, {user(who), "request"}, uuid, workspace(w), is_public);
    });
  }
  // Makes a link as making a node does. A workspace below 0: none.
  base::Result<void> place_node(const std::string& uuid, int w, const std::string& node, int who = 0) {
    const std::string in = w < 0 ? "" : workspace(w);
    return transact([&](store::Transaction& tx) -> base::Result<void> {
      TRY(accounts.open_for_node(tx, user(who), uuid, in));
      Accounts::link_node(tx, uuid, in, node);
      return {};
    });
  }
  base::Result<void> take_node(const std::string& uuid, int w, const std::string& node) {
    const std::string in = w < 0 ? "" : workspace(w);
    return transact([&](store::Transaction& tx) { return Accounts::unlink_node(tx, uuid, in, node); });
  }
  base::Result<void> disable(const std::string& uuid, int w) {
    return accounts.disable({user(0), "request"}, uuid, workspace(w), any_version, bench.never);
  }
  base::Result<Accounts::Closed> close(const std::string& uuid, bool force) {
    return accounts.close({user(0), "request"}, uuid, force, any_version, bench.never);
  }
};

}  // namespace accounts
