// What an operation that can fail gives back: its value, or an Error of a closed set of codes.
//
// An Error has a public part (message, and the fields that were wrong), which may be shown to whoever asked, and a
// private part (detail, where), which goes to the log only. error_table.h maps codes to HTTP statuses and exit codes;
// nobody else does. Nothing here throws; values are not shared between threads.
//
//   base::Result<Node> read(...) {
//     std::optional<Item> item = TRY(table.get(key, deadline));       // passes an error on to the caller
//     if (!item) return base::fail(base::Code::kNotFound, "There is no such node.");
//     ...
//   }
//
// TRY is a statement expression (g++ and clang); it must not stand in a coroutine.

#pragma once

#include <cstdint>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

namespace base {

enum class Code : std::uint8_t {
  kInvalid,             // malformed, or against the schema
  kUnauthenticated,     // no token, or one that does not hold
  kForbidden,           // known to the caller, but not allowed
  kNotFound,            // absent, or not visible to the caller
  kMethodNotAllowed,    // the resource exists, and does not know this method
  kNotAcceptable,       // no representation that the caller accepts
  kRequestTimeout,      // the caller took too long to send the request
  kConflict,            // against the present state
  kAmbiguous,           // a name that several things have; of the command line
  kLengthRequired,      // a body of unknown length
  kPreconditionFailed,  // If-Match named another version
  kTooLarge,            // the body passes the limit
  kUriTooLong,          // the request target passes the limit
  kUnsupportedMedia,    // a body of another media type than JSON
  kImpossible,          // well-formed, but it cannot be done
  kHeadersTooLarge,     // the header section passes the limit
  kTooManyRequests,     // the caller asked too often
  kInternal,            // a mistake of ours
  kUnavailable,         // a part that is needed does not answer now, or has no room: try again
  kDeadline,            // the time for the request ran out; it is not known what happened
  kCorrupt,             // stored data is damaged
};

// One thing that was wrong with what the caller sent. `pointer` is a JSON pointer into the body (RFC 6901), or names a
// parameter: "query:limit", "path:id", "header:If-Match".
struct FieldError {
  std::string pointer;
  std::string message;
  bool operator==(const FieldError&) const = default;
};

struct Error {
  Code code = Code::kInternal;
  std::string message;             // public: what was wrong, and what to do
  std::vector<FieldError> fields;  // public: every field that was wrong
  std::string detail;              // private: for the log
  std::optional<std::uint32_t> retry_after_s;
  std::source_location where = std::source_location::current();

  Error(Code c, std::string public_message, std::string private_detail = {},
        std::source_location location = std::source_location::current())
      : code(c), message(std::move(public_message)), detail(std::move(private_detail)), where(location) {}
};

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  Result(tl::expected<T, Error> other) : tl::expected<T, Error>(std::move(other)) {}  // NOLINT: meant to convert
};

[[nodiscard]] inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }
[[nodiscard]] inline tl::unexpected<Error> fail(Code code, std::string message, std::string detail = {},
                                                std::source_location where = std::source_location::current()) {
  return tl::unexpected<Error>(Error(code, std::move(message), std::move(detail), where));
}

// Errors of other types, of modules whose failures say more: TRY passes them on too.
template <class E>
  requires(!std::is_convertible_v<E, Error>)
[[nodiscard]] tl::unexpected<E> fail(E error) {
  return tl::unexpected<E>(std::move(error));
}

// An error about one field of what the caller sent.
[[nodiscard]] inline tl::unexpected<Error> fail_field(Code code, std::string pointer, std::string message,
                                                      std::source_location where = std::source_location::current()) {
  Error error(code, message, {}, where);
  error.fields.push_back({std::move(pointer), std::move(message)});
  return tl::unexpected<Error>(std::move(error));
}

namespace internal {
template <class T, class E>
T take(tl::expected<T, E>& result) {
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}
}  // namespace internal

}  // namespace base

// Each TRY names its result differently, because one may stand inside another.
// NOLINTBEGIN(cppcoreguidelines-macro-usage): a function cannot return from its caller
#define TRY(...) TRY_NAMED_BY(__COUNTER__, __VA_ARGS__)
#define TRY_NAMED_BY(counter, ...) TRY_AS(counter, __VA_ARGS__)
#define TRY_AS(counter, ...)                                        \
  ({                                                                \
    auto try_result_##counter = (__VA_ARGS__);                      \
    if (!try_result_##counter) [[unlikely]]                         \
      return ::base::fail(std::move(try_result_##counter).error()); \
    ::base::internal::take(try_result_##counter);                   \
  })
// NOLINTEND(cppcoreguidelines-macro-usage)
