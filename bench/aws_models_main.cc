// What it costs to have a service model: opening the archive, and loading single services out of it, from the
// compressed bytes to a Service that can be asked. Each figure is the middle one of some rounds with a fresh library,
// the first of all stands beside it. bench/aws_models.py runs this with the baseline, botocore's own loader.
//
//   build/release/bench/bench_aws_models              ec2, s3, sts and dynamodb, and what they have in common
//   build/release/bench/bench_aws_models SERVICE...   these

#include <algorithm>
#include <chrono>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "aws_model/archive.h"
#include "aws_model/library.h"
#include "base/check.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRounds = 21;

double ms_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

void print(std::string_view what, std::vector<double> ms) {
  const double first = ms.front();
  std::sort(ms.begin(), ms.end());
  fmt::print("{:<44}{:>9.3f} ms   (the first time {:.3f})\n", what, ms[ms.size() / 2], first);
}

template <class Work>
void measure(std::string_view what, Work work) {
  std::vector<double> ms;
  for (int round = 0; round < kRounds; ++round) ms.push_back(work());
  print(what, std::move(ms));
}

std::unique_ptr<aws_model::Library> opened() {
  auto library = aws_model::Library::open();
  CHECK(library, "the archive opens");
  return *std::move(library);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string_view> names(argv + 1, argv + argc);
  if (names.empty()) names = {"ec2", "s3", "sts", "dynamodb"};
  measure("open the archive", [] {
    const Clock::time_point begin = Clock::now();
    const auto library = opened();
    return ms_since(begin);
  });
  for (const std::string_view name : names) {
    measure(fmt::format("load {}", name), [&] {
      const auto library = opened();
      const Clock::time_point begin = Clock::now();
      CHECK(library->service(name), "the service is there");
      return ms_since(begin);
    });
  }
  if (argc > 1) return 0;
  for (const std::string_view name : {"s3", "sts"}) {
    measure(fmt::format("load the endpoint rules of {}", name), [&] {
      const auto library = opened();
      const Clock::time_point begin = Clock::now();
      CHECK(library->endpoint_rules(name), "the rules are there");
      return ms_since(begin);
    });
  }
  measure("load all services", [] {
    const auto library = opened();
    const Clock::time_point begin = Clock::now();
    for (const aws_model::Entry& entry : library->services()) CHECK(library->service(entry.name), "it is there");
    return ms_since(begin);
  });
  fmt::print("{:<44}{:>9} bytes\n", "archive, as it is in the program", aws_model::linked_archive().size());
}
