#include "accounts/account.h"

#include <fmt/format.h>

#include "json/decode.h"
#include "json/encode.h"

namespace accounts {

store::Key account_key(std::string_view uuid) { return {fmt::format("account#{}", uuid), "account"}; }
store::Key enablement_key(std::string_view uuid, std::string_view workspace_id) {
  return {fmt::format("account#{}", uuid), fmt::format("workspace#{}", workspace_id)};
}
std::string sort_key(std::string_view kind, std::string_view name, std::string_view id) {
  return fmt::format("{}#{}\x01{}", kind, name, id);
}

base::Result<Account> read_account(const store::Item& item) {
  Account account = TRY(json::decode_stored<Account>(item.attributes));
  account.version = item.version;
  return account;
}

namespace {

struct StatusOnly {
  static constexpr std::string_view kTypeName = "StoredAccountStatus";
  AccountStatus status = AccountStatus::kEnabled;
  template <class V>
  static void describe(V& field) {
    field("status", &StatusOnly::status);
  }
};

}  // namespace

base::Result<AccountStatus> read_account_status(const store::Item& item) {
  return TRY(json::decode_stored<StatusOnly>(item.attributes)).status;
}

base::Result<Enablement> read_enablement(const store::Item& item) {
  Enablement enablement = TRY(json::decode_stored<Enablement>(item.attributes));
  enablement.version = item.version;
  return enablement;
}

std::vector<authz::EnablementFacts> facts_of(const std::vector<Enablement>& enablements) {
  std::vector<authz::EnablementFacts> facts;
  facts.reserve(enablements.size());
  for (const Enablement& each : enablements) facts.push_back({each.workspace_id, each.is_public});
  return facts;
}

store::Item item_of(const Account& account) {
  return {.key = account_key(account.uuid),
          .index = store::Key{"owner#" + account.owner_id, sort_key("account", account.name, account.uuid)},
          .type = "account",
          .attributes = json::encode(account)};
}

store::Item item_of(const Enablement& enablement) {
  return {.key = enablement_key(enablement.account_uuid, enablement.workspace_id),
          .index = store::Key{"workspace#" + enablement.workspace_id, "enablement#" + enablement.account_uuid},
          .type = "enablement",
          .attributes = json::encode(enablement)};
}

}  // namespace accounts
