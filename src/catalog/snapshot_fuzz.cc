// Whatever arrives as an import document is taken or refused with reasons; what is taken obeys the rules that the
// tables rely on, and means the same when it is written out and read again.

#include <cstdint>
#include <set>

#include "base/check.h"
#include "base/ids.h"
#include "catalog/snapshot.h"
#include "json/encode.h"

namespace {

class NobodyBefore final : public catalog::KnownBefore {
 public:
  base::Result<bool> has_user(std::string_view) override { return false; }
  base::Result<std::optional<std::string>> workspace_of_team(std::string_view) override {
    return std::optional<std::string>();
  }
};

base::Result<catalog::Snapshot> read(std::string_view text) {
  NobodyBefore before;
  catalog::DecodedSnapshot decoded = TRY(catalog::decode_snapshot(text));
  return catalog::check_snapshot(std::move(decoded), before);
}

void obeys_the_rules(const catalog::Snapshot& snapshot) {
  std::set<std::string> users;
  for (const catalog::SnapshotUser& user : snapshot.users) {
    CHECK(base::parse_id(base::IdKind::kUser, user.id) == user.id, "ids are canonical");
    CHECK(users.insert(user.id).second, "a user is named once");
    CHECK(!user.name.empty(), "a user has a name");
  }
  std::set<std::string> teams;
  for (const catalog::SnapshotWorkspace& workspace : snapshot.workspaces) {
    std::set<std::string> members;
    for (const catalog::SnapshotMember& member : workspace.members) {
      CHECK(users.contains(member.user) && members.insert(member.user).second, "a member is a user, once");
      CHECK(member.permission_bit >= 0 && member.permission_bit <= 32, "a bit is one of seven");
      CHECK((member.permission_bit & (member.permission_bit - 1)) == 0, "a bit is one of seven");
    }
    for (const catalog::SnapshotTeam& team : workspace.teams) {
      CHECK(teams.insert(team.id).second, "a team is named once");
      for (const std::string& member : team.members) CHECK(members.contains(member), "a team is of members");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::Result<catalog::Snapshot> snapshot = read({reinterpret_cast<const char*>(data), size});
  if (!snapshot) {
    CHECK(!snapshot.error().message.empty(), "a refusal says why");
    return 0;
  }
  obeys_the_rules(*snapshot);
  const std::string text = json::encode(*snapshot);
  const base::Result<catalog::Snapshot> again = read(text);
  CHECK(again && json::encode(*again) == text, "what is taken reads back the same");
  return 0;
}
