// Every pair of changes that can touch each other, at the same time. The first is held at a call of the state table,
// the second is made from beginning to end on another thread, and the first goes on: so every interleaving of a whole
// change with the steps of another is played, and none is left to luck. What comes of it, answers and everything that
// is stored, must be what comes of one after the other. A change of one transaction that is held just before its commit
// must come out as the later one: it was decided on the state that it changes.
//
// Held by default before each write, and between the first two reads; STEWARDRY_PAUSES=all: before every call.

#include <atomic>
#include <cstdlib>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/hardening/stage.h"

namespace hardening {
namespace {

using Call = test::CountingTable::Call;

constexpr int kStagesOfAWorld = 40;  // lists of a longer life would slow the rest down

struct Outcome {
  std::string first, second, state;
  bool operator==(const Outcome&) const = default;
};

std::string text(const Outcome& outcome) {
  return fmt::format("  first   {}\n  second  {}\n{}", outcome.first, outcome.second, outcome.state);
}

class Races : public ::testing::TestWithParam<test::Store> {
 protected:
  // The two, as `play` makes them of the stage, in one world that is fresh enough.
  template <class Play>
  Outcome on_stage(const Mutation& a, const Mutation& b, Play play, bool with_lists = false) {
    if (!world_ || stages_ % kStagesOfAWorld == 0) {
      world_ = std::make_unique<test::ApiWorld>(test::ApiWorldOptions{.store = GetParam(), .base_path = {}});
      Stage::import_directory(*world_);
    } else if (moved_) {
      Stage::import_directory(*world_);
    }
    moved_ = a.on == "directory" || b.on == "directory";
    Stage stage(*world_, ++stages_, {a.on, b.on});
    Outcome outcome = play(stage);
    world_->table().before_each(nullptr);
    outcome.state = stage.state();
    outcome.first = essence(a, stage.show(outcome.first));
    outcome.second = essence(b, stage.show(outcome.second));
    const std::string broken = stage.broken(with_lists);
    EXPECT_EQ(broken, "") << a.name << " / " << b.name << '\n' << text(outcome);
    for (const std::string& answer : {outcome.first, outcome.second})
      EXPECT_FALSE(answer.starts_with('5')) << a.name << " / " << b.name << ": " << answer;
    return outcome;
  }

  // Of a refusal the status: which of two things that are gone is named is no matter.
  static std::string essence(const Mutation& mutation, const std::string& answer) {
    return answer.starts_with('4') || mutation.loose ? answer.substr(0, 3) : answer;
  }

  Outcome after_each_other(const Mutation& a, const Mutation& b, std::vector<Call>* calls = nullptr) {
    return on_stage(a, b, [&](Stage& stage) {
      Outcome outcome;
      if (calls != nullptr) world_->table().before_each([calls](Call call) { calls->push_back(call); });
      outcome.first = stage.ask(a);
      world_->table().before_each(nullptr);
      outcome.second = stage.ask(b);
      return outcome;
    });
  }

  Outcome alone(const Mutation& a, const Mutation& not_made) {
    return on_stage(a, not_made, [&](Stage& stage) { return Outcome{stage.ask(a), "", ""}; });
  }

  // The second falls before the `at`th call of the first.
  Outcome interleaved(const Mutation& a, const Mutation& b, std::size_t at) {
    return on_stage(
        a, b,
        [&](Stage& stage) {
          Outcome outcome;
          std::atomic<std::size_t> calls = 0;
          std::atomic<bool> held = false;
          world_->table().before_each([&](Call) {
            if (held || calls++ != at) return;
            held = true;
            std::thread([&] { outcome.second = stage.ask(b); }).join();
          });
          outcome.first = stage.ask(a);
          world_->table().before_each(nullptr);
          EXPECT_TRUE(held) << a.name << " made fewer calls than before";
          return outcome;
        },
        true);
  }

  // Both at once, as the processors will.
  Outcome together(const Mutation& a, const Mutation& b) {
    return on_stage(
        a, b,
        [&](Stage& stage) {
          Outcome outcome;
          std::atomic<int> waiting = 2;
          const auto at_once = [&](const Mutation& each, std::string& answer) {
            for (--waiting; waiting > 0;) std::this_thread::yield();
            answer = stage.ask(each);
          };
          std::thread other([&] { at_once(b, outcome.second); });
          at_once(a, outcome.first);
          other.join();
          return outcome;
        },
        true);
  }

  // `forth`: one after the other in this order; `back`: in the other, with the answers in this one's places.
  void expect_serial(const Mutation& a, const Mutation& b, const Outcome& found, const Outcome& forth,
                     const Outcome& back, bool late, const std::string& when) {
    if (found == back || (!late && found == forth)) return;
    // Of a change of several transactions the other may meet the middle, and either may give way to the other; who is
    // refused so has done nothing.
    const bool in_steps = !a.in_one || !b.in_one;
    const auto gave_way = [](const std::string& answer) { return answer.starts_with('4'); };
    if (in_steps && gave_way(found.second) && Outcome{found.first, "", found.state} == alone(a, b)) return;
    if (in_steps && gave_way(found.first) && Outcome{found.second, "", found.state} == alone(b, a)) return;
    // Two that remove the same do it together, and both say so.
    if (!a.in_one && !b.in_one && Outcome{found.first, "", found.state} == alone(a, b) &&
        Outcome{found.second, "", found.state} == alone(b, a)) {
      return;
    }
    ADD_FAILURE() << a.name << " / " << b.name << ", " << when << ":\n"
                  << text(found) << "one after the other" << (late ? " (not allowed here)" : "") << ":\n"
                  << text(forth) << "the other way round:\n"
                  << text(back);
  }

  static bool touch(const Mutation& a, const Mutation& b) {
    const auto is_node = [](const Mutation& each) {
      return each.on != "lab" && each.on != "bare" && each.on != "directory";
    };
    if (a.on == b.on) return true;
    if (a.on == "directory" || b.on == "directory") return true;
    return (a.on == "lab" && is_node(b)) || (b.on == "lab" && is_node(a));
  }

  static Outcome turned(Outcome outcome) {
    std::swap(outcome.first, outcome.second);
    return outcome;
  }

  std::unique_ptr<test::ApiWorld> world_;
  int stages_ = 0;
  bool moved_ = false;
};

TEST_P(Races, OfEveryTwoOneIsTheFirst) {
  const char* pauses = std::getenv("STEWARDRY_PAUSES");
  const bool all = pauses != nullptr && std::string_view(pauses) == "all";
  const std::size_t step = GetParam() == test::Store::kMemory || all ? 1 : 13;  // SQLite: some of them
  std::size_t pairs = 0, played = 0;
  for (std::size_t i = 0; i < mutations().size(); ++i) {
    for (std::size_t j = i; j < mutations().size(); ++j) {
      const Mutation &a = mutations()[i], &b = mutations()[j];
      if (!touch(a, b) || pairs++ % step != 0) continue;
      std::vector<Call> calls_of_a, calls_of_b;
      const Outcome ab = after_each_other(a, b, &calls_of_a), ba = turned(after_each_other(b, a, &calls_of_b));
      const auto race = [&](const Mutation& first, const Mutation& second, const std::vector<Call>& calls,
                            const Outcome& forth, const Outcome& back) {
        for (std::size_t at = 1; at < calls.size(); ++at) {
          if (!all && calls[at] == Call::kRead && at != 1) continue;
          const bool late = first.in_one && calls[at] == Call::kWrite && second.on != "directory";
          expect_serial(first, second, interleaved(first, second, at), forth, back, late,
                        fmt::format("held before call {}", at));
          ++played;
        }
      };
      race(a, b, calls_of_a, ab, ba);
      if (HasFailure()) return;
      if (i != j) race(b, a, calls_of_b, turned(ba), turned(ab));
      if (HasFailure()) return;  // one is enough to read
    }
  }
  EXPECT_GT(played, 100U);
  fmt::print("{} pairs, {} interleavings\n", pairs / step, played);
}

TEST_P(Races, OfTwoThreads) {
  constexpr std::size_t kStep = 11;
  std::size_t pairs = 0;
  for (const Mutation& a : mutations()) {
    for (const Mutation& b : mutations()) {
      if (!touch(a, b) || pairs++ % kStep != 0 || (a.on == "directory" && b.on == "directory")) continue;
      const Outcome forth = after_each_other(a, b), back = turned(after_each_other(b, a));
      for (int round = 0; round < 2; ++round)
        expect_serial(a, b, together(a, b), forth, back, false, "at the same time");
      if (HasFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, Races, ::testing::Values(test::Store::kMemory, test::Store::kSqlite),
                         [](const auto& each) { return each.param == test::Store::kMemory ? "memory" : "sqlite"; });

}  // namespace
}  // namespace hardening
