// The server's half of an EventStream: a bounded buffer between whoever sends and the connection that writes.
//
// What was sent and is not yet taken by the reader counts against EventStream::kBytesMax; a sender that would pass it
// ends the stream instead. The connection attaches a wake function, which is called from the sender's thread with the
// lock held and must only post; after detach() it is never called again. Any thread.

#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "net/message.h"

namespace net {

class EventChannel final : public EventStream {
 public:
  bool send(std::string_view event, std::string_view data, std::string_view id) override;
  void close() override;
  [[nodiscard]] bool open() const override;

  void attach(std::function<void()> wake);
  void detach();                              // the reader is gone
  enum class State { kOpen, kClosed, kCut };  // closed: end in order when all is written; cut: the reader was too slow
  // Takes what is to be written; it counts as unread until acknowledge().
  State take(std::string& out);
  void acknowledge(std::size_t bytes);
  [[nodiscard]] State state() const;

 private:
  void wake_reader();  // under the lock

  mutable std::mutex mutex_;
  State state_ = State::kOpen;
  bool woken_ = false;
  std::size_t unread_ = 0;  // pending_ and what the connection still holds
  std::string pending_;
  std::function<void()> wake_;
};

// One event in the text/event-stream format; line breaks in `event` and `id` are left out, those in `data` make more
// lines.
std::string format_event(std::string_view event, std::string_view data, std::string_view id);

}  // namespace net
