// The two ways in which a signed request says when it was signed: 20130524T000000Z (X-Amz-Date), and HTTP's own date
// (RFC 9110, section 5.6.7: "Fri, 24 May 2013 00:00:00 GMT"; botocore ends it in "-0000") for clients that send Date
// alone. Pure, any thread.

#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace sigv4::internal {

struct Timestamp {
  std::array<char, 16> text;
  [[nodiscard]] std::string_view all() const { return {text.data(), text.size()}; }
  [[nodiscard]] std::string_view day() const { return {text.data(), 8}; }
};

Timestamp timestamp_of(base::Time time);

std::optional<base::Time> parse_timestamp(std::string_view text);
std::optional<base::Time> parse_http_date(std::string_view text);

}  // namespace sigv4::internal
