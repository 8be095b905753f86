#include "base/entropy.h"

#include <array>
#include <cerrno>

#include <sys/random.h>

#include "base/check.h"

namespace base {

std::string Entropy::alphanumeric(std::size_t count) {
  static constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string text;
  text.reserve(count);
  std::array<std::uint8_t, 64> bytes{};
  while (text.size() < count) {
    fill(bytes);
    for (const std::uint8_t byte : bytes) {
      // 248 is the largest multiple of 62 in a byte; what lies above would make the first letters likelier.
      if (byte < 248 && text.size() < count) text.push_back(kAlphabet[byte % kAlphabet.size()]);
    }
  }
  return text;
}

void SystemEntropy::fill(std::span<std::uint8_t> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = ::getrandom(bytes.data() + done, bytes.size() - done, 0);
    if (got < 0 && errno == EINTR) continue;
    CHECK(got > 0, "the kernel gives random bytes");
    done += static_cast<std::size_t>(got);
  }
}

void SeededEntropy::fill(std::span<std::uint8_t> bytes) {
  const std::lock_guard lock(mutex_);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(engine_());
}

}  // namespace base
