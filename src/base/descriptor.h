// A file descriptor that is owned: closed when it goes, unless it was before. Whoever must know whether closing failed
// (a file that was written) flushes it first. Not thread-safe; no errors.

#pragma once

#include <utility>

#include <unistd.h>

namespace base {

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}  // as open() gives it: negative where there is none
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

}  // namespace base
