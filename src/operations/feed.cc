#include "operations/feed.h"

#include <algorithm>

namespace operations {

void Feed::join(const std::string& operation_id, std::shared_ptr<net::EventStream> watcher) {
  const std::lock_guard lock(mutex_);
  for (auto each = watchers_.begin(); each != watchers_.end();) {  // those that went away without an end
    std::erase_if(each->second, [](const auto& stream) { return !stream->open(); });
    each = each->second.empty() ? watchers_.erase(each) : std::next(each);
  }
  watchers_[operation_id].push_back(std::move(watcher));
}

void Feed::publish(const std::string& operation_id, std::string_view data, bool last) {
  const std::lock_guard lock(mutex_);
  const auto found = watchers_.find(operation_id);
  if (found == watchers_.end()) return;
  std::erase_if(found->second, [&](const auto& stream) { return !stream->send("status", data, ""); });
  if (!last) return;
  for (const auto& stream : found->second) stream->close();
  watchers_.erase(found);
}

}  // namespace operations
