// Who may ask about access, and what they hear: the one place that says so.
//
//   about oneself     everyone
//   about others      on a compute node its owner, on an account its owner, in a workspace its members with permission
//                     bit 8 or more; about everybody, on everything: operators of the platform, and the service
//                     accounts that the setting access.callers names
//   a change, ahead   the owner of what is changed, and operators
//
// What somebody may not read does not exist for them, also here. So whoever asks about themselves hears of a thing that
// they may not read the same as of an id that is nobody's, to the byte (kHiddenReason, kHiddenRemedy), and after the
// same questions to the table and the directory, so that the time it takes says nothing either.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/context.h"
#include "base/deadline.h"
#include "base/result.h"
#include "nodes/nodes.h"

namespace api {

inline constexpr std::string_view kHiddenCode = "not-found";
inline constexpr std::string_view kHiddenReason = "There is no such thing, or it is not for this user to see.";
inline constexpr std::string_view kHiddenRemedy =
    "Whoever owns it can share it: with a member of its workspace whose permission bit is 8 or more, or with one of "
    "their teams. If you know the owner, ask them; or ask an operator of the platform.";
// Asked about where there is no workspace to ask about.
inline constexpr std::string_view kNobodysWorkspace = "N:organization:00000000-0000-0000-0000-000000000000";

// Whether the user may ask about everybody and everything.
base::Result<bool> may_ask_about_all(const Context& context, std::string_view asker_id, base::Deadline deadline);

// A node as it is, whoever asks; none where there is none.
base::Result<std::optional<nodes::SeenPermissions>> find_node(const Context& context, std::string_view uuid,
                                                              base::Deadline deadline);

// The same for somebody who wants to know of others; or of a change ahead. kForbidden for others who read it;
// kNotFound, as for an unknown id, for everybody else.
enum class Inquiry { kOthers, kChange };
base::Result<nodes::SeenPermissions> node_to_ask_about(const Context& context, std::string_view asker_id,
                                                       std::string_view uuid, Inquiry inquiry, base::Deadline deadline);
base::Result<accounts::Accounts::Whole> account_to_ask_about(const Context& context, std::string_view asker_id,
                                                             std::string_view uuid, Inquiry inquiry,
                                                             base::Deadline deadline);

}  // namespace api
