#include "tests/support/api_world.h"

#include "api/context.h"
#include "api/mutation.h"
#include "api/refusals.h"
#include "audit/audit_test_support.h"
#include "base/check.h"
#include "base/secret.h"
#include "catalog/snapshot.h"
#include "catalog/sqlite_directory.h"
#include "databases/databases_test_support.h"
#include "http/service.h"
#include "identity/local_issuer.h"
#include "json/encode.h"
#include "store/memory_table.h"
#include "store/sqlite_table.h"

namespace test {
namespace {

constexpr std::chrono::seconds kAtMost{30};
constexpr std::chrono::hours kTokenLifetime{24 * 30};
constexpr base::Time kStart{std::chrono::milliseconds(1'763'963'264'123)};  // 2025-11-24T05:47:44.123Z
constexpr std::string_view kPlatformAccount = "111122223333";

base::Deadline soon() { return base::Deadline::after(kAtMost); }

template <class T>
T good(base::Result<T> result) {
  CHECK(result.has_value(), "a world for tests can be set up");
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

base::Result<std::string> no_fetch(const identity::Issuer&, base::Deadline) {
  return base::fail(base::Code::kUnavailable, "There is no network in a test.");
}

}  // namespace

void CountingTable::note(Call call) {
  ++(call == Call::kRead ? reads_ : writes_);
  if (hook_) hook_(call);
}

base::Result<std::optional<store::Item>> CountingTable::get(const store::Key& key, base::Deadline deadline) {
  note(Call::kRead);
  return table_.get(key, deadline);
}
base::Result<std::vector<std::optional<store::Item>>> CountingTable::get_many(std::span<const store::Key> keys,
                                                                              base::Deadline deadline) {
  note(Call::kRead);
  return table_.get_many(keys, deadline);
}
base::Result<store::Page> CountingTable::query(const store::Query& query, base::Deadline deadline) {
  note(Call::kRead);
  return table_.query(query, deadline);
}
base::Result<store::ListedPage> CountingTable::select(const store::Selection& selection, base::Deadline deadline) {
  note(Call::kRead);
  return table_.select(selection, deadline);
}

base::Result<std::uint64_t> CountingTable::count(const store::Selection& selection, base::Deadline deadline) {
  note(Call::kRead);
  return table_.count(selection, deadline);
}

base::Result<std::vector<store::Version>> CountingTable::write(std::span<const store::Write> writes,
                                                               base::Deadline deadline) {
  note(Call::kWrite);
  return table_.write(writes, deadline);
}

// What a process of the server holds; in the order in which app::Application builds it.
struct ApiWorld::House {
  House(ApiWorld& world, std::unique_ptr<store::Table> opened)
      : own_table(std::move(opened)),
        audited(own_table ? *own_table : *world.memory_),
        table(audited),
        directory(good(catalog::SqliteDirectory::open(world.folder_.path(), {.registry = &metrics}, soon()))),
        issuer(good(identity::LocalIssuer::open(world.folder_.path(), world.entropy_))),
        verifier(good(
            identity::Verifier::make({.issuers = {issuer->as_issuer()}}, no_fetch, world.clock_, world.log_, metrics))),
        engine(*directory),
        trail(table, audit::test_key(), world.clock_, world.entropy_, &metrics),
        accounts(table, engine, trail, world.clock_, world.entropy_),
        operations(table, trail, world.clock_, world.entropy_),
        nodes(table, accounts, operations, engine, trail, world.clock_, world.entropy_),
        account_deletion(table, accounts, nodes, world.log_),
        databases(table, operations, engine, trail, world.clock_, world.entropy_, *world.runner_,
                  {databases::test_places()}),
        workers(databases, world.clock_, world.entropy_, world.log_, metrics, {.threads = 0}, {}),
        context{table,
                *directory,
                engine,
                accounts,
                nodes,
                account_deletion,
                operations,
                databases,
                trail,
                feed,
                cursors,
                world.clock_,
                world.log_,
                {.aws_account_id = std::string(kPlatformAccount), .principal_arn = {}},
                {std::string(kAccessCaller)},
                "",
                [this](std::string_view document, base::Deadline deadline) { return import(document, deadline); },
                &metrics} {
    good(trail.load(soon()));
    table.take_reads();
    operations.register_target(std::string(nodes::Nodes::kTargetType), nodes);
    operations.register_target(std::string(databases::kTargetType), databases);
    api::add_routes(router, context);
    http::ServiceOptions options;
    if (world.options_.audit_refusals) options.on_refused = api::note_refusals(trail, world.log_);
    service =
        std::make_unique<http::Service>(std::move(options), router, *verifier, world.clock_, world.entropy_, world.log_,
                                        metrics, [](base::Deadline) -> base::Result<void> { return {}; });
  }

  base::Result<std::string> import(std::string_view document, base::Deadline deadline) {
    return json::encode(TRY(catalog::import(*directory, document, deadline)));
  }

  base::Registry metrics;
  std::unique_ptr<store::Table> own_table;  // the SQLite one
  audit::AuditedTable audited;
  CountingTable table;
  std::unique_ptr<catalog::SqliteDirectory> directory;
  std::unique_ptr<identity::LocalIssuer> issuer;
  std::unique_ptr<identity::Verifier> verifier;
  http::CursorSealer cursors{base::Secret("a key of thirty-two bytes, really")};
  authz::Engine engine;
  audit::Trail trail;
  accounts::Accounts accounts;
  operations::Operations operations;
  nodes::Nodes nodes;
  nodes::AccountDeletion account_deletion;
  databases::Databases databases;
  databases::Workers workers;
  operations::Feed feed;
  api::Context context;
  http::Router router{{"", "/compute/resources"}};
  std::unique_ptr<http::Service> service;
};

ApiWorld::ApiWorld(ApiWorldOptions options)
    : options_(std::move(options)),
      clock_(kStart),
      entropy_(options_.seed),
      log_(clock_, base::LogLevel::kDebug,
           [this](std::string_view line) {
             const std::lock_guard lock(mutex_);
             log_lines_.append(line);
           }),
      runner_(std::make_unique<databases::FakeRunner>()) {
  if (options_.store == Store::kMemory) memory_ = std::make_unique<store::MemoryTable>();
  restart();
}

ApiWorld::~ApiWorld() = default;

void ApiWorld::restart() {
  house_.reset();
  std::unique_ptr<store::Table> opened;
  if (options_.store == Store::kSqlite) opened = good(store::open_sqlite_table({.file = folder_.file("state.db")}));
  house_ = std::make_unique<House>(*this, std::move(opened));
}

CountingTable& ApiWorld::table() { return house_->table; }

std::string ApiWorld::log() const {
  const std::lock_guard lock(mutex_);
  return log_lines_;
}

base::Result<void> ApiWorld::import(std::string_view document) {
  TRY(house_->import(document, soon()));
  return {};
}

base::Result<void> ApiWorld::janitor_round() {
  TRY(house_->account_deletion.continue_all(soon()));
  TRY(api::purge_idempotency_records(house_->table, clock_, soon()));
  while (house_->workers.step()) {
  }
  return {};
}

std::string ApiWorld::token(std::string_view user_id, const std::optional<std::string>& workspace_id) {
  const std::lock_guard lock(mutex_);
  std::string& token = tokens_[{std::string(user_id), workspace_id.value_or("")}];
  if (token.empty()) token = good(house_->issuer->issue(user_id, workspace_id, clock_.now(), kTokenLifetime));
  return token;
}

net::Response ApiWorld::send(std::string_view user_id, std::optional<std::string> workspace_id, std::string_view method,
                             std::string_view target, std::string body, const HeaderList& headers) {
  net::Request request;
  request.method = method;
  const std::size_t mark = std::min(target.find('?'), target.size());
  request.path = options_.base_path + std::string(target.substr(0, mark));
  request.query = target.substr(std::min(mark + 1, target.size()));
  request.body = std::move(body);
  request.peer = "192.0.2.7";
  request.deadline = soon();
  for (const net::Header& header : headers) request.headers.add(header.name, header.value);
  if (!user_id.empty()) request.headers.add("Authorization", "Bearer " + token(user_id, workspace_id));
  if (!request.body.empty() && request.headers.count("Content-Type") == 0)
    request.headers.add("Content-Type", "application/json");
  const bool may_have_body = method == "POST" || method == "PUT" || method == "PATCH" || !request.body.empty();
  if (may_have_body && request.headers.count("Content-Length") == 0)
    request.headers.add("Content-Length", std::to_string(request.body.size()));
  return house_->service->handle(request);
}

}  // namespace test
