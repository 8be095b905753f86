// A list of compute nodes over HTTP: how it may be sorted and narrowed, and the reply. For every endpoint that lists
// nodes; whose they are, and which of them, is the endpoint's own question.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/context.h"
#include "api/paging.h"
#include "http/call.h"
#include "json/describe.h"
#include "json/formats.h"
#include "nodes/nodes.h"

namespace api {

enum class ListOrder { kAscending, kDescending };

struct NodeListQuery : PageQuery {
  nodes::NodeSort sort = nodes::NodeSort::kName;
  ListOrder order = ListOrder::kAscending;
  std::optional<nodes::NodeStatus> status;
  std::optional<std::string> account, name_prefix;

  template <class V>
  static void describe(V& field) {
    PageQuery::describe(field);
    field("sort", &NodeListQuery::sort,
          {.doc = "By the bytes of the name, or by the time of creation.", .may_miss = true});
    field("order", &NodeListQuery::order, {.doc = "Ascending, or descending.", .may_miss = true});
    field("status", &NodeListQuery::status, {.doc = "Only those that are shown with this status."});
    field("account", &NodeListQuery::account,
          {.doc = "Only those on the account of this uuid.", .format = &json::kUuidFormat});
    field("name_prefix", &NodeListQuery::name_prefix,
          {.doc = "Only those whose name begins so, byte for byte.", .chars_max = base::limits::kNameCharsMax});
  }

  void narrow(nodes::ListQuery& wanted) const;
};

// The page of `user_id`'s list that the query asks for; `wanted` says which nodes, narrowed already.
base::Result<http::Reply> list_nodes_of(const Context& context, const http::Call& call, const PageQuery& page,
                                        std::string_view user_id, nodes::ListQuery wanted);

}  // namespace api

template <>
inline constexpr auto json::kEnumNames<api::ListOrder> =
    json::names<api::ListOrder>({{api::ListOrder::kAscending, "asc"}, {api::ListOrder::kDescending, "desc"}});
