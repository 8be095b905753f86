// For tests: a directory in memory that is changed between two questions, counts what it is asked, and can be down.
// Any thread.

#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <string_view>

#include "catalog/directory_model.h"

namespace authz {

class FakeDirectory final : public catalog::Directory {
 public:
  // Changes the world; `change` gets a catalog::DirectoryModel&.
  template <class Change>
  void edit(Change&& change) {
    const std::lock_guard lock(mutex_);
    change(world_);
  }
  void add_user(const std::string& id) {
    edit([&](auto& world) { world.users[id] = {id, "", ""}; });
  }
  void add_operator(const std::string& id) {
    edit([&](auto& world) { world.operators.insert(id); });
  }
  // A bit below 0 ends the membership, and with it that of the workspace's teams.
  void set_member(const std::string& user, const std::string& workspace, int bit) {
    edit([&](catalog::DirectoryModel& world) {
      catalog::DirectoryModel::WorkspaceState& state = world.workspaces[workspace];
      if (bit >= 0) {
        state.members[user] = bit;
        return;
      }
      state.members.erase(user);
      for (auto& [id, team] : state.teams) team.members.erase(user);
    });
  }
  void set_team(const std::string& team, const std::string& workspace, std::set<std::string> members) {
    edit([&](auto& world) { world.workspaces[workspace].teams[team] = {"", std::move(members)}; });
  }

  [[nodiscard]] int questions() const { return questions_; }
  void set_down(bool down) { down_ = down; }

  base::Result<std::optional<catalog::User>> user(std::string_view user_id, base::Deadline) override {
    return ask([&](auto& world) { return world.user(std::string(user_id)); });
  }
  base::Result<std::optional<catalog::Team>> team(std::string_view team_id, base::Deadline) override {
    return ask([&](auto& world) { return world.team(std::string(team_id)); });
  }
  base::Result<catalog::Membership> membership(std::string_view user_id, std::string_view workspace_id,
                                               base::Deadline) override {
    return ask([&](auto& world) { return world.membership(std::string(user_id), std::string(workspace_id)); });
  }
  base::Result<std::vector<catalog::WorkspaceMembership>> workspaces_of(std::string_view user_id,
                                                                        base::Deadline) override {
    return ask([&](auto& world) { return world.workspaces_of(std::string(user_id)); });
  }
  base::Result<std::vector<catalog::AudienceMember>> audience(const catalog::AudienceQuery& query,
                                                              base::Deadline) override {
    return ask([&](auto& world) { return world.audience(query); });
  }
  base::Result<std::vector<catalog::Member>> members(std::string_view workspace_id, std::string_view team_id,
                                                     std::string_view after, std::size_t members_max,
                                                     base::Deadline) override {
    return ask([&](auto& world) {
      return world.members(std::string(workspace_id), std::string(team_id), after, members_max);
    });
  }
  base::Result<std::vector<catalog::Team>> teams(std::string_view workspace_id, base::Deadline) override {
    return ask([&](auto& world) { return world.teams(std::string(workspace_id)); });
  }
  base::Result<bool> is_operator(std::string_view user_id, base::Deadline) override {
    return ask([&](auto& world) { return world.operators.contains(std::string(user_id)); });
  }
  base::Result<void> ping(base::Deadline) override {
    if (down_) return base::fail(base::Code::kUnavailable, "The directory does not answer.");
    return {};
  }

 private:
  template <class Question>
  auto ask(Question&& question) -> base::Result<std::invoke_result_t<Question, const catalog::DirectoryModel&>> {
    ++questions_;
    if (down_) return base::fail(base::Code::kUnavailable, "The directory does not answer.");
    const std::lock_guard lock(mutex_);
    return question(std::as_const(world_));
  }

  std::mutex mutex_;
  catalog::DirectoryModel world_;
  std::atomic<int> questions_{0};
  std::atomic<bool> down_{false};
};

}  // namespace authz
