// In which sets of the state table a node stands, and what is known of it there without reading it.
//
// A node stands in the sets that the rules give it (authz/reach.h), under its name, and with the time of its creation
// in microseconds. The facets are what lists filter by:
//
//   facets    = status account workspace
//   status    = "P" Pending | "E" Enabled | "U" Paused | "D" Destroying | "F" Failed     as stored: an Enabled node
//               whose account is paused is "E" here
//   account   = the account's uuid, 36 characters
//   workspace = the workspace's id, or nothing for a node that belongs to none
//
// The listing is a function of the two items of the node and of nothing else, so it can be checked and made again
// (lister()). Pure; any thread.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "nodes/node.h"
#include "store/table.h"

namespace nodes {

struct Facets {
  NodeStatus status = NodeStatus::kPending;
  std::string_view account_uuid;
  std::string_view workspace_id;  // empty: none
  bool operator==(const Facets&) const = default;
};

std::string encode(const Facets& facets);
// With views into the text. None where it is no such text.
std::optional<Facets> parse_facets(std::string_view text);

store::Listing listing_of(const Node& node, const Permissions& permissions);

// In which sets an item of the table stands as a node: none where it is none. `lookup` reads another item at the same
// moment. For whoever checks the sets or makes them anew (store/maintenance.h).
using Lookup = std::function<base::Result<std::optional<store::Item>>(const store::Key&)>;
base::Result<std::optional<store::Listing>> lister(const store::Item& item, const Lookup& lookup);

}  // namespace nodes
