#include "cli/text.h"

#include <cwchar>
#include <cwctype>

#include <fmt/format.h>
#include <locale.h>

namespace cli {
namespace {

constexpr char32_t kReplacement = 0xfffd;

// The character at `at`, which is moved behind it.
char32_t next(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at++);
  if (first < 0x80) return first;
  const std::size_t more = first >= 0xf0 && first < 0xf5 ? 3 : first >= 0xe0 ? 2 : first >= 0xc2 ? 1 : 0;
  if (more == 0 || first >= 0xf5 || at + more > text.size()) return kReplacement;
  char32_t code = first & (0x3fU >> more);
  for (std::size_t i = 0; i < more; ++i) {
    if ((byte(at + i) & 0xc0U) != 0x80) return kReplacement;
    code = (code << 6U) | (byte(at + i) & 0x3fU);
  }
  const bool too_long = (more == 2 && code < 0x800) || (more == 3 && code < 0x10000);
  if (too_long || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff) return kReplacement;
  at += more;
  return code;
}

void append(std::string& out, char32_t code) {
  const auto put = [&](char32_t bits) { out.push_back(static_cast<char>(static_cast<unsigned char>(bits))); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0U | code >> 6U);
    put(0x80U | (code & 0x3fU));
  } else if (code < 0x10000) {
    put(0xe0U | code >> 12U);
    put(0x80U | (code >> 6U & 0x3fU));
    put(0x80U | (code & 0x3fU));
  } else {
    put(0xf0U | code >> 18U);
    put(0x80U | (code >> 12U & 0x3fU));
    put(0x80U | (code >> 6U & 0x3fU));
    put(0x80U | (code & 0x3fU));
  }
}

bool is_control(char32_t code) { return code < 0x20 || (code >= 0x7f && code < 0xa0); }

// Marks, embeddings, overrides and isolates of direction (Unicode Annex 9), and the separators of lines and paragraphs.
bool turns_text(char32_t code) {
  return code == 0x061c || code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

// The C library knows the width and the case of each character, in a locale that has characters.
class Characters {
 public:
  Characters() : locale_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {}
  [[nodiscard]] std::size_t width(char32_t code) const {
    if (code < 0x7f || locale_ == nullptr) return 1;
    const locale_t before = ::uselocale(locale_);
    const int columns = ::wcwidth(static_cast<wchar_t>(code));
    ::uselocale(before);
    return columns < 0 ? 1 : static_cast<std::size_t>(columns);
  }
  [[nodiscard]] char32_t lower(char32_t code) const {
    if (code >= 'A' && code <= 'Z') return code + 32;
    if (code < 0x80 || locale_ == nullptr) return code;
    return static_cast<char32_t>(::towlower_l(static_cast<wint_t>(code), locale_));
  }

 private:
  locale_t locale_;  // for as long as the program runs
};

const Characters& characters() {
  static const Characters all;
  return all;
}

// The head of `text` that takes at most `columns`; combining characters go with what they stand on.
std::string_view head_of(std::string_view text, std::size_t columns) {
  std::size_t at = 0, used = 0;
  while (at < text.size()) {
    std::size_t after = at;
    const std::size_t width = characters().width(next(text, after));
    if (used + width > columns) break;
    used += width;
    at = after;
  }
  return text.substr(0, at);
}

void wrap_line(std::string_view line, std::size_t columns, std::vector<std::string>& out) {
  const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
  std::string made(line.substr(0, indent < columns ? indent : 0));
  bool empty = true;
  std::string_view rest = line.substr(indent);
  while (!rest.empty()) {
    std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    if (!empty && width_of(made) + 1 + width_of(word) > columns) {
      out.push_back(std::exchange(made, std::string()));
      empty = true;
    }
    if (!empty) made.push_back(' ');
    while (width_of(made) + width_of(word) > columns && !word.empty()) {
      std::string_view part = head_of(word, columns - std::min(columns, width_of(made)));
      if (part.empty() && width_of(made) == 0) part = word.substr(0, std::max<std::size_t>(1, head_of(word, 2).size()));
      made += part;
      word.remove_prefix(part.size());
      out.push_back(std::exchange(made, std::string()));
    }
    made += word;
    empty = false;
  }
  out.push_back(std::move(made));
}

}  // namespace

std::string shown(std::string_view text, bool lines) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const char32_t code = next(text, at);
    if (code == '\n' || code == '\t')
      out.push_back(lines && code == '\n' ? '\n' : ' ');
    else if (is_control(code))
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned>(code));
    else if (turns_text(code))
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(code));
    else
      append(out, code);
  }
  return out;
}

std::string escaped_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t at = 0; at < json.size();) {
    const char32_t code = next(json, at);
    if (code >= 0x7f && (is_control(code) || turns_text(code)))
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(code));
    else
      append(out, code);
  }
  return out;
}

std::size_t width_of(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t at = 0; at < text.size();) columns += characters().width(next(text, at));
  return columns;
}

std::string cut(std::string_view text, std::size_t columns, const Screen& screen) {
  if (width_of(text) <= columns) return std::string(text);
  const std::string_view ellipsis = screen.unicode ? "…" : "..";
  const std::size_t taken = screen.unicode ? 1 : 2;
  if (columns <= taken) return std::string(head_of(text, columns));
  return std::string(head_of(text, columns - taken)).append(ellipsis);
}

std::vector<std::string> wrapped(std::string_view text, std::size_t columns) {
  std::vector<std::string> out;
  while (true) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (columns == 0)
      out.emplace_back(line);
    else
      wrap_line(line, columns, out);
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

std::string folded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) append(out, characters().lower(next(text, at)));
  return out;
}

std::string painted(std::string_view text, Style style, const Screen& screen) {
  if (!screen.colour || style == Style::kPlain || text.empty()) return std::string(text);
  std::string_view code = "0";
  switch (style) {
    case Style::kStrong:
      code = "1";
      break;
    case Style::kGood:
      code = "32";
      break;
    case Style::kWarning:
      code = "33";
      break;
    case Style::kBad:
      code = "31";
      break;
    case Style::kFaint:
      code = "2";
      break;
    case Style::kPlain:
      break;
  }
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

}  // namespace cli
