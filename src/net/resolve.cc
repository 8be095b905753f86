#include "net/resolve.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <netdb.h>

namespace net {

namespace {

constexpr std::chrono::milliseconds kGlance{50};  // how often the flag of cancellation is looked at

addrinfo hints(int flags) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICSERV | flags;
  return wanted;
}

// One question to the resolver. Shared by who asks and by the thread that answers, because either may be the last.
struct Lookup {
  Lookup(std::string of, std::uint16_t port) : host(std::move(of)), service(std::to_string(port)) {}
  ~Lookup() {
    if (list != nullptr) ::freeaddrinfo(list);
  }
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

  const std::string host;
  const std::string service;
  std::mutex mutex;
  std::condition_variable answered;
  bool done = false;
  int error = 0;
  addrinfo* list = nullptr;
};

void look_up(Lookup& lookup) {
  const addrinfo wanted = hints(0);
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(lookup.host.c_str(), lookup.service.c_str(), &wanted, &list);
  {
    const std::lock_guard lock(lookup.mutex);
    lookup.error = error;
    lookup.list = error == 0 ? list : nullptr;
    lookup.done = true;
  }
  lookup.answered.notify_all();
}

base::Result<std::vector<SocketAddress>> addresses_of(const std::string& host, int error, const addrinfo* list) {
  std::vector<SocketAddress> found;
  for (const addrinfo* one = error == 0 ? list : nullptr; one != nullptr; one = one->ai_next) {
    SocketAddress address;
    std::memcpy(&address.storage, one->ai_addr, one->ai_addrlen);
    address.size = one->ai_addrlen;
    found.push_back(address);
  }
  if (!found.empty()) return found;
  return base::fail(base::Code::kUnavailable, "The host name " + host + " cannot be resolved.",
                    error == 0 ? "" : ::gai_strerror(error));
}

}  // namespace

base::Result<std::vector<SocketAddress>> resolve(const std::string& host, std::uint16_t port, base::Deadline deadline,
                                                 const std::atomic<bool>* cancelled) {
  const auto lookup = std::make_shared<Lookup>(host, port);

  // An address needs no name server, and no thread.
  const addrinfo numeric = hints(AI_NUMERICHOST);
  if (addrinfo* list = nullptr; ::getaddrinfo(host.c_str(), lookup->service.c_str(), &numeric, &list) == 0) {
    base::Result<std::vector<SocketAddress>> found = addresses_of(host, 0, list);
    ::freeaddrinfo(list);
    return found;
  }

  try {
    std::thread([lookup] { look_up(*lookup); }).detach();
  } catch (const std::system_error& error) {
    return base::fail(base::Code::kUnavailable, "The host name " + host + " cannot be resolved now.", error.what());
  }
  std::unique_lock lock(lookup->mutex);
  while (!lookup->done) {
    if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed))
      return base::fail(base::Code::kUnavailable,
                        "The call was cancelled while the host name " + host + " was resolved.");
    // Not wait_until: a deadline that never comes overflows inside it.
    const std::chrono::milliseconds glance =
        cancelled == nullptr ? deadline.left() : std::min(deadline.left(), kGlance);
    if (!lookup->answered.wait_for(lock, glance, [&] { return lookup->done; }) && deadline.passed())
      return base::fail(base::Code::kDeadline, "The host name " + host + " was not resolved in time.");
  }
  return addresses_of(host, lookup->error, lookup->list);
}

}  // namespace net
