// For the tests of databases, and of the API over them: a runner that keeps what it was asked in memory, and a
// deployment over any table.

#pragma once

#include <mutex>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "audit/audit_test_support.h"
#include "authz/fake_directory.h"
#include "base/check.h"
#include "databases/databases.h"
#include "databases/workers.h"
#include "store/memory_table.h"

namespace databases {

// A spec is lines: "login NAME PLACE", "statement SQL"; one that has the line "bad" is none. A database has the
// statements that were applied; a plan is those of the spec that are not among them.
class FakeRunner final : public Runner {
 public:
  base::Result<SpecFacts> read_spec(std::string_view text) override {
    SpecFacts facts;
    for (const std::string& line : lines_of(text)) {
      if (line == "bad") {
        base::Error error(base::Code::kInvalid, "The spec has a mistake.");
        error.fields.push_back({"/spec", "spec.yaml:1:1: bad is no word of a spec."});
        return base::fail(std::move(error));
      }
      if (!line.starts_with("login ")) continue;
      const std::string rest = line.substr(6);
      const std::size_t space = std::min(rest.find(' '), rest.size());
      facts.logins.push_back({rest.substr(0, space), rest.substr(std::min(space + 1, rest.size()))});
    }
    return facts;
  }
  base::Result<Report> plan(const Database& database, std::string_view spec, base::Deadline) override {
    return note(fmt::format("plan {}", database.name), [&] { return report_of(database, spec); });
  }
  base::Result<Report> check(const Database& database, std::string_view spec, base::Deadline) override {
    return note(fmt::format("check {}", database.name), [&] { return report_of(database, spec); });
  }
  base::Result<Report> apply(const Database& database, std::string_view spec, const Approved& approved,
                             base::Deadline) override {
    return note(fmt::format("apply {}{}", database.name, approved.again ? " again" : ""), [&] {
      Report report = report_of(database, spec);
      if (report.digest != approved.digest && !approved.again) {
        report.refused = "The state has moved since the plan was approved.";
        report.done = false;
        return report;
      }
      for (const std::string& sql : left(database, spec)) applied_[database.uuid].push_back(sql);
      return report;
    });
  }
  base::Result<Report> rotate(const Database& database, std::string_view, const std::string& login,
                              base::Deadline) override {
    return note(fmt::format("rotate {} {}", database.name, login), [&] { return Report{.json = "{}"}; });
  }

  // Somebody works on the database by hand.
  void set_state(const std::string& uuid, std::vector<std::string> statements) {
    const std::lock_guard lock(mutex_);
    applied_[uuid] = std::move(statements);
  }
  void set_down(bool down) { down_ = down; }
  std::vector<std::string> calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  std::size_t report_bytes = 0;         // padded to
  std::function<void()> while_running;  // called within each run, without a lock

 private:
  static std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
      const std::string_view line = text.substr(0, text.find('\n'));
      lines.emplace_back(line);
      text.remove_prefix(std::min(text.size(), line.size() + 1));
    }
    return lines;
  }
  std::vector<std::string> left(const Database& database, std::string_view spec) {
    std::vector<std::string> statements;
    const std::vector<std::string>& done = applied_[database.uuid];
    for (const std::string& line : lines_of(spec)) {
      if (!line.starts_with("statement ")) continue;
      const std::string sql = line.substr(10);
      if (std::find(done.begin(), done.end(), sql) == done.end()) statements.push_back(sql);
    }
    return statements;
  }
  Report report_of(const Database& database, std::string_view spec) {
    Report report;
    const std::vector<std::string> statements = left(database, spec);
    report.statements = static_cast<std::int64_t>(statements.size());
    std::string joined;
    for (const std::string& sql : statements) joined.append(joined.empty() ? "" : ";").append(sql);
    report.digest = fmt::format("digest-of-{}", joined);
    report.json = fmt::format(R"({{"digest":"{}","statements":{}}})", report.digest, statements.size());
    if (report.json.size() < report_bytes)
      report.json.insert(report.json.size() - 1, fmt::format(R"(,"pad":"{}")", std::string(report_bytes, 'x')));
    return report;
  }
  template <class Make>
  base::Result<Report> note(std::string call, Make make) {
    if (while_running) while_running();
    const std::lock_guard lock(mutex_);
    calls_.push_back(std::move(call));
    if (down_) return base::fail(base::Code::kUnavailable, "The database does not answer.");
    return make();
  }

  std::mutex mutex_;
  std::vector<std::string> calls_;
  std::map<std::string, std::vector<std::string>> applied_;
  std::atomic<bool> down_{false};
};

// Any host, for the workspaces that the tests here and in tests/api have.
inline std::vector<std::string> test_identities() {
  std::vector<std::string> all;
  for (int n = 0; n < 64; ++n) {
    all.push_back(fmt::format("00000000-0000-4000-8000-{:012}=*", n));
    all.push_back(fmt::format("a0000000-0000-4000-8000-{:012x}=*", n));
  }
  return all;
}
inline Places test_places() {
  return {
      .hosts = {"*.rds.amazonaws.com"}, .secret_prefix = "stewardry/{workspaceId}/", .iam_hosts = test_identities()};
}

inline std::string user(int n) { return fmt::format("N:user:00000000-0000-4000-8000-{:012}", n); }
inline std::string workspace(int n) { return fmt::format("N:organization:00000000-0000-4000-8000-{:012}", n); }

inline Database registration(const std::string& name, int in = 0) {
  Database what;
  what.workspace_id = workspace(in);
  what.name = name;
  what.host = name + ".eu-west-1.rds.amazonaws.com";
  what.database = "shop";
  what.user = "steward";
  return what;
}

// One process on a table. User 0 and 1 administer the workspace 0, 2 collaborates, 3 views, 4 is a guest, 5 administers
// the workspace 1, 6 operates the platform.
struct Deployment {
  explicit Deployment(store::Table& below, bool four_eyes = false, Places places = test_places())
      : table(below), options{std::move(places), four_eyes} {
    const std::array bits{16, 32, 8, 2, 1};
    for (int u = 0; u < 7; ++u) directory.add_user(user(u));
    for (int u = 0; u < 5; ++u) directory.set_member(user(u), workspace(0), bits[static_cast<std::size_t>(u)]);
    directory.set_member(user(5), workspace(1), 16);
    directory.add_operator(user(6));
    operations.register_target(std::string(kTargetType), databases);
  }

  audit::AuditedTable table;
  authz::FakeDirectory directory;
  authz::Engine engine{directory};
  base::ManualClock clock{base::Time(std::chrono::milliseconds(1'763'963'264'123))};
  base::SystemEntropy entropy;
  audit::Trail trail{table, audit::test_key(), clock, entropy};
  operations::Operations operations{table, trail, clock, entropy};
  FakeRunner runner;
  Options options;
  Databases databases{table, operations, engine, trail, clock, entropy, runner, options};
  base::Registry metrics;
  base::Logger log{clock, base::LogLevel::kError, [](std::string_view) {}};
  Workers workers{databases, clock, entropy, log, metrics, {.threads = 0}, {}};
  const base::Deadline never = base::Deadline::never();

  template <class Function>
  auto transact(Function&& function) {
    return store::transact(table, never, std::forward<Function>(function));
  }
  static audit::Actor actor(const std::string& id) { return {id, "request"}; }

  base::Result<Database> try_register(int who, Database what) {
    const std::string id = user(who);
    return transact([&](store::Transaction& tx) { return databases.register_database(tx, actor(id), what); });
  }
  std::string registered(const std::string& name, int who = 0, std::int64_t every = 0) {
    Database what = registration(name);
    what.check_every_s = every;
    return try_register(who, what).value().uuid;
  }
  base::Result<NewVersion> put_spec(const std::string& uuid, const std::string& text, int who = 0) {
    const std::string id = user(who);
    return transact([&](store::Transaction& tx) { return databases.put_spec(tx, actor(id), uuid, text, ""); });
  }
  base::Result<Started> plan(const std::string& uuid, int who = 0, std::optional<std::int64_t> number = {}) {
    const std::string id = user(who);
    return transact([&](store::Transaction& tx) { return databases.plan(tx, actor(id), uuid, number); });
  }
  base::Result<Run> approve(const std::string& uuid, const std::string& plan_id, const std::string& digest,
                            int who = 1) {
    const std::string id = user(who);
    return transact([&](store::Transaction& tx) { return databases.approve(tx, actor(id), uuid, plan_id, digest); });
  }
  base::Result<Started> apply(const std::string& uuid, const std::string& plan_id, int who = 0) {
    const std::string id = user(who);
    return transact([&](store::Transaction& tx) { return databases.apply(tx, actor(id), uuid, plan_id); });
  }
  base::Result<Started> rotate(const std::string& uuid, const std::string& login, int who = 0) {
    const std::string id = user(who);
    return transact([&](store::Transaction& tx) { return databases.rotate(tx, actor(id), uuid, login); });
  }
  base::Result<Started> check(const std::string& uuid, int who = 0) {
    const std::string id = user(who);
    return transact([&](store::Transaction& tx) { return databases.check(tx, actor(id), uuid); });
  }
  base::Result<Database> remove(const std::string& uuid, int who = 0) {
    const std::string id = user(who);
    return transact([&](store::Transaction& tx) {
      return databases.remove(tx, actor(id), uuid, [](store::Version) { return base::Result<void>(); });
    });
  }
  Run run(const std::string& uuid, const std::string& id) {
    return databases.run(user(0), uuid, id, never).value().run;
  }
  std::vector<Run> history(const std::string& uuid) {
    return databases.runs(user(0), uuid, std::nullopt, "", 100, never).value().runs;
  }
  Seen seen(const std::string& uuid) { return databases.get(user(0), uuid, never).value(); }

  // Plans, approves and applies the newest version.
  Run brought_about(const std::string& uuid) {
    const std::string id = plan(uuid).value().run.id;
    CHECK(workers.step(), "a plan is made");
    CHECK(approve(uuid, id, run(uuid, id).digest).has_value(), "a plan is approved");
    const std::string applied = apply(uuid, id).value().run.id;
    CHECK(workers.step(), "a plan is applied");
    return run(uuid, applied);
  }
};

template <class T>
std::optional<base::Code> code_of(const base::Result<T>& result) {
  return result ? std::nullopt : std::optional(result.error().code);
}

}  // namespace databases
