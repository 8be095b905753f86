// Cyclic redundancy checks that AWS's services and gzip use: CRC-32 (ISO 3309), CRC-32C (RFC 3720, appendix B.4) and
// CRC-64/NVME (NVM Express, "64b CRC"). Against mishaps, not against malice. Values of one thread; the functions are
// pure.

#pragma once

#include <cstdint>
#include <string_view>

namespace base {

// Goes on from `before`, the value over the bytes so far; 0 at the start.
std::uint32_t crc32(std::string_view bytes, std::uint32_t before = 0);
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);
std::uint64_t crc64_nvme(std::string_view bytes, std::uint64_t before = 0);

}  // namespace base
