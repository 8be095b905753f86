// Reading nodes: one, and lists. A list is filtered by the same decision as a single read, is complete, and is sorted
// by name and then id.
//
// Lists of a workspace and of independent nodes walk the index, which is in that order, and read each candidate by its
// key, until the page is full. Where a page ends is said by the index alone: a node that is renamed between the two
// reads must not move the next page's start. The list of an owner's accounts collects the links of each account and
// sorts.

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/check.h"
#include "nodes/nodes.h"

namespace nodes {
namespace {

constexpr std::size_t kCandidatesMax = store::kReadsMax / 2;  // each needs two keys

// Which accounts are paused, read once each.
class PausedAccounts {
 public:
  PausedAccounts(store::Table& table, base::Deadline deadline) : table_(table), deadline_(deadline) {}

  base::Result<void> show(std::vector<SeenNode>& list) {
    std::vector<store::Key> keys;
    for (const SeenNode& each : list) {
      if (each.node.status == NodeStatus::kEnabled && paused_.emplace(each.node.account_uuid, false).second) {
        keys.push_back(accounts::account_key(each.node.account_uuid));
      }
    }
    for (std::size_t first = 0; first < keys.size(); first += store::kReadsMax) {
      const std::span<const store::Key> part(keys.data() + first, std::min(keys.size() - first, store::kReadsMax));
      for (const std::optional<store::Item>& item : TRY(table_.get_many(part, deadline_))) {
        if (!item) continue;
        const std::string_view uuid = std::string_view(item->key.pk).substr(std::string_view("account#").size());
        paused_.find(uuid)->second = TRY(accounts::read_account_status(*item)) == accounts::AccountStatus::kPaused;
      }
    }
    for (SeenNode& each : list) {
      if (each.node.status == NodeStatus::kEnabled && paused_[each.node.account_uuid])
        each.node.status = NodeStatus::kPaused;
    }
    return {};
  }

 private:
  store::Table& table_;
  base::Deadline deadline_;
  std::map<std::string, bool, std::less<>> paused_;
};

std::vector<store::Key> keys_of(std::span<const std::string> uuids) {
  std::vector<store::Key> keys;
  keys.reserve(uuids.size() * 2);
  for (const std::string& uuid : uuids) {
    keys.push_back(node_key(uuid));
    keys.push_back(permissions_key(uuid));
  }
  return keys;
}

}  // namespace

std::string position_of(const Node& node) { return accounts::sort_key("node", node.name, node.uuid); }

base::Result<SeenNode> Nodes::get(std::string_view user_id, std::string_view uuid, base::Deadline deadline) const {
  const std::string node_uuid(uuid);
  std::vector<store::Key> keys{node_key(uuid), permissions_key(uuid)};
  const std::optional<std::string> account_uuid = standing_.account_of(node_uuid);
  if (account_uuid) keys.push_back(accounts::account_key(*account_uuid));
  std::vector<std::optional<store::Item>> items = TRY(table_.get_many(keys, deadline));
  SeenPermissions found = TRY(readable(user_id, items, deadline));
  if (!account_uuid) {
    standing_.remember(node_uuid, found.node.account_uuid);
    items.push_back(TRY(table_.get(accounts::account_key(found.node.account_uuid), deadline)));
  }
  SeenNode seen{std::move(found.node), found.permissions.scope};
  if (seen.node.status == NodeStatus::kEnabled && items[2] &&
      TRY(accounts::read_account_status(*items[2])) == accounts::AccountStatus::kPaused) {
    seen.node.status = NodeStatus::kPaused;
  }
  return seen;
}

base::Result<SeenPermissions> Nodes::permissions(std::string_view user_id, std::string_view uuid,
                                                 base::Deadline deadline) const {
  const std::array keys{node_key(uuid), permissions_key(uuid)};
  return readable(user_id, TRY(table_.get_many(keys, deadline)), deadline);
}

base::Result<SeenPermissions> Nodes::readable(std::string_view user_id,
                                              std::span<const std::optional<store::Item>> items,
                                              base::Deadline deadline) const {
  std::optional<Found> found = TRY(read(items));
  if (!found) return base::fail(no_such_node());
  const Facts facts(found->node, found->permissions);
  const authz::Decision decision = TRY(engine_.decide(user_id, authz::NodeAction::kRead, facts.view(), deadline));
  TRY(decision.enforce("compute node"));
  return SeenPermissions{std::move(found->node), std::move(found->permissions)};
}

base::Result<NodeList> Nodes::list(std::string_view user_id, const ListQuery& query, base::Deadline deadline) const {
  switch (query.kind) {
    // The index may lag: a node may belong elsewhere by now, and then it is no business of the list.
    case ListKind::kWorkspace: {
      const authz::WorkspaceReader reader = TRY(engine_.reader(user_id, query.workspace_id, deadline));
      const Readable readable = [&](const Node& node, const authz::NodeFacts& facts) {
        return node.workspace_id == query.workspace_id && reader.read(facts).allowed();
      };
      return list_by_index(query, "workspace#" + query.workspace_id, readable, deadline);
    }
    case ListKind::kIndependent: {
      const Readable readable = [&](const Node& node, const authz::NodeFacts&) {
        return node.workspace_id.empty() && node.owner_id == user_id;
      };
      return list_by_index(query, fmt::format("owner#{}", user_id), readable, deadline);
    }
    case ListKind::kAccountOwner:
      return list_of_accounts(user_id, query, deadline);
  }
  return NodeList{};
}

base::Result<NodeList> Nodes::list_by_index(const ListQuery& query, std::string pk, const Readable& readable,
                                            base::Deadline deadline) const {
  NodeList list;
  store::Query candidates{.pk = std::move(pk),
                          .by_index = true,
                          .sk_from = "node#",
                          .sk_to = store::end_of_prefix("node#"),
                          .items_max = query.count ? kCandidatesMax : std::min(kCandidatesMax, query.limit + 1)};
  // Without a count nothing before the page need be read.
  if (!query.count && !query.after.empty()) candidates.sk_from = query.after + '\x01';
  std::string last;
  for (;;) {
    const store::Page page = TRY(table_.query(candidates, deadline));
    std::vector<std::string> uuids;
    for (const store::Item& item : page.items) uuids.push_back(item.key.pk.substr(std::string_view("node#").size()));
    const std::vector<store::Key> keys = keys_of(uuids);
    const std::vector<std::optional<store::Item>> items = TRY(table_.get_many(keys, deadline));
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
      std::optional<Found> found = TRY(read(std::span(items).subspan(i, 2)));
      if (!found) continue;
      const Facts facts(found->node, found->permissions);
      if (!readable(found->node, facts.view())) continue;
      ++list.total;
      const std::string& position = page.items[i / 2].index->sk;
      if (!query.after.empty() && position <= query.after) continue;
      if (list.nodes.size() == query.limit) {
        if (!list.next) list.next = last;
        if (!query.count) break;
        continue;
      }
      last = position;
      list.nodes.push_back({std::move(found->node), found->permissions.scope});
    }
    if (!page.next_cursor || (list.next && !query.count)) break;
    candidates.cursor = *page.next_cursor;
    candidates.items_max = kCandidatesMax;  // most are not the caller's: fewer, larger steps
  }
  TRY(PausedAccounts(table_, deadline).show(list.nodes));
  return list;
}

base::Result<NodeList> Nodes::list_of_accounts(std::string_view user_id, const ListQuery& query,
                                               base::Deadline deadline) const {
  std::vector<SeenNode> all;
  for (const accounts::Account& account : TRY(accounts_.owned_by(user_id, deadline))) {
    std::string cursor;
    for (;;) {
      const accounts::Accounts::NodePage links = TRY(accounts_.nodes_on(account.uuid, cursor, deadline));
      const std::vector<store::Key> keys = keys_of(links.node_uuids);
      const std::vector<std::optional<store::Item>> items = TRY(table_.get_many(keys, deadline));
      for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
        std::optional<Found> found = TRY(read(std::span(items).subspan(i, 2)));
        if (found) all.push_back({std::move(found->node), found->permissions.scope});
      }
      if (!links.next_cursor) break;
      cursor = *links.next_cursor;
    }
  }
  std::sort(all.begin(), all.end(), [](const SeenNode& a, const SeenNode& b) {
    return std::tie(a.node.name, a.node.uuid) < std::tie(b.node.name, b.node.uuid);
  });
  NodeList list;
  list.total = all.size();
  const auto first =
      std::find_if(all.begin(), all.end(), [&](const SeenNode& each) { return position_of(each.node) > query.after; });
  const auto last = first + std::min<std::ptrdiff_t>(all.end() - first, static_cast<std::ptrdiff_t>(query.limit));
  list.nodes.assign(std::make_move_iterator(first), std::make_move_iterator(last));
  if (last != all.end() && !list.nodes.empty()) list.next = position_of(list.nodes.back().node);
  TRY(PausedAccounts(table_, deadline).show(list.nodes));
  return list;
}

}  // namespace nodes
