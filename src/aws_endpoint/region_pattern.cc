#include "aws_endpoint/region_pattern.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace aws_endpoint {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_'; }

}  // namespace

class RegionPatternReader {
 public:
  explicit RegionPatternReader(std::string_view text) : text_(text) {}

  base::Result<RegionPattern> run() {
    if (!text_.starts_with('^')) return refuse("it must begin with ^");
    if (!text_.ends_with('$') || text_.size() < 2) return refuse("it must end with $");
    RegionPattern pattern;
    for (at_ = 1; at_ < text_.size() - 1;) {
      RegionPattern::Part part = TRY(next());
      if (!pattern.parts_.empty()) TRY(check_order(pattern.parts_.back(), part));
      pattern.parts_.push_back(std::move(part));
    }
    return pattern;
  }

 private:
  using Kind = RegionPattern::Kind;
  using Part = RegionPattern::Part;

  [[nodiscard]] tl::unexpected<base::Error> refuse(std::string_view what) const {
    return base::fail(base::Code::kInvalid,
                      fmt::format("The pattern of regions {} cannot be read, column {}: {}.", text_, at_ + 1, what));
  }

  base::Result<Part> next() {
    if (text_[at_] == '(') return alternatives();
    if (text_[at_] == '\\' && (text_[at_ + 1] == 'w' || text_[at_ + 1] == 'd')) {
      const Kind kind = text_[at_ + 1] == 'w' ? Kind::kWord : Kind::kDigits;
      at_ += 2;
      if (text_[at_] != '+') return refuse("a class of characters must be followed by +");
      ++at_;
      return Part{kind, {}};
    }
    return Part{Kind::kTexts, {std::string(1, TRY(character()))}};
  }

  // One that stands for itself. The $ at the end is never read: it is no such character.
  base::Result<char> character() {
    char c = text_[at_];
    if (c == '\\') {
      c = text_[++at_];
      if (is_word(c) || at_ + 1 == text_.size()) return refuse("this escape is not known");
    } else if (!is_word(c) && c != '-') {
      return refuse("this sign is not known");
    }
    ++at_;
    return c;
  }

  base::Result<Part> alternatives() {
    ++at_;
    Part part{Kind::kTexts, {std::string()}};
    while (text_[at_] != ')') {
      if (at_ + 1 == text_.size()) return refuse("a ) is missing");
      if (text_[at_] == '|') {
        part.texts.emplace_back();
        ++at_;
      } else {
        part.texts.back().push_back(TRY(character()));
      }
    }
    ++at_;
    // So that one of them can match, and no other has to be tried after it.
    std::vector<std::string> sorted = part.texts;
    std::sort(sorted.begin(), sorted.end());
    const auto begins = [](const std::string& first, const std::string& second) { return second.starts_with(first); };
    if (std::adjacent_find(sorted.begin(), sorted.end(), begins) != sorted.end())
      return refuse("one alternative begins like another");
    return part;
  }

  base::Result<void> check_order(const Part& before, const Part& after) const {
    if (before.kind != Kind::kWord && before.kind != Kind::kDigits) return {};
    const auto taken = [&](char c) { return before.kind == Kind::kWord ? is_word(c) : is_digit(c); };
    const bool overlaps = after.kind == Kind::kWord || after.kind == Kind::kDigits ||
                          std::any_of(after.texts.begin(), after.texts.end(),
                                      [&](const std::string& text) { return text.empty() || taken(text.front()); });
    if (overlaps) return refuse("what stands before this could match it too");
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

base::Result<RegionPattern> RegionPattern::compile(std::string_view pattern) {
  return RegionPatternReader(pattern).run();
}

bool RegionPattern::matches(std::string_view rest) const {
  for (const Part& now : parts_) {
    if (now.kind == Kind::kWord || now.kind == Kind::kDigits) {
      const auto end =
          std::find_if_not(rest.begin(), rest.end(), now.kind == Kind::kWord ? is_word : is_digit) - rest.begin();
      if (end == 0) return false;
      rest.remove_prefix(static_cast<std::size_t>(end));
    } else {
      const auto text = std::find_if(now.texts.begin(), now.texts.end(),
                                     [&](const std::string& begin) { return rest.starts_with(begin); });
      if (text == now.texts.end()) return false;
      rest.remove_prefix(text->size());
    }
  }
  return rest.empty();
}

}  // namespace aws_endpoint
