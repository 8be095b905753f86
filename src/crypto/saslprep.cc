#include "crypto/saslprep.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "base/text.h"

namespace crypto {
namespace {

struct Range {
  char32_t first, last;
};

constexpr std::array kSpaces{Range{0x00A0, 0x00A0}, Range{0x1680, 0x1680}, Range{0x2000, 0x200B},
                             Range{0x202F, 0x202F}, Range{0x205F, 0x205F}, Range{0x3000, 0x3000}};  // C.1.2

constexpr std::array kMappedToNothing{Range{0x00AD, 0x00AD}, Range{0x034F, 0x034F}, Range{0x1806, 0x1806},
                                      Range{0x180B, 0x180D}, Range{0x200C, 0x200D}, Range{0x2060, 0x2060},
                                      Range{0xFE00, 0xFE0F}, Range{0xFEFF, 0xFEFF}};  // B.1

// C.2.1 to C.9; what is no character (the last two of each plane) is looked for beside it.
constexpr std::array kProhibited{
    Range{0x0000, 0x001F},   Range{0x007F, 0x009F},   Range{0x0340, 0x0341},    Range{0x06DD, 0x06DD},
    Range{0x070F, 0x070F},   Range{0x180E, 0x180E},   Range{0x200C, 0x200F},    Range{0x2028, 0x202E},
    Range{0x2060, 0x2063},   Range{0x206A, 0x206F},   Range{0x2FF0, 0x2FFB},    Range{0xD800, 0xF8FF},
    Range{0xFDD0, 0xFDEF},   Range{0xFEFF, 0xFEFF},   Range{0xFFF9, 0xFFFF},    Range{0x1D173, 0x1D17A},
    Range{0xE0001, 0xE0001}, Range{0xE0020, 0xE007F}, Range{0xF0000, 0x10FFFF},
};

template <std::size_t n>
bool is_in(const std::array<Range, n>& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const Range& each) { return each.first <= c && c <= each.last; });
}

bool is_prohibited(char32_t c) { return (c & 0xFFFE) == 0xFFFE || is_in(kProhibited, c); }

// Of Unicode 3.2, which RFC 3454 stands on.
bool is_assigned(char32_t c) {
  UVersionInfo age;
  u_charAge(static_cast<UChar32>(c), age);
  return age[0] != 0 && (age[0] < 3 || (age[0] == 3 && age[1] <= 2));
}

enum class Direction { kNone, kLeftToRight, kRightToLeft };

// As in Unicode 3.2: some characters have another direction since.
Direction direction_of(char32_t c) {
  constexpr std::array kOnceWithout{Range{0x0CBF, 0x0CBF}, Range{0x0CC6, 0x0CC6}, Range{0x1734, 0x1734},
                                    Range{0x2132, 0x2132}, Range{0x2800, 0x28FF}, Range{0x302E, 0x302F}};
  constexpr std::array kOnceLeftToRight{Range{0x17B4, 0x17B5},   Range{0x1885, 0x1886},   Range{0x1D6DB, 0x1D6DB},
                                        Range{0x1D715, 0x1D715}, Range{0x1D74F, 0x1D74F}, Range{0x1D789, 0x1D789},
                                        Range{0x1D7C3, 0x1D7C3}};
  if (is_in(kOnceWithout, c)) return Direction::kNone;
  if (is_in(kOnceLeftToRight, c)) return Direction::kLeftToRight;
  switch (u_charDirection(static_cast<UChar32>(c))) {
    case U_LEFT_TO_RIGHT:
      return Direction::kLeftToRight;
    case U_RIGHT_TO_LEFT:
    case U_RIGHT_TO_LEFT_ARABIC:
      return Direction::kRightToLeft;
    default:
      return Direction::kNone;
  }
}

// RFC 3454, section 6: a text from right to left has nothing from left to right, and begins and ends with its own.
bool directions_are_allowed(const std::u32string& text) {
  const auto has = [&](Direction direction) {
    return std::any_of(text.begin(), text.end(), [&](char32_t c) { return direction_of(c) == direction; });
  };
  if (!has(Direction::kRightToLeft)) return true;
  return !has(Direction::kLeftToRight) && direction_of(text.front()) == Direction::kRightToLeft &&
         direction_of(text.back()) == Direction::kRightToLeft;
}

// A text in between, wiped when it goes.
template <class Text>
struct Wiped {
  Text text;
  Wiped() = default;
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() {
    for (volatile auto& unit : text) unit = 0;
  }
};

// The text that is valid UTF-8, as code points.
void decode(std::string_view utf8, std::u32string& code_points) {
  code_points.reserve(utf8.size());
  for (std::size_t at = 0; at < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t c = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) c = (c << 6) | (static_cast<unsigned char>(utf8[at + i]) & 0x3FU);
    code_points += c;
    at += length;
  }
}

std::optional<base::Secret> normalised(const std::u32string& code_points) {
  UErrorCode error = U_ZERO_ERROR;
  const UNormalizer2* nfkc = unorm2_getNFKCInstance(&error);
  Wiped<std::u16string> source, target;
  source.text.resize(code_points.size() * 2);
  int32_t length = 0;
  u_strFromUTF32(source.text.data(), static_cast<int32_t>(source.text.size()), &length,
                 reinterpret_cast<const UChar32*>(code_points.data()), static_cast<int32_t>(code_points.size()),
                 &error);
  constexpr std::size_t kGrowthMax = 18;  // of any text by NFKC, in UTF-16 (Unicode FAQ, "Normalization")
  target.text.resize(source.text.size() * kGrowthMax);
  const int32_t size = unorm2_normalize(nfkc, source.text.data(), length, target.text.data(),
                                        static_cast<int32_t>(target.text.size()), &error);
  Wiped<std::string> utf8;
  utf8.text.resize(target.text.size());
  u_strToUTF8(utf8.text.data(), static_cast<int32_t>(utf8.text.size()), &length, target.text.data(), size, &error);
  if (U_FAILURE(error)) return std::nullopt;
  return base::Secret(utf8.text.substr(0, static_cast<std::size_t>(length)));
}

}  // namespace

base::Secret saslprep(std::string_view password) {
  base::Secret as_it_is{std::string(password)};
  const bool is_ascii =
      std::all_of(password.begin(), password.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (is_ascii || !base::is_utf8(password)) return as_it_is;
  Wiped<std::u32string> read, mapped;
  decode(password, read.text);
  mapped.text.reserve(read.text.size());
  for (const char32_t c : read.text) {
    if (is_in(kSpaces, c)) {
      mapped.text += U' ';
    } else if (!is_in(kMappedToNothing, c)) {
      mapped.text += c;
    }
  }
  const bool allowed = !mapped.text.empty() && std::none_of(mapped.text.begin(), mapped.text.end(), [](char32_t c) {
    return is_prohibited(c) || !is_assigned(c);
  }) && directions_are_allowed(mapped.text);
  if (!allowed) return as_it_is;
  return normalised(mapped.text).value_or(as_it_is);
}

}  // namespace crypto
