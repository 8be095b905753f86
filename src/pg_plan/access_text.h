// Differences of access as they are found (one for all roles and all privileges that have the same way to one object),
// and what is shown of them. Part of access.cc.

#pragma once

#include <functional>
#include <string_view>
#include <unordered_map>
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

// Objects of one kind in one schema, where all else is the same.
struct SameAccess {
  bool gained;
  pg_model::Privileges privileges;
  Through through;
  pg_model::Oid group;
  std::uint32_t database;
  pg_model::Kind kind;
  std::string_view schema;
  auto operator<=>(const SameAccess&) const = default;
};

// Differences as they come. Up to `limit` each is kept by itself; beyond, what will be one line is one entry, so that a
// million of them take the room of some thousands.
class AccessItems {
 public:
  struct Several {
    AccessItem first;
    std::size_t count = 0;
  };
  struct Key {
    SameAccess same;
    const std::vector<pg_model::Oid>* roles;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };
  using Folded = std::unordered_map<Key, Several, Hash>;

  explicit AccessItems(std::size_t limit) : limit_(limit) {}
  void add(const AccessItem& item);
  void fold();

  [[nodiscard]] const std::vector<AccessItem>& each() const { return each_; }  // empty once they are folded
  [[nodiscard]] const Folded& folded() const { return folded_; }

 private:
  void put(const AccessItem& item);

  std::size_t limit_;
  std::vector<AccessItem> each_;
  Folded folded_;
};

struct AccessFrame {
  const pg_model::Cluster &before, &after;
  std::size_t limit;
};

AccessChange write_access(AccessItems& items, const AccessFrame& frame);

}  // namespace pg_plan
