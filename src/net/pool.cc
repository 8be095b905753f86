#include "net/pool.h"

#include <utility>

namespace net {

Pool::Pool(int threads, std::size_t queue_max, base::Gauge& depth) : queue_max_(queue_max), depth_(depth) {
  threads_.reserve(static_cast<std::size_t>(threads));
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

bool Pool::has_room_locked(std::chrono::steady_clock::time_point now) const {
  if (stopping_ || queue_.size() >= queue_max_) return false;
  return queue_.empty() || now - queue_.front().since < kWaitMax;
}

bool Pool::has_room() {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  return has_room_locked(now);
}

bool Pool::push(std::unique_ptr<Task>& task) {
  const auto now = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    if (!has_room_locked(now)) return false;
    queue_.push_back({std::move(task), now});
    depth_.set(static_cast<std::int64_t>(queue_.size()));
  }
  changed_.notify_one();
  return true;
}

void Pool::work() {
  while (true) {
    std::unique_ptr<Task> task;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      task = std::move(queue_.front().task);
      queue_.pop_front();
      depth_.set(static_cast<std::int64_t>(queue_.size()));
    }
    task->run();
  }
}

void Pool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace net
