// How long the directory takes to answer, by implementation and question, as
// stewardry_directory_question_seconds{implementation,question}. Without a registry nothing is measured. Any thread.

#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/metrics.h"

namespace catalog {

enum class Question : std::uint8_t {
  kUser,
  kTeam,
  kMembership,
  kWorkspacesOf,
  kAudience,
  kMembers,
  kTeams,
  kIsOperator,
  kPing
};
inline constexpr std::array<std::string_view, 9> kQuestionNames = {
    "user", "team", "membership", "workspaces_of", "audience", "members", "teams", "is_operator", "ping"};

class QuestionMetrics {
 public:
  QuestionMetrics(base::Registry* registry, std::string_view implementation) {
    if (registry == nullptr) return;
    for (std::size_t i = 0; i < kQuestionNames.size(); ++i) {
      histograms_[i] = &registry->histogram(
          "stewardry_directory_question_seconds", "How long the directory took to answer, failures included.",
          {{"implementation", std::string(implementation)}, {"question", std::string(kQuestionNames[i])}});
    }
  }

  // Measures from here to the end of the scope.
  class Timer {
   public:
    explicit Timer(base::Histogram* histogram) : histogram_(histogram) {
      if (histogram_ != nullptr) begin_ = std::chrono::steady_clock::now();
    }
    ~Timer() {
      if (histogram_ != nullptr) histogram_->observe(std::chrono::steady_clock::now() - begin_);
    }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

   private:
    base::Histogram* histogram_;
    std::chrono::steady_clock::time_point begin_;
  };
  [[nodiscard]] Timer time(Question question) const { return Timer(histograms_[static_cast<std::size_t>(question)]); }

 private:
  std::array<base::Histogram*, kQuestionNames.size()> histograms_{};
};

}  // namespace catalog
