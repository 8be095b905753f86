#include "authz/who.h"

#include <algorithm>

namespace authz {
namespace {

// Who reaches something: some by themselves, and an audience of a workspace.
struct Source {
  struct Self {
    std::string_view user_id;
    Through through;
  };
  std::vector<Self> selves;
  std::string_view workspace_id;
  int least_bit = catalog::kCollaborator;
  bool everyone = false;
  Through everyone_through = Through::kWorkspace;
  std::vector<std::string> users, teams;  // sorted

  [[nodiscard]] bool has_audience() const { return everyone || !users.empty() || !teams.empty(); }
};

Reacher reacher_of(const Source& source, catalog::AudienceMember&& member) {
  Reacher reacher{std::move(member.user_id), {}};
  if (source.everyone) reacher.ways.push_back({source.everyone_through, {}});
  if (member.named) reacher.ways.push_back({Through::kUserGrant, {}});
  for (std::string& team : member.team_ids) reacher.ways.push_back({Through::kTeamGrant, std::move(team)});
  return reacher;
}

// A page of one more than the limit says whether more follows.
base::Result<ReacherPage> page_of(catalog::Directory& directory, const Source& source, const PageOfUsers& page,
                                  base::Deadline deadline) {
  const std::size_t limit = std::max<std::size_t>(page.limit, 1);
  ReacherPage found;
  if (source.has_audience()) {
    std::vector<catalog::AudienceMember> members = TRY(directory.audience({.workspace_id = source.workspace_id,
                                                                           .least_bit = source.least_bit,
                                                                           .everyone = source.everyone,
                                                                           .users = source.users,
                                                                           .teams = source.teams,
                                                                           .after = page.after,
                                                                           .members_max = limit + 1},
                                                                          deadline));
    for (catalog::AudienceMember& member : members) found.principals.push_back(reacher_of(source, std::move(member)));
  }
  // Those by themselves take their place in the order. One whose place is behind a full page is cut off with what is
  // behind it, and comes, with all their ways, on the page that begins before them.
  for (const Source::Self& self : source.selves) {
    if (self.user_id <= page.after) continue;
    const auto place =
        std::lower_bound(found.principals.begin(), found.principals.end(), self.user_id,
                         [](const Reacher& reacher, std::string_view id) { return reacher.user_id < id; });
    const bool there = place != found.principals.end() && place->user_id == self.user_id;
    const auto reacher = there ? place : found.principals.insert(place, {std::string(self.user_id), {}});
    reacher->ways.insert(std::upper_bound(reacher->ways.begin(), reacher->ways.end(), Way{self.through, {}}),
                         {self.through, {}});
  }
  if (found.principals.size() > limit) {
    found.principals.resize(limit);
    found.next = found.principals.back().user_id;
  }
  return found;
}

Source source_of(const NodeFacts& node) {
  Source source;
  source.selves = {{node.owner_id, Through::kOwner}, {node.account_owner_id, Through::kAccountOwner}};
  source.workspace_id = node.workspace_id;
  if (node.workspace_id.empty()) return source;
  source.everyone = node.scope == Scope::kWorkspace;
  if (node.scope == Scope::kShared) {
    source.users.assign(node.users.begin(), node.users.end());
    source.teams.assign(node.teams.begin(), node.teams.end());
  }
  return source;
}

std::vector<std::string_view> in_both(std::span<const std::string_view> before,
                                      std::span<const std::string_view> after) {
  std::vector<std::string_view> both;
  std::set_intersection(before.begin(), before.end(), after.begin(), after.end(), std::back_inserter(both));
  return both;
}

// The ways that a change leaves alone, as a node that has these alone. Owners that change are empty here: nobody.
struct Unchanged {
  Unchanged(const NodeFacts& before, const NodeFacts& after) {
    if (before.owner_id == after.owner_id) node.owner_id = before.owner_id;
    if (before.account_owner_id == after.account_owner_id) node.account_owner_id = before.account_owner_id;
    if (before.workspace_id != after.workspace_id || before.scope != after.scope) return;
    if (before.scope == Scope::kShared) {
      users = in_both(before.users, after.users);
      teams = in_both(before.teams, after.teams);
      if (users.empty() && teams.empty()) return;  // nothing that would have to be asked
    }
    node.workspace_id = before.workspace_id;
    node.scope = before.scope;
    node.users = users;
    node.teams = teams;
  }
  Unchanged(const Unchanged&) = delete;
  Unchanged& operator=(const Unchanged&) = delete;

  NodeFacts node;

 private:
  // NOLINTNEXTLINE(readability-identifier-naming): named as the query that they fill
  std::vector<std::string_view> users, teams;
};

void take_out(std::vector<std::string>& list, std::span<const std::string_view> sorted) {
  std::erase_if(list, [&](const std::string& id) {
    return std::binary_search(sorted.begin(), sorted.end(), std::string_view(id));
  });
}

// Those who have a way that is not one of the unchanged.
Source without(Source source, const NodeFacts& unchanged) {
  std::erase_if(source.selves, [&](const Source::Self& self) {
    return self.user_id == (self.through == Through::kOwner ? unchanged.owner_id : unchanged.account_owner_id);
  });
  if (unchanged.workspace_id.empty()) return source;
  if (unchanged.scope == Scope::kWorkspace) source.everyone = false;
  take_out(source.users, unchanged.users);
  take_out(source.teams, unchanged.teams);
  return source;
}

// Who stands on one of two pages of at most `limit` users alone. A page that ends before the list does has `limit`
// users; so the first `limit` of both together all stand before its end, and none of them is missing from the other
// page.
Preview difference(ReacherPage before, ReacherPage after, std::size_t limit) {
  Preview preview;
  auto old = before.principals.begin();
  auto now = after.principals.begin();
  std::string last;
  for (std::size_t seen = 0;; ++seen) {
    const bool has_old = old != before.principals.end(), has_now = now != after.principals.end();
    if (!has_old && !has_now && !before.next && !after.next) return preview;
    if (seen == limit || (!has_old && !has_now)) break;
    const bool is_old = has_old && (!has_now || old->user_id <= now->user_id);
    const bool is_now = has_now && (!has_old || now->user_id <= old->user_id);
    const std::string& id = is_old ? old->user_id : now->user_id;
    last = id;
    if (is_old && !is_now) preview.losses.push_back(std::move(*old));
    if (is_now && !is_old) preview.gains.push_back(std::move(*now));
    if (is_old) ++old;
    if (is_now) ++now;
  }
  preview.next = std::move(last);
  return preview;
}

base::Result<void> keep_the_changed(catalog::Directory& directory, std::vector<Reacher>& list,
                                    const NodeFacts& unchanged, base::Deadline deadline) {
  const Engine engine(directory);
  std::vector<Reacher> kept;
  for (Reacher& reacher : list) {
    if (!TRY(engine.decide(reacher.user_id, NodeAction::kRead, unchanged, deadline)).allowed())
      kept.push_back(std::move(reacher));
  }
  list = std::move(kept);
  return {};
}

Source source_of(std::string_view workspace_id, std::optional<bool> is_public) {
  Source source;
  source.workspace_id = workspace_id;
  source.least_bit = catalog::kAdministrator;
  source.everyone_through = Through::kWorkspaceAdministrator;
  source.everyone = is_public.value_or(false);
  return source;
}

}  // namespace

base::Result<ReacherPage> who_reads(catalog::Directory& directory, const NodeFacts& node, const PageOfUsers& page,
                                    base::Deadline deadline) {
  return page_of(directory, source_of(node), page, deadline);
}

base::Result<Preview> preview_node(catalog::Directory& directory, const NodeFacts& before, const NodeFacts& after,
                                   const PageOfUsers& page, base::Deadline deadline) {
  const Unchanged unchanged(before, after);
  Preview preview = difference(TRY(page_of(directory, without(source_of(before), unchanged.node), page, deadline)),
                               TRY(page_of(directory, without(source_of(after), unchanged.node), page, deadline)),
                               std::max<std::size_t>(page.limit, 1));
  TRY(keep_the_changed(directory, preview.gains, unchanged.node, deadline));
  TRY(keep_the_changed(directory, preview.losses, unchanged.node, deadline));
  return preview;
}

base::Result<ReacherPage> who_creates(catalog::Directory& directory, std::string_view account_owner_id,
                                      std::string_view workspace_id, std::optional<bool> is_public,
                                      const PageOfUsers& page, base::Deadline deadline) {
  Source source = source_of(workspace_id, is_public);
  if (is_public && account_owner_id > page.after) {
    const catalog::Membership owner = TRY(directory.membership(account_owner_id, workspace_id, deadline));
    if (owner.at_least(catalog::kCollaborator)) source.selves.push_back({account_owner_id, Through::kOwner});
  }
  return page_of(directory, source, page, deadline);
}

base::Result<Preview> preview_enablement(catalog::Directory& directory, std::string_view account_owner_id,
                                         std::string_view workspace_id, std::optional<bool> public_before,
                                         std::optional<bool> public_after, const PageOfUsers& page,
                                         base::Deadline deadline) {
  if (public_before == public_after) return Preview{};
  return difference(TRY(who_creates(directory, account_owner_id, workspace_id, public_before, page, deadline)),
                    TRY(who_creates(directory, account_owner_id, workspace_id, public_after, page, deadline)),
                    std::max<std::size_t>(page.limit, 1));
}

}  // namespace authz
