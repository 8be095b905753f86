#include "aws_model/suggest.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace aws_model {

namespace {

constexpr std::size_t kNamesMax = 3;
constexpr std::size_t kNameBytesMax = 128;  // longer than any name of AWS: nothing is near it

std::string letters_of(std::string_view name) {
  std::string letters = base::to_lower_ascii(name);
  std::erase_if(letters, [](char c) { return c == '-' || c == '_'; });
  return letters;
}

// How many letters must be changed, added, removed or swapped with their neighbour (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::vector<std::string_view> closest(std::string_view name, const std::vector<std::string_view>& known) {
  if (name.size() > kNameBytesMax) return {};
  const std::string wanted = letters_of(name);
  if (wanted.empty()) return {};
  const std::size_t far = 1 + wanted.size() / 5;
  std::vector<std::pair<std::size_t, std::string_view>> near;
  for (const std::string_view candidate : known) {
    const std::string letters = letters_of(candidate);
    const std::size_t longer = std::max(letters.size(), wanted.size());
    const std::size_t shorter = std::min(letters.size(), wanted.size());
    if (longer - shorter <= far) {
      const std::size_t changes = distance(wanted, letters);
      if (changes <= far && changes < shorter) {
        near.emplace_back(changes, candidate);
        continue;
      }
    }
    if (wanted.size() >= 3 && letters.starts_with(wanted)) near.emplace_back(far + 1, candidate);
  }
  std::sort(near.begin(), near.end());
  std::vector<std::string_view> names;
  for (const auto& [changes, candidate] : near) {
    if (names.size() < kNamesMax) names.push_back(candidate);
  }
  return names;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string_view>& known) {
  const std::vector<std::string_view> names = closest(name, known);
  if (names.empty()) return {};
  std::string sentence = " Did you mean ";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) sentence += i + 1 == names.size() ? " or " : ", ";
    sentence += names[i];
  }
  return sentence + "?";
}

}  // namespace aws_model
