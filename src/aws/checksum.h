// Checksums of bodies, as the trait aws.protocols#httpChecksum names them. Values of one thread.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/hasher.h"
#include "net/http_client.h"

namespace aws {

enum class ChecksumKind : std::uint8_t { kCrc64Nvme, kCrc32c, kCrc32, kSha1, kSha256, kSha512 };

// In the order in which an answer's are looked at.
inline constexpr std::array<ChecksumKind, 6> kChecksumKinds = {ChecksumKind::kCrc64Nvme, ChecksumKind::kCrc32c,
                                                               ChecksumKind::kCrc32,     ChecksumKind::kSha1,
                                                               ChecksumKind::kSha256,    ChecksumKind::kSha512};

std::string_view name_of(ChecksumKind kind);                       // "CRC32C"
std::string_view header_of(ChecksumKind kind);                     // "x-amz-checksum-crc32c"
std::optional<ChecksumKind> checksum_kind(std::string_view name);  // either case

class Checksum {
 public:
  explicit Checksum(ChecksumKind kind);
  void update(std::string_view bytes);
  std::string base64();  // nothing may follow

 private:
  ChecksumKind kind_;
  std::uint64_t crc_ = 0;
  std::optional<crypto::Hasher> hasher_;
};

std::string checksum_of(ChecksumKind kind, std::string_view bytes);  // base64

// Reads a source to its end, gives what comes to each of `sinks`, and rewinds it. Errors: those of the source.
struct ByteEater {
  virtual ~ByteEater() = default;
  virtual void eat(std::string_view bytes) = 0;
};
base::Result<void> read_through(net::BodySource& source, ByteEater& eater);

}  // namespace aws
