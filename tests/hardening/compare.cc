// Everybody looks at everything, and sees what the model says.

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "json/encode.h"
#include "json/parse.h"
#include "tests/hardening/machine.h"

namespace hardening {
namespace {

// Nodes of one name stand in an order of the table's own: brings them into that of their ids. False where they are not
// in the order of their names.
bool settle_ties(json::Value& list) {
  const auto text = [](const json::Value& node, const char* name) { return json::view(node.at(name).as_string()); };
  const auto by_name = [&](const json::Value& a, const json::Value& b) { return text(a, "name") < text(b, "name"); };
  json::Array& nodes = list.as_array();
  if (!std::is_sorted(nodes.begin(), nodes.end(), by_name)) return false;
  std::sort(nodes.begin(), nodes.end(), [&](const json::Value& a, const json::Value& b) {
    return std::pair(text(a, "name"), text(a, "uuid")) < std::pair(text(b, "name"), text(b, "uuid"));
  });
  return true;
}

}  // namespace

net::Response Machine::look(int u, const std::string& target) {
  return world_.call(user_id(u), "GET", target, {}, {{"X-Request-Id", "r"}});
}

std::string Machine::look_for(int u, const std::string& target, bool there, const std::string& words,
                              const std::string& nobodys) {
  const net::Response response = look(u, target);
  const auto wrong = [&](const std::string& what) {
    return fmt::format("user {} at {}: {}\n{} {}", u, target, what, response.status, response.body);
  };
  if (!there) {
    if (response.status == 404 && response.body == nobodys) return {};
    return wrong("what is not there for them is told from what is nobody's: " + nobodys);
  }
  if (response.status != 200) return wrong("they see it, says the model");
  const auto differences = test::differences(test::parse_expected(words).value(), json::parse(response.body).value());
  return differences.empty() ? std::string() : wrong(fmt::format("{}", fmt::join(differences, "\n")));
}

std::string Machine::compare_nodes(int u) {
  const std::string one = look(u, "/compute-nodes/" + kNobodysUuid).body;
  const std::string permissions = look(u, "/compute-nodes/" + kNobodysUuid + "/permissions").body;
  for (const Node& node : model_.nodes) {
    const bool reads = !node.gone && model_.reads(u, node);
    const std::string target = "/compute-nodes/" + node.uuid;
    std::string wrong = look_for(u, target, reads, reads ? node_words(node) : "", one);
    if (wrong.empty())
      wrong = look_for(u, target + "/permissions", reads, reads ? permission_words(node) : "", permissions);
    if (!wrong.empty()) return wrong;
  }
  return {};
}

std::string Machine::compare_accounts(int u) {
  const std::string one = look(u, "/accounts/" + kNobodysUuid).body;
  const std::string enablements = look(u, "/accounts/" + kNobodysUuid + "/workspaces").body;
  for (const Account& account : model_.accounts) {
    const bool sees = !account.gone && model_.sees(u, account);
    const std::string target = "/accounts/" + account.uuid;
    std::string wrong = look_for(u, target, sees, account_words(account, u == account.owner), one);
    if (!wrong.empty()) return wrong;
    if (!sees) {
      wrong = look_for(u, target + "/workspaces", false, "", enablements);
    } else {
      std::vector<std::string> words;
      for (int w = 0; w < kWorkspaces; ++w)
        if (model_.sees_enablement(u, account, w)) words.push_back(enablement_words(account, w));
      wrong = compare_list(u, target + "/workspaces?", 200, words);
    }
    if (!wrong.empty()) return wrong;
  }
  return {};
}

std::string Machine::compare_operations(int u) {
  const std::string one = look(u, "/operations/" + kNobodysUuid).body;
  std::vector<const Operation*> listed, failed;
  for (const Operation& operation : model_.operations) {
    const bool sees = model_.sees(u, operation);
    std::string wrong = look_for(u, "/operations/" + operation.id, sees, operation_words(operation), one);
    if (!wrong.empty()) return wrong;
    if (u != kOperator && u != operation.started_by) continue;
    listed.push_back(&operation);
    if (operation.status == "Failed") failed.push_back(&operation);
  }
  const auto words = [&](std::vector<const Operation*>& list) {
    std::sort(list.begin(), list.end(), [](const auto* a, const auto* b) { return a->id > b->id; });
    std::vector<std::string> all;
    for (const Operation* each : list) all.push_back(operation_words(*each));
    return all;
  };
  std::string wrong = compare_list(u, "/operations?", 200, words(listed));
  return wrong.empty() ? compare_list(u, "/operations?status=Failed&", 200, words(failed)) : wrong;
}

std::string Machine::compare_list(int u, const std::string& target, int status, const std::vector<std::string>& words) {
  constexpr std::size_t kLimit = 3;
  std::string next = fmt::format("{}limit={}&count=true", target, kLimit), elements;
  for (std::size_t pages = 0; !next.empty(); ++pages) {
    const net::Response response = look(u, next);
    const auto wrong = [&](const std::string& what) {
      return fmt::format("user {} at {}: {}\n{} {}", u, next, what, response.status, response.body);
    };
    if (response.status != status) return wrong(fmt::format("{} was predicted", status));
    if (status != 200) return {};
    if (response.headers.get("X-Total-Count") != std::to_string(words.size()))
      return wrong(fmt::format("the count is {}, and not {}", response.headers.get("X-Total-Count").value_or("absent"),
                               words.size()));
    const json::Value page = json::parse(response.body).value();
    const std::string link(response.headers.get("Link").value_or(""));
    if (page.as_array().size() > kLimit || (!link.empty() && page.as_array().size() < kLimit) || pages > words.size()) {
      return wrong("the page has the wrong length");
    }
    for (const json::Value& each : page.as_array()) elements += (elements.empty() ? "" : ",") + json::encode(each);
    next = link.empty() ? "" : link.substr(1, link.find('>') - 1);
    if (!next.empty() && !next.starts_with(options_.base_path)) return wrong("the link leads elsewhere: " + link);
    if (!next.empty()) next.erase(0, options_.base_path.size());
  }
  json::Value found = json::parse('[' + elements + ']').value();
  if (target.find("/compute-nodes?") != std::string::npos && !settle_ties(found))
    return fmt::format("user {} at {}: not in the order of names\n[{}]", u, target, elements);
  const auto differences =
      test::differences(test::parse_expected(fmt::format("[{}]", fmt::join(words, ","))).value(), found);
  if (differences.empty()) return {};
  return fmt::format("user {} at {}: {}\n[{}]", u, target, fmt::join(differences, "\n"), elements);
}

std::vector<std::string> Machine::node_list(const std::function<bool(const Node&)>& belongs) const {
  std::vector<const Node*> list;
  for (const Node& node : model_.nodes)
    if (!node.gone && belongs(node)) list.push_back(&node);
  std::sort(list.begin(), list.end(),
            [](const Node* a, const Node* b) { return std::tie(a->name, a->uuid) < std::tie(b->name, b->uuid); });
  std::vector<std::string> words;
  for (const Node* each : list) words.push_back(node_words(*each));
  return words;
}

std::string Machine::compare_lists(int u) {
  const auto accounts = [&](const std::function<bool(const Account&)>& belongs) {
    std::vector<const Account*> list;
    for (const Account& account : model_.accounts)
      if (!account.gone && belongs(account)) list.push_back(&account);
    std::sort(list.begin(), list.end(),
              [](const auto* a, const auto* b) { return std::tie(a->name, a->uuid) < std::tie(b->name, b->uuid); });
    std::vector<std::string> words;
    for (const Account* each : list) words.push_back(account_words(*each, each->owner == u));
    return words;
  };
  const auto owned = [&](const Account& account) { return account.owner == u; };
  const auto own_node = [&](const Node& node) { return node.owner == u && node.workspace == kNone; };
  const auto on_own = [&](const Node& node) {
    return model_.accounts[static_cast<std::size_t>(node.account)].owner == u;
  };
  std::string wrong = compare_list(u, "/accounts?", 200, accounts(owned));
  if (wrong.empty()) wrong = compare_list(u, "/compute-nodes?", 200, node_list(own_node));
  const auto within_reach = [&](const Node& node) { return model_.reads(u, node); };
  const auto narrowed = [&](const Node& node) {
    return model_.reads(u, node) && node.name.starts_with("a") && model_.shown_status(node) == "Enabled";
  };
  if (wrong.empty()) wrong = compare_list(u, "/compute-nodes?account_owner=true&", 200, node_list(on_own));
  if (wrong.empty()) wrong = compare_list(u, "/compute-nodes?reachable=true&", 200, node_list(within_reach));
  if (wrong.empty()) {
    wrong = compare_list(u, "/compute-nodes?reachable=true&status=Enabled&name_prefix=a&", 200, node_list(narrowed));
  }
  if (wrong.empty()) wrong = compare_list(u, "/access/compute-nodes?", 200, node_list(within_reach));
  for (int w = 0; w < kWorkspaces && wrong.empty(); ++w) {
    const int status = model_.member(u, w) ? 200 : 403;
    const auto here = [&](const Account& account) {
      return account.enabled.contains(w) && model_.sees_enablement(u, account, w);
    };
    const auto readable = [&](const Node& node) { return node.workspace == w && model_.reads(u, node); };
    const std::string query = "organization_id=" + workspace_id(w) + '&';
    wrong = compare_list(u, "/accounts?" + query, status, accounts(here));
    if (wrong.empty()) wrong = compare_list(u, "/compute-nodes?" + query, status, node_list(readable));
  }
  return wrong;
}

std::string Machine::compare() {
  for (int u = 0; u < kUsers; ++u) {
    for (const auto part :
         {&Machine::compare_nodes, &Machine::compare_accounts, &Machine::compare_operations, &Machine::compare_lists}) {
      if (std::string wrong = (this->*part)(u); !wrong.empty()) return wrong;
    }
  }
  return {};
}

}  // namespace hardening
