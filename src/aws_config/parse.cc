// The grammar, line by line:
//
//   blank line; line that begins, after blanks, with '#' or ';'   nothing
//   [kind name] [default] [name]                                  a section; a comment may follow
//   name = value                                                  a setting; a comment follows after a blank
//   <more blanks than the setting's own line> text                more of the value, or, where the value is empty,
//                                                                 name = value of a nested block
//
// A line is a continuation when it is further in than the setting that it continues, and not merely when it begins
// with a blank: files with all of a section's settings indented are common, and other clients read them so.

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <tl/expected.hpp>

#include "aws_config/config.h"
#include "aws_config/words.h"
#include "base/text.h"

namespace aws_config {

namespace {

std::string_view without_comment(std::string_view value) {
  for (std::size_t at = 0; at < value.size(); ++at) {
    if (value[at] != '#' && value[at] != ';') continue;
    if (at == 0 || value[at - 1] == ' ' || value[at - 1] == '\t') return base::trim(value.substr(0, at));
  }
  return value;
}

bool has_blank(std::string_view text) { return text.find_first_of(" \t") != std::string_view::npos; }

class Parser {
 public:
  Parser(std::string_view file_name, bool credentials) : file_name_(file_name), credentials_(credentials) {}

  base::Result<File> parse(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    while (!text.empty()) {
      ++line_;
      const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
      TRY(take_line(text.substr(0, end)));
      const bool two = text.substr(end).starts_with("\r\n");
      text.remove_prefix(std::min(text.size(), end + (two ? 2 : 1)));
    }
    if (has_plain_default_) file_.profiles.try_emplace("default", std::move(plain_default_));
    return std::move(file_);
  }

 private:
  // Never quotes the line: it may hold a secret.
  [[nodiscard]] tl::unexpected<base::Error> fail(std::string_view what) const {
    return base::fail(base::Code::kInvalid, fmt::format("{}, line {}: {}", file_name_, line_, what));
  }

  base::Result<void> take_line(std::string_view line) {
    const std::string_view body = base::trim(line);
    if (body.empty() || body.front() == '#' || body.front() == ';') return {};
    if (!base::is_utf8(body)) return fail("the line is not UTF-8.");
    for (const char c : body) {
      if (c != '\t' && base::has_control_character({&c, 1})) return fail("the line has a control character.");
    }
    const auto indent = static_cast<std::size_t>(body.data() - line.data());
    if (setting_open_ && indent > setting_indent_) return take_continuation(body);
    setting_open_ = false;
    return body.front() == '[' ? take_section(body) : take_setting(body, indent);
  }

  base::Result<void> take_section(std::string_view body) {
    const std::size_t end = body.find(']');
    if (end == std::string_view::npos) return fail("the name of the section does not end with ']'.");
    const std::string_view rest = base::trim(body.substr(end + 1));
    if (!rest.empty() && rest.front() != '#' && rest.front() != ';') {
      return fail("behind the ']' of a section's name only a comment may stand.");
    }
    const std::string_view name = base::trim(body.substr(1, end - 1));
    if (name.empty()) return fail("the section has no name.");
    in_section_ = true;
    section_ = nullptr;
    if (credentials_) {
      section_ = &file_.profiles[std::string(name)];
      return {};
    }
    return take_section_of_config(name);
  }

  // A section of a kind that is not known, or a profile that lacks its "profile", is somebody else's: its lines are
  // read, and forgotten.
  base::Result<void> take_section_of_config(std::string_view name) {
    if (name == "default") {
      has_plain_default_ = true;
      section_ = &plain_default_;
      return {};
    }
    const std::string_view kind = name.substr(0, name.find_first_of(" \t\"'"));
    auto* const sections = kind == "profile"       ? &file_.profiles
                           : kind == "sso-session" ? &file_.sso_sessions
                           : kind == "services"    ? &file_.services
                                                   : nullptr;
    if (sections == nullptr) return {};
    const std::optional<std::vector<std::string>> words = split_words(name);
    if (!words) return fail("a quote in the name of the section is not closed.");
    if (words->size() == 2 && words->front() == kind) section_ = &(*sections)[words->back()];
    return {};
  }

  base::Result<void> take_setting(std::string_view body, std::size_t indent) {
    if (!in_section_) return fail("a setting stands before the first section: begin with a line [default].");
    const std::size_t equals = body.find('=');
    if (equals == std::string_view::npos) {
      return fail("neither a section nor a setting: a setting is written name = value.");
    }
    const std::string_view name = base::trim(body.substr(0, equals));
    if (name.empty()) return fail("the setting has no name before its '='.");
    const std::string_view value = without_comment(base::trim(body.substr(equals + 1)));
    setting_open_ = true;
    setting_indent_ = indent;
    nested_ = value.empty();
    name_ = base::to_lower_ascii(name);
    if (wanted()) {
      forget_nested();
      (*section_)[name_] = value;
    }
    return {};
  }

  base::Result<void> take_continuation(std::string_view body) {
    if (!nested_) {
      if (wanted()) ((*section_)[name_] += '\n') += body;
      return {};
    }
    const std::size_t equals = body.find('=');
    if (equals == std::string_view::npos) return fail("a line of a nested block is written name = value.");
    const std::string_view name = base::trim(body.substr(0, equals));
    if (name.empty()) return fail("the nested setting has no name before its '='.");
    if (!wanted() || has_blank(name)) return {};
    section_->erase(name_);
    (*section_)[name_ + "." + base::to_lower_ascii(name)] = without_comment(base::trim(body.substr(equals + 1)));
    return {};
  }

  // A setting whose name has blanks in it is no setting of anybody's.
  [[nodiscard]] bool wanted() const { return section_ != nullptr && !has_blank(name_); }

  // The last of two blocks of one name counts, and it alone.
  void forget_nested() {
    const std::string prefix = name_ + ".";
    auto at = section_->lower_bound(prefix);
    while (at != section_->end() && at->first.starts_with(prefix)) at = section_->erase(at);
  }

  std::string_view file_name_;
  bool credentials_;
  File file_;
  Section plain_default_;  // of [default], which [profile default] puts out of force wherever it stands
  bool has_plain_default_ = false;
  std::size_t line_ = 0;
  bool in_section_ = false;
  Section* section_ = nullptr;  // null: one that is not ours
  bool setting_open_ = false, nested_ = false;
  std::size_t setting_indent_ = 0;
  std::string name_;
};

}  // namespace

base::Result<File> parse(std::string_view text, std::string_view file_name, bool credentials) {
  if (text.size() > kFileBytesMax) {
    return base::fail(base::Code::kInvalid,
                      fmt::format("{}: the file has {} bytes, at most {}.", file_name, text.size(), kFileBytesMax));
  }
  return Parser(file_name, credentials).parse(text);
}

}  // namespace aws_config
