#include "base/ids.h"

#include <array>

namespace base {
namespace {

std::string_view prefix(IdKind kind) {
  switch (kind) {
    case IdKind::kUser:
      return "N:user:";
    case IdKind::kWorkspace:
      return "N:organization:";
    case IdKind::kTeam:
      return "N:team:";
  }
  return "";
}

std::string text_of(const std::array<std::uint8_t, 16>& bytes) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    text.push_back(kHex[bytes[i] >> 4]);
    text.push_back(kHex[bytes[i] & 15]);
  }
  return text;
}

// Of each character: the hexadecimal digit that it is, in lower case; 0 where it is none.
constexpr std::array<char, 256> kLowerHex = [] {
  std::array<char, 256> digits{};
  for (std::size_t c = '0'; c <= '9'; ++c) digits[c] = static_cast<char>(c);
  for (std::size_t c = 'a'; c <= 'f'; ++c) digits[c] = digits[c - 'a' + 'A'] = static_cast<char>(c);
  return digits;
}();

void stamp(std::array<std::uint8_t, 16>& bytes, std::uint8_t version) {
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | (version << 4));
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
}

}  // namespace

std::string new_uuid(Entropy& entropy) {
  std::array<std::uint8_t, 16> bytes{};
  entropy.fill(bytes);
  stamp(bytes, 4);
  return text_of(bytes);
}

std::string new_ordered_uuid(Entropy& entropy, Time now) {
  std::array<std::uint8_t, 16> bytes{};
  entropy.fill(bytes);
  const auto ms = static_cast<std::uint64_t>(now.time_since_epoch().count());
  for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  stamp(bytes, 7);
  return text_of(bytes);
}

std::optional<std::string> parse_uuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::string canonical(text);
  bool good = true;
  for (std::size_t i = 0; i < canonical.size(); ++i) {
    const bool is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    canonical[i] = is_hyphen ? text[i] : kLowerHex[static_cast<unsigned char>(text[i])];
    good &= is_hyphen ? text[i] == '-' : canonical[i] != 0;
  }
  return good ? std::optional(std::move(canonical)) : std::nullopt;
}

std::optional<std::string> parse_id(IdKind kind, std::string_view text) {
  const std::string_view start = prefix(kind);
  if (!text.starts_with(start)) return std::nullopt;
  const std::optional<std::string> uuid = parse_uuid(text.substr(start.size()));
  if (!uuid) return std::nullopt;
  return std::string(start) + *uuid;
}

std::string make_id(IdKind kind, std::string_view uuid) { return std::string(prefix(kind)) + std::string(uuid); }

}  // namespace base
