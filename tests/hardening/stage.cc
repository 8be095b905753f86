#include "tests/hardening/stage.h"

#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "json/encode.h"
#include "json/parse.h"

namespace hardening {
namespace {

const base::Deadline kNever = base::Deadline::never();

const std::vector<std::pair<std::string, std::string>>& people() {
  static const std::vector<std::pair<std::string, std::string>> kIds = {
      {"ada", "N:user:a0000000-0000-4000-8000-000000000101"},
      {"ben", "N:user:a0000000-0000-4000-8000-000000000102"},
      {"cy", "N:user:a0000000-0000-4000-8000-000000000103"},
      {"dee", "N:user:a0000000-0000-4000-8000-000000000104"},
      {"op", "N:user:a0000000-0000-4000-8000-000000000105"},
      {"acme", "N:organization:a0000000-0000-4000-8000-000000000201"},
      {"beta", "N:organization:a0000000-0000-4000-8000-000000000202"},
      {"gpu", "N:team:a0000000-0000-4000-8000-000000000301"},
      {"ops", "N:team:a0000000-0000-4000-8000-000000000302"}};
  return kIds;
}

std::string text_of(const json::Value& object, std::string_view name) {
  const json::Value* found = object.as_object().if_contains(boost::json::string_view(name.data(), name.size()));
  return found != nullptr && found->is_string() ? std::string(json::view(found->get_string())) : std::string();
}

json::Value attributes_of(const store::Item& item) { return json::parse(item.attributes).value_or(json::Object()); }

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

}  // namespace

void Stage::import_directory(test::ApiWorld& world, int ada_bit, int ben_bit, int cy_bit) {
  std::map<std::string, std::string> id(people().begin(), people().end());
  std::string users, members;
  for (const char* user : {"ada", "ben", "cy", "dee", "op"})
    users += fmt::format(R"({}{{"id":"{}","name":"{}"}})", users.empty() ? "" : ",", id[user], user);
  const auto add = [&](const std::string& user, int bit) {
    if (bit >= 0)
      members += fmt::format(R"({}{{"user":"{}","permissionBit":{}}})", members.empty() ? "" : ",", id[user], bit);
  };
  add("ada", ada_bit);
  add("ben", ben_bit);
  add("cy", cy_bit);
  add("dee", 8);
  const std::string document = fmt::format(
      R"({{"users":[{}],"operators":["{}"],"workspaces":[{{"id":"{}","name":"acme","members":[{}],"teams":[{{"id":"{}","name":"gpu","members":["{}"]}},{{"id":"{}","name":"ops","members":[]}}]}},{{"id":"{}","name":"beta","members":[{{"user":"{}","permissionBit":8}},{{"user":"{}","permissionBit":32}}],"teams":[]}}]}})",
      users, id["op"], id["acme"], members, id["gpu"], id["dee"], id["ops"], id["beta"], id["ada"], id["ben"]);
  ASSERT_TRUE(world.import(document)) << document;
}

Stage::Stage(test::ApiWorld& world, int number, const std::set<std::string>& needs) : world_(world), number_(number) {
  for (const auto& [shown, each] : people()) name(each, shown);
  name(fmt::format("{:012}", 200'000'000'000 + number_), "number");
  name(fmt::format("{:012}", 300'000'000'000 + number_), "bare-number");
  make_account("lab");
  call("ada", "POST", "/accounts/{lab}/workspaces?organization_id={acme}", R"({"isPublic":true})", 201);
  call("ada", "POST", "/accounts/{lab}/workspaces?organization_id={beta}", "", 201);
  if (needs.contains("bare")) {
    make_account("bare");
    call("ada", "POST", "/accounts/{bare}/workspaces?organization_id={acme}", "", 201);
  }
  for (const char* node : {"n", "p", "f", "d", "l"})
    if (needs.contains(node)) make_node(node);
}

net::Response Stage::call(const std::string& who, const std::string& method, const std::string& target,
                          const std::string& body, int status) {
  net::Response response = world_.call(id(who), method, fill(target), fill(body), {{"X-Request-Id", "r"}});
  EXPECT_EQ(response.status, status) << method << ' ' << target << ' ' << body << '\n' << response.body;
  return response;
}

void Stage::make_account(const std::string& account) {
  const net::Response made =
      call("ada", "POST", "/accounts",
           fmt::format(R"({{"accountId":"{{{}number}}","accountType":"aws","roleName":"R","name":"{}"}})",
                       account == "lab" ? "" : "bare-", account),
           201);
  const json::Value body = json::parse(made.body).value();
  const std::string uuid = text_of(body, "uuid");
  name(uuid, account);
  name(text_of(body, "externalId"), "external");
  accounts_.insert(uuid);
}

void Stage::make_node(const std::string& node) {
  const std::string place = node == "l" ? "" : R"(,"organizationId":"{acme}")";
  const net::Response made = call("ada", "POST", "/compute-nodes",
                                  fmt::format(R"({{"accountId":"{{lab}}","name":"{}"{}}})", node, place), 202);
  const json::Value body = json::parse(made.body).value();
  name(text_of(body, "uuid"), node);
  nodes_.insert(text_of(body, "uuid"));
  name(text_of(body.at("operation"), "id"), node + ".operation");
  if (node == "p") return;
  if (node == "f") {
    call("op", "POST", "/operations/{f.operation}/fail", R"({"reason":"no"})", 200);
    return;
  }
  call("op", "POST", fmt::format("/operations/{{{}.operation}}/complete", node), "", 200);
  if (node == "l") return;
  const std::string permissions = fmt::format("/compute-nodes/{{{}}}/permissions", node);
  call("ada", "POST", permissions + "/users", R"({"userId":"{cy}"})", 201);
  call("ada", "POST", permissions + "/teams", R"({"teamId":"{gpu}"})", 201);
  if (node != "d") return;
  const net::Response deleted = call("ada", "DELETE", "/compute-nodes/{d}", "", 202);
  std::erase_if(names_, [](const auto& each) { return each.second == "d.operation"; });
  name(text_of(json::parse(deleted.body).value(), "id"), "d.operation");
}

std::string Stage::id(const std::string& shown) const {
  for (const auto& [each, as] : names_)
    if (as == shown) return each;
  ADD_FAILURE() << shown << " is not on the stage";
  return {};
}

std::string Stage::fill(std::string text) const {
  for (const auto& [each, shown] : names_) text = replaced(std::move(text), '{' + shown + '}', each);
  return text;
}

std::string Stage::show(std::string text) const {
  for (const auto& [each, shown] : names_) text = replaced(std::move(text), each, '{' + shown + '}');
  return text;
}

std::string Stage::ask(const Mutation& m) {
  if (m.on == "directory") {
    import_directory(world_, m.who == "ada" ? -1 : 32, m.who == "ben" ? 8 : 16, m.who == "cy" ? -1 : 8);
    return "imported";
  }
  const net::Response response =
      world_.call(id(m.who), m.method, fill(m.target), fill(m.body), {{"X-Request-Id", "r"}});
  return fmt::format("{} {}", response.status, response.body);
}

// ---- what is stored

std::vector<store::Item> Stage::partition(const std::string& pk, bool by_index) {
  std::vector<store::Item> all;
  store::Query query{.pk = pk, .by_index = by_index, .items_max = store::kReadsMax};
  for (;;) {
    store::Page page = world_.table().query(query, kNever).value();
    std::move(page.items.begin(), page.items.end(), std::back_inserter(all));
    if (!page.next_cursor) return all;
    query.cursor = *page.next_cursor;
  }
}

std::optional<store::Item> Stage::item(const store::Key& key) { return world_.table().get(key, kNever).value(); }

// What was made meanwhile is called by what it is, so that the same is called the same in another run.
void Stage::find_nodes() {
  for (const std::string number : {"number", "bare-number"}) {
    std::string digits;
    for (const auto& [each, shown] : names_)
      if (shown == number) digits = each;
    if (const auto registered = item({"registration#" + id("ada"), "aws#" + digits})) {
      const std::string uuid = text_of(attributes_of(*registered), "accountUuid");
      if (accounts_.insert(uuid).second) name(uuid, "another account");
    }
  }
  for (const std::string& account : accounts_) {
    for (const store::Item& each : partition("account#" + account)) {
      const json::Value fields = attributes_of(each);
      if (const std::string external = text_of(fields, "externalId"); !external.empty()) name(external, "external");
      const std::string node = text_of(fields, "nodeUuid");
      if (node.empty() || !nodes_.insert(node).second) continue;
      const auto made = item({"node#" + node, "node"});
      name(node, "new " + (made ? text_of(attributes_of(*made), "name") : std::string("orphan")));
    }
  }
}

std::string Stage::state() {
  find_nodes();
  std::vector<std::string> lines;
  std::vector<store::Item> items, operations;
  for (const char* user : {"ada", "ben", "op"}) {
    for (store::Item& each : partition("started-by#" + id(user), true)) {
      const json::Value fields = attributes_of(each);
      if (!nodes_.contains(text_of(fields, "targetId"))) continue;
      names_.try_emplace(text_of(fields, "id"),
                         fmt::format("{} of {}", text_of(fields, "type"), show(text_of(fields, "targetId"))));
      operations.push_back(std::move(each));
    }
  }
  for (const std::string& account : accounts_)
    for (store::Item& each : partition("account#" + account)) items.push_back(std::move(each));
  for (const std::string& node : nodes_)
    for (store::Item& each : partition("node#" + node)) items.push_back(std::move(each));
  std::move(operations.begin(), operations.end(), std::back_inserter(items));
  for (const std::string& account : accounts_)
    if (const auto mark = item({"deleting-accounts", account})) items.push_back(*mark);
  for (const store::Item& each : items)
    lines.push_back(show(fmt::format("{} {} {}", each.key.pk.starts_with("operations#") ? "operation" : each.key.pk,
                                     each.key.sk, each.attributes)));
  std::sort(lines.begin(), lines.end());
  return fmt::format("{}\n", fmt::join(lines, "\n"));
}

// ---- what must hold

std::string Stage::broken_node(const std::string& uuid) {
  std::string wrong;
  const auto say = [&](const std::string& what) { wrong += show(fmt::format("{}: {}\n", uuid, what)); };
  std::map<std::string, store::Item> parts;
  for (store::Item& each : partition("node#" + uuid)) parts[each.key.sk] = std::move(each);
  if (parts.contains("node") != parts.contains("permissions")) say("a node and its permissions go together");
  std::vector<std::string> links;
  for (const std::string& account : accounts_)
    for (const store::Item& each : partition("account#" + account))
      if (each.key.sk.starts_with("node#") && each.key.sk.ends_with(uuid)) links.push_back(account + ' ' + each.key.sk);
  if (!parts.contains("node")) {
    if (!links.empty()) say("a link leads to no node: " + links[0]);
    return wrong;
  }
  const json::Value node = attributes_of(parts["node"]);
  const std::string workspace = text_of(node, "workspaceId"), account = text_of(node, "accountUuid");
  if (links != std::vector{fmt::format("{} node#{}#{}", account, workspace.empty() ? "-" : workspace, uuid)})
    say(fmt::format("its links are {}", fmt::join(links, ", ")));
  if (!item({"account#" + account, "account"})) say("it stands on an account that is gone");
  if (!workspace.empty() && !item({"account#" + account, "workspace#" + workspace}))
    say("it stands in a workspace for which its account is not enabled");
  if (parts.contains("permissions")) {
    const json::Value permissions = attributes_of(parts["permissions"]);
    const std::string scope = text_of(permissions, "scope");
    const bool granted = !permissions.at("users").as_array().empty() || !permissions.at("teams").as_array().empty();
    if (granted && scope != "shared") say("it has grants, and is " + scope);
    if (workspace.empty() && scope != "private") say("it is of no workspace, and " + scope);
  }
  const std::string operation = text_of(node, "operationId"), status = text_of(node, "status");
  const auto last = item({fmt::format("operations#{}", operation.back()), operation});
  if (!last) {
    say("its operation is gone");
  } else {
    const bool open = text_of(attributes_of(*last), "status") == "Pending";
    if (open != (status == "Pending" || status == "Destroying"))
      say(fmt::format("it is {}, and its operation is {}", status, open ? "under way" : "over"));
  }
  return wrong;
}

std::string Stage::broken_account(const std::string& uuid) {
  std::string wrong;
  const auto say = [&](const std::string& what) { wrong += show(fmt::format("{}: {}\n", uuid, what)); };
  const std::vector<store::Item> parts = partition("account#" + uuid);
  const auto account = item({"account#" + uuid, "account"});
  const bool marked = item({"deleting-accounts", uuid}).has_value();
  if (!account) {
    if (!parts.empty()) say("it is gone, and " + parts[0].key.sk + " is left");
    if (marked) say("it is gone, and its deletion is not over");
    return wrong;
  }
  const json::Value fields = attributes_of(*account);
  if (!item({"registration#" + text_of(fields, "ownerId"), "aws#" + text_of(fields, "accountId")}))
    say("its registration is gone");
  if ((text_of(fields, "status") == "Deleting") != marked) say("its status and the mark of its deletion disagree");
  for (const store::Item& each : parts)
    if (each.key.sk.starts_with("workspace#") && attributes_of(each).at("closing") == true)
      say("a door is left closed");
  return wrong;
}

// What is read alone is listed, and what is not is not.
std::string Stage::broken_lists(const std::string& user) {
  std::string wrong;
  std::set<std::string> listed;
  bool all = user != "ada";  // who reads everything on her account, wherever it is
  for (const std::string target : {"/compute-nodes?organization_id={acme}&limit=1000",
                                   "/compute-nodes?organization_id={beta}&limit=1000", "/compute-nodes?limit=1000"}) {
    const net::Response response = world_.call(id(user), "GET", fill(target));
    if (response.status != 200) all = false;  // of a workspace that they are not in, but may own a node of
    if (response.status != 200) continue;
    const json::Value list = json::parse(response.body).value();
    for (const json::Value& each : list.as_array()) listed.insert(text_of(each, "uuid"));
  }
  for (const std::string& uuid : nodes_) {
    const bool reads = world_.call(id(user), "GET", "/compute-nodes/" + uuid).status == 200;
    if (!reads && listed.contains(uuid)) wrong += show(fmt::format("{} lists and cannot read {}\n", user, uuid));
    if (reads && all && !listed.contains(uuid)) wrong += show(fmt::format("{} reads and cannot list {}\n", user, uuid));
  }
  return wrong;
}

std::string Stage::broken(bool with_lists) {
  std::string wrong;
  for (const std::string& node : nodes_) wrong += broken_node(node);
  for (const std::string& account : accounts_) wrong += broken_account(account);
  if (with_lists) wrong += broken_lists("ben") + broken_lists("cy");
  return wrong;
}

}  // namespace hardening
