#include "base/log.h"

#include <cmath>
#include <cstring>
#include <iterator>

#include <fmt/format.h>
#include <unistd.h>

#include "base/error_table.h"
#include "base/text.h"

namespace base {

namespace {

// Whether a byte of a word of eight must be looked at: below 0x20, '"', '\\', or not ASCII. May say yes to a word that
// needs nothing, never no to one that does.
bool needs_care(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHigh = 0x8080808080808080;
  const std::uint64_t quote = word ^ (kOnes * '"');
  const std::uint64_t backslash = word ^ (kOnes * '\\');
  return ((word | (word - kOnes * 0x20) | (quote - kOnes) | (backslash - kOnes)) & kHigh) != 0;
}

bool is_plain(std::string_view text) {
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + i, 8);
    if (needs_care(word)) return false;
  }
  for (; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == '"' || c == '\\' || c >= 0x80) return false;
  }
  return true;
}

void append_escaped(std::string& out, std::string_view text) {
  const bool valid = is_utf8(text);
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\' && (c < 0x80 || valid)) [[likely]]
      continue;
    out.append(text, from, i - from);
    from = i + 1;
    switch (c) {
      case '"':
        out.append("\\\"");
        break;
      case '\\':
        out.append("\\\\");
        break;
      case '\n':
        out.append("\\n");
        break;
      case '\r':
        out.append("\\r");
        break;
      case '\t':
        out.append("\\t");
        break;
      default:
        if (c < 0x20)
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
        else
          out.append("\xef\xbf\xbd");
    }
  }
  out.append(text, from, text.size() - from);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  if (is_plain(text)) [[likely]]
    out.append(text);
  else
    append_escaped(out, text);
  out.push_back('"');
}

namespace {

std::string_view name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

void append_value(std::string& out, const LogField::Value& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    append_json_string(out, *text);
  } else if (const auto* number = std::get_if<double>(&value)) {
    if (std::isfinite(*number))
      fmt::format_to(std::back_inserter(out), "{}", *number);
    else
      out.append("null");
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    out.append(*flag ? "true" : "false");
  } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    fmt::format_to(std::back_inserter(out), "{}", *whole);
  } else {
    fmt::format_to(std::back_inserter(out), "{}", std::get<std::uint64_t>(value));
  }
}

}  // namespace

Logger::Sink Logger::to_stderr() {
  return [](std::string_view line) {
    while (!line.empty()) {
      const ssize_t done = ::write(STDERR_FILENO, line.data(), line.size());
      if (done <= 0) return;
      line.remove_prefix(static_cast<std::size_t>(done));
    }
  };
}

void Logger::write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (level < least_) return;
  std::string line;
  line.reserve(256);
  line.append("{\"time\":\"")
      .append(format_time(clock_.now()))
      .append("\",\"level\":\"")
      .append(name(level))
      .append("\",\"message\":");
  append_json_string(line, message);
  for (const LogField& field : fields) {
    line.push_back(',');
    append_json_string(line, field.name);
    line.push_back(':');
    append_value(line, field.value);
  }
  line.append("}\n");
  const std::lock_guard lock(mutex_);
  sink_(line);
}

void Logger::error(std::string_view message, const Error& error) {
  write(LogLevel::kError, message,
        {{"code", face(error.code).slug},
         {"error", error.message},
         {"detail", error.detail},
         {"where", fmt::format("{}:{}", error.where.file_name(), error.where.line())}});
}

std::optional<LogLevel> parse_log_level(std::string_view text) {
  for (const LogLevel level : {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
    if (text == name(level)) return level;
  }
  return std::nullopt;
}

}  // namespace base
