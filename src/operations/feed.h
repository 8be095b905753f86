// Who watches which operation: live streams of status changes, for GET /operations/{id}/events.
//
// A watcher that joins is told the present status by whoever lets it in (after joining, so that no change falls
// between), then each change that is published, and is closed when the operation has ended. Only changes of this
// process are told: with several servers on one table, a client polls as well. Any thread.

#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "net/message.h"

namespace operations {

class Feed {
 public:
  void join(const std::string& operation_id, std::shared_ptr<net::EventStream> watcher);
  // `data` is the operation as JSON; `last` closes the streams.
  void publish(const std::string& operation_id, std::string_view data, bool last);

 private:
  std::mutex mutex_;
  std::map<std::string, std::vector<std::shared_ptr<net::EventStream>>> watchers_;  // shared with the connection
};

}  // namespace operations
