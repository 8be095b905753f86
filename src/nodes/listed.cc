#include "nodes/listed.h"

#include <array>
#include <chrono>

#include "authz/reach.h"

namespace nodes {
namespace {

constexpr std::size_t kUuidChars = 36;
constexpr std::array<std::pair<NodeStatus, char>, 5> kLetters = {{{NodeStatus::kPending, 'P'},
                                                                  {NodeStatus::kEnabled, 'E'},
                                                                  {NodeStatus::kPaused, 'U'},
                                                                  {NodeStatus::kDestroying, 'D'},
                                                                  {NodeStatus::kFailed, 'F'}}};

char letter_of(NodeStatus status) {
  for (const auto& [each, letter] : kLetters)
    if (each == status) return letter;
  return 'F';
}

}  // namespace

std::string encode(const Facets& facets) {
  std::string text;
  text.reserve(1 + facets.account_uuid.size() + facets.workspace_id.size());
  text.push_back(letter_of(facets.status));
  text.append(facets.account_uuid).append(facets.workspace_id);
  return text;
}

std::optional<Facets> parse_facets(std::string_view text) {
  if (text.size() < 1 + kUuidChars) return std::nullopt;
  for (const auto& [status, letter] : kLetters) {
    if (letter == text[0]) return Facets{status, text.substr(1, kUuidChars), text.substr(1 + kUuidChars)};
  }
  return std::nullopt;
}

store::Listing listing_of(const Node& node, const Permissions& permissions) {
  const Facts facts(node, permissions);
  return {.sets = authz::sets_of(facts.view()),
          .name = node.name,
          .time = std::chrono::duration_cast<std::chrono::microseconds>(node.created_at.time_since_epoch()).count(),
          .facets = encode({node.status, node.account_uuid, node.workspace_id})};
}

base::Result<std::optional<store::Listing>> lister(const store::Item& item, const Lookup& lookup) {
  if (item.type != "node") return std::optional<store::Listing>();
  const Node node = TRY(read_node(item));
  const std::optional<store::Item> permissions = TRY(lookup(permissions_key(node.uuid)));
  if (!permissions) {
    return base::fail(base::Code::kCorrupt, "A compute node has no permissions.", "node " + node.uuid);
  }
  return std::optional<store::Listing>(listing_of(node, TRY(read_permissions(*permissions))));
}

}  // namespace nodes
