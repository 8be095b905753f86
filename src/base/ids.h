// Names of things: UUIDs (RFC 9562), and the platform's node ids "N:user:<uuid>", "N:organization:<uuid>",
// "N:team:<uuid>". Texts are canonical, that is in lower case; parse functions take either case and give the canonical
// form, so that two spellings never name two things. Pure, any thread.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/entropy.h"

namespace base {

enum class IdKind { kUser, kWorkspace, kTeam };

std::string new_uuid(Entropy& entropy);                    // version 4: random
std::string new_ordered_uuid(Entropy& entropy, Time now);  // version 7: sorts by time of making

std::optional<std::string> parse_uuid(std::string_view text);
std::optional<std::string> parse_id(IdKind kind, std::string_view text);
std::string make_id(IdKind kind, std::string_view uuid);

}  // namespace base
