// Which of several things a name means. Names count in tiers: what matches in an earlier tier hides the later ones (a
// user whose name is "ada" hides one whose e-mail begins so). Within a tier case does not count, unless two things
// differ by it alone and one of them is written exactly so. At last an id of which the first 4 digits or more are
// given.
//
// Errors: kNotFound (with the nearest name), kAmbiguous (with the candidates as fields: id and label). Pure; any
// thread.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cli {

struct Candidate {
  std::string id;
  std::vector<std::vector<std::string>> tiers;  // names; of the first tier the most telling
  std::string label;                            // for people who must choose
};

struct Kind {
  std::string_view one, many;   // "compute node", "compute nodes"
  std::string_view where;       // completes "There is no compute node NAME ...": "that you may read"
  std::string_view how_to_see;  // "stewardry nodes list"
};

base::Result<std::string> match(const Kind& kind, std::string_view name, std::span<const Candidate> candidates);

// Whether `text` may begin a UUID: 4 characters or more of hex digits and hyphens.
bool is_uuid_prefix(std::string_view text);

// The tiers of a user: name; e-mail; what stands before the e-mail's "@"; the first word of the name.
std::vector<std::vector<std::string>> user_tiers(const std::string& name, const std::string& email);

}  // namespace cli
