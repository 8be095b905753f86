// Host names to addresses, with a deadline that holds: getaddrinfo(3) blocks for as long as the resolver likes, so it
// runs as glibc's getaddrinfo_a(3) does it, and is left behind when time is up. Any thread.
//
// Errors: kUnavailable (no such name, or the name server does not answer), kDeadline.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/socket.h>

#include "base/deadline.h"
#include "base/result.h"

namespace net {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

// At least one. `host` is a name or an address, IPv6 without brackets.
base::Result<std::vector<SocketAddress>> resolve(const std::string& host, std::uint16_t port, base::Deadline deadline);

}  // namespace net
