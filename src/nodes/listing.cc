// Lists of nodes: complete, in order, by pages, counted.
//
// A list walks the union of the sets in which the user's nodes stand (authz/reach.h, store/table.h), which the table
// keeps in the order that is asked for. What the walk meets are light entries; the filters look at their facets. Only
// the nodes of the page itself are read, by their keys, and each is decided again on what was read, so that the sets
// alone can show nobody a node. Where a page ends is said by the entries: a node that is renamed between the two reads
// must not move the start of the next page.
//
// The status that is asked for is the one that is shown: an Enabled node is Paused while its account is.

#include <deque>
#include <map>

#include <fmt/format.h>

#include "authz/reach.h"
#include "base/check.h"
#include "nodes/listed.h"
#include "nodes/nodes.h"

namespace nodes {
namespace {

constexpr std::size_t kNodesPerRead = store::kReadsMax / 2;  // each is two items
constexpr std::size_t kFirstEntries = 250;                   // of a list that is filtered: how many at first

base::Error damaged(const store::Listed& entry) {
  return {base::Code::kCorrupt, "The list of compute nodes is damaged; its operator can have it made again.",
          fmt::format("{} is listed as \"{}\"; run: stewardry store check --rebuild-sets", entry.key.pk, entry.facets)};
}

// Whose list it is: the sets to walk, and the rule for each node that is found in them.
class Reach {
 public:
  static base::Result<Reach> of(const authz::Engine& engine, std::string_view user_id, const ListQuery& query,
                                base::Deadline deadline) {
    Reach reach(user_id);
    authz::Reach what = authz::Reach::kEverything;
    std::vector<catalog::WorkspaceMembership> workspaces;
    switch (query.kind) {
      case ListKind::kReachable:
        workspaces = TRY(engine.workspaces_of(user_id, deadline));
        break;
      case ListKind::kWorkspace: {
        const authz::WorkspaceReader reader = TRY(engine.reader(user_id, query.workspace_id, deadline));
        const catalog::Membership& member = reader.membership();
        workspaces.push_back({query.workspace_id, "", member.permission_bit, member.team_ids});
        what = authz::Reach::kWorkspace;
        break;
      }
      case ListKind::kIndependent:
        what = authz::Reach::kIndependent;
        break;
      case ListKind::kOwned:
        what = authz::Reach::kOwned;
        break;
      case ListKind::kAccountOwner:
        what = authz::Reach::kOwnedAccounts;
        break;
    }
    reach.sets_ = authz::sets_for(user_id, what, query.workspace_id, workspaces);
    for (catalog::WorkspaceMembership& each : workspaces)
      reach.members_.emplace(std::move(each.workspace_id),
                             catalog::Membership{true, true, each.permission_bit, std::move(each.team_ids)});
    return reach;
  }

  [[nodiscard]] const std::vector<std::string>& sets() const { return sets_; }

  [[nodiscard]] bool reads(const authz::NodeFacts& node) const {
    const auto found = members_.find(node.workspace_id);
    const catalog::Membership stranger;
    const authz::Known known{.membership = found == members_.end() ? &stranger : &found->second};
    return authz::rule(user_id_, authz::NodeAction::kRead, node, known).allowed();
  }

 private:
  explicit Reach(std::string_view user_id) : user_id_(user_id) {}

  std::string_view user_id_;
  std::vector<std::string> sets_;
  std::map<std::string, catalog::Membership, std::less<>> members_;  // by workspace
};

// Which accounts are paused, read once each.
class PausedAccounts {
 public:
  PausedAccounts(store::Table& table, base::Deadline deadline) : table_(table), deadline_(deadline) {}

  // Of these, the ones not known yet are read.
  base::Result<void> learn(std::span<const std::string_view> uuids) {
    std::vector<store::Key> keys;
    for (const std::string_view uuid : uuids)
      if (paused_.find(uuid) == paused_.end() && paused_.emplace(uuid, false).second)
        keys.push_back(accounts::account_key(uuid));
    for (std::size_t first = 0; first < keys.size(); first += store::kReadsMax) {
      const std::span<const store::Key> part(keys.data() + first, std::min(keys.size() - first, store::kReadsMax));
      for (const std::optional<store::Item>& item : TRY(table_.get_many(part, deadline_))) {
        if (!item) continue;
        const std::string_view uuid = std::string_view(item->key.pk).substr(std::string_view("account#").size());
        paused_.find(uuid)->second = TRY(accounts::read_account_status(*item)) == accounts::AccountStatus::kPaused;
      }
    }
    return {};
  }
  // The account must have been learnt.
  [[nodiscard]] NodeStatus shown(NodeStatus stored, std::string_view account_uuid) const {
    if (stored != NodeStatus::kEnabled) return stored;
    const auto found = paused_.find(account_uuid);
    CHECK(found != paused_.end(), "the account of a node that is shown is known");
    return found->second ? NodeStatus::kPaused : stored;
  }

 private:
  store::Table& table_;
  base::Deadline deadline_;
  std::map<std::string, bool, std::less<>> paused_;
};

// What a query asks of a node beside being within reach.
class Filter {
 public:
  explicit Filter(const ListQuery& query) : query_(query) {}

  // Whether the walk leaves something to be filtered.
  [[nodiscard]] bool by_facets() const { return query_.status || !query_.account_uuid.empty(); }
  // By time, the table knows no prefix of names.
  [[nodiscard]] bool by_prefix(const store::Selection& selection) const {
    return selection.order == store::Selection::Order::kByTime && !query_.name_prefix.empty();
  }
  // An account may turn what is stored as Enabled into what is asked for, or out of it.
  [[nodiscard]] bool by_account_status() const {
    return query_.status == NodeStatus::kEnabled || query_.status == NodeStatus::kPaused;
  }
  [[nodiscard]] bool holds(std::string_view name, std::string_view account_uuid, NodeStatus shown) const {
    if (query_.status && *query_.status != shown) return false;
    if (!query_.account_uuid.empty() && query_.account_uuid != account_uuid) return false;
    return name.starts_with(query_.name_prefix);
  }

 private:
  const ListQuery& query_;
};

// The entries of a selection that the filter lets through, in order, one after the other.
class Candidates {
 public:
  Candidates(store::Table& table, store::Selection selection, const Filter& filter, PausedAccounts& paused,
             base::Deadline deadline)
      : table_(table),
        selection_(std::move(selection)),
        filter_(filter),
        paused_(paused),
        deadline_(deadline),
        filters_(filter.by_facets() || filter.by_prefix(selection_)) {
    if (filters_) selection_.entries_max = std::clamp(2 * selection_.entries_max, kFirstEntries, store::kReadsMax);
  }

  // At most so many; fewer only at the end.
  base::Result<std::vector<store::Listed>> take(std::size_t most) {
    std::vector<store::Listed> taken;
    while (taken.size() < most) {
      if (waiting_.empty()) TRY(refill());
      if (waiting_.empty()) break;
      while (taken.size() < most && !waiting_.empty()) {
        taken.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
      }
    }
    return taken;
  }
  base::Result<bool> more() {
    if (!filters_ && waiting_.empty()) return !ended_;  // the table has said so: no need to read on
    if (waiting_.empty()) TRY(refill());
    return !waiting_.empty();
  }
  base::Result<std::uint64_t> count_all() {
    std::uint64_t count = 0;
    for (;;) {
      TRY(refill());
      if (waiting_.empty()) return count;
      count += waiting_.size();
      waiting_.clear();
    }
  }

 private:
  // Nothing waits afterwards: that was all.
  base::Result<void> refill() {
    while (waiting_.empty() && !ended_) {
      store::ListedPage page = TRY(table_.select(selection_, deadline_));
      ended_ = !page.next_cursor;
      if (page.next_cursor) selection_.cursor = std::move(*page.next_cursor);
      // What is rare is looked for in larger steps; what is not is found in the first.
      if (filters_) selection_.entries_max = std::min(2 * selection_.entries_max, store::kReadsMax);
      TRY(keep(page.entries));
    }
    return {};
  }
  base::Result<void> keep(std::vector<store::Listed>& entries) {
    std::vector<Facets> facets;
    std::vector<std::string_view> accounts;
    for (const store::Listed& entry : entries) {
      const std::optional<Facets> parsed = parse_facets(entry.facets);
      if (!parsed) return base::fail(damaged(entry));
      facets.push_back(*parsed);
      if (filter_.by_account_status() && parsed->status == NodeStatus::kEnabled)
        accounts.push_back(parsed->account_uuid);
    }
    TRY(paused_.learn(accounts));
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const auto& [status, account_uuid, workspace_id] = facets[i];
      const NodeStatus shown = filter_.by_account_status() ? paused_.shown(status, account_uuid) : status;
      if (filter_.holds(entries[i].name, account_uuid, shown)) waiting_.push_back(std::move(entries[i]));
    }
    return {};
  }

  store::Table& table_;
  store::Selection selection_;
  const Filter& filter_;
  PausedAccounts& paused_;
  base::Deadline deadline_;
  bool filters_;
  std::deque<store::Listed> waiting_;
  bool ended_ = false;
};

store::Selection selection_of(const Reach& reach, const ListQuery& query) {
  store::Selection selection;
  selection.sets = reach.sets();
  selection.order = query.sort == NodeSort::kName ? store::Selection::Order::kByName : store::Selection::Order::kByTime;
  selection.descending = query.descending;
  if (query.sort == NodeSort::kName) selection.name_prefix = query.name_prefix;
  selection.entries_max = std::clamp<std::size_t>(query.limit, 1, store::kReadsMax);
  selection.cursor = query.after;
  return selection;
}

base::Result<std::uint64_t> count_of(store::Table& table, const Reach& reach, const Filter& filter,
                                     const ListQuery& query, PausedAccounts& paused, base::Deadline deadline) {
  store::Selection all;
  all.sets = reach.sets();
  all.name_prefix = query.name_prefix;
  // Every node has a name; without a prefix the shorter rows of the other order do.
  if (query.name_prefix.empty()) all.order = store::Selection::Order::kByTime;
  all.entries_max = store::kReadsMax;
  if (!filter.by_facets()) return table.count(all, deadline);
  return Candidates(table, std::move(all), filter, paused, deadline).count_all();
}

// Whether a node belongs into a list of that kind, being within reach.
bool belongs(const Node& node, std::string_view user_id, const ListQuery& query) {
  switch (query.kind) {
    case ListKind::kReachable:
      return true;
    case ListKind::kWorkspace:
      return node.workspace_id == query.workspace_id;
    case ListKind::kIndependent:
      return node.workspace_id.empty() && node.owner_id == user_id;
    case ListKind::kOwned:
      return node.owner_id == user_id;
    case ListKind::kAccountOwner:
      return node.account_owner_id == user_id;
  }
  return false;
}

// Both items of each, in order; what is gone is left out.
base::Result<std::vector<SeenPermissions>> read_all(store::Table& table, std::span<const store::Listed> entries,
                                                    base::Deadline deadline) {
  std::vector<store::Key> keys;
  for (const store::Listed& entry : entries) {
    keys.push_back(entry.key);
    keys.push_back(permissions_key(uuid_of(entry.key)));
  }
  const std::vector<std::optional<store::Item>> items = TRY(table.get_many(keys, deadline));
  std::vector<SeenPermissions> all;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2)
    if (std::optional<SeenPermissions> found = TRY(Nodes::read(std::span(items).subspan(i, 2))))
      all.push_back(std::move(*found));
  return all;
}

}  // namespace

base::Result<NodeList> Nodes::list(std::string_view user_id, const ListQuery& query, base::Deadline deadline) const {
  // Not by TRY: g++ 12 warns of what it inlines there (of a string that is freed and was never made).
  const base::Result<Reach> asked = Reach::of(engine_, user_id, query, deadline);
  if (!asked) return base::fail(asked.error());
  const Reach& reach = *asked;
  const Filter filter(query);
  PausedAccounts paused(table_, deadline);
  NodeList list;
  if (query.count) list.total = TRY(count_of(table_, reach, filter, query, paused, deadline));
  const store::Selection selection = selection_of(reach, query);
  Candidates candidates(table_, selection, filter, paused, deadline);
  store::Listed last;
  while (list.nodes.size() < query.limit) {
    std::vector<store::Listed> entries = TRY(candidates.take(std::min(query.limit - list.nodes.size(), kNodesPerRead)));
    if (entries.empty()) return list;
    std::vector<SeenPermissions> found = TRY(read_all(table_, entries, deadline));
    std::vector<std::string_view> accounts;
    for (const SeenPermissions& each : found) accounts.push_back(each.node.account_uuid);
    TRY(paused.learn(accounts));
    for (auto& [node, permissions] : found) {
      node.status = paused.shown(node.status, node.account_uuid);
      if (!filter.holds(node.name, node.account_uuid, node.status)) continue;
      const Facts facts(node, permissions);
      if (belongs(node, user_id, query) && reach.reads(facts.view()))
        list.nodes.push_back({std::move(node), permissions.scope});
    }
    last = std::move(entries.back());
  }
  if (TRY(candidates.more())) list.next = store::cursor_after(selection, last);
  return list;
}

}  // namespace nodes
