// Log lines: one JSON object a line. The message is a constant; what varies are fields. Secrets, tokens and bodies are
// never fields. A Logger writes whole lines to its sink under a lock of its own; any thread may log.
//
//   log.info("store opened", {{"items", count}, {"duration_ms", ms}});
//   {"time":"2026-11-24T05:47:44.123Z","level":"info","message":"store opened","items":5,"duration_ms":3}

#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "base/result.h"

namespace base {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };

struct LogField {
  using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;
  std::string_view name;
  Value value;

  LogField(std::string_view n, std::string_view v) : name(n), value(v) {}
  LogField(std::string_view n, const std::string& v) : name(n), value(std::string_view(v)) {}
  LogField(std::string_view n, const char* v) : name(n), value(std::string_view(v)) {}
  LogField(std::string_view n, bool v) : name(n), value(v) {}
  LogField(std::string_view n, double v) : name(n), value(v) {}
  template <class T>
    requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
  LogField(std::string_view n, T v) : name(n) {
    if constexpr (std::is_signed_v<T>)
      value = static_cast<std::int64_t>(v);
    else
      value = static_cast<std::uint64_t>(v);
  }
};

class Logger {
 public:
  using Sink = std::function<void(std::string_view line)>;  // the line ends with a newline

  Logger(const Clock& clock, LogLevel least, Sink sink) : clock_(clock), least_(least), sink_(std::move(sink)) {}
  static Sink to_stderr();

  void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields);
  void debug(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kDebug, message, fields);
  }
  void info(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kInfo, message, fields);
  }
  void warning(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kWarning, message, fields);
  }
  void error(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kError, message, fields);
  }
  // An error with its private part: code, message, detail and where.
  void error(std::string_view message, const Error& error);

 private:
  const Clock& clock_;
  LogLevel least_;
  std::mutex mutex_;
  Sink sink_;
};

std::optional<LogLevel> parse_log_level(std::string_view text);

// Appends a JSON string literal, quotes included. Broken UTF-8 is replaced by U+FFFD, so that a line is always JSON.
void append_json_string(std::string& out, std::string_view text);

}  // namespace base
