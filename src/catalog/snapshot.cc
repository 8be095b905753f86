#include "catalog/snapshot.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "base/ids.h"
#include "base/text.h"
#include "catalog/directory.h"
#include "json/parse.h"
#include "json/pointer.h"

namespace catalog {
namespace {

constexpr std::array<int, 7> kBits = {kNone, kGuest, kRead, kWrite, kCollaborator, kAdministrator, kOwner};

// Where an id was first named; views into the snapshot, which stands still while it is checked.
using FirstPlace = std::unordered_map<std::string_view, std::size_t>;

void canonicalize(base::IdKind kind, std::string& id) {
  if (std::optional<std::string> canonical = base::parse_id(kind, id)) id = std::move(*canonical);
}

bool is_id(base::IdKind kind, std::string_view id) { return base::parse_id(kind, id).has_value(); }

void canonicalize(Snapshot& snapshot) {
  for (SnapshotUser& user : snapshot.users) canonicalize(base::IdKind::kUser, user.id);
  for (SnapshotWorkspace& workspace : snapshot.workspaces) {
    canonicalize(base::IdKind::kWorkspace, workspace.id);
    for (SnapshotMember& member : workspace.members) canonicalize(base::IdKind::kUser, member.user);
    for (SnapshotTeam& team : workspace.teams) {
      canonicalize(base::IdKind::kTeam, team.id);
      for (std::string& member : team.members) canonicalize(base::IdKind::kUser, member);
    }
  }
  if (snapshot.operators) {
    for (std::string& id : *snapshot.operators) canonicalize(base::IdKind::kUser, id);
  }
}

// Finds what the types cannot say. An id that is no id has been reported by its type and is passed over here.
class Checker {
 public:
  Checker(const Snapshot& snapshot, json::Problems& problems, KnownBefore& before)
      : snapshot_(snapshot), problems_(problems), before_(before) {}

  base::Result<void> run() {
    const json::Path root;
    check_users(root.at("users"));
    const json::Path workspaces = root.at("workspaces");
    FirstPlace seen;
    for (std::size_t i = 0; i < snapshot_.workspaces.size(); ++i) {
      const json::Path at = workspaces.at(i);
      const SnapshotWorkspace& workspace = snapshot_.workspaces[i];
      named_once(base::IdKind::kWorkspace, workspace.id, i, seen, at.at("id"), "the workspace");
      TRY(check_workspace(workspace, at));
    }
    if (snapshot_.operators) TRY(check_operators(*snapshot_.operators, root.at("operators")));
    return {};
  }

 private:
  bool named_once(base::IdKind kind, std::string_view id, std::size_t place, FirstPlace& seen, const json::Path& at,
                  std::string_view what) {
    if (!is_id(kind, id)) return false;
    const auto [first, fresh] = seen.emplace(id, place);
    if (!fresh)
      problems_.add(at, fmt::format("names {} {} again; element {} of the list has it", what, id, first->second));
    return fresh;
  }

  void has_name(std::string_view name, const json::Path& at) {
    if (!name.empty() && base::trim(name).empty()) problems_.add(at, "must not be blank");
  }

  void check_users(const json::Path& list) {
    for (std::size_t i = 0; i < snapshot_.users.size(); ++i) {
      const SnapshotUser& user = snapshot_.users[i];
      const json::Path at = list.at(i);
      named_once(base::IdKind::kUser, user.id, i, users_, at.at("id"), "the user");
      has_name(user.name, at.at("name"));
    }
  }

  base::Result<bool> is_known(std::string_view user_id) {
    if (users_.contains(user_id)) return true;
    if (const auto found = asked_.find(user_id); found != asked_.end()) return found->second;
    const bool known = TRY(before_.has_user(user_id));
    asked_.emplace(user_id, known);
    return known;
  }

  base::Result<void> check_workspace(const SnapshotWorkspace& workspace, const json::Path& at) {
    has_name(workspace.name, at.at("name"));
    const json::Path members = at.at("members");
    FirstPlace member_places;
    for (std::size_t i = 0; i < workspace.members.size(); ++i) {
      const SnapshotMember& member = workspace.members[i];
      const json::Path here = members.at(i);
      if (std::find(kBits.begin(), kBits.end(), member.permission_bit) == kBits.end()) {
        problems_.add(here.at("permissionBit"),
                      fmt::format("must be one of 0, 1, 2, 4, 8, 16, 32, and is {}", member.permission_bit));
      }
      if (!named_once(base::IdKind::kUser, member.user, i, member_places, here.at("user"), "the member")) continue;
      if (!TRY(is_known(member.user))) unknown_user(member.user, here.at("user"));
    }
    const json::Path teams = at.at("teams");
    for (std::size_t i = 0; i < workspace.teams.size(); ++i) {
      TRY(check_team(workspace, workspace.teams[i], teams.at(i)));
    }
    return {};
  }

  base::Result<void> check_team(const SnapshotWorkspace& workspace, const SnapshotTeam& team, const json::Path& at) {
    has_name(team.name, at.at("name"));
    if (is_id(base::IdKind::kTeam, team.id)) {
      if (!teams_.insert(team.id).second) {
        problems_.add(at.at("id"), fmt::format("names the team {} again", team.id));
      } else if (const std::optional<std::string> owner = TRY(before_.workspace_of_team(team.id));
                 owner && *owner != workspace.id) {
        problems_.add(at.at("id"), fmt::format("is a team of another workspace, {}", *owner));
      }
    }
    const json::Path members = at.at("members");
    FirstPlace seen;
    for (std::size_t i = 0; i < team.members.size(); ++i) {
      const std::string& member = team.members[i];
      const json::Path here = members.at(i);
      if (!named_once(base::IdKind::kUser, member, i, seen, here, "the team member")) continue;
      if (!TRY(is_known(member))) unknown_user(member, here);
    }
    return {};
  }

  base::Result<void> check_operators(const std::vector<std::string>& operators, const json::Path& list) {
    FirstPlace seen;
    for (std::size_t i = 0; i < operators.size(); ++i) {
      if (!named_once(base::IdKind::kUser, operators[i], i, seen, list.at(i), "the operator")) continue;
      if (!TRY(is_known(operators[i]))) unknown_user(operators[i], list.at(i));
    }
    return {};
  }

  void unknown_user(std::string_view id, const json::Path& at) {
    problems_.add(at, fmt::format("is not a user that is known; name {} in users", id));
  }

  const Snapshot& snapshot_;
  json::Problems& problems_;
  KnownBefore& before_;
  FirstPlace users_;
  std::unordered_map<std::string_view, bool>
      asked_;  // what the directory said of users that the document does not name
  std::unordered_set<std::string_view> teams_;
};

}  // namespace

base::Result<DecodedSnapshot> decode_snapshot(std::string_view document_text) {
  if (document_text.size() > kSnapshotBytesMax) {
    return base::fail(base::Code::kTooLarge,
                      fmt::format("The document has {} bytes; {} are the limit. Import it in parts.",
                                  document_text.size(), kSnapshotBytesMax));
  }
  const json::Value value = TRY(json::parse(document_text));
  DecodedSnapshot decoded;
  decoded.snapshot = json::decode<Snapshot>(value, decoded.problems);
  canonicalize(decoded.snapshot);
  return decoded;
}

base::Result<Snapshot> check_snapshot(DecodedSnapshot decoded, KnownBefore& before) {
  TRY(Checker(decoded.snapshot, decoded.problems, before).run());
  if (!decoded.problems.empty()) return base::fail(std::move(decoded.problems).to_error(base::Code::kInvalid));
  return std::move(decoded.snapshot);
}

}  // namespace catalog
