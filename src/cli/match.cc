#include "cli/match.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/text.h"
#include "json/decode.h"

namespace cli {
namespace {

using base::Code;
using Found = std::vector<const Candidate*>;

constexpr std::size_t kShownMax = 10;

void add(Found& found, const Candidate& candidate) {
  const bool known = std::any_of(found.begin(), found.end(), [&](const Candidate* f) { return f->id == candidate.id; });
  if (!known) found.push_back(&candidate);
}

Found in_tier(std::size_t tier, std::string_view name, std::span<const Candidate> candidates) {
  const std::string wanted = folded(name);
  Found alike, exact;
  for (const Candidate& each : candidates) {
    if (tier >= each.tiers.size()) continue;
    for (const std::string& one : each.tiers[tier]) {
      if (folded(one) == wanted) add(alike, each);
      if (one == name) add(exact, each);
    }
  }
  return exact.size() == 1 ? exact : alike;
}

std::string_view uuid_of(std::string_view id) { return id.substr(id.rfind(':') + 1); }

tl::unexpected<base::Error> ambiguous(const Kind& kind, std::string_view name, const Found& found) {
  base::Error error(Code::kAmbiguous,
                    fmt::format("{} may be any of {} {}: say which by its id.", name, found.size(), kind.many));
  for (std::size_t i = 0; i < std::min(found.size(), kShownMax); ++i)
    error.fields.push_back({found[i]->id, found[i]->label});
  if (found.size() > kShownMax) error.fields.push_back({"...", fmt::format("and {} more", found.size() - kShownMax)});
  return base::fail(std::move(error));
}

}  // namespace

bool is_uuid_prefix(std::string_view text) {
  return text.size() >= 4 && text.size() <= 36 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '-';
         });
}

std::vector<std::vector<std::string>> user_tiers(const std::string& name, const std::string& email) {
  std::vector<std::vector<std::string>> tiers(4);
  if (!name.empty()) tiers[0].push_back(name);
  if (!email.empty()) tiers[1].push_back(email);
  if (const std::string local = email.substr(0, email.find('@')); !local.empty()) tiers[2].push_back(local);
  if (const std::string first = name.substr(0, name.find(' ')); !first.empty()) tiers[3].push_back(first);
  return tiers;
}

base::Result<std::string> match(const Kind& kind, std::string_view name, std::span<const Candidate> candidates) {
  std::size_t tiers = 0;
  for (const Candidate& each : candidates) tiers = std::max(tiers, each.tiers.size());
  for (std::size_t tier = 0; tier < tiers && !name.empty(); ++tier) {
    const Found found = in_tier(tier, name, candidates);
    if (found.size() == 1) return found.front()->id;
    if (found.size() > 1) return ambiguous(kind, name, found);
  }
  if (is_uuid_prefix(name)) {
    Found found;
    const std::string prefix = base::to_lower_ascii(name);
    for (const Candidate& each : candidates) {
      if (uuid_of(each.id).starts_with(prefix)) add(found, each);
    }
    if (found.size() == 1) return found.front()->id;
    if (found.size() > 1) return ambiguous(kind, name, found);
  }
  std::vector<std::string_view> known;
  for (const Candidate& each : candidates) {
    for (const auto& tier : each.tiers) known.insert(known.end(), tier.begin(), tier.end());
  }
  const std::string_view near = json::nearest_name(name, known);
  return base::fail(Code::kNotFound, fmt::format("There is no {} {} {}.{} To see them: {}", kind.one, name, kind.where,
                                                 near.empty() ? std::string() : fmt::format(" Did you mean {}?", near),
                                                 kind.how_to_see));
}

}  // namespace cli
