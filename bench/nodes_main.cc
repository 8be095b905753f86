// What it costs to decide about one node among many, to list what somebody reaches, to count it, and to say who reaches
// a node: the same questions on a small world and on a large one, beside each other, one figure a line.
//
//   bench_nodes [--nodes N] [--users N]     (1,000,000 nodes and 100,000 users; the small world has 1,000 nodes)
//
// The worlds are on disk: state.db and directory.db as a server has them. Each is built by one process and asked by
// another, so that what the second holds in memory is what the questions need. Figures are medians; of a decision, the
// median of 2,000 runs of ten different nodes each. The floor, in the same run: reading the two items of a node by key,
// and one question of membership to the directory.
//
// Of N nodes the asker reaches one in ten: by owning it, by its being open to a workspace, by a grant, and by a grant
// to a team, a quarter each. As many again are shared with others in the same workspace. The rest is elsewhere.

#include <charconv>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/trail.h"
#include "authz/who.h"
#include "base/check.h"
#include "base/entropy.h"
#include "base/ids.h"
#include "catalog/snapshot.h"
#include "catalog/sqlite_directory.h"
#include "json/encode.h"
#include "nodes/listed.h"
#include "nodes/nodes.h"
#include "store/maintenance.h"
#include "store/sqlite_format.h"
#include "store/sqlite_sets_writer.h"
#include "store/sqlite_table.h"
#include "store/temp_folder.h"

namespace {

using Clock = std::chrono::steady_clock;
using catalog::SqliteDirectory;
using nodes::Node;
using nodes::Permissions;

constexpr int kWorkspaces = 100;  // in the first are all users; in one of the others each
constexpr int kTeams = 100;       // of the first workspace; each user is in one
constexpr int kAccounts = 1000;
constexpr int kAsker = 0;

const base::Deadline kForever = base::Deadline::never();

std::string uuid(int n) {
  return fmt::format("{:08x}-0000-4000-8000-{:012x}", static_cast<unsigned>(n) * 2654435761U, n);
}
std::string user(int n) { return base::make_id(base::IdKind::kUser, uuid(n)); }
std::string workspace(int n) { return base::make_id(base::IdKind::kWorkspace, uuid(n)); }
std::string team(int n) { return base::make_id(base::IdKind::kTeam, uuid(n)); }
int home_of(int u) { return 1 + u % (kWorkspaces - 1); }

std::string directory_of(int users) {
  catalog::Snapshot snapshot;
  snapshot.workspaces.resize(kWorkspaces);
  for (int w = 0; w < kWorkspaces; ++w) {
    snapshot.workspaces[static_cast<std::size_t>(w)].id = workspace(w);
    snapshot.workspaces[static_cast<std::size_t>(w)].name = "Workspace";
  }
  auto& all = snapshot.workspaces[0];
  for (int t = 0; t < kTeams; ++t) all.teams.push_back({team(t), "Team", {}});
  for (int u = 0; u < users; ++u) {
    snapshot.users.push_back({user(u), "Some Body", "somebody@example.org"});
    all.members.push_back({user(u), catalog::kCollaborator});
    all.teams[static_cast<std::size_t>(u % kTeams)].members.push_back(user(u));
    if (u != kAsker)  // who reaches nothing elsewhere
      snapshot.workspaces[static_cast<std::size_t>(home_of(u))].members.push_back({user(u), catalog::kCollaborator});
  }
  return json::encode(snapshot);
}

enum class Sort { kOwned, kOpen, kGranted, kTeam, kOfOthersHere, kElsewhere };
Sort sort_of(int n) {
  if (n % 10 == 0) return static_cast<Sort>(n / 10 % 4);
  return n % 10 == 1 ? Sort::kOfOthersHere : Sort::kElsewhere;
}

// Never the asker.
int somebody(int n, int users) { return 1 + static_cast<int>(n * 48'271LL % (users - 1)); }

struct Pair {
  Node node;
  Permissions permissions;
};

Pair node_of(int n, int users) {
  const Sort sort = sort_of(n);
  Node node;
  node.uuid = uuid(n);
  node.name = fmt::format("node {:08x}", static_cast<unsigned>(n) * 2246822519U);
  node.account_uuid = uuid(n % kAccounts);
  node.account_id = "123456789012";
  node.account_type = "aws";
  node.account_owner_id = user(1 + n % kAccounts % (users - 1));
  node.owner_id = user(sort == Sort::kOwned ? kAsker : somebody(n, users));
  node.workspace_id = workspace(sort == Sort::kElsewhere ? home_of(somebody(n, users)) : 0);
  node.status = nodes::NodeStatus::kEnabled;
  node.operation_id = uuid(n);
  node.created_at = node.updated_at = base::Time(std::chrono::milliseconds(1'763'963'264'000 + n * 1000LL));
  Permissions permissions{.node_uuid = node.uuid};
  permissions.take_facts_of(node);
  const auto share = [&](std::initializer_list<std::string> users_to, std::initializer_list<std::string> teams_to) {
    permissions.scope = authz::Scope::kShared;
    for (const std::string& id : users_to) permissions.users.push_back({id, node.owner_id, node.created_at});
    for (const std::string& id : teams_to) permissions.teams.push_back({id, node.owner_id, node.created_at});
    const auto by_id = [](const nodes::Grant& a, const nodes::Grant& b) { return a.id < b.id; };
    std::sort(permissions.users.begin(), permissions.users.end(), by_id);
    std::sort(permissions.teams.begin(), permissions.teams.end(), by_id);
  };
  const std::string other = user(somebody(n + 1, users));
  switch (sort) {
    case Sort::kOwned:
      break;
    case Sort::kOpen:
      permissions.scope = authz::Scope::kWorkspace;
      break;
    case Sort::kGranted:
      share({user(kAsker), other}, {team(1)});
      break;
    case Sort::kTeam:
      share({other}, {team(kAsker % kTeams), team(1)});
      break;
    case Sort::kOfOthersHere:
      share({other}, {team(1), team(2)});
      break;
    case Sort::kElsewhere:
      if (n % 3 == 0) permissions.scope = authz::Scope::kWorkspace;
      if (n % 3 == 1) share({other}, {});
      break;
  }
  return {std::move(node), std::move(permissions)};
}

// Past the port, in one transaction with all pages in memory and without a flush: the rows are those that the table
// itself would have written, in the same order, and a million nodes take a minute.
class Builder {
 public:
  explicit Builder(const std::string& file) : connection_(store::internal::open_for_writing(file, "").value()) {
    execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -6000000; BEGIN");
    insert_.emplace(connection_->prepare("INSERT INTO item VALUES (NULL, ?1, ?2, ?3, ?4, ?5, 1, ?6)").value());
    sets_.emplace(store::internal::SetsWriter::make(*connection_).value());
  }
  ~Builder() { execute("COMMIT; PRAGMA journal_mode = WAL"); }

  void put(const store::Item& item) {
    insert_->bind_blob(1, item.key.pk);
    insert_->bind_blob(2, item.key.sk);
    if (item.index) insert_->bind_blob(3, item.index->pk);
    if (item.index) insert_->bind_blob(4, item.index->sk);
    insert_->bind_text(5, item.type);
    insert_->bind_text(6, item.attributes);
    CHECK(insert_->run(), "an item is written");
  }
  void list(const store::Key& key, const store::Listing& listing) {
    CHECK(sets_->list(key, listing), "an item is listed");
  }

 private:
  void execute(const char* sql) { CHECK(connection_->execute(sql), "the file can be written"); }

  std::unique_ptr<store::internal::Connection> connection_;
  std::optional<store::internal::Statement> insert_;
  std::optional<store::internal::SetsWriter> sets_;
};

void build(const store::TempFolder& folder, int nodes, int users) {
  Builder builder(folder.file(store::kDataFileName));
  for (int a = 0; a < kAccounts; ++a) {
    accounts::Account account;
    account.uuid = uuid(a);
    account.owner_id = user(1 + a % (users - 1));
    account.name = "lab";
    builder.put(accounts::item_of(account));
  }
  for (int n = 0; n < nodes; ++n) {
    const auto& [node, permissions] = node_of(n, users);
    builder.put(nodes::item_of(node));
    builder.put(nodes::item_of(permissions));
    builder.list(nodes::node_key(node.uuid), nodes::listing_of(node, permissions));
  }
}

// Microseconds; the median of so many runs.
template <class Run>
double median_us(int runs, Run&& run) {
  std::vector<double> all;
  for (int i = 0; i < runs; ++i) {
    const Clock::time_point begin = Clock::now();
    run(i);
    all.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
  }
  std::nth_element(all.begin(), all.begin() + runs / 2, all.end());
  return all[static_cast<std::size_t>(runs / 2)];
}

double anonymous_memory_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:")) return std::stod(line.substr(8)) / 1024;
  }
  return 0;
}

struct Figure {
  std::string what, unit;
  double value = 0;
};

class Asker {
 public:
  Asker(const store::TempFolder& directory, const store::TempFolder& state, int nodes, int users)
      : nodes_count_(nodes),
        users_(users),
        directory_(SqliteDirectory::open(directory.path(), {}, kForever).value()),
        table_(store::open_sqlite_table({.file = state.file(store::kDataFileName)}).value()) {}

  std::vector<Figure> ask() {
    warm_up();
    const double memory_before = anonymous_memory_mb();
    floors();
    decisions();
    lists();
    who();
    figures_.push_back({"anonymous memory before the questions", "MB", memory_before});
    figures_.push_back({"anonymous memory after them", "MB", anonymous_memory_mb()});
    return std::move(figures_);
  }

 private:
  // Reads what will be asked about, so that the file's pages are in memory and mapped, as where a server has run for a
  // while: what is measured is not the disk.
  void warm_up() {
    for (int n = 0; n < nodes_count_; n += 3)
      CHECK(table_->get(nodes::permissions_key(uuid(n)), kForever), "the table can be read");
  }
  // A node of that sort, another one at each call.
  int next(Sort sort) {
    for (;;) {
      step_ = static_cast<int>((static_cast<long long>(step_) * 69069 + 1) % nodes_count_);
      const int base = step_ / 40 * 40;
      for (int n = base; n < std::min(base + 40, nodes_count_); ++n)
        if (sort_of(n) == sort) return n;
    }
  }
  template <class One>
  void each_of(const char* what, Sort sort, One&& one) {
    constexpr int kRuns = 2000, kPerRun = 10;
    std::vector<std::string> ids;
    for (int i = 0; i < kRuns * kPerRun; ++i) ids.push_back(uuid(next(sort)));
    const double us = median_us(kRuns, [&](int run) {
      for (int i = 0; i < kPerRun; ++i) one(ids[static_cast<std::size_t>(run * kPerRun + i)]);
    });
    figures_.push_back({what, "us", us / kPerRun});
  }
  void floors() {
    each_of("floor: the two items of a node by key", Sort::kTeam, [&](const std::string& id) {
      const std::array keys{nodes::node_key(id), nodes::permissions_key(id)};
      CHECK(table_->get_many(keys, kForever)->at(1).has_value(), "it is there");
    });
    each_of("floor: one item of a node by key", Sort::kTeam, [&](const std::string& id) {
      CHECK(table_->get(nodes::permissions_key(id), kForever)->has_value(), "it is there");
    });
    each_of("floor: one question of membership", Sort::kTeam, [&](const std::string&) {
      CHECK(directory_->membership(user(kAsker), workspace(0), kForever)->is_member, "they are");
    });
  }
  void decide(const char* what, Sort sort, authz::Verdict expected) {
    each_of(what, sort, [&](const std::string& id) {
      const auto decision = all_.decide(user(kAsker), authz::NodeAction::kRead, id, kForever);
      CHECK(decision && decision->value().verdict == expected, "the decision is right");
    });
  }
  void decisions() {
    decide("decision with its facts, owner", Sort::kOwned, authz::Verdict::kAllow);
    decide("decision with its facts, allow by a team", Sort::kTeam, authz::Verdict::kAllow);
    decide("decision with its facts, deny", Sort::kOfOthersHere, authz::Verdict::kHide);
  }

  nodes::NodeList list(const nodes::ListQuery& query) { return all_.list(user(kAsker), query, kForever).value(); }
  void page(const char* what, const nodes::ListQuery& query, int runs = 51) {
    std::size_t found = 0;
    const double us = median_us(runs, [&](int) { found = list(query).nodes.size(); });
    CHECK(found == std::min<std::size_t>(query.limit, static_cast<std::size_t>(nodes_count_) / 10), "a full page");
    figures_.push_back({what, "ms", us / 1000});
  }
  void lists() {
    nodes::ListQuery query;
    query.kind = nodes::ListKind::kReachable;
    page("first page of 100, by name", query);
    const int half = nodes_count_ / 20;
    query.limit = static_cast<std::size_t>(std::min(half, 1000));
    for (int read = 0; read < half; read += static_cast<int>(query.limit)) query.after = list(query).next.value();
    query.limit = static_cast<std::size_t>(std::min(half, 100));
    page("page of 100 from the middle, by name", query);
    query.limit = 100;
    query.after.clear();
    query.sort = nodes::NodeSort::kCreated;
    query.descending = true;
    page("first page of 100, newest first", query);
    query.status = nodes::NodeStatus::kEnabled;
    page("first page of 100 that are Enabled, newest first", query);
    query = {};
    query.kind = nodes::ListKind::kReachable;
    query.limit = 1;
    query.count = true;
    page("page of 1 and the exact count", query, 11);
    CHECK(list(query).total == static_cast<std::size_t>(nodes_count_) / 10, "the count is exact");
    query.status = nodes::NodeStatus::kEnabled;
    page("page of 1 and the exact count of those Enabled", query, 3);
  }

  void who() {
    std::vector<std::string> ids;
    for (int t = 0; t < kTeams; ++t) ids.push_back(team(t));
    std::sort(ids.begin(), ids.end());
    const std::vector<std::string_view> teams(ids.begin(), ids.end());
    const std::string owner = user(1), account_owner = user(2), in = workspace(0);
    const authz::NodeFacts node{.owner_id = owner,
                                .account_owner_id = account_owner,
                                .workspace_id = in,
                                .scope = authz::Scope::kShared,
                                .users = {},
                                .teams = teams};
    for (const std::size_t limit : {100U, 1000U}) {
      const double us = median_us(21, [&](int) {
        const auto page = authz::who_reads(*directory_, node, {"", limit}, kForever);
        CHECK(page && page->principals.size() == limit, "a full page");
      });
      figures_.push_back(
          {fmt::format("who reads a node of 100 teams of {}, page of {}", users_ / kTeams, limit), "ms", us / 1000});
    }
  }

  int nodes_count_, users_;
  int step_ = 1;
  std::unique_ptr<SqliteDirectory> directory_;
  std::unique_ptr<store::Table> table_;
  base::SystemClock clock_;
  base::SystemEntropy entropy_;
  authz::Engine engine_{*directory_};
  audit::Trail trail_{*table_, crypto::PrivateKey::generate(entropy_), clock_, entropy_};
  accounts::Accounts accounts_{*table_, engine_, trail_, clock_, entropy_};
  operations::Operations operations_{*table_, trail_, clock_, entropy_};
  nodes::Nodes all_{*table_, accounts_, operations_, engine_, trail_, clock_, entropy_};
  std::vector<Figure> figures_;
};

// In a process of its own, so that one leaves nothing in the memory of the next; what it prints comes back.
template <class Work>
std::string in_child(Work&& work) {
  int pipe[2];
  CHECK(::pipe(pipe) == 0, "a pipe");
  const pid_t child = ::fork();
  CHECK(child >= 0, "a child");
  if (child == 0) {
    ::close(pipe[0]);
    const std::string text = work();
    for (std::size_t sent = 0; sent < text.size();) {
      const ssize_t more = ::write(pipe[1], text.data() + sent, text.size() - sent);
      CHECK(more > 0, "the parent listens");
      sent += static_cast<std::size_t>(more);
    }
    ::_exit(0);
  }
  ::close(pipe[1]);
  std::string text;
  char part[4096];
  for (ssize_t got = 0; (got = ::read(pipe[0], part, sizeof part)) > 0;)
    text.append(part, static_cast<std::size_t>(got));
  ::close(pipe[0]);
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child && status == 0, "the child did its work");
  return text;
}

template <class Work>
double seconds_of(Work&& work) {
  const Clock::time_point begin = Clock::now();
  in_child([&] { return work(), std::string(); });
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::vector<Figure> figures_of(const store::TempFolder& directory, int nodes, int users) {
  const store::TempFolder state;
  const double seconds = seconds_of([&] { build(state, nodes, users); });
  const double bytes = static_cast<double>(std::filesystem::file_size(state.file(store::kDataFileName)));
  std::vector<Figure> figures{{"building the world", "s", seconds}, {"bytes on disk", "MB", bytes / 1e6}};
  const std::string text = in_child([&] {
    std::string lines;
    for (const Figure& each : Asker(directory, state, nodes, users).ask())
      lines += fmt::format("{}\t{}\t{}\n", each.what, each.unit, each.value);
    return lines;
  });
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find('\t'), second = line.find('\t', first + 1);
    figures.push_back(
        {line.substr(0, first), line.substr(first + 1, second - first - 1), std::stod(line.substr(second + 1))});
  }
  return figures;
}

int number_after(int argc, char** argv, std::string_view flag, int otherwise) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (argv[i] != flag) continue;
    const std::string_view text = argv[i + 1];
    std::from_chars(text.data(), text.data() + text.size(), otherwise);
  }
  return otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int kSmall = 1000;
  const int large = number_after(argc, argv, "--nodes", 1'000'000);
  const int users = number_after(argc, argv, "--users", 100'000);
  CHECK(large >= kSmall && users > kAccounts, "a world has 1,000 nodes and more than 1,000 users at least");
  const store::TempFolder directory;
  const double seconds = seconds_of([&] {
    const auto opened = SqliteDirectory::open(directory.path(), {}, kForever).value();
    CHECK(catalog::import(*opened, directory_of(users), kForever), "the directory is imported");
  });
  fmt::print("{} users, {} memberships, imported in {:.1f} s\n", users, 2 * users, seconds);
  const std::vector<Figure> few = figures_of(directory, kSmall, users), many = figures_of(directory, large, users);
  fmt::print("{:<56} {:>10} {:>10}\n", "nodes", kSmall, large);
  for (std::size_t i = 0; i < many.size(); ++i)
    fmt::print("{:<56} {:>10.2f} {:>10.2f} {}\n", many[i].what, few[i].value, many[i].value, many[i].unit);
  return 0;
}
