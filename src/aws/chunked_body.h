// A body in AWS's own chunks with a checksum behind it ("aws-chunked" with a trailer, not signed), so that a body is
// read once and its checksum need not be known before. What goes over the wire has a known length where the body has
// one.
//
// Source: Amazon S3 User Guide, "Trailing checksums"; Amazon S3 API Reference, "Signature calculations: transferring
// payload in multiple chunks".

#pragma once

#include <memory>
#include <string>

#include "aws/checksum.h"
#include "net/http_client.h"

namespace aws {

class ChunkedBody final : public net::BodySource {
 public:
  static constexpr std::size_t kChunkBytes = 64 * 1024;

  // `inner` outlives it.
  ChunkedBody(net::BodySource& inner, ChecksumKind kind);

  [[nodiscard]] std::optional<std::uint64_t> size() const override;
  base::Result<void> rewind() override;
  base::Result<std::size_t> read(char* room, std::size_t size) override;

 private:
  base::Result<void> make_chunk();
  void start();

  net::BodySource& inner_;
  ChecksumKind kind_;
  std::optional<Checksum> checksum_;
  std::string ready_;  // what goes out next
  std::size_t at_ = 0;
  bool ended_ = false;
};

// A body that is held in memory, as a source.
class TextBody final : public net::BodySource {
 public:
  explicit TextBody(std::string_view text) : text_(text) {}
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return text_.size(); }
  base::Result<void> rewind() override;
  base::Result<std::size_t> read(char* room, std::size_t size) override;

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace aws
