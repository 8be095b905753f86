#include "cli/explained.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/fields.h"

namespace cli {
namespace {

// What stands after a colon begins small, unless it begins with a name or an abbreviation.
std::string continued(std::string_view sentence) {
  std::string text(sentence);
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (text.size() > 1 && is_upper(text[0]) && !is_upper(text[1]) && text[1] != ':')
    text[0] = static_cast<char>(text[0] + ('a' - 'A'));
  return text;
}

// Facts that only mean something together with the one before them.
bool belongs_under(std::string_view kind, std::string_view above) {
  return (kind == "permission-bit" && above == "membership") || (kind == "team-membership" && above == "team-grant") ||
         (kind == "enablement" && above == "account-owner");
}

std::vector<Branch> facts_of(const Explained& explained) {
  std::vector<Branch> facts;
  std::string above;
  const json::Array* list = array_at(explained.answer, "facts");
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    const json::Object* fact = (*list)[i].if_object();
    if (fact == nullptr) continue;
    const std::string kind = text_at(*fact, "kind");
    const bool under = !facts.empty() && belongs_under(kind, above);
    if (!under) above = kind;
    (under ? facts.back().children : facts)
        .push_back({shown(explained.with_names(text_at(*fact, "text"))),
                    true_at(*fact, "holds") ? Mark::kYes : Mark::kNo,
                    {}});
  }
  return facts;
}

// Who could make the change, where the sentence does not say it already.
std::vector<Branch> who_could(const Explained& explained, const json::Object& step) {
  const std::string text = text_at(step, "text");
  const std::vector<std::string> by = texts_at(step, "by");
  const auto is_named = [&](const std::string& id) { return text.find(id) != std::string::npos; };
  if (by.empty() ? text.ends_with("can).") : std::all_of(by.begin(), by.end(), is_named)) return {};
  std::string names;
  for (const std::string& id : by) names += (names.empty() ? "" : ", ") + explained.with_names(id);
  if (names.empty()) names = "an operator, or whoever keeps the directory";
  return {{shown("This could be done by: " + names), Mark::kNone, {}}};
}

Branch remedy_of(const Explained& explained, const json::Object& remedy) {
  const json::Array* steps = array_at(remedy, "steps");
  const bool several = steps != nullptr && steps->size() > 1;
  Branch root{several ? fmt::format("What would change it, in {} steps:", steps->size())
                      : shown("What would change it: " + explained.with_names(continued(text_at(remedy, "text")))),
              Mark::kNone,
              {}};
  for (std::size_t i = 0; steps != nullptr && i < steps->size(); ++i) {
    const json::Object* step = (*steps)[i].if_object();
    if (step == nullptr) continue;
    if (!several)
      root.children = who_could(explained, *step);
    else
      root.children.push_back({shown(fmt::format("{}. {}", i + 1, explained.with_names(text_at(*step, "text")))),
                               Mark::kNone, who_could(explained, *step)});
  }
  return root;
}

}  // namespace

std::string verdict(bool allowed, std::string_view action, std::string_view node) {
  const std::string may = allowed ? "may" : "may not";
  if (action == "set-scope") return fmt::format("{} set the scope of {}", may, node);
  return fmt::format("{} {} {}", may, action, node);
}

std::string laid_out(const Explained& explained, const Screen& screen) {
  const bool allowed = true_at(explained.answer, "allowed");
  const std::string reason = explained.with_names(continued(text_at(explained.answer, "reason")));
  Branch root{shown(fmt::format("{} {}{}{}", explained.who, verdict(allowed, explained.action, explained.node),
                                reason.empty() ? "." : ": ", reason)),
              {},
              facts_of(explained)};
  std::string out = laid_out(root, screen);
  if (const json::Object* remedy = object_at(explained.answer, "remedy"))
    out += "\n" + laid_out(remedy_of(explained, *remedy), screen);
  return out;
}

}  // namespace cli
