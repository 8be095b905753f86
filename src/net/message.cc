#include "net/message.h"

#include "base/text.h"

namespace net {

void Headers::set(std::string_view name, std::string value) {
  bool found = false;
  std::erase_if(list_, [&](Header& header) {
    if (!base::equal_ignoring_case(header.name, name)) return false;
    if (found) return true;  // one of several: the first carries the value from now on
    header.value = value;
    found = true;
    return false;
  });
  if (!found) add(std::string(name), std::move(value));
}

std::optional<std::string_view> Headers::get(std::string_view name) const {
  for (const Header& header : list_) {
    if (base::equal_ignoring_case(header.name, name)) return header.value;
  }
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
  std::size_t found = 0;
  for (const Header& header : list_) found += base::equal_ignoring_case(header.name, name) ? 1 : 0;
  return found;
}

}  // namespace net
