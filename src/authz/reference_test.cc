// The engine compared with the reference (reference_test_support.h) on random worlds, each of which becomes another
// under it. STEWARDRY_WORLDS sets how many (10,000 without it), STEWARDRY_SEED chooses them. A difference prints the
// smallest world that shows it, and the seed.

#include <charconv>
#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

#include "authz/comparison_test_support.h"

namespace authz::reference {
namespace {

// A world, what becomes of it, and how it is looked at.
struct Case {
  World world;
  std::vector<Move> moves;
  std::size_t limit = 1;  // of pages
  int turn = 0;           // which action is explained
};

Case random_case(std::uint64_t seed) {
  Choice choice(seed);
  Case made{random_world(choice), {}, static_cast<std::size_t>(1 + choice.below(kUsers + 1)), choice.below(24)};
  for (int moves = choice.below(4); moves >= 0; --moves) made.moves.push_back(random_move(choice));
  return made;
}

World outcome(const Case& made) {
  World world = made.world;
  for (const Move& move : made.moves) world = after(world, move);
  return world;
}

std::string difference(const World& world, Setting& setting, const Case& made) {
  std::string found = decisions_differ(world, setting);
  if (found.empty()) found = sets_differ(world, setting);
  if (found.empty()) found = who_differs(world, setting, made.limit);
  return found;
}

// Empty: none.
std::string difference(const Case& made) {
  Setting setting(made.world);
  const World changed = outcome(made);
  std::string found = difference(made.world, setting, made);
  if (found.empty()) found = explanations_differ(made.world, setting, made.turn);
  if (found.empty()) found = preview_differs(made.world, changed, setting, made.limit);
  if (!found.empty()) return found;
  setting.become(changed);
  found = difference(changed, setting, made);
  return found.empty() ? found : "after the change: " + found;
}

std::vector<Case> smaller_than(const Case& made) {
  std::vector<Case> list;
  for (std::size_t i = 0; i < made.moves.size(); ++i) {
    list.push_back(made);
    list.back().moves.erase(list.back().moves.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (!made.moves.empty()) list.push_back({outcome(made), {}, made.limit, made.turn});
  for (const World& world : smaller_than(made.world)) list.push_back({world, made.moves, made.limit, made.turn});
  return list;
}

// As long as something simpler still differs, that is taken.
Case smallest(Case made) {
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (Case& each : smaller_than(made)) {
      if (difference(each).empty()) continue;
      made = std::move(each);
      smaller = true;
      break;
    }
  }
  return made;
}

std::string story(const Case& made, std::uint64_t seed) {
  std::string text = difference(made) + "\nin the world\n" + shown(made.world);
  if (!made.moves.empty()) text += "which becomes\n" + shown(outcome(made));
  return text + fmt::format("pages of {}, turn {}; STEWARDRY_SEED={}\n", made.limit, made.turn, seed);
}

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return otherwise;
  std::uint64_t number = otherwise;
  std::from_chars(text, text + std::string_view(text).size(), number);
  return number;
}

TEST(Reference, TheEngineAgreesOnRandomWorldsAndTheirChanges) {
  const std::uint64_t worlds = number_from("STEWARDRY_WORLDS", 10'000);
  const std::uint64_t first = number_from("STEWARDRY_SEED", std::random_device()());
  for (std::uint64_t n = 0; 2 * n < worlds; ++n) {
    const Case made = random_case(first + n);
    if (difference(made).empty()) continue;
    FAIL() << story(smallest(made), first + n);
  }
}

}  // namespace
}  // namespace authz::reference
