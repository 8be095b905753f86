#include "api/node_list.h"

#include <fmt/format.h>

#include "api/views.h"
#include "base/ids.h"

namespace api {
namespace {

// Everything that makes it another list. The prefix comes last, for it may hold any text.
std::string question_of(std::string_view user_id, const nodes::ListQuery& wanted) {
  return fmt::format("nodes?of={}&kind={}&organization_id={}&sort={}&descending={}&status={}&account={}&name_prefix={}",
                     user_id, static_cast<int>(wanted.kind), wanted.workspace_id, json::name_of(wanted.sort),
                     wanted.descending, wanted.status ? json::name_of(*wanted.status) : "any", wanted.account_uuid,
                     wanted.name_prefix);
}

}  // namespace

void NodeListQuery::narrow(nodes::ListQuery& wanted) const {
  wanted.sort = sort;
  wanted.descending = order == ListOrder::kDescending;
  wanted.status = status;
  if (account) wanted.account_uuid = *base::parse_uuid(*account);
  wanted.name_prefix = name_prefix.value_or("");
}

base::Result<http::Reply> list_nodes_of(const Context& context, const http::Call& call, const PageQuery& page,
                                        std::string_view user_id, nodes::ListQuery wanted) {
  const Listing listing(context, call, page, question_of(user_id, wanted));
  wanted.after = TRY(listing.after());
  wanted.limit = listing.limit();
  wanted.count = page.count;
  const nodes::NodeList list = TRY(context.nodes.list(user_id, wanted, call.deadline()));
  std::vector<NodeView> views;
  views.reserve(list.nodes.size());
  for (const nodes::SeenNode& each : list.nodes) views.push_back(view_of(each));
  return listing.finish(http::reply(200, views), list.next, list.total);
}

}  // namespace api
