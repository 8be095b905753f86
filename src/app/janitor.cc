#include "app/janitor.h"

#include "api/mutation.h"
#include "api/views.h"

namespace app {

Janitor::Janitor(const api::Context& context, base::Registry& metrics)
    : context_(context),
      rounds_(metrics.counter("stewardry_janitor_rounds_total", "Rounds of the janitor.")),
      failures_(
          metrics.counter("stewardry_janitor_failures_total", "Rounds of the janitor in which something failed.")),
      thread_([this] { run(); }) {}

Janitor::~Janitor() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Janitor::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    round();
    lock.lock();
    wake_.wait_for(lock, kEvery, [&] { return stopping_; });
  }
}

void Janitor::round() {
  rounds_.add();
  const base::Deadline deadline = base::Deadline::after(kRoundMax);
  const auto deletions = context_.account_deletion.continue_all(deadline);
  if (!deletions) context_.log.error("deletions of accounts could not be taken up", deletions.error());
  if (deletions) {
    for (const nodes::Started& each : *deletions) api::publish_end(context_, each.superseded);
  }
  const auto purged = api::purge_idempotency_records(context_.table, context_.clock, deadline);
  if (!purged) context_.log.error("idempotency records could not be purged", purged.error());
  if (!deletions || !purged) failures_.add();
}

}  // namespace app
