#include "net/event_stream.h"

#include <utility>

namespace net {

namespace {

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  for (const char c : value) {
    if (c != '\r' && c != '\n' && c != '\0') out += c;
  }
  out += '\n';
}

}  // namespace

std::string format_event(std::string_view event, std::string_view data, std::string_view id) {
  std::string out;
  out.reserve(event.size() + data.size() + id.size() + 32);
  if (!id.empty()) append_field(out, "id: ", id);
  if (!event.empty()) append_field(out, "event: ", event);
  std::size_t at = 0;
  while (true) {
    const std::size_t end = data.find_first_of("\r\n", at);
    append_field(out, "data: ", data.substr(at, end - at));
    if (end == std::string_view::npos) break;
    at = end + (data.substr(end, 2) == "\r\n" ? 2 : 1);
  }
  out += '\n';
  return out;
}

std::shared_ptr<EventStream> make_event_stream() { return std::make_shared<EventChannel>(); }

bool EventChannel::send(std::string_view event, std::string_view data, std::string_view id) {
  const std::string text = format_event(event, data, id);
  const std::lock_guard lock(mutex_);
  if (state_ != State::kOpen) return false;
  if (unread_ + text.size() > kBytesMax) {
    state_ = State::kCut;
    woken_ = false;  // a reader that is stuck has not taken what it was woken for; this it must hear
    wake_reader();
    return false;
  }
  unread_ += text.size();
  pending_ += text;
  wake_reader();
  return true;
}

void EventChannel::close() {
  const std::lock_guard lock(mutex_);
  if (state_ != State::kOpen) return;
  state_ = State::kClosed;
  wake_reader();
}

bool EventChannel::open() const { return state() == State::kOpen; }

EventChannel::State EventChannel::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void EventChannel::attach(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
  woken_ = false;
}

void EventChannel::detach() {
  const std::lock_guard lock(mutex_);
  if (state_ == State::kOpen) state_ = State::kCut;
  wake_ = nullptr;
  pending_ = std::string();
}

EventChannel::State EventChannel::take(std::string& out) {
  const std::lock_guard lock(mutex_);
  out += pending_;
  pending_ = std::string();
  woken_ = false;
  return state_;
}

void EventChannel::acknowledge(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  unread_ -= bytes;
}

void EventChannel::wake_reader() {
  if (!wake_ || woken_) return;
  woken_ = true;
  wake_();
}

}  // namespace net
