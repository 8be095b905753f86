// What is said about access, against who has it: explanations, principals, and decisions by AuthZEN. Whoever asks about
// what is hidden from them hears, to the byte, what they hear about an id that is nobody's.

#include <algorithm>

#include <fmt/format.h>

#include "json/parse.h"
#include "tests/hardening/machine.h"

namespace hardening {
namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

std::string told(const net::Response& response) { return fmt::format("{} {}", response.status, response.body); }

}  // namespace

// The explanation for oneself.
std::string Machine::compare_explanation(int u, const Node& node) {
  const std::string target = fmt::format("/compute-nodes/{}/access", node.uuid);
  const net::Response response = look(u, target);
  const auto wrong = [&](const std::string& what) {
    return fmt::format("user {} at {}: {}\n{}", u, target, what, told(response));
  };
  const bool reads = !node.gone && model_.reads(u, node);
  if (!reads && (u != kOperator || node.gone)) {
    const std::string nobodys = told(look(u, replaced(target, node.uuid, kNobodysUuid)));
    const std::string seen = replaced(told(response), node.uuid, kNobodysUuid);
    return seen == nobodys ? std::string() : wrong("what is hidden is told from what is nobody's: " + nobodys);
  }
  if (response.status != 200) return wrong("200 was predicted");
  const json::Value body = json::parse(response.body).value();
  const bool owns = u == node.owner;
  if (body.at("allowed") != reads) return wrong(fmt::format("reads: {}", reads));
  for (const auto& [action, allowed] :
       {std::pair{"read", reads}, {"update", owns}, {"delete", owns}, {"detach", owns && node.workspace != kNone}}) {
    const bool independent = node.workspace == kNone && std::string_view(action) == "detach";
    if (!independent && body.at("actions").at(action).at("allowed") != allowed)
      return wrong(fmt::format("{}: {}", action, allowed));
  }
  return {};
}

// Who reads it, as its owner is told.
std::string Machine::compare_principals(const Node& node) {
  const std::string target = fmt::format("/compute-nodes/{}/access", node.uuid);
  std::set<std::string> expected, found;
  for (int u = 0; u < kUsers; ++u)
    if (model_.reads(u, node)) expected.insert(user_id(u));
  std::string next = target + "/principals?limit=2";
  while (!next.empty()) {
    const net::Response response = look(node.owner, next);
    if (response.status != 200) return fmt::format("the owner at {}: {}", next, told(response));
    const json::Value body = json::parse(response.body).value();
    for (const json::Value& each : body.at("principals").as_array()) {
      const std::string user(json::view(each.at("userId").as_string()));
      if (!found.insert(user).second) return fmt::format("{} names {} twice", next, user);
      if (each.at("ways").as_array().empty()) return fmt::format("{} names {} without a way", next, user);
    }
    const std::string link(response.headers.get("Link").value_or(""));
    next = link.empty() ? "" : link.substr(1, link.find('>') - 1).substr(options_.base_path.size());
  }
  if (found != expected)
    return fmt::format("{} reach {}, and should: {}", fmt::join(found, " "), node.uuid, fmt::join(expected, " "));
  for (int u = 0; u < kUsers; ++u) {
    const net::Response response = look(node.owner, fmt::format("{}?userId={}", target, user_id(u)));
    if (response.status != 200) return fmt::format("the owner at {} about {}: {}", target, u, told(response));
    if (json::parse(response.body).value().at("allowed") != model_.reads(u, node))
      return fmt::format("the owner at {} about {}: {}", target, u, told(response));
  }
  return {};
}

// Many questions in one request, about oneself.
std::string Machine::compare_decisions(int u) {
  std::vector<std::string> questions, about;
  std::vector<bool> expected, hidden;
  const auto ask = [&](const char* type, const std::string& id, const char* action, bool yes, bool is_hidden) {
    questions.push_back(
        fmt::format(R"({{"action":{{"name":"{}"}},"resource":{{"type":"{}","id":"{}"}}}})", action, type, id));
    about.push_back(id);
    expected.push_back(yes);
    hidden.push_back(is_hidden);
  };
  for (const Node& node : model_.nodes) {
    const bool reads = !node.gone && model_.reads(u, node), owns = !node.gone && u == node.owner;
    ask("compute-node", node.uuid, "read", reads, !reads);
    ask("compute-node", node.uuid, "update", owns, !reads);
  }
  for (const Account& account : model_.accounts) {
    const bool sees = !account.gone && model_.sees(u, account), owns = !account.gone && u == account.owner;
    ask("account", account.uuid, "read", sees, !sees);
    ask("account", account.uuid, "enable", owns, !sees);
  }
  for (int w = 0; w < kWorkspaces; ++w) {
    ask("workspace", workspace_id(w), "read", model_.guest(u, w), !model_.member(u, w));
    ask("workspace", workspace_id(w), "administer", model_.administers(u, w), !model_.member(u, w));
  }
  const auto evaluate = [&](const std::string& body) {
    return world_.call(user_id(u), "POST", "/access/v1/evaluations", body, {{"X-Request-Id", "r"}});
  };
  const std::string body = fmt::format(R"({{"subject":{{"type":"user","id":"{}"}},"evaluations":[{}]}})", user_id(u),
                                       fmt::join(questions, ","));
  const net::Response response = evaluate(body);
  if (response.status != 200) return fmt::format("user {}: {}", u, told(response));
  const json::Value decisions = json::parse(response.body).value();
  std::string twin = body, seen = response.body;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (decisions.at("evaluations").at(i).at("decision") != static_cast<bool>(expected[i]))
      return fmt::format("user {} is {}allowed {}", u, expected[i] ? "not " : "", questions[i]);
    if (!hidden[i] || u == kOperator) continue;
    const bool workspace = about[i].starts_with("N:");
    const std::string nobodys = workspace ? workspace_id(kUnknownWorkspace) : kNobodysUuid;
    twin = replaced(std::move(twin), about[i], nobodys);
    seen = replaced(std::move(seen), about[i], nobodys);
  }
  if (twin == body) return {};
  const std::string of_nobodys = evaluate(twin).body;
  return seen == of_nobodys
             ? std::string()
             : fmt::format("user {} can tell what is hidden from what is nobody's:\n{}\n{}", u, seen, of_nobodys);
}

std::string Machine::compare_access(int u) {
  for (const Node& node : model_.nodes) {
    std::string wrong = compare_explanation(u, node);
    if (wrong.empty() && !node.gone && u == node.owner) wrong = compare_principals(node);
    if (!wrong.empty()) return wrong;
  }
  return model_.nodes.empty() ? std::string() : compare_decisions(u);
}

}  // namespace hardening
