// Accounts: register, list, get, change, delete.

#include <fmt/format.h>

#include "api/mutation.h"
#include "api/paging.h"
#include "api/requests.h"
#include "api/views.h"
#include "base/text.h"
#include "http/endpoint.h"

namespace api {
namespace {

enum class AccountType { kAws };
enum class SettableStatus { kEnabled, kPaused };

bool is_empty(std::string_view text) { return text.empty(); }
const json::Format kEmptyFormat{
    "empty", "^$", is_empty,
    "absent or empty: the ExternalId is issued by this service, so that nobody can choose another's"};
bool is_aws(std::string_view text) { return base::to_lower_ascii(text) == "aws"; }
const json::Format kAccountTypeFormat{"account-type", "^[aA][wW][sS]$", is_aws,
                                      "aws, the one type of account that is known"};

struct RegisterBody {
  static constexpr std::string_view kTypeName = "AccountRegistration";
  static constexpr bool kClosed = true;
  std::string account_id, account_type, role_name;
  std::optional<std::string> external_id, name, description;

  template <class V>
  static void describe(V& field) {
    field("accountId", &RegisterBody::account_id,
          {.doc = "The AWS account.", .format = &json::kAwsAccountIdFormat, .example = "123456789012"});
    field("accountType", &RegisterBody::account_type, {.doc = "aws", .format = &kAccountTypeFormat, .example = "aws"});
    field("roleName", &RegisterBody::role_name,
          {.doc = "The IAM role in that account which the platform is to assume.",
           .format = &json::kIamRoleNameFormat,
           .example = "Stewardry-Compute"});
    field("externalId", &RegisterBody::external_id,
          {.doc = "Not to be given: the service issues it.", .format = &kEmptyFormat});
    field("name", &RegisterBody::name, {.chars_max = base::limits::kNameCharsMax});
    field("description", &RegisterBody::description, {.chars_max = base::limits::kDescriptionCharsMax, .lines = true});
  }
};

struct ChangeBody {
  static constexpr std::string_view kTypeName = "AccountChange";
  static constexpr bool kClosed = true;
  static constexpr int kMembersMin = 1;
  std::optional<std::string> name, description;
  std::optional<SettableStatus> status;

  template <class V>
  static void describe(V& field) {
    field("name", &ChangeBody::name, {.chars_max = base::limits::kNameCharsMax});
    field("description", &ChangeBody::description, {.chars_max = base::limits::kDescriptionCharsMax, .lines = true});
    field("status", &ChangeBody::status,
          {.doc = "Paused: its enabled compute nodes are shown as Paused, and it takes no new ones."});
  }
};

struct AccountsQuery : PageQuery {
  std::optional<std::string> organization_id;
  bool include_workspaces = false;

  template <class V>
  static void describe(V& field) {
    PageQuery::describe(field);
    field("organization_id", &AccountsQuery::organization_id,
          {.doc = "Only accounts that are enabled for this workspace; its administrators see others' public ones too.",
           .format = &json::kWorkspaceIdFormat});
    field("includeWorkspaces", &AccountsQuery::include_workspaces,
          {.doc = "Whether each account shows what workspaces it is enabled for.", .may_miss = true});
  }
};

struct DeleteQuery {
  bool force = false;
  template <class V>
  static void describe(V& field) {
    field("force", &DeleteQuery::force, {.doc = "Whether its compute nodes are deleted with it.", .may_miss = true});
  }
};

std::string position_of(const accounts::Account& account) {
  return accounts::sort_key("account", account.name, account.uuid);
}

base::Result<void> add_workspaces(const Context& context, const http::Call& call, AccountView& view) {
  std::vector<EnablementView>& list = view.enabled_workspaces.emplace();
  for (const accounts::Enablement& each :
       TRY(context.accounts.enablements(call.principal().user_id, view.uuid, call.deadline()))) {
    list.push_back(view_of(each));
  }
  return {};
}

base::Result<http::Reply> list_accounts(const Context& context, const http::Call& call, const AccountsQuery& query) {
  const std::string workspace_id = canonical_workspace(query.organization_id);
  const Listing listing(
      context, call, query,
      fmt::format("accounts?organization_id={}&includeWorkspaces={}", workspace_id, query.include_workspaces));
  const std::string after = TRY(listing.after());
  const std::vector<accounts::SeenAccount> all =
      TRY(context.accounts.list(call.principal().user_id, workspace_id, call.deadline()));
  std::vector<AccountView> views;
  std::optional<std::string> next;
  std::string last;
  for (const accounts::SeenAccount& each : all) {
    if (position_of(each.account) <= after) continue;
    if (views.size() == listing.limit()) {
      next = last;
      break;
    }
    last = position_of(each.account);
    views.push_back(view_of(each.account, each.as_owner));
    if (query.include_workspaces) TRY(add_workspaces(context, call, views.back()));
  }
  return listing.finish(http::reply(200, views), next, all.size());
}

base::Result<http::Reply> register_account(const Context& context, const http::Call& call, RegisterBody body) {
  return change_once(context, call, [&](store::Transaction& tx) -> base::Result<http::Reply> {
    const accounts::Account account =
        TRY(context.accounts.register_account(tx, asker_of(call),
                                              {body.account_id, base::to_lower_ascii(body.account_type), body.role_name,
                                               body.name.value_or(""), body.description.value_or("")}));
    AccountView view = view_of(account, true);
    view.trust_policy = trust_policy(account, context.platform);
    return http::reply(201, view)
        .with("Location", fmt::format("{}/accounts/{}", call.base_path(), account.uuid))
        .etag(account.version);
  });
}

base::Result<http::Reply> get_account(const Context& context, const http::Call& call) {
  const accounts::SeenAccount seen =
      TRY(context.accounts.get(call.principal().user_id, call.path("id"), call.deadline()));
  AccountView view = view_of(seen.account, seen.as_owner);
  if (seen.as_owner) view.trust_policy = trust_policy(seen.account, context.platform);
  return http::reply(200, view).etag(seen.account.version);
}

base::Result<http::Reply> change_account(const Context& context, const http::Call& call, const ChangeBody& body) {
  if (!body.name && !body.description && !body.status) {
    return base::fail(base::Code::kInvalid,
                      "Nothing is to be changed: give at least one of name, description and status.");
  }
  accounts::AccountChange change{body.name, body.description, std::nullopt};
  if (body.status) {
    change.status =
        *body.status == SettableStatus::kPaused ? accounts::AccountStatus::kPaused : accounts::AccountStatus::kEnabled;
  }
  const accounts::Account account = TRY(store::transact(context.table, call.deadline(), [&](store::Transaction& tx) {
    return context.accounts.change(tx, asker_of(call), call.path("id"), change, guard_of(call, "The account"));
  }));
  return http::reply(200, view_of(account, true)).etag(account.version);
}

base::Result<http::Reply> delete_account(const Context& context, const http::Call& call, const DeleteQuery& query) {
  const accounts::Accounts::Closed closed = TRY(context.accounts.close(asker_of(call), call.path("id"), query.force,
                                                                       guard_of(call, "The account"), call.deadline()));
  AccountView view = view_of(closed.account, true);
  if (closed.done) return http::reply(200, view);
  std::vector<OperationRef>& refs = view.operations.emplace();
  // From here on the deletion is on record: what is not started now, the janitor starts.
  base::Result<std::vector<nodes::Started>> started =
      context.account_deletion.start(asker_of(call), view.uuid, true, call.deadline());
  if (!started) {
    context.log.error("the deletion of an account's nodes is left to the janitor", started.error());
    return http::reply(202, view).etag(closed.account.version);
  }
  for (const nodes::Started& each : *started) {
    refs.push_back(ref_to(each.operation, call.base_path()));
    publish_end(context, each.superseded);
  }
  return http::reply(202, view).etag(closed.account.version);
}

}  // namespace

}  // namespace api

template <>
inline constexpr auto json::kEnumNames<api::SettableStatus> = json::names<api::SettableStatus>(
    {{api::SettableStatus::kEnabled, "Enabled"}, {api::SettableStatus::kPaused, "Paused"}});

namespace api {

void add_account_routes(http::Router& router, const Context& context) {
  using http::None;
  static constexpr http::Parameter kId{"id", &json::kUuidFormat, "The account's uuid."};
  router.add(http::endpoint<AccountsQuery, None>(
      {.method = "GET",
       .path = "/accounts",
       .name = "listAccounts",
       .tag = "Accounts",
       .summary = "List your accounts, by name.",
       .doc = "Your own accounts; with `organization_id` those of them that are enabled for that workspace, and, for "
              "its administrators, "
              "the accounts of others that are public in it.",
       .answers = {http::answer<std::vector<AccountView>>(200, "The accounts.")},
       .problems = {400, 403}},
      [&context](http::Call& call, AccountsQuery query, None) { return list_accounts(context, call, query); }));
  router.add(http::endpoint<None, RegisterBody>({.method = "POST",
                                                 .path = "/accounts",
                                                 .name = "registerAccount",
                                                 .tag = "Accounts",
                                                 .summary = "Register a cloud account of yours.",
                                                 .doc = "The answer holds the ExternalId that is issued for this "
                                                        "account, and the trust policy to install on the role.",
                                                 .answers = {http::answer<AccountView>(201, "The account.")},
                                                 .problems = {400, 409, 415, 422},
                                                 .takes_idempotency_key = true},
                                                [&context](http::Call& call, None, RegisterBody body) {
                                                  return register_account(context, call, std::move(body));
                                                }));
  router.add(http::endpoint<None, None>(
      {.method = "GET",
       .path = "/accounts/{id}",
       .name = "getAccount",
       .tag = "Accounts",
       .summary = "One account.",
       .doc =
           "For its owner, and, without role and ExternalId, for administrators of a workspace in which it is public.",
       .parameters = {kId},
       .answers = {http::answer<AccountView>(200, "The account.")},
       .problems = {400, 404},
       .cost = http::Cost::kPoint},
      [&context](http::Call& call, None, None) { return get_account(context, call); }));
  router.add(http::endpoint<None, ChangeBody>(
      {.method = "PATCH",
       .path = "/accounts/{id}",
       .name = "changeAccount",
       .tag = "Accounts",
       .summary = "Change its name, description or status.",
       .doc = "By its owner. What is absent or null stays as it is.",
       .parameters = {kId},
       .answers = {http::answer<AccountView>(200, "The account as it is now.")},
       .problems = {400, 403, 404, 409, 412, 415},
       .takes_if_match = true},
      [&context](http::Call& call, None, ChangeBody body) { return change_account(context, call, body); }));
  router.add(http::endpoint<DeleteQuery, None>(
      {.method = "DELETE",
       .path = "/accounts/{id}",
       .name = "deleteAccount",
       .tag = "Accounts",
       .summary = "Delete the registration.",
       .doc = "By its owner. With compute nodes on it: 409 with their number; with `force=true` each of them is "
              "deleted by an operation, and "
              "then the account.",
       .parameters = {kId},
       .answers = {http::answer<AccountView>(200, "It is gone; this is what it was."),
                   http::answer<AccountView>(202, "It goes when its compute nodes are gone.")},
       .problems = {400, 403, 404, 409, 412},
       .takes_if_match = true},
      [&context](http::Call& call, DeleteQuery query, None) { return delete_account(context, call, query); }));
}

}  // namespace api
