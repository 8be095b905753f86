// Random commands by random users, against a plain model of the rules (docs/concepts/access.md, head of node.h). After
// each command everybody looks at everything: each node, its permissions, every list; and each node stands in the sets
// that listing_of() gives, and in no other.

#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "nodes/listed.h"
#include "nodes/model_test_support.h"

namespace nodes {
namespace {

using authz::Scope;
using model::kAccounts;
using model::kNodesMax;
using model::kNone;
using model::kOperator;
using model::kTeams;
using model::kUsers;
using model::kWorkspaces;
using model::Model;
using model::NodeModel;
using model::Outcome;
using operations::Status;

enum class Kind {
  kCreate,
  kEnd,
  kRetry,
  kPause,
  kResume,
  kRename,
  kRemove,
  kGrantUser,
  kGrantTeam,
  kRevokeUser,
  kRevokeTeam,
  kScope,
  kAttach,
  kDetach,
  kHandOver,
  kPauseAccount,
  kMembership,
  kTeam,
  kCount
};
struct Command {
  int kind, who, node, a, b;
};
std::ostream& operator<<(std::ostream& out, const Command& c) {
  return out << fmt::format("{{kind {}, user {}, node {}, {}, {}}}", c.kind, c.who, c.node, c.a, c.b);
}

class World {
 public:
  World() {
    for (int u = 0; u < kUsers; ++u) {
      bench.directory.add_user(user(u));
      for (int w = 0; w < kWorkspaces; ++w) set_bit(u, w, u == 1 ? 16 : u == 3 ? -1 : 8);
    }
    for (int t = 0; t < kTeams; ++t) set_team(t, {2, 3});
    bench.directory.add_operator(user(kOperator));
    for (int a = 0; a < kAccounts; ++a) {
      accounts.push_back(server.registered(a));
      for (int w = 0; w < kWorkspaces; ++w) {
        if (Model::kEnabled[a][w] != 0)
          CHECK(server.enable(accounts.back(), w, Model::kEnabled[a][w] == 2, a).has_value(), "the world is made");
      }
    }
  }

  // Does it in both; a difference fails the property.
  void run(const Command& c) {
    const auto kind = static_cast<Kind>(c.kind);
    if (kind == Kind::kCreate) return create(c);
    if (kind == Kind::kMembership)
      return set_bit(c.who, c.a % kWorkspaces, std::array{-1, 4, 8, 16}[static_cast<std::size_t>(c.b % 4)]);
    if (kind == Kind::kTeam) return toggle_team(c.a % kTeams, c.who);
    if (kind == Kind::kPauseAccount) return pause_account(c.a % kAccounts, c.b % 2 == 0);
    if (model.nodes.empty()) return;
    NodeModel& node = model.nodes[static_cast<std::size_t>(c.node) % model.nodes.size()];
    if (kind == Kind::kEnd) return end(node, c.a);
    const int other = c.a % kUsers, t = c.a % kTeams, u = c.who;
    switch (kind) {
      case Kind::kRetry:
        return retry(u, node);
      case Kind::kPause:
      case Kind::kResume:
        return set_status(u, node, kind == Kind::kPause ? NodeStatus::kPaused : NodeStatus::kEnabled);
      case Kind::kRename:
        return rename(u, node, fmt::format("name {}", c.a % 4));
      case Kind::kRemove:
        return remove(u, node);
      case Kind::kGrantUser:
        return grant_user(u, node, other);
      case Kind::kGrantTeam:
        return grant_team(u, node, t);
      case Kind::kRevokeUser:
        return revoke_user(u, node, other);
      case Kind::kRevokeTeam:
        return revoke_team(u, node, t);
      case Kind::kScope:
        return set_scope(
            u, node, std::array{Scope::kPrivate, Scope::kWorkspace, Scope::kShared}[static_cast<std::size_t>(c.a % 3)]);
      case Kind::kAttach:
        return attach(u, node, c.a % kWorkspaces);
      case Kind::kDetach:
        return detach(u, node);
      default:
        return hand_over(u, node, other);
    }
  }

  // Everybody looks at everything.
  void compare() {
    for (int u = 0; u < kUsers; ++u) {
      for (const NodeModel& node : model.nodes) compare_node(u, node);
      for (int w = 0; w < kWorkspaces; ++w) {
        const auto here = [&](const NodeModel& node) { return node.workspace == w && model.reads(u, node); };
        compare_list(u, {.kind = ListKind::kWorkspace, .workspace_id = workspace(w)}, model.bit[u][w] >= 0, here);
      }
      const auto independent = [&](const NodeModel& node) { return node.workspace == kNone && node.owner == u; };
      compare_list(u, {.kind = ListKind::kIndependent, .workspace_id = ""}, true, independent);
      const auto owned = [&](const NodeModel& node) { return node.account == u; };
      compare_list(u, {.kind = ListKind::kAccountOwner, .workspace_id = ""}, true, owned);
      const auto readable = [&](const NodeModel& node) { return model.reads(u, node); };
      compare_list(u, {.kind = ListKind::kReachable, .workspace_id = ""}, true, readable);
    }
    compare_narrowed(++looks_ % kUsers);  // in turn: these are many
    compare_sets();
    for (const std::string& account : accounts) RC_ASSERT(bench.orphans_of(account) == "");
  }

  accounts::Bench bench;
  Server server{bench};
  Model model{};
  std::vector<std::string> accounts;

 private:
  template <class T>
  void expect(Outcome wanted, const base::Result<T>& result) {
    if (!result) {
      RC_ASSERT(result.error().code != base::Code::kInternal);
      RC_ASSERT(!result.error().message.empty());
    }
    const bool hidden = !result && result.error().code == base::Code::kNotFound;
    const Outcome found = result ? Outcome::kDone : hidden ? Outcome::kHidden : Outcome::kRefused;
    RC_ASSERT(static_cast<int>(found) == static_cast<int>(wanted));
  }
  void set_bit(int u, int w, int bit) {
    model.bit[u][w] = bit;
    bench.directory.set_member(user(u), workspace(w), bit);
    if (bit < 0) model.members[w].erase(u);
  }
  void set_team(int t, std::set<int> members) {
    std::set<std::string> ids;
    std::erase_if(members, [&](int u) { return model.bit[u][t] < 0; });
    for (const int u : members) ids.insert(user(u));
    bench.directory.set_team(team(t), workspace(t), std::move(ids));
    model.members[t] = std::move(members);
  }
  void toggle_team(int t, int u) {
    std::set<int> members = model.members[t];
    if (members.erase(u) == 0) members.insert(u);
    set_team(t, std::move(members));
  }
  void pause_account(int a, bool pause) {
    const accounts::AccountChange change{
        .name = {},
        .description = {},
        .status = pause ? accounts::AccountStatus::kPaused : accounts::AccountStatus::kEnabled};
    const auto changed = server.transact([&](store::Transaction& tx) {
      return server.accounts.change(tx, {user(a), "request"}, accounts[static_cast<std::size_t>(a)], change,
                                    any_version);
    });
    RC_ASSERT(changed.has_value());
    model.paused[a] = pause;
  }
  void create(const Command& c) {
    if (model.nodes.size() >= kNodesMax) return;
    const int account = c.a % kAccounts, w = c.b % (kWorkspaces + 1) - 1;
    const std::string name = fmt::format("name {}", c.node % 4);
    const base::Result<Started> made = server.create(c.who, accounts[static_cast<std::size_t>(account)], w, name);
    expect(model.creates(c.who, account, w), made);
    if (!made) return;
    NodeModel node;
    node.uuid = made->node.node.uuid;
    node.name = name;
    node.created = bench.clock.now();
    if (c.a % 3 != 0) bench.clock.advance(std::chrono::milliseconds(1));  // so that some are made at the same time
    node.account = account;
    node.workspace = w;
    node.owner = c.who;
    node.operation = made->operation.id;
    model.nodes.push_back(node);
  }
  void end(NodeModel& node, int how) {
    if (!node.open) return;
    const Status outcome =
        std::array{Status::kSuccess, Status::kFailed, Status::kCancelled}[static_cast<std::size_t>(how % 3)];
    expect(Outcome::kDone, server.end(node.operation, outcome));
    const std::string uuid = node.uuid;
    model.end(node, outcome);
  }
  void retry(int u, NodeModel& node) {
    const auto done = server.transact(
        [&](store::Transaction& tx) { return server.nodes.retry(tx, {user(u), "r"}, node.uuid, any_version); });
    Outcome wanted = u == node.owner ? Outcome::kDone : model.not_owner(u, node);
    if (wanted == Outcome::kDone && (node.status != NodeStatus::kFailed || node.deletes)) wanted = Outcome::kRefused;
    if (wanted == Outcome::kDone) wanted = model.creates(u, node.account, node.workspace);
    expect(wanted, done);
    if (!done) return;
    node.status = NodeStatus::kPending;
    node.operation = done->operation.id;
    node.open = true;
  }
  void set_status(int u, NodeModel& node, NodeStatus status) {
    const auto done = server.transact([&](store::Transaction& tx) {
      return server.nodes.change(tx, {user(u), "r"}, node.uuid, {.name = {}, .description = {}, .status = status},
                                 any_version);
    });
    const bool settable = node.status == NodeStatus::kEnabled || node.status == NodeStatus::kPaused;
    const bool can = settable && !(status == NodeStatus::kEnabled && model.paused[node.account]);
    expect(u != node.owner ? model.not_owner(u, node) : can ? Outcome::kDone : Outcome::kRefused, done);
    if (done) node.status = status;
  }
  void rename(int u, NodeModel& node, const std::string& name) {
    const base::Result<void> done = server.rename(u, node.uuid, name);
    const bool can = node.status != NodeStatus::kDestroying;
    expect(u != node.owner ? model.not_owner(u, node) : can ? Outcome::kDone : Outcome::kRefused, done);
    if (done) node.name = name;
  }
  void remove(int u, NodeModel& node) {
    const base::Result<Started> done = server.remove(u, node.uuid);
    expect(u == node.owner ? Outcome::kDone : model.not_owner(u, node), done);
    if (!done) return;
    if (node.status == NodeStatus::kDestroying) {
      RC_ASSERT(done->operation.id == node.operation);
      return;
    }
    RC_ASSERT(done->superseded.has_value() == node.open);
    node.before = node.status;
    node.status = NodeStatus::kDestroying;
    node.operation = done->operation.id;
    node.open = node.deletes = true;
  }
  void grant_user(int u, NodeModel& node, int to) {
    const base::Result<Nodes::Granted> done = server.grant(u, node.uuid, Nodes::Grantee::kUser, user(to));
    Outcome wanted = model.share(u, node);
    const bool self = to == node.owner;
    if (wanted == Outcome::kDone && !self && (node.scope == Scope::kWorkspace || !model.full(to, node.workspace)))
      wanted = Outcome::kRefused;
    expect(wanted, done);
    if (!done || self) return;
    RC_ASSERT(done->changed == node.users.insert(to).second);
    node.scope = Scope::kShared;
  }
  void grant_team(int u, NodeModel& node, int t) {
    const base::Result<Nodes::Granted> done = server.grant(u, node.uuid, Nodes::Grantee::kTeam, team(t));
    Outcome wanted = model.share(u, node);
    if (wanted == Outcome::kDone && (node.scope == Scope::kWorkspace || t != node.workspace))
      wanted = Outcome::kRefused;
    expect(wanted, done);
    if (!done) return;
    RC_ASSERT(done->changed == node.teams.insert(t).second);
    node.scope = Scope::kShared;
  }
  void revoke_user(int u, NodeModel& node, int from) {
    const base::Result<Nodes::Granted> done = server.revoke(u, node.uuid, Nodes::Grantee::kUser, user(from));
    expect(u != node.owner ? model.not_owner(u, node) : from == node.owner ? Outcome::kRefused : Outcome::kDone, done);
    if (done) RC_ASSERT(done->changed == (node.users.erase(from) > 0));
  }
  void revoke_team(int u, NodeModel& node, int t) {
    const base::Result<Nodes::Granted> done = server.revoke(u, node.uuid, Nodes::Grantee::kTeam, team(t));
    expect(u == node.owner ? Outcome::kDone : model.not_owner(u, node), done);
    if (done) RC_ASSERT(done->changed == (node.teams.erase(t) > 0));
  }
  void set_scope(int u, NodeModel& node, Scope scope) {
    const base::Result<SeenPermissions> done = server.set_scope(u, node.uuid, scope);
    const Outcome narrow = u == node.owner ? Outcome::kDone : model.not_owner(u, node);
    expect(scope == Scope::kPrivate ? narrow : model.share(u, node), done);
    if (!done || scope == node.scope) return;
    Model::make_private(node);
    node.scope = scope;
  }
  void attach(int u, NodeModel& node, int w) {
    const base::Result<SeenNode> done = server.attach(u, node.uuid, w);
    Outcome wanted = u == node.owner ? Outcome::kDone : model.not_owner(u, node);
    if (wanted == Outcome::kDone && (node.workspace != kNone || node.status == NodeStatus::kDestroying))
      wanted = Outcome::kRefused;
    if (wanted == Outcome::kDone) wanted = model.creates(u, node.account, w);
    expect(wanted, done);
    if (done) node.workspace = w;
  }
  void detach(int u, NodeModel& node) {
    const base::Result<SeenNode> done = server.detach(u, node.uuid);
    const bool can = node.workspace != kNone;
    expect(u != node.owner ? model.not_owner(u, node) : can ? Outcome::kDone : Outcome::kRefused, done);
    if (!done) return;
    node.workspace = kNone;
    Model::make_private(node);
  }
  void hand_over(int u, NodeModel& node, int to) {
    const base::Result<SeenNode> done = server.hand_over(u, node.uuid, to);
    Outcome wanted = u == node.owner && model.may_widen(node) ? Outcome::kDone : model.not_owner(u, node);
    if (u == kOperator) wanted = Outcome::kDone;
    if (wanted == Outcome::kDone && to != node.owner && node.workspace != kNone && !model.full(to, node.workspace))
      wanted = Outcome::kRefused;
    expect(wanted, done);
    if (!done) return;
    node.owner = to;
    node.users.erase(to);
  }

  NodeStatus shown(const NodeModel& node) const {
    return node.status == NodeStatus::kEnabled && model.paused[node.account] ? NodeStatus::kPaused : node.status;
  }
  void compare_node(int u, const NodeModel& node) {
    const base::Result<SeenNode> seen = server.nodes.get(user(u), node.uuid, bench.never);
    const base::Result<SeenPermissions> access = server.nodes.permissions(user(u), node.uuid, bench.never);
    expect(model.reads(u, node) ? Outcome::kDone : Outcome::kHidden, seen);
    for (const authz::NodeAction action : {authz::NodeAction::kRead, authz::NodeAction::kDelete}) {
      const auto decision = server.nodes.decide(user(u), action, node.uuid, bench.never);
      const bool may = action == authz::NodeAction::kRead ? model.reads(u, node) : u == node.owner;
      RC_ASSERT(decision->value().allowed() == may);
    }
    RC_ASSERT(seen.has_value() == access.has_value());
    if (!seen) return;
    RC_ASSERT(json::name_of(seen->node.status) == json::name_of(shown(node)));
    RC_ASSERT(seen->node.name == node.name);
    RC_ASSERT(seen->node.owner_id == user(node.owner));
    RC_ASSERT(seen->node.workspace_id == Server::in(node.workspace));
    if (node.status != NodeStatus::kDestroying)  // which keeps the reason, should it be cancelled
      RC_ASSERT((node.status == NodeStatus::kFailed) == !seen->node.status_reason.empty());
    RC_ASSERT(json::name_of(seen->scope) == json::name_of(node.scope));
    RC_ASSERT(json::name_of(access->permissions.scope) == json::name_of(node.scope));
    std::set<std::string> users, teams, found_users, found_teams;
    for (const int each : node.users) users.insert(user(each));
    for (const int each : node.teams) teams.insert(team(each));
    for (const Grant& grant : access->permissions.users) found_users.insert(grant.id);
    for (const Grant& grant : access->permissions.teams) found_teams.insert(grant.id);
    RC_ASSERT(found_users == users);
    RC_ASSERT(found_teams == teams);
  }
  // Everything that the user reads, in each order, and narrowed in every way.
  void compare_narrowed(int u) {
    const auto reads = [&](const NodeModel& node) { return model.reads(u, node); };
    for (const bool descending : {false, true}) {
      for (const NodeSort sort : {NodeSort::kName, NodeSort::kCreated}) {
        ListQuery query{.kind = ListKind::kReachable, .workspace_id = "", .sort = sort, .descending = descending};
        compare_list(u, query, true, reads);
        query.name_prefix = "name 1";
        compare_list(u, query, true, [&](const NodeModel& node) { return reads(node) && node.name == "name 1"; });
        query.name_prefix = "";
        query.status = std::array{NodeStatus::kEnabled, NodeStatus::kPaused}[static_cast<std::size_t>(u % 2)];
        compare_list(u, query, true, [&](const NodeModel& node) { return reads(node) && shown(node) == query.status; });
        query.account_uuid = accounts[0];
        compare_list(u, query, true, [&](const NodeModel& node) {
          return reads(node) && shown(node) == query.status && node.account == 0;
        });
      }
    }
  }
  template <class Belongs>
  void compare_list(int u, ListQuery query, bool allowed, const Belongs& belongs) {
    // What the order is by, and then the node: those of one name, or of one time, have an order of the table's own.
    using Place = std::pair<std::pair<base::Time, std::string>, std::string>;
    std::vector<Place> expected, found;
    const auto place = [&](base::Time created, const std::string& name, const std::string& uuid, NodeStatus status) {
      const bool by_name = query.sort == NodeSort::kName;
      return Place({by_name ? base::Time() : created, by_name ? name : ""},
                   uuid + name + std::string(json::name_of(status)));
    };
    for (const NodeModel& node : model.nodes)
      if (belongs(node)) expected.push_back(place(node.created, node.name, node.uuid, shown(node)));
    std::sort(expected.begin(), expected.end());
    query.limit = 4;
    query.count = true;
    for (;;) {
      const base::Result<NodeList> page = server.nodes.list(user(u), query, bench.never);
      expect(allowed ? Outcome::kDone : Outcome::kRefused, page);
      if (!page) return;
      RC_ASSERT(page->total == expected.size());
      for (const auto& [node, scope] : page->nodes)
        found.push_back(place(node.created_at, node.name, node.uuid, node.status));
      if (!page->next) break;
      query.after = *page->next;
    }
    if (query.descending) std::reverse(found.begin(), found.end());
    RC_ASSERT(std::is_sorted(found.begin(), found.end(), [](auto& a, auto& b) { return a.first < b.first; }));
    std::sort(found.begin(), found.end());
    RC_ASSERT(found == expected);
  }

  // What stands in the sets is what is stored, in every set that any node has ever stood in.
  void compare_sets() {
    std::map<std::string, std::map<std::string, store::Listing>> expected;  // by set and pk
    for (const NodeModel& node : model.nodes) {
      const std::array keys{node_key(node.uuid), permissions_key(node.uuid)};
      const auto items = bench.table.get_many(keys, bench.never).value();
      const SeenPermissions stored = Nodes::read(items).value().value();
      RC_ASSERT(stored.permissions.has_facts_of(stored.node));
      const store::Listing listing = listing_of(stored.node, stored.permissions);
      for (const std::string& set : listing.sets) expected[set].emplace(keys[0].pk, listing);
    }
    for (const auto& [set, entries] : expected) sets_.insert(set);
    for (const std::string& set : sets_) {
      const store::ListedPage page = bench.table.select({.sets = {set}}, bench.never).value();
      RC_ASSERT(page.entries.size() == expected[set].size());
      for (const store::Listed& entry : page.entries) {
        const auto found = expected[set].find(entry.key.pk);
        RC_ASSERT(found != expected[set].end());
        RC_ASSERT(entry.name == found->second.name);
        RC_ASSERT(entry.time == found->second.time);
        RC_ASSERT(entry.facets == found->second.facets);
      }
    }
  }
  std::set<std::string> sets_;
  int looks_ = 0;
};

rc::Gen<Command> any_command() {
  const auto number = [](int count) { return rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, count)); };
  return rc::gen::build<Command>(rc::gen::set(&Command::kind, number(static_cast<int>(Kind::kCount))),
                                 rc::gen::set(&Command::who, number(kUsers)), rc::gen::set(&Command::node, number(24)),
                                 rc::gen::set(&Command::a, number(60)), rc::gen::set(&Command::b, number(60)));
}

TEST(NodesModel, RandomCommandsByRandomUsers) {
  EXPECT_TRUE(rc::check("nodes and model agree", [] {
    const auto commands = *rc::gen::scale(0.4, rc::gen::container<std::vector<Command>>(any_command()));
    World world;
    // Something to begin with: most commands need a node, and many its owner.
    world.run({static_cast<int>(Kind::kCreate), 0, 0, 0, 1});
    world.run({static_cast<int>(Kind::kCreate), 1, 1, 0, 1});
    world.run({static_cast<int>(Kind::kCreate), 1, 2, 1, 0});
    for (const Command& command : commands) {
      RC_LOG() << command << "\n";
      world.run(command);
      world.compare();
    }
  }));
}

}  // namespace
}  // namespace nodes
