// What is stored of an event, and what is shown of it.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "json/describe.h"
#include "json/formats.h"
#include "json/value.h"

namespace audit {

// `before` and `after` have one member for each item that changed, named by its type ("account", "enablement", "node",
// "permissions", "operation"; a second one of a type is "<type> <id>"), and in it the attributes that differ. Of a list
// of things with ids (grants), `before` has those that went and `after` those that came. Secrets (an ExternalId) are
// shown as "(secret)". A thing that was made has no member in `before`; one that was removed, none in `after`.
struct Event {
  static constexpr std::string_view kTypeName = "AuditEvent";
  std::string id;  // "<shard>-<sequence number>"
  base::Time time{};
  std::string principal_id;
  std::string request_id;
  std::string action;
  std::string target_type;
  std::string target_id;
  std::string owner_id;
  json::Object before;
  json::Object after;

  template <class V>
  static void describe(V& field) {
    field("id", &Event::id, {.doc = "The event's place: shard and number.", .example = "2a-000000000000001f"});
    field("time", &Event::time);
    field("principalId", &Event::principal_id, {.doc = "Who did it; `system` for what the server does by itself."});
    field("requestId", &Event::request_id);
    field("action", &Event::action, {.example = "compute-node.share"});
    field("targetType", &Event::target_type);
    field("targetId", &Event::target_id);
    field("ownerId", &Event::owner_id, {.doc = "Whose the target was."});
    field("before", &Event::before, {.doc = "What changed, as it was: a member for each record."});
    field("after", &Event::after, {.doc = "The same, as it became."});
  }
};

}  // namespace audit
