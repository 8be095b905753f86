#include "aws/chunked_body.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace aws {

namespace {

std::uint64_t hex_digits(std::uint64_t number) {
  std::uint64_t digits = 1;
  while (number >>= 4) ++digits;
  return digits;
}

std::uint64_t chunk_bytes(std::uint64_t data) { return hex_digits(data) + 2 + data + 2; }

std::size_t checksum_text_bytes(ChecksumKind kind) {
  switch (kind) {  // base64 of 8, 4, 20, 32 and 64 bytes
    case ChecksumKind::kCrc64Nvme:
      return 12;
    case ChecksumKind::kCrc32c:
    case ChecksumKind::kCrc32:
      return 8;
    case ChecksumKind::kSha1:
      return 28;
    case ChecksumKind::kSha256:
      return 44;
    case ChecksumKind::kSha512:
      break;
  }
  return 88;
}

}  // namespace

ChunkedBody::ChunkedBody(net::BodySource& inner, ChecksumKind kind) : inner_(inner), kind_(kind) { start(); }

void ChunkedBody::start() {
  checksum_.emplace(kind_);
  ready_.clear();
  at_ = 0;
  ended_ = false;
}

std::optional<std::uint64_t> ChunkedBody::size() const {
  const std::optional<std::uint64_t> data = inner_.size();
  if (!data) return std::nullopt;
  const std::uint64_t whole = *data / kChunkBytes, rest = *data % kChunkBytes;
  const std::uint64_t trailer = 3 + header_of(kind_).size() + 1 + checksum_text_bytes(kind_) + 4;
  return whole * chunk_bytes(kChunkBytes) + (rest > 0 ? chunk_bytes(rest) : 0) + trailer;
}

base::Result<void> ChunkedBody::rewind() {
  TRY(inner_.rewind());
  start();
  return {};
}

// A chunk is filled before it goes out, however small the pieces are in which it comes: the length depends on it.
base::Result<void> ChunkedBody::make_chunk() {
  std::string data(kChunkBytes, '\0');
  std::size_t filled = 0;
  while (filled < kChunkBytes) {
    const std::size_t got = TRY(inner_.read(data.data() + filled, kChunkBytes - filled));
    if (got == 0) break;
    filled += got;
  }
  data.resize(filled);
  checksum_->update(data);
  ready_.clear();
  at_ = 0;
  if (filled > 0) ready_ = fmt::format("{:x}\r\n{}\r\n", filled, data);
  if (filled < kChunkBytes) {
    ready_ += fmt::format("0\r\n{}:{}\r\n\r\n", header_of(kind_), checksum_->base64());
    ended_ = true;
  }
  return {};
}

base::Result<std::size_t> ChunkedBody::read(char* room, std::size_t size) {
  if (at_ == ready_.size() && !ended_) TRY(make_chunk());
  const std::size_t count = std::min(size, ready_.size() - at_);
  std::memcpy(room, ready_.data() + at_, count);
  at_ += count;
  return count;
}

base::Result<void> TextBody::rewind() {
  at_ = 0;
  return {};
}

base::Result<std::size_t> TextBody::read(char* room, std::size_t size) {
  const std::size_t count = std::min(size, text_.size() - at_);
  std::memcpy(room, text_.data() + at_, count);
  at_ += count;
  return count;
}

}  // namespace aws
