#include "net/event_loop.h"

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "net/connection.h"
#include "net/response_writer.h"

namespace net {

EventLoop::EventLoop(ServerState& state)
    : state_(state), guard_(io_.get_executor()), timer_(io_.get_executor()), read_buffer_(kReadBytes) {
  update_date();
}

EventLoop::~EventLoop() { CHECK(!thread_.joinable(), "an event loop is joined before it goes"); }

void EventLoop::run() {
  sweep();
  thread_ = std::thread([this] { io_.run(); });
}

void EventLoop::accept(Acceptor acceptor, std::span<const std::unique_ptr<EventLoop>> loops) {
  acceptor_.emplace(std::move(acceptor));
  loops_ = loops;
  wait_for_connections();
}

void EventLoop::wait_for_connections() {
  acceptor_->async_wait(Acceptor::wait_read, [this](const IoError& error) {
    if (error || draining_) return;
    accept_some();
  });
}

void EventLoop::accept_some() {
  for (int i = 0; i < kAcceptedPerTurn; ++i) {
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    const int socket = ::accept4(acceptor_->native_handle(), reinterpret_cast<sockaddr*>(&address), &size,
                                 SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) {
      if (errno == ECONNABORTED || errno == EINTR) continue;
      if (errno == EAGAIN) break;
      state_.log.warning("cannot accept a connection", {{"reason", std::generic_category().message(errno)}});
      accept_paused_ = true;
      return;
    }
    asio::ip::tcp::endpoint peer;
    std::memcpy(peer.data(), &address, size);
    peer.resize(size);
    const std::string host = peer.address().to_string();
    const std::string name =
        peer.address().is_v6() ? fmt::format("[{}]:{}", host, peer.port()) : fmt::format("{}:{}", host, peer.port());

    const std::size_t open = state_.connections.fetch_add(1) + 1;
    const bool refused = open > state_.options.connections_max;
    (refused ? state_.metrics.turned_away : state_.metrics.accepted).add();
    if (open > state_.options.connections_max + kRefusedMax || (refused && state_.tls)) {
      ::close(socket);  // a 503 to everyone would itself be the overload
      state_.connections.fetch_sub(1);
      continue;
    }
    EventLoop* least = this;
    for (const std::unique_ptr<EventLoop>& loop : loops_) {
      if (loop->load_.load() < least->load_.load()) least = loop.get();
    }
    least->load_.fetch_add(1);
    if (least == this)
      adopt(socket, name, refused);
    else
      asio::post(least->io_, [least, socket, name, refused] { least->adopt(socket, name, refused); });
  }
  wait_for_connections();
}

void EventLoop::adopt(int socket, const std::string& peer, bool refused) {
  state_.metrics.connections.set(static_cast<std::int64_t>(state_.connections.load()));
  IoError error;
  Socket made(io_.get_executor());
  made.assign(asio::ip::tcp::v6(), socket, error);
  if (error || draining_) {
    if (error) ::close(socket);
    load_.fetch_sub(1);
    state_.connections.fetch_sub(1);
    return;
  }
  made.non_blocking(true, error);
  made.set_option(asio::ip::tcp::no_delay(true), error);
  connections_.push_back(std::make_shared<Connection>(*this, std::move(made), peer, connections_.size()));
  const std::shared_ptr<Connection> connection = connections_.back();
  if (refused)
    connection->refuse_and_close(503, "The server has too many connections. Try again later.");
  else
    connection->start();
}

void EventLoop::forget(Connection& connection) {
  const std::size_t at = connection.place();
  CHECK(at < connections_.size() && connections_[at].get() == &connection, "a connection knows its place");
  if (at + 1 != connections_.size()) {
    std::swap(connections_[at], connections_.back());
    connections_[at]->set_place(at);
  }
  connections_.pop_back();
  load_.fetch_sub(1);
  state_.metrics.connections.set(static_cast<std::int64_t>(state_.connections.fetch_sub(1) - 1));
  if (!draining_ || !connections_.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    empty_ = true;
  }
  emptied_.notify_all();
}

void EventLoop::update_date() {
  date_field_ = make_date_field(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
}

void EventLoop::sweep() {
  if (stopped_) return;
  update_date();
  const auto now = std::chrono::steady_clock::now();
  for (std::size_t i = connections_.size(); i-- > 0;) {
    if (i >= connections_.size()) continue;                          // more than one ended
    const std::shared_ptr<Connection> connection = connections_[i];  // it may end and be forgotten here
    connection->sweep(now);
  }
  if (accept_paused_ && !draining_) {
    accept_paused_ = false;
    accept_some();
  }
  timer_.expires_after(kSweep);
  timer_.async_wait([this](const IoError& error) {
    if (!error) sweep();
  });
}

void EventLoop::drain() {
  asio::post(io_, [this] {
    draining_ = true;
    IoError ignored;
    if (acceptor_) acceptor_->close(ignored);
    for (std::size_t i = connections_.size(); i-- > 0;) {
      if (i >= connections_.size()) continue;
      const std::shared_ptr<Connection> connection = connections_[i];
      connection->drain();
    }
    if (!connections_.empty()) return;
    {
      const std::lock_guard lock(mutex_);
      empty_ = true;
    }
    emptied_.notify_all();
  });
}

bool EventLoop::wait_until_empty(std::chrono::steady_clock::time_point until) {
  std::unique_lock lock(mutex_);
  return emptied_.wait_until(lock, until, [this] { return empty_; });
}

void EventLoop::cut() {
  asio::post(io_, [this] {
    while (!connections_.empty()) connections_.back()->cut();
  });
}

void EventLoop::join() {
  asio::post(io_, [this] {
    stopped_ = true;  // a sweep that is already due must not set the timer again
    timer_.cancel();
    guard_.reset();
  });
  thread_.join();
}

}  // namespace net
