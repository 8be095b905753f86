// For tests: every answer of the engine about a world, compared with the reference. Each function gives the first
// difference in words; empty: none.

#pragma once

#include <string>
#include <vector>

#include "authz/setting_test_support.h"
#include "authz/who.h"

namespace authz::reference {

inline constexpr std::array kNodeActions = {NodeAction::kRead,    NodeAction::kUpdate,     NodeAction::kShare,
                                            NodeAction::kUnshare, NodeAction::kDetach,     NodeAction::kDelete,
                                            NodeAction::kAttach,  NodeAction::kChangeOwner};
inline constexpr std::array kAccountActions = {AccountAction::kRead, AccountAction::kUpdate, AccountAction::kDelete,
                                               AccountAction::kEnable};
inline constexpr std::array kWorkspaceActions = {WorkspaceAction::kRead, WorkspaceAction::kAdminister};

std::string decisions_differ(const World& world, const Setting& setting);
std::string sets_differ(const World& world, Setting& setting);
std::string who_differs(const World& world, Setting& setting, std::size_t limit);
// What the change from one node, or enablement, to the other takes and gives, in the directory of `before`.
std::string preview_differs(const World& before, const World& after, Setting& setting_before, std::size_t limit);
// Of one action in `turn`, a number that chooses it.
std::string explanations_differ(const World& world, const Setting& setting, int turn);

}  // namespace authz::reference
