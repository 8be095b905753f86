#include "net/resolve.h"

#include <condition_variable>
#include <csignal>
#include <cstring>
#include <memory>
#include <mutex>
#include <utility>

#include <netdb.h>

namespace net {

namespace {

// One question to the resolver. Shared by who asks and by glibc's thread that answers, because either may be the last.
struct Lookup {
  std::string host;
  std::string service;
  addrinfo hints{};
  gaicb control{};
  std::mutex mutex;
  std::condition_variable answered;
  bool done = false;

  ~Lookup() {
    if (control.ar_result != nullptr) ::freeaddrinfo(control.ar_result);
  }
  Lookup(std::string of, std::uint16_t port) : host(std::move(of)), service(std::to_string(port)) {
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    control.ar_name = host.c_str();
    control.ar_service = service.c_str();
    control.ar_request = &hints;
  }
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;
};

void on_answer(sigval value) {
  const std::unique_ptr<std::shared_ptr<Lookup>> share(static_cast<std::shared_ptr<Lookup>*>(value.sival_ptr));
  Lookup& lookup = **share;
  {
    const std::lock_guard lock(lookup.mutex);
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

base::Result<std::vector<SocketAddress>> resolve(const std::string& host, std::uint16_t port, base::Deadline deadline) {
  const auto lookup = std::make_shared<Lookup>(host, port);

  // An address needs no name server, and no thread.
  addrinfo numeric = lookup->hints;
  numeric.ai_flags |= AI_NUMERICHOST;
  if (addrinfo* list = nullptr; ::getaddrinfo(host.c_str(), lookup->service.c_str(), &numeric, &list) == 0) {
    base::Result<std::vector<SocketAddress>> found = addresses_of(host, 0, list);
    ::freeaddrinfo(list);
    return found;
  }

  auto share = std::make_unique<std::shared_ptr<Lookup>>(lookup);
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD;
  event.sigev_notify_function = on_answer;
  event.sigev_value.sival_ptr = share.get();
  gaicb* list[] = {&lookup->control};
  if (::getaddrinfo_a(GAI_NOWAIT, list, 1, &event) != 0) {
    return base::fail(base::Code::kUnavailable, "The host name " + host + " cannot be resolved now.",
                      "getaddrinfo_a failed");
  }
  std::ignore = share.release();  // on_answer has it now
  std::unique_lock lock(lookup->mutex);
  // Not wait_until: a deadline that never comes overflows inside it.
  if (!lookup->answered.wait_for(lock, deadline.left(), [&] { return lookup->done; })) {
    return base::fail(base::Code::kDeadline, "The host name " + host + " was not resolved in time.");
  }
  return addresses_of(host, ::gai_error(&lookup->control), lookup->control.ar_result);
}

}  // namespace net
