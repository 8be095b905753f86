// For tests: ids, a few people, and what a test needs in order to fill an implementation of the directory.

#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/ids.h"
#include "catalog/directory.h"
#include "catalog/snapshot.h"

namespace catalog {

// The n-th id of its kind; n up to 9999.
inline std::string test_id(base::IdKind kind, int n) {
  std::string digits = std::to_string(n);
  digits.insert(0, 4 - digits.size(), '0');
  return base::make_id(kind, "5eed0000-0000-4000-8000-00000000" + digits);
}
inline std::string user_id(int n) { return test_id(base::IdKind::kUser, n); }
inline std::string workspace_id(int n) { return test_id(base::IdKind::kWorkspace, n); }
inline std::string team_id(int n) { return test_id(base::IdKind::kTeam, n); }

// Who the fixture's directory takes for operators; each test that loads users loads these.
inline std::vector<std::string> conformance_operators() { return {user_id(0), user_id(1)}; }

class DirectoryFixture {
 public:
  virtual ~DirectoryFixture() = default;
  virtual Directory& directory() = 0;
  // Brings about what an import of the snapshot would; it counts when this returns.
  virtual void load(const Snapshot& change) = 0;
};

inline base::Deadline soon() { return base::Deadline::after(std::chrono::seconds(20)); }

// Users 0 to `users` - 1, and the operators.
inline Snapshot people(int users) {
  Snapshot snapshot;
  for (int u = 0; u < users; ++u) {
    snapshot.users.push_back({user_id(u), "User " + std::to_string(u), "user" + std::to_string(u) + "@example.org"});
  }
  snapshot.operators = conformance_operators();
  return snapshot;
}

}  // namespace catalog
