#include "base/crc.h"

#include <array>
#include <cstddef>

namespace base {

namespace {

// Eight tables, so that eight bytes are taken in one step ("slicing by 8"): table[k][b] is the effect of byte b with k
// bytes of zero after it. All three checks are of the reflected kind.
template <class Word>
using Tables = std::array<std::array<Word, 256>, 8>;

template <class Word>
constexpr Tables<Word> make_tables(Word polynomial) {
  Tables<Word> tables{};
  for (std::size_t byte = 0; byte < 256; ++byte) {
    Word value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? (value >> 1) ^ polynomial : value >> 1;
    tables[0][byte] = value;
  }
  for (std::size_t byte = 0; byte < 256; ++byte) {
    for (std::size_t k = 1; k < 8; ++k) {
      const Word shorter = tables[k - 1][byte];
      tables[k][byte] = (shorter >> 8) ^ tables[0][shorter & 0xFF];
    }
  }
  return tables;
}

template <class Word>
Word go_on(const Tables<Word>& tables, std::string_view bytes, Word before) {
  Word value = ~before;
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t next = 0;
    for (std::size_t i = 0; i < 8; ++i)
      next |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
    next ^= value;
    value = 0;
    for (std::size_t i = 0; i < 8; ++i) value ^= tables[7 - i][(next >> (8 * i)) & 0xFF];
  }
  for (; at < bytes.size(); ++at)
    value = (value >> 8) ^ tables[0][(value ^ static_cast<unsigned char>(bytes[at])) & 0xFF];
  return ~value;
}

constexpr Tables<std::uint32_t> kCrc32 = make_tables<std::uint32_t>(0xEDB88320);
constexpr Tables<std::uint32_t> kCrc32c = make_tables<std::uint32_t>(0x82F63B78);
constexpr Tables<std::uint64_t> kCrc64Nvme = make_tables<std::uint64_t>(0x9A6C9329AC4BC9B5);

}  // namespace

std::uint32_t crc32(std::string_view bytes, std::uint32_t before) { return go_on(kCrc32, bytes, before); }
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) { return go_on(kCrc32c, bytes, before); }
std::uint64_t crc64_nvme(std::string_view bytes, std::uint64_t before) { return go_on(kCrc64Nvme, bytes, before); }

}  // namespace base
