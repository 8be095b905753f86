// The regular expressions by which partitions know regions that they do not list: "^(us|eu)\-\w+\-\d+$". Of this module
// only; a pattern never changes, any thread.
//
// Of regular expressions this knows what those use: ^ at the begin and $ at the end, characters that stand for
// themselves (escaped where they are signs), (a|b|c) of such, \w+ and \d+ (ASCII). Anything else is refused when it is
// compiled, and so are a class that is followed by what it could match itself, and alternatives of which one begins
// like another: then reading from left to right, without ever going back, is all that matching needs, whatever the
// text.
//
//   Errors   kInvalid: what is not known, with the column.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace aws_endpoint {

class RegionPattern {
 public:
  static base::Result<RegionPattern> compile(std::string_view pattern);
  [[nodiscard]] bool matches(std::string_view region) const;

 private:
  enum class Kind { kTexts, kWord, kDigits };
  struct Part {
    Kind kind = Kind::kTexts;
    std::vector<std::string> texts;  // one of these
  };
  friend class RegionPatternReader;

  std::vector<Part> parts_;
};

}  // namespace aws_endpoint
