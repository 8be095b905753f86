#include "tests/support/api_case.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include <fmt/format.h>

namespace test {
namespace {

struct Statement {
  std::string text;  // its lines, joined by newlines
  int line = 0;
};

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

base::Error wrong(std::string_view file, int line, std::string_view what) {
  return {base::Code::kInvalid, fmt::format("{}:{}: {}", file, line, what)};
}

// A line that begins with a space goes on with the statement before; a blank line and a comment end it.
base::Result<std::vector<Statement>> statements(const std::string& file, std::string_view text) {
  std::vector<Statement> list;
  bool open = false;
  int number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    const std::size_t first = line.find_first_not_of(' ');
    if (number == 1 && !line.starts_with("# "))
      return base::fail(wrong(file, 1, "a case opens with its story: # what would go wrong for whom"));
    if (first == std::string_view::npos) {
      open = false;
    } else if (line[first] == '#') {
      if (first == 0) open = false;
    } else if (first == 0) {
      list.push_back({std::string(line), number});
      open = true;
    } else if (open) {
      list.back().text.append("\n").append(line.substr(first));
    } else {
      return base::fail(
          wrong(file, number, "goes on with nothing: it begins with a space after a blank line or comment"));
    }
  }
  return list;
}

// Reads one request statement from left to right.
class RequestReader {
 public:
  RequestReader(const std::string& file, const Statement& statement)
      : file_(file), text_(statement.text), first_line_(statement.line) {}

  base::Result<RequestStep> read() {
    word();  // "as"
    for (bool more = true; more;) {
      std::string user = word();
      more = user.ends_with(',');
      if (more) user.pop_back();
      step_.users.push_back(std::move(user));
    }
    step_.method = word();
    step_.target = word();
    if (!step_.target.starts_with('/') && !step_.target.starts_with('{'))
      return base::fail(error("expected: as WHO METHOD /target ... -> STATUS"));
    for (skip(); !rest().starts_with("->"); skip()) TRY(sent());
    at_ += 2;
    const std::string status = word();
    const auto [end, failed] = std::from_chars(status.data(), status.data() + status.size(), step_.status);
    if (failed != std::errc() || end != status.data() + status.size())
      return base::fail(error("after -> comes a status"));
    for (skip(); at_ < text_.size(); skip()) TRY(expected());
    return std::move(step_);
  }

 private:
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }
  void skip() { at_ = std::min(text_.find_first_not_of(" \n", at_), text_.size()); }
  [[nodiscard]] int line() const {
    return first_line_ +
           static_cast<int>(std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n'));
  }
  [[nodiscard]] base::Error error(std::string_view what) const { return wrong(file_, line(), what); }

  std::string word() {
    skip();
    const std::size_t end = std::min(text_.find_first_of(" \n", at_), text_.size());
    std::string found(text_.substr(at_, end - at_));
    at_ = end;
    return found;
  }
  std::string to_end_of_line() {
    skip();
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    std::string found(text_.substr(at_, end - at_));
    at_ = end;
    return found;
  }

  // "Name: value"; nothing where there is no header here. `end_mark` or two spaces end the value, as the line does.
  std::optional<net::Header> header(bool inside_line) {
    std::size_t end = at_;
    while (end < text_.size() && is_name_char(text_[end])) ++end;
    if (end == at_ || !text_.substr(end).starts_with(": ")) return std::nullopt;
    std::string name(text_.substr(at_, end - at_));
    at_ = end + 2;
    std::size_t stop = std::min(text_.find('\n', at_), text_.size());
    if (inside_line) stop = std::min({stop, text_.find("  ", at_), text_.find(" ->", at_)});
    std::string value(text_.substr(at_, stop - at_));
    at_ = stop;
    value.erase(value.find_last_not_of(' ') + 1);
    return net::Header{std::move(name), std::move(value)};
  }

  // JSON, up to where its brackets are closed.
  base::Result<std::string> brackets() {
    const std::size_t start = at_;
    int depth = 0;
    bool in_text = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (in_text && c == '\\') {
        ++at_;
      } else if (c == '"') {
        in_text = !in_text;
      } else if (!in_text && (c == '{' || c == '[')) {
        ++depth;
      } else if (!in_text && (c == '}' || c == ']') && --depth == 0) {
        ++at_;
        return std::string(text_.substr(start, at_ - start));
      }
    }
    return base::fail(error("a bracket is not closed"));
  }

  static int hex_digit(char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

  // "..." with \n, \", \\ and \xNN, so that a body can be any bytes.
  base::Result<std::string> quoted() {
    std::string out;
    if (at_ >= text_.size() || text_[at_] != '"') return base::fail(error("expected a text in quotes"));
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] != '\\' || at_ + 1 >= text_.size()) {
        out.push_back(text_[at_]);
        continue;
      }
      const char c = text_[++at_];
      if (c == 'x' && at_ + 2 < text_.size()) {
        out.push_back(static_cast<char>(hex_digit(text_[at_ + 1]) * 16 + hex_digit(text_[at_ + 2])));
        at_ += 2;
      } else {
        out.push_back(c == 'n' ? '\n' : c);
      }
    }
    ++at_;
    return out;
  }

  // raw "..." x N "..." x N ...
  base::Result<void> raw_body() {
    for (skip(); at_ < text_.size() && text_[at_] == '"'; skip()) {
      const std::string part = TRY(quoted());
      std::size_t times = 1;
      skip();
      if (rest().starts_with("x ")) {
        word();
        const std::string number = word();
        std::from_chars(number.data(), number.data() + number.size(), times);
      }
      for (std::size_t i = 0; i < times; ++i) step_.body.append(part);
    }
    return {};
  }

  // One thing of what is sent: a header, or the body.
  base::Result<void> sent() {
    if (at_ >= text_.size()) return base::fail(error("-> STATUS is missing"));
    if (rest().starts_with("raw ")) {
      word();
      return raw_body();
    }
    if (text_[at_] == '{' || text_[at_] == '[') {
      step_.body = TRY(brackets());
      return {};
    }
    std::optional<net::Header> found = header(true);
    if (!found) return base::fail(error("expected a header, a JSON body, raw \"...\", or -> STATUS"));
    step_.headers.push_back(std::move(*found));
    return {};
  }

  // One thing of what must come back.
  base::Result<void> expected() {
    const int here = line();
    if (text_[at_] == '{' || text_[at_] == '[') {
      step_.expected_body = TRY(brackets());
      return {};
    }
    if (std::optional<net::Header> found = header(false)) {
      step_.expected_headers.push_back({std::move(found->name), std::move(found->value), here});
      return {};
    }
    const std::string first = word();
    if (first == "empty") {
      step_.expects_empty_body = true;
      return {};
    }
    if (first == "as" && word() == "before") {
      step_.as_before = true;
      return {};
    }
    if (first == "keep") {
      Keep keep{word(), {}, here};
      if (word() == "=") {
        keep.source = to_end_of_line();
        step_.keeps.push_back(std::move(keep));
        return {};
      }
    }
    return base::fail(error("expected a header, JSON, empty, as before, or keep NAME = WHERE"));
  }

  const std::string& file_;
  std::string_view text_;
  int first_line_;
  std::size_t at_ = 0;
  RequestStep step_;
};

std::string after_word(std::string_view text) {
  const std::size_t space = std::min(text.find(' '), text.size());
  std::string found(text.substr(space));
  std::replace(found.begin(), found.end(), '\n', ' ');
  const std::size_t first = found.find_first_not_of(' ');
  return first == std::string::npos ? std::string() : found.substr(first, found.find_last_not_of(' ') - first + 1);
}

}  // namespace

base::Result<Case> parse_case(std::string file, std::string_view text) {
  Case made;
  made.file = std::move(file);
  made.name = std::filesystem::path(made.file).stem().string();
  for (const Statement& statement : TRY(statements(made.file, text))) {
    const std::string_view word = std::string_view(statement.text).substr(0, statement.text.find(' '));
    Step step;
    step.line = statement.line;
    if (word == "world") {
      if (!made.steps.empty())
        return base::fail(wrong(made.file, statement.line, "world lines come first; later: import"));
      made.world.push_back({after_word(statement.text), statement.line});
      continue;
    }
    if (word == "as") {
      step.request = TRY(RequestReader(made.file, statement).read());
    } else if (word == "import" || word == "clock") {
      step.kind = word == "import" ? Step::Kind::kImport : Step::Kind::kClock;
      step.text = after_word(statement.text);
    } else if (word == "restart" || word == "janitor") {
      step.kind = word == "restart" ? Step::Kind::kRestart : Step::Kind::kJanitor;
    } else {
      return base::fail(
          wrong(made.file, statement.line, "begins with none of world, as, import, clock, restart, janitor"));
    }
    made.steps.push_back(std::move(step));
  }
  if (made.steps.empty()) return base::fail(wrong(made.file, 1, "asks for nothing"));
  return made;
}

}  // namespace test
