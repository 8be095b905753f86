// Randomness as a port. SystemEntropy is the kernel's generator (getrandom(2)); SeededEntropy gives the same bytes for
// the same seed and is for tests alone. Any thread.

#pragma once

#include <cstdint>
#include <mutex>
#include <random>
#include <span>
#include <string>

namespace base {

class Entropy {
 public:
  virtual ~Entropy() = default;
  virtual void fill(std::span<std::uint8_t> bytes) = 0;

  // `count` characters of A-Z a-z 0-9, each equally likely (5.95 bits each).
  std::string alphanumeric(std::size_t count);
};

class SystemEntropy final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> bytes) override;
};

class SeededEntropy final : public Entropy {
 public:
  explicit SeededEntropy(std::uint64_t seed) : engine_(seed) {}
  void fill(std::span<std::uint8_t> bytes) override;

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

}  // namespace base
