// What is stored of accounts: the account itself, the mark that makes it unique, its enablements, and the links to what
// stands on it. Keys and questions: docs/internals/state-table.md.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authz/engine.h"
#include "base/clock.h"
#include "json/describe.h"
#include "store/table.h"

namespace accounts {

enum class AccountStatus { kEnabled, kPaused, kDeleting };

struct Account {
  static constexpr std::string_view kTypeName = "StoredAccount";
  std::string uuid;
  std::string account_id;    // the cloud's own: 12 digits
  std::string account_type;  // "aws"
  std::string role_name;
  std::string external_id;  // issued here; stands in the trust policy of the role
  std::string owner_id;
  std::string name;
  std::string description;
  AccountStatus status = AccountStatus::kEnabled;
  std::optional<AccountStatus> reopen_as;  // what it was before it became Deleting, should that come to nothing
  base::Time created_at{};
  base::Time updated_at{};
  store::Version version = 0;  // of the item

  template <class V>
  static void describe(V& field) {
    field("uuid", &Account::uuid);
    field("accountId", &Account::account_id);
    field("accountType", &Account::account_type);
    field("roleName", &Account::role_name);
    field("externalId", &Account::external_id);
    field("ownerId", &Account::owner_id);
    field("name", &Account::name);
    field("description", &Account::description);
    field("status", &Account::status);
    field("reopenAs", &Account::reopen_as);
    field("createdAt", &Account::created_at);
    field("updatedAt", &Account::updated_at);
  }
};

struct Enablement {
  static constexpr std::string_view kTypeName = "StoredEnablement";
  std::string account_uuid;
  std::string workspace_id;
  bool is_public = false;
  std::string enabled_by;
  base::Time created_at{};
  bool closing = false;        // being disabled: nothing new may come in
  store::Version version = 0;  // of the item

  template <class V>
  static void describe(V& field) {
    field("accountUuid", &Enablement::account_uuid);
    field("workspaceId", &Enablement::workspace_id);
    field("isPublic", &Enablement::is_public);
    field("enabledBy", &Enablement::enabled_by);
    field("createdAt", &Enablement::created_at);
    field("closing", &Enablement::closing);
  }
};

store::Key account_key(std::string_view uuid);
store::Key enablement_key(std::string_view uuid, std::string_view workspace_id);

// The text by which named things are sorted in the index: by name, then by id.
std::string sort_key(std::string_view kind, std::string_view name, std::string_view id);

// What access is decided on. Holds views into the enablements; they must outlive it.
std::vector<authz::EnablementFacts> facts_of(const std::vector<Enablement>& enablements);

base::Result<Account> read_account(const store::Item& item);
// Of an account's item, without reading the rest of it.
base::Result<AccountStatus> read_account_status(const store::Item& item);
base::Result<Enablement> read_enablement(const store::Item& item);
store::Item item_of(const Account& account);
store::Item item_of(const Enablement& enablement);

}  // namespace accounts

template <>
inline constexpr auto json::kEnumNames<accounts::AccountStatus> =
    json::names<accounts::AccountStatus>({{accounts::AccountStatus::kEnabled, "Enabled"},
                                          {accounts::AccountStatus::kPaused, "Paused"},
                                          {accounts::AccountStatus::kDeleting, "Deleting"}});
