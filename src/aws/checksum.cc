#include "aws/checksum.h"

#include <memory>

#include "base/crc.h"
#include "base/text.h"

namespace aws {

namespace {

std::string big_endian(std::uint64_t number, int bytes) {
  std::string text;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) text += static_cast<char>((number >> shift) & 0xFF);
  return text;
}

}  // namespace

std::string_view name_of(ChecksumKind kind) {
  switch (kind) {
    case ChecksumKind::kCrc64Nvme:
      return "CRC64NVME";
    case ChecksumKind::kCrc32c:
      return "CRC32C";
    case ChecksumKind::kCrc32:
      return "CRC32";
    case ChecksumKind::kSha1:
      return "SHA1";
    case ChecksumKind::kSha256:
      return "SHA256";
    case ChecksumKind::kSha512:
      break;
  }
  return "SHA512";
}

std::string_view header_of(ChecksumKind kind) {
  switch (kind) {
    case ChecksumKind::kCrc64Nvme:
      return "x-amz-checksum-crc64nvme";
    case ChecksumKind::kCrc32c:
      return "x-amz-checksum-crc32c";
    case ChecksumKind::kCrc32:
      return "x-amz-checksum-crc32";
    case ChecksumKind::kSha1:
      return "x-amz-checksum-sha1";
    case ChecksumKind::kSha256:
      return "x-amz-checksum-sha256";
    case ChecksumKind::kSha512:
      break;
  }
  return "x-amz-checksum-sha512";
}

std::optional<ChecksumKind> checksum_kind(std::string_view name) {
  for (const ChecksumKind kind : kChecksumKinds) {
    if (base::equal_ignoring_case(name_of(kind), name)) return kind;
  }
  return std::nullopt;
}

Checksum::Checksum(ChecksumKind kind) : kind_(kind) {
  if (kind == ChecksumKind::kSha1) hasher_.emplace(crypto::Hasher::Kind::kSha1);
  if (kind == ChecksumKind::kSha256) hasher_.emplace(crypto::Hasher::Kind::kSha256);
  if (kind == ChecksumKind::kSha512) hasher_.emplace(crypto::Hasher::Kind::kSha512);
}

void Checksum::update(std::string_view bytes) {
  switch (kind_) {
    case ChecksumKind::kCrc64Nvme:
      crc_ = base::crc64_nvme(bytes, crc_);
      break;
    case ChecksumKind::kCrc32c:
      crc_ = base::crc32c(bytes, static_cast<std::uint32_t>(crc_));
      break;
    case ChecksumKind::kCrc32:
      crc_ = base::crc32(bytes, static_cast<std::uint32_t>(crc_));
      break;
    case ChecksumKind::kSha1:
    case ChecksumKind::kSha256:
    case ChecksumKind::kSha512:
      hasher_->update(bytes);
      break;
  }
}

std::string Checksum::base64() {
  if (hasher_) return base::base64(hasher_->finish());
  return base::base64(big_endian(crc_, kind_ == ChecksumKind::kCrc64Nvme ? 8 : 4));
}

std::string checksum_of(ChecksumKind kind, std::string_view bytes) {
  Checksum checksum(kind);
  checksum.update(bytes);
  return checksum.base64();
}

base::Result<void> read_through(net::BodySource& source, ByteEater& eater) {
  constexpr std::size_t kPiece = 64 * 1024;
  const auto room = std::make_unique_for_overwrite<char[]>(kPiece);
  while (const std::size_t got = TRY(source.read(room.get(), kPiece))) eater.eat({room.get(), got});
  return source.rewind();
}

}  // namespace aws
