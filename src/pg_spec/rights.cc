// How `privileges` says what a role has: SELECT, [SELECT, INSERT], ALL, [SELECT WITH GRANT OPTION], NONE,
// {grant: [...], revoke: [...]}.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pg_spec/reader.h"

namespace pg_spec::internal {
namespace {

constexpr std::string_view kWithOption = " WITH GRANT OPTION";
constexpr int kNewestMajor = 18;  // what a kind can have at all; what a server knows is the plan's to say

std::string with_article(pg_model::Kind kind) {
  const std::string_view word = pg_model::name(kind);
  return fmt::format("{} {}", word.starts_with('a') || word.starts_with('o') ? "an" : "a", word);
}

}  // namespace

void Reader::privilege(const Node& word, pg_model::Kind kind, bool may_pass_on, Rights& out) {
  std::string_view text = word.text;
  const bool option = text.ends_with(kWithOption);
  if (option) text.remove_suffix(kWithOption.size());
  if (option && !may_pass_on) {
    return problem(word.at, "a grant option can neither be PUBLIC's nor be taken away alone");
  }
  if (text == "ALL") {
    (option ? out.all_with_option : out.all) = true;
    return;
  }
  const pg_model::Privileges possible = pg_model::all_privileges(kind, kNewestMajor);
  const std::optional<pg_model::Privileges> one = pg_model::parse_privilege(text);
  if (one && (*one & possible) != 0 && pg_model::name_of(*one) == text) {  // one spelling: in capitals, and in full
    (option ? out.with_option : out.has) |= *one;
    return;
  }
  const std::vector<std::string> known = pg_model::names_of(possible);
  const std::string near = meant(text, {known.begin(), known.end()});
  problem(word.at, fmt::format("{} has no privilege {}{}", with_article(kind), text,
                               near.empty() ? fmt::format("; there are {} and ALL", fmt::join(known, ", ")) : near));
}

void Reader::privilege_list(const Node& node, pg_model::Kind kind, bool may_pass_on, Rights& out) {
  each_text(node, "the privileges", [&](const Node& word) {
    if (word.text == "NONE") return problem(word.at, "NONE stands alone");
    privilege(word, kind, may_pass_on, out);
  });
}

Rights Reader::rights(const Node& node, pg_model::Kind kind, bool to_public) {
  Rights out;
  if (node.is_null()) {
    problem(node.at, "privileges are missing here; to have none is NONE");
    return out;
  }
  if (node.is_text() && node.text == "NONE") {
    out.not_all = true;
    return out;
  }
  if (!node.is_map()) {
    privilege_list(node, kind, !to_public, out);
    return out;
  }
  Rights taken;
  members(node, "privileges",
          {{"grant", [&](const Node& each) { privilege_list(each, kind, !to_public, out); }},
           {"revoke", [&](const Node& each) { privilege_list(each, kind, false, taken); }}});
  out.has_not = taken.has;
  out.not_all = taken.all;
  const bool has_any = out.has != 0 || out.with_option != 0 || out.all || out.all_with_option;
  const bool both = (out.has_not & (out.has | out.with_option)) != 0 || (out.not_all && has_any) ||
                    (out.has_not != 0 && (out.all || out.all_with_option));
  if (both) problem(node.at, "the same privilege is granted and revoked");
  return out;
}

}  // namespace pg_spec::internal
