// Who may ask about access: everyone about themselves; about others the owner of the thing, the operators of the
// platform, and the service accounts that the setting access.callers names.
//
// What somebody may not read does not exist for them, also here. So whoever asks about themselves hears of a thing that
// they may not read the same as of an id that is nobody's, to the byte: kHiddenReason and kHiddenRemedy.

#pragma once

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

// Whether the user may ask about everybody and everything.
base::Result<bool> may_ask_about_all(const Context& context, std::string_view asker_id, base::Deadline deadline);

// A node as it is, whoever asks; none where there is none.
base::Result<std::optional<nodes::SeenPermissions>> find_node(const Context& context, std::string_view uuid,
                                                              base::Deadline deadline);

// The same for somebody who wants to know of others: the owner, and who may ask about all. kForbidden for others who
// read it; kNotFound, as for an unknown id, for everybody else.
base::Result<nodes::SeenPermissions> node_to_ask_about(const Context& context, std::string_view asker_id,
                                                       std::string_view uuid, base::Deadline deadline);

}  // namespace api
