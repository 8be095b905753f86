// Differences of access as they are found (one for all roles and all privileges that have the same way to one object),
// and what is shown of them. Part of access.cc.

#pragma once

#include <vector>

#include "pg_plan/access.h"

namespace pg_plan {

enum class Through : std::uint8_t { kOwner, kDirect, kPublic, kGroup };

struct AccessItem {
  bool gained = true;
  pg_model::Privileges privileges = 0;
  Through through = Through::kDirect;
  pg_model::Oid group = 0;
  std::uint32_t database = 0;
  const pg_model::Object* object = nullptr;
  const std::vector<pg_model::Oid>* roles = nullptr;
};

struct AccessFrame {
  const pg_model::Cluster &before, &after;
  std::size_t limit;
};

AccessChange write_access(const std::vector<AccessItem>& items, const AccessFrame& frame);

}  // namespace pg_plan
