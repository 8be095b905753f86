// Random commands by random users against the model of the API. The number of commands is STEWARDRY_STEPS, the seed
// STEWARDRY_SEED; both are printed. A failure is made as short as it can be made, and printed as a case of tests/api.

#include "tests/hardening/machine.h"

#include <cstdlib>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace hardening {
namespace {

constexpr std::size_t kCommandsOfAWorld = 150, kCommandsBetweenLooks = 50;

std::uint64_t number_of(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

struct Failure {
  std::string what, script;
  std::size_t at = 0;  // of the commands
};

std::optional<Failure> play(const test::ApiWorldOptions& options, const std::vector<Command>& commands) {
  Machine machine(options);
  for (std::size_t i = 0; i < commands.size(); ++i) {
    std::string wrong = machine.run(commands[i]);
    if (wrong.empty() && ((i + 1) % kCommandsBetweenLooks == 0 || i + 1 == commands.size())) wrong = machine.compare();
    if (!wrong.empty()) return Failure{wrong, machine.script(), i + 1};
  }
  return std::nullopt;
}

// Leaves out what can be left out: halves first, then smaller parts.
Failure shrink(const test::ApiWorldOptions& options, std::vector<Command> commands, Failure failure) {
  commands.resize(failure.at);
  for (std::size_t part = commands.size() / 2; part > 0; part /= 2) {
    for (std::size_t from = 0; from + part <= commands.size();) {
      std::vector<Command> fewer = commands;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(from),
                  fewer.begin() + static_cast<std::ptrdiff_t>(from + part));
      if (std::optional<Failure> still = fewer.empty() ? std::nullopt : play(options, fewer)) {
        failure = std::move(*still);
        fewer.resize(failure.at);
        commands = std::move(fewer);
      } else {
        from += part;
      }
    }
  }
  return failure;
}

// Random, after a few that see to it that there is something to ask about: accounts, enablements, nodes that work.
std::vector<Command> any_commands(std::mt19937_64& dice) {
  constexpr std::array<std::uint32_t, 12> kOpening = {0, 4, 5, 4, 0, 8, 8, 27, 8, 27, 8, 27};
  constexpr std::uint32_t kPlain = 63;  // without If-Match, Idempotency-Key or a mistake
  const auto number = [&dice] { return static_cast<std::uint32_t>(dice()); };
  std::vector<Command> commands(kCommandsOfAWorld);
  for (std::size_t i = 0; i < commands.size(); ++i) {
    Command& each = commands[i];
    each = {number(), number(), number(), number(), number(), number()};
    if (i < kOpening.size()) {
      each.kind = kOpening[i];
      each.dress = kPlain;
    }
  }
  return commands;
}

void check(const test::ApiWorldOptions& options, std::uint64_t steps) {
  const std::uint64_t seed = number_of("STEWARDRY_SEED", std::random_device()());
  fmt::print("seed {}, {} commands\n", seed, steps);
  std::mt19937_64 dice(seed);
  for (std::uint64_t done = 0; done < steps; done += kCommandsOfAWorld) {
    std::vector<Command> commands = any_commands(dice);
    if (std::optional<Failure> failure = play(options, commands)) {
      const Failure least = shrink(options, std::move(commands), std::move(*failure));
      FAIL() << "with STEWARDRY_SEED=" << seed << ":\n" << least.what << "\n\n" << least.script;
    }
  }
}

TEST(ApiStateMachine, OverTheMemoryTable) {
  check({.store = test::Store::kMemory, .base_path = {}}, number_of("STEWARDRY_STEPS", 4500));
}

TEST(ApiStateMachine, OverSqliteBelowABasePath) {
  check({.store = test::Store::kSqlite, .base_path = "/compute/resources"}, number_of("STEWARDRY_STEPS", 1500));
}

}  // namespace
}  // namespace hardening
