// Cross-origin requests of browsers (WHATWG Fetch, "CORS protocol"): which origins may read answers, and the answer to
// preflights. Exact origins may send credentials; with "*" any page may read, without credentials. Immutable; any
// thread.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/message.h"

namespace http {

class Cors {
 public:
  explicit Cors(std::vector<std::string> origins);
  // To every answer, problem documents too: else a page could not read why it was refused.
  void annotate(const net::Request& request, net::Headers& answer) const;
  // To the answer of an OPTIONS request; adds nothing where it is no preflight of an allowed origin.
  void annotate_preflight(const net::Request& request, std::span<const std::string_view> methods,
                          net::Headers& answer) const;

 private:
  [[nodiscard]] bool allows(const net::Request& request) const;
  std::vector<std::string> origins_;
  bool any_ = false;
};

}  // namespace http
