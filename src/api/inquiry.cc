#include "api/inquiry.h"

#include <algorithm>
#include <array>

namespace api {
namespace {

base::Result<bool> may_ask(const Context& context, std::string_view asker_id, Inquiry inquiry,
                           base::Deadline deadline) {
  if (inquiry == Inquiry::kChange) return context.engine.is_operator(asker_id, deadline);
  return may_ask_about_all(context, asker_id, deadline);
}

base::Error not_yours(Inquiry inquiry, std::string_view what) {
  std::string message = "Who else reaches ";
  message.append(what).append(" is for its owner and the operators of the platform to know.");
  if (inquiry == Inquiry::kChange) {
    message = "What a change would do to ";
    message.append(what).append(" is for its owner and the operators of the platform to ask.");
  }
  return {base::Code::kForbidden, std::move(message)};
}

}  // namespace

base::Result<bool> may_ask_about_all(const Context& context, std::string_view asker_id, base::Deadline deadline) {
  const std::vector<std::string>& callers = context.access_callers;
  if (std::find(callers.begin(), callers.end(), asker_id) != callers.end()) return true;
  return context.engine.is_operator(asker_id, deadline);
}

base::Result<std::optional<nodes::SeenPermissions>> find_node(const Context& context, std::string_view uuid,
                                                              base::Deadline deadline) {
  const std::array keys{nodes::node_key(uuid), nodes::permissions_key(uuid)};
  return nodes::Nodes::read(TRY(context.table.get_many(keys, deadline)));
}

base::Result<nodes::SeenPermissions> node_to_ask_about(const Context& context, std::string_view asker_id,
                                                       std::string_view uuid, Inquiry inquiry,
                                                       base::Deadline deadline) {
  std::optional<nodes::SeenPermissions> found = TRY(find_node(context, uuid, deadline));
  const bool about_all = TRY(may_ask(context, asker_id, inquiry, deadline));
  if (!found) {
    if (!about_all) TRY(context.directory.membership(asker_id, kNobodysWorkspace, deadline));
    return base::fail(nodes::no_such_node());
  }
  if (about_all || found->node.owner_id == asker_id) return std::move(*found);
  const nodes::Facts facts(found->node, found->permissions);
  const authz::Decision read = TRY(context.engine.decide(asker_id, authz::NodeAction::kRead, facts.view(), deadline));
  TRY(read.enforce("compute node"));
  return base::fail(not_yours(inquiry, "a compute node"));
}

base::Result<accounts::Accounts::Whole> account_to_ask_about(const Context& context, std::string_view asker_id,
                                                             std::string_view uuid, Inquiry inquiry,
                                                             base::Deadline deadline) {
  std::optional<accounts::Accounts::Whole> found = TRY(context.accounts.whole(uuid, deadline));
  const bool about_all = TRY(may_ask(context, asker_id, inquiry, deadline));
  if (found && (about_all || found->account.owner_id == asker_id)) return std::move(*found);
  TRY(context.accounts.get(asker_id, uuid, deadline));  // whoever does not see it: kNotFound
  return base::fail(not_yours(inquiry, "an account"));
}

}  // namespace api
