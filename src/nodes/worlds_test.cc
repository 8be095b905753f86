// Random worlds, built through the domain as requests would: for everybody, what they reach as a list is what they may
// read one by one, whatever happens in the directory afterwards.

#include <algorithm>
#include <iterator>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "nodes/nodes_test_support.h"
#include "nodes/shift.h"
#include "store/sqlite_table.h"
#include "store/temp_folder.h"

namespace nodes {
namespace {

constexpr int kKinds = 12;
constexpr int kUsers = 6, kWorkspaces = 3, kTeams = 5;  // team t is of workspace t % kWorkspaces

struct Step {
  int kind, who, on, with;
};
std::ostream& operator<<(std::ostream& out, const Step& step) {
  return out << fmt::format("{{kind {}, user {}, {}, {}}}", step.kind, step.who, step.on, step.with);
}

class World {
 public:
  explicit World(store::Table& table) : server_(bench_, table) {
    for (int u = 0; u < kUsers; ++u) {
      bench_.directory.add_user(user(u));
      for (int w = 0; w < kWorkspaces; ++w) bench_.directory.set_member(user(u), workspace(w), u % 2 == 0 ? 16 : 8);
    }
    for (int t = 0; t < kTeams; ++t) set_team(t, t);
    for (int owner = 0; owner < 2; ++owner) {
      accounts_.push_back(server_.registered(owner));
      for (int w = 0; w < kWorkspaces; ++w)
        CHECK(server_.enable(accounts_.back(), w, true, owner).has_value(), "an account is enabled");
    }
    for (int n = 0; n < 3; ++n) create(n, n, n);
  }

  // What is refused changes nothing, and is as good a world.
  void run(const Step& step) {
    const int other = step.with % kUsers, w = step.with % kWorkspaces, t = step.with % kTeams;
    const std::string& uuid = nodes_[static_cast<std::size_t>(step.on) % nodes_.size()];
    const int owner = owner_of(uuid);
    switch (step.kind) {
      case 0:
        return create(step.who, step.on, step.with);
      case 1:
        return void(server_.set_scope(owner, uuid, authz::Scope::kWorkspace));
      case 2:
        return void(server_.grant(owner, uuid, Nodes::Grantee::kUser, user(other)));
      case 3:
      case 4:
        return void(server_.grant(owner, uuid, Nodes::Grantee::kTeam, team(t)));
      case 5:
        return void(server_.detach(owner, uuid));
      case 6:
        return void(server_.attach(owner, uuid, w));
      case 7:
        return void(server_.hand_over(owner, uuid, other));
      case 8:
        return set_team(t, step.on);
      default: {
        constexpr std::array kBits = {-1, 0, 1, 4, 8, 16, 32};
        bench_.directory.set_member(user(step.who), workspace(w),
                                    kBits[static_cast<std::size_t>(step.on) % kBits.size()]);
      }
    }
  }

  // Who is shown something else than they may read; empty: nobody.
  std::string wrong() {
    std::string found;
    for (int u = 0; u < kUsers; ++u) {
      const std::set<std::string> readable = readable_by(u);
      std::set<std::string> listed;
      ListQuery query{.kind = ListKind::kReachable, .workspace_id = "", .limit = 3, .count = true};
      std::size_t shown = 0, counted = 0;
      for (;;) {
        const NodeList page = server_.nodes.list(user(u), query, bench_.never).value();
        for (const SeenNode& each : page.nodes) listed.insert(each.node.uuid);
        shown += page.nodes.size();
        counted = page.total;
        if (!page.next) break;
        query.after = *page.next;
      }
      if (listed != readable || shown != readable.size() || counted != readable.size()) {
        found += fmt::format("user {} reads {}, is shown {} ({} with repetitions), told {}; ", u, readable.size(),
                             listed.size(), shown, counted);
      }
    }
    return found;
  }

  // Changes the directory; where that opens and closes something else than a preview of it says, empty where not.
  std::string wrong_preview_of(Step step) {
    step.kind = 8 + step.kind % 2;
    const auto standings = [&] {
      std::map<std::pair<int, int>, catalog::WorkspaceMembership> found;
      for (int u = 0; u < kUsers; ++u) {
        const auto memberships = bench_.directory.workspaces_of(user(u), bench_.never).value();
        for (const catalog::WorkspaceMembership& each : memberships)
          for (int w = 0; w < kWorkspaces; ++w)
            if (each.workspace_id == workspace(w)) found[{u, w}] = each;
      }
      return found;
    };
    auto before = standings();
    std::vector<std::set<std::string>> read_before;
    for (int u = 0; u < kUsers; ++u) read_before.push_back(readable_by(u));
    run(step);
    auto after = standings();
    std::string wrong;
    for (int u = 0; u < kUsers; ++u) {
      const std::set<std::string> read_after = readable_by(u);
      Shift all;
      std::set<std::string> gained, lost;
      for (int w = 0; w < kWorkspaces; ++w) {
        catalog::MembershipChange change{user(u), workspace(w), {}, {}};
        if (before.contains({u, w})) change.before = before[{u, w}];
        if (after.contains({u, w})) change.after = after[{u, w}];
        const Shift shift = shift_of(server_.table, change, bench_.never).value();
        all.gained += shift.gained;
        all.lost += shift.lost;
        gained.insert(shift.gained_uuids.begin(), shift.gained_uuids.end());
        lost.insert(shift.lost_uuids.begin(), shift.lost_uuids.end());
      }
      std::set<std::string> came, went;
      const std::set<std::string>& was = read_before[static_cast<std::size_t>(u)];
      std::set_difference(read_after.begin(), read_after.end(), was.begin(), was.end(),
                          std::inserter(came, came.end()));
      std::set_difference(was.begin(), was.end(), read_after.begin(), read_after.end(),
                          std::inserter(went, went.end()));
      if (all.gained != came.size() || all.lost != went.size() || gained != came || lost != went) {
        wrong += fmt::format("user {} gained {} and lost {}, which were to be {} ({}) and {} ({}); ", u, came.size(),
                             went.size(), all.gained, gained.size(), all.lost, lost.size());
      }
    }
    return wrong;
  }

 private:
  std::set<std::string> readable_by(int u) {
    std::set<std::string> readable;
    for (const std::string& uuid : nodes_) {
      const std::array keys{node_key(uuid), permissions_key(uuid)};
      const auto items = server_.table.get_many(keys, bench_.never).value();
      const SeenPermissions stored = Nodes::read(items).value().value();
      const Facts facts(stored.node, stored.permissions);
      if (bench_.engine.decide(user(u), authz::NodeAction::kRead, facts.view(), bench_.never)->allowed())
        readable.insert(uuid);
    }
    return readable;
  }
  void create(int who, int on, int where) {
    const auto account = static_cast<std::size_t>(on) % accounts_.size();
    const base::Result<Started> made =
        server_.create(who, accounts_[account], where % (kWorkspaces + 1) - 1, fmt::format("n{}", on % 4));
    if (made)
      nodes_.push_back(made->node.node.uuid);
    else if (nodes_.empty())
      nodes_.push_back(server_.create(0, accounts_[0], 0, "first")->node.node.uuid);
  }
  void set_team(int t, int choice) {
    std::set<std::string> members;
    for (int u = 0; u < kUsers; ++u)
      if (((choice + 3) >> (u % 4) & 1) == 1) members.insert(user(u));
    bench_.directory.set_team(team(t), workspace(t % kWorkspaces), std::move(members));
  }
  int owner_of(const std::string& uuid) {
    const Node node = read_node(**server_.table.get(node_key(uuid), bench_.never)).value();
    for (int u = 0; u < kUsers; ++u)
      if (user(u) == node.owner_id) return u;
    return 0;
  }

  accounts::Bench bench_;
  Server server_;
  std::vector<std::string> accounts_, nodes_;
};

TEST(NodesWorlds, TheListIsWhatMayBeReadOneByOne) {
  EXPECT_TRUE(rc::check("reachable = readable", [] {
    const auto number = [](int count) { return rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, count)); };
    const auto step =
        rc::gen::build<Step>(rc::gen::set(&Step::kind, number(kKinds)), rc::gen::set(&Step::who, number(kUsers)),
                             rc::gen::set(&Step::on, number(24)), rc::gen::set(&Step::with, number(60)));
    const auto steps = *rc::gen::container<std::vector<Step>>(step);
    store::MemoryTable table;
    World world(table);
    for (const Step& each : steps) world.run(each);
    RC_ASSERT(world.wrong() == "");
  }));
}

// Fewer nodes than a preview shows of each.
TEST(NodesWorlds, APreviewOfTheDirectorySaysWhatItsChangeOpensAndCloses) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    std::mt19937 random(seed);
    const auto number = [&](int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); };
    store::MemoryTable table;
    World world(table);
    const auto step = [&] { return Step{number(kKinds), number(kUsers), number(24), number(60)}; };
    for (int steps = 0; steps < 40; ++steps) world.run(step());
    for (int changes = 0; changes < 10; ++changes)
      ASSERT_EQ(world.wrong_preview_of(step()), "") << "seed " << seed << ", change " << changes;
  }
}

// Fewer, since each write is flushed; and longer, so that the sets are large and much has come and gone.
TEST(NodesWorlds, TheListIsWhatMayBeReadOneByOneOverSqlite) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    std::mt19937 random(seed);
    const auto number = [&](int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); };
    const store::TempFolder folder;
    const auto table = store::open_sqlite_table({.file = folder.file("state.db")}).value();
    World world(*table);
    for (int steps = 0; steps < 150; ++steps) {
      world.run({number(kKinds), number(kUsers), number(24), number(60)});
      if (steps % 50 != 49) continue;
      ASSERT_EQ(world.wrong(), "") << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace nodes
