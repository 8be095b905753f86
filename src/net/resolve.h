// Host names to addresses, with a deadline that holds: getaddrinfo(3) blocks for as long as the resolver likes and
// cannot be stopped, so it runs on a thread of its own, which is left behind when time is up. Such a thread holds
// nothing but its own question, and ends when the resolver gives up. (getaddrinfo_a(3) does the same on threads that
// ThreadSanitizer does not know, and crashes under it.) Any thread.
//
// Errors: kUnavailable (no such name, the name server does not answer, or cancelled), kDeadline.

#pragma once

#include <atomic>
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
// `cancelled` is looked at while it waits.
base::Result<std::vector<SocketAddress>> resolve(const std::string& host, std::uint16_t port, base::Deadline deadline,
                                                 const std::atomic<bool>* cancelled = nullptr);

}  // namespace net
