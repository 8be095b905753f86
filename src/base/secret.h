// A secret text: it does not print, is wiped when it goes, and compares in constant time. reveal() is the one way to
// the bytes, so that a search for it finds every use. A value; not shared between threads.
//
// Wiping covers the whole of the text's room, not its length alone: a short text stands inside the object, and stays
// there when it is moved from; a longer one leaves its tail behind a shorter one.

#pragma once

#include <string>
#include <string_view>

namespace base {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      wipe();
      text_ = other.text_;
    }
    return *this;
  }
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { other.wipe(); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe();
      text_ = std::move(other.text_);
      other.wipe();
    }
    return *this;
  }
  ~Secret() { wipe(); }

  [[nodiscard]] const std::string& reveal() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }

 private:
  void wipe() noexcept {
    text_.resize(text_.capacity());  // never more room than there is: nothing is moved
    for (volatile char& c : text_) c = 0;
    text_.clear();
  }
  std::string text_;
};

// Takes time that depends on the lengths only.
inline bool equal_in_constant_time(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  unsigned char difference = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    difference = static_cast<unsigned char>(
        difference | (static_cast<unsigned char>(left[i]) ^ static_cast<unsigned char>(right[i])));
  }
  return difference == 0;
}

}  // namespace base
