// How principals and the ways in which they reach a thing are shown, by every endpoint that shows them.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "authz/who.h"
#include "json/describe.h"

namespace api {

struct WayView {
  static constexpr std::string_view kTypeName = "AccessWay";
  authz::Through through = authz::Through::kOwner;
  std::optional<std::string> team_id;
  template <class V>
  static void describe(V& field) {
    field("through", &WayView::through);
    field("teamId", &WayView::team_id, {.doc = "Of a team-grant."});
  }
};

inline std::vector<WayView> ways_of(const authz::Reacher& reacher) {
  std::vector<WayView> views;
  for (const authz::Way& way : reacher.ways)
    views.push_back({way.through, way.team_id.empty() ? std::nullopt : std::optional<std::string>(way.team_id)});
  return views;
}

struct ReacherView {
  static constexpr std::string_view kTypeName = "AccessPrincipal";
  std::string user_id;
  std::vector<WayView> ways;
  template <class V>
  static void describe(V& field) {
    field("userId", &ReacherView::user_id);
    field("ways", &ReacherView::ways);
  }
};

inline ReacherView ways_view_of(const authz::Reacher& reacher) { return {reacher.user_id, ways_of(reacher)}; }

}  // namespace api
