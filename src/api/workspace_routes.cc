// What people look up before they share: themselves, their workspaces, and who and which teams are in one.

#include "api/paging.h"
#include "api/requests.h"
#include "http/endpoint.h"

namespace api {
namespace {

constexpr std::size_t kCountedAtOnce = 10'000;

struct WorkspaceView {
  static constexpr std::string_view kTypeName = "WorkspaceMembership";
  std::string workspace_id, name;
  int permission_bit = 0;
  std::vector<std::string> team_ids;
  template <class V>
  static void describe(V& field) {
    field("workspaceId", &WorkspaceView::workspace_id);
    field("name", &WorkspaceView::name);
    field("permissionBit", &WorkspaceView::permission_bit,
          {.doc = "What you are there: 0 none, 1 guest, 2 read, 4 write, 8 delete (collaborator), 16 administer, 32 "
                  "owner."});
    field("teamIds", &WorkspaceView::team_ids, {.doc = "Your teams of the workspace, sorted."});
  }
};

struct WorkspaceMemberView {
  static constexpr std::string_view kTypeName = "WorkspaceMember";
  std::string user_id, name, email;
  int permission_bit = 0;
  template <class V>
  static void describe(V& field) {
    field("userId", &WorkspaceMemberView::user_id);
    field("name", &WorkspaceMemberView::name);
    field("email", &WorkspaceMemberView::email, {.doc = "Empty where none is known."});
    field("permissionBit", &WorkspaceMemberView::permission_bit,
          {.doc = "0 none, 1 guest, 2 read, 4 write, 8 delete (collaborator), 16 administer, 32 owner."});
  }
};

struct TeamView {
  static constexpr std::string_view kTypeName = "WorkspaceTeam";
  std::string team_id, name;
  template <class V>
  static void describe(V& field) {
    field("teamId", &TeamView::team_id);
    field("name", &TeamView::name);
  }
};

struct UserView {
  static constexpr std::string_view kTypeName = "Me";
  std::string user_id, name, email;
  bool is_operator = false;
  std::optional<std::string> workspace_id;
  template <class V>
  static void describe(V& field) {
    field("userId", &UserView::user_id);
    field("name", &UserView::name, {.doc = "Empty where the directory does not know you."});
    field("email", &UserView::email, {.doc = "Empty where none is known."});
    field("operator", &UserView::is_operator, {.doc = "Whether you operate the platform."});
    field("workspaceId", &UserView::workspace_id, {.doc = "The token's workspace, where it has one."});
  }
};

// Members with bit 8 or more, who may share with whom they see here, and operators.
base::Result<void> may_look_into(const Context& context, const http::Call& call) {
  const std::string& user_id = call.principal().user_id;
  const std::string& workspace_id = call.path("workspaceId");
  const authz::Decision here =
      TRY(context.engine.decide_workspace(user_id, workspace_id, catalog::kCollaborator, call.deadline()));
  if (here.allowed()) return {};
  if (!TRY(context.engine.is_operator(user_id, call.deadline()))) return here.enforce("workspace");
  if (TRY(context.directory.membership(user_id, workspace_id, call.deadline())).workspace_exists) return {};
  return base::fail(base::Code::kNotFound, "There is no such workspace.");
}

// The page of a list that is in hand and sorted.
template <class View>
base::Result<http::Reply> page_of(const Listing& listing, std::vector<View> all, std::string View::* id) {
  const std::string after = TRY(listing.after());
  const auto first = std::upper_bound(all.begin(), all.end(), after,
                                      [&](const std::string& bound, const View& each) { return bound < each.*id; });
  const std::size_t left = static_cast<std::size_t>(all.end() - first);
  const auto last = first + static_cast<std::ptrdiff_t>(std::min(left, listing.limit()));
  const std::optional<std::string> next = last == all.end() ? std::nullopt : std::optional((*(last - 1)).*id);
  const std::size_t total = all.size();
  return listing.finish(http::reply(200, std::vector<View>(first, last)), next, total);
}

base::Result<std::size_t> count_members(const Context& context, const http::Call& call, const std::string& team_id) {
  const std::span<const std::string> teams(&team_id, team_id.empty() ? 0 : 1);
  std::size_t members = 0;
  std::string after;
  while (true) {
    const std::vector<catalog::AudienceMember> page =
        TRY(context.directory.audience({.workspace_id = call.path("workspaceId"),
                                        .least_bit = catalog::kNone,
                                        .everyone = team_id.empty(),
                                        .users = {},
                                        .teams = teams,
                                        .after = after,
                                        .members_max = kCountedAtOnce},
                                       call.deadline()));
    members += page.size();
    if (page.size() < kCountedAtOnce) return members;
    after = page.back().user_id;
  }
}

// Of the whole workspace where `team_id` is empty.
base::Result<http::Reply> list_members(const Context& context, const http::Call& call, const PageQuery& query,
                                       const std::string& team_id) {
  TRY(may_look_into(context, call));
  const std::string& workspace_id = call.path("workspaceId");
  if (!team_id.empty()) {
    const std::optional<catalog::Team> team = TRY(context.directory.team(team_id, call.deadline()));
    if (!team || team->workspace_id != workspace_id) {
      return base::fail(base::Code::kNotFound, "There is no such team in this workspace.");
    }
  }
  const Listing listing(context, call, query, "members?workspace=" + workspace_id + "&team=" + team_id);
  const std::string after = TRY(listing.after());
  std::vector<catalog::Member> members =
      TRY(context.directory.members(workspace_id, team_id, after, listing.limit() + 1, call.deadline()));
  std::optional<std::string> next;
  if (members.size() > listing.limit()) {
    members.pop_back();
    next = members.back().user.id;
  }
  std::vector<WorkspaceMemberView> views;
  views.reserve(members.size());
  for (catalog::Member& each : members) {
    views.push_back(
        {std::move(each.user.id), std::move(each.user.name), std::move(each.user.email), each.permission_bit});
  }
  const std::size_t total = query.count ? TRY(count_members(context, call, team_id)) : 0;
  return listing.finish(http::reply(200, views), next, total);
}

base::Result<http::Reply> list_teams(const Context& context, const http::Call& call, const PageQuery& query) {
  TRY(may_look_into(context, call));
  const std::string& workspace_id = call.path("workspaceId");
  std::vector<TeamView> views;
  for (catalog::Team& team : TRY(context.directory.teams(workspace_id, call.deadline()))) {
    views.push_back({std::move(team.id), std::move(team.name)});
  }
  return page_of(Listing(context, call, query, "teams?workspace=" + workspace_id), std::move(views),
                 &TeamView::team_id);
}

base::Result<http::Reply> list_workspaces(const Context& context, const http::Call& call, const PageQuery& query) {
  std::vector<WorkspaceView> views;
  for (catalog::WorkspaceMembership& each :
       TRY(context.directory.workspaces_of(call.principal().user_id, call.deadline()))) {
    views.push_back(
        {std::move(each.workspace_id), std::move(each.workspace_name), each.permission_bit, std::move(each.team_ids)});
  }
  return page_of(Listing(context, call, query, "workspaces"), std::move(views), &WorkspaceView::workspace_id);
}

base::Result<http::Reply> get_me(const Context& context, const http::Call& call) {
  const std::string& user_id = call.principal().user_id;
  const std::optional<catalog::User> user = TRY(context.directory.user(user_id, call.deadline()));
  UserView view{.user_id = user_id, .workspace_id = call.principal().workspace_id};
  if (user) {
    view.name = user->name;
    view.email = user->email;
  }
  view.is_operator = TRY(context.directory.is_operator(user_id, call.deadline()));
  return http::reply(200, view);
}

void add_own_routes(http::Router& router, const Context& context) {
  using http::None;
  router.add(http::endpoint<None, None>({.method = "GET",
                                         .path = "/users/me",
                                         .name = "getMe",
                                         .tag = "Workspaces",
                                         .summary = "Who you are.",
                                         .doc = "Whom the token speaks for, as the directory knows them now.",
                                         .answers = {http::answer<UserView>(200, "You.")},
                                         .cost = http::Cost::kPoint},
                                        [&context](http::Call& call, None, None) { return get_me(context, call); }));
  router.add(http::endpoint<PageQuery, None>(
      {.method = "GET",
       .path = "/workspaces",
       .name = "listWorkspaces",
       .tag = "Workspaces",
       .summary = "The workspaces that you are a member of.",
       .doc = "Each with your permission bit and your teams there, also where the bit is 0. Sorted by id.",
       .answers = {http::answer<std::vector<WorkspaceView>>(200, "The workspaces.", {"Link", "X-Total-Count"})},
       .problems = {400}},
      [&context](http::Call& call, PageQuery query, None) { return list_workspaces(context, call, query); }));
}

}  // namespace

void add_workspace_routes(http::Router& router, const Context& context) {
  using http::None;
  static constexpr http::Parameter kWorkspace{"workspaceId", &json::kWorkspaceIdFormat, "The workspace."};
  static constexpr http::Parameter kTeam{"teamId", &json::kTeamIdFormat, "A team of the workspace."};
  static constexpr std::string_view kWhoMay =
      "For members of the workspace with permission bit 8 or more, and for operators. Sorted by id.";
  add_own_routes(router, context);
  router.add(http::endpoint<PageQuery, None>(
      {.method = "GET",
       .path = "/workspaces/{workspaceId}/members",
       .name = "listWorkspaceMembers",
       .tag = "Workspaces",
       .summary = "Who is in a workspace.",
       .doc = kWhoMay,
       .parameters = {kWorkspace},
       .answers = {http::answer<std::vector<WorkspaceMemberView>>(200, "The members.", {"Link", "X-Total-Count"})},
       .problems = {400, 403, 404}},
      [&context](http::Call& call, PageQuery query, None) { return list_members(context, call, query, ""); }));
  router.add(http::endpoint<PageQuery, None>(
      {.method = "GET",
       .path = "/workspaces/{workspaceId}/teams",
       .name = "listWorkspaceTeams",
       .tag = "Workspaces",
       .summary = "The teams of a workspace.",
       .doc = kWhoMay,
       .parameters = {kWorkspace},
       .answers = {http::answer<std::vector<TeamView>>(200, "The teams.", {"Link", "X-Total-Count"})},
       .problems = {400, 403, 404}},
      [&context](http::Call& call, PageQuery query, None) { return list_teams(context, call, query); }));
  router.add(http::endpoint<PageQuery, None>(
      {.method = "GET",
       .path = "/workspaces/{workspaceId}/teams/{teamId}/members",
       .name = "listTeamMembers",
       .tag = "Workspaces",
       .summary = "Who is in a team.",
       .doc = "Those in the team who are members of its workspace. For members of the workspace with permission bit 8 "
              "or more, and for operators. Sorted by id.",
       .parameters = {kWorkspace, kTeam},
       .answers = {http::answer<std::vector<WorkspaceMemberView>>(200, "The members.", {"Link", "X-Total-Count"})},
       .problems = {400, 403, 404}},
      [&context](http::Call& call, PageQuery query, None) {
        return list_members(context, call, query, call.path("teamId"));
      }));
}

}  // namespace api
