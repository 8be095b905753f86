// A digest of bytes that come in pieces: MD5 (RFC 1321) and SHA-1 (FIPS 180-4) where a protocol wants them as
// checksums, never for security, and SHA-256. A value of one thread.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace crypto {

class Hasher {
 public:
  enum class Kind : std::uint8_t { kMd5, kSha1, kSha256, kSha512 };

  explicit Hasher(Kind kind);
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void update(std::string_view bytes);
  std::string finish();  // the digest's bytes; nothing may follow

  static std::string of(Kind kind, std::string_view bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace crypto
