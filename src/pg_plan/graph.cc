#include "pg_plan/graph.h"

#include <algorithm>
#include <unordered_set>

namespace pg_plan {

using pg_model::Oid;

Graph::Graph(const std::vector<pg_model::Membership>& rows) {
  for (const pg_model::Membership& row : rows) add(row);
}

void Graph::add(const pg_model::Membership& row) {
  edges_[row.member].push_back({row.role, row.inherit, row.set});
  if (row.admin) admins_[row.role].push_back(row.member);
  for (auto& remembered : reachable_) remembered.clear();
}

void Graph::set_inherit(Oid member, bool inherit) {
  for (Edge& edge : edges_[member]) edge.inherit = inherit;
  for (auto& remembered : reachable_) remembered.clear();
}

const std::vector<Oid>& Graph::reachable(Oid role, Way way) const {
  auto& remembered = reachable_[static_cast<int>(way)];
  if (auto known = remembered.find(role); known != remembered.end()) return known->second;
  std::vector<Oid> found{role};
  std::unordered_set<Oid> seen{role};
  for (std::size_t at = 0; at < found.size(); ++at) {
    auto edges = edges_.find(found[at]);
    if (edges == edges_.end()) continue;
    for (const Edge& edge : edges->second) {
      if (way == Way::kInherit && !edge.inherit) continue;
      if (way == Way::kSet && !edge.set) continue;
      if (seen.insert(edge.role).second) found.push_back(edge.role);
    }
  }
  return remembered.emplace(role, std::move(found)).first->second;
}

bool Graph::reaches(Oid role, Oid target, Way way) const {
  const std::vector<Oid>& found = reachable(role, way);
  return std::ranges::find(found, target) != found.end();
}

std::vector<Oid> Graph::path(Oid role, Oid target, bool admin_only) const {
  std::unordered_map<Oid, Oid> from{{role, role}};
  std::vector<Oid> queue{role};
  for (std::size_t at = 0; at < queue.size() && !from.contains(target); ++at) {
    auto edges = edges_.find(queue[at]);
    if (edges == edges_.end()) continue;
    for (const Edge& edge : edges->second) {
      if (!admin_only && !edge.inherit && !edge.set) continue;
      if (from.emplace(edge.role, queue[at]).second) queue.push_back(edge.role);
    }
  }
  if (role == target || !from.contains(target)) return {};
  std::vector<Oid> way{target};
  while (way.back() != role) way.push_back(from[way.back()]);
  std::ranges::reverse(way);
  return way;
}

const std::vector<Oid>& Graph::admins(Oid role) const {
  static const std::vector<Oid> nobody;
  auto found = admins_.find(role);
  return found == admins_.end() ? nobody : found->second;
}

std::vector<Oid> Graph::circle() const {
  // Takes away, again and again, members that nothing is a member of; what stays is in a circle or above one.
  std::unordered_map<Oid, int> members;  // how many rows name it as the role
  for (const auto& [member, edges] : edges_) {
    for (const Edge& edge : edges) ++members[edge.role];
  }
  std::vector<Oid> free;
  for (const auto& [member, edges] : edges_) {
    if (!members.contains(member)) free.push_back(member);
  }
  while (!free.empty()) {
    Oid member = free.back();
    free.pop_back();
    auto edges = edges_.find(member);
    if (edges == edges_.end()) continue;
    for (const Edge& edge : edges->second) {
      if (--members[edge.role] == 0) free.push_back(edge.role);
    }
  }
  std::vector<Oid> left;
  for (const auto& [role, count] : members) {
    if (count > 0 && edges_.contains(role)) left.push_back(role);
  }
  std::ranges::sort(left);
  return left;
}

}  // namespace pg_plan
