#include "tests/support/api_facts.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "json/encode.h"
#include "tests/support/api_world.h"

namespace test {
namespace {

constexpr std::array<std::pair<std::string_view, int>, 7> kRoles = {
    {{"owner", 32}, {"admin", 16}, {"collaborator", 8}, {"writer", 4}, {"viewer", 2}, {"guest", 1}, {"none", 0}}};

auto wrong(std::string what) { return base::fail(base::Code::kInvalid, std::move(what)); }

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  for (const char c : text) {
    if (c == ' ' || c == ',') {
      end_word();
      if (c == ',') words.emplace_back(",");
    } else {
      word.push_back(c);
    }
  }
  end_word();
  return words;
}

// Reads words one after the other.
class Reader {
 public:
  Reader(const std::vector<std::string>& words, std::size_t at) : words_(words), at_(at) {}
  [[nodiscard]] bool done() const { return at_ >= words_.size(); }
  std::string next() { return done() ? std::string() : words_[at_++]; }
  bool take(std::string_view word) {
    const bool found = !done() && words_[at_] == word;
    if (found) ++at_;
    return found;
  }

 private:
  const std::vector<std::string>& words_;
  std::size_t at_;
};

void add_once(std::vector<std::string>& list, const std::string& name) {
  if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
}

}  // namespace

base::Result<void> Facts::claim(const std::string& name) {
  if (std::find(taken_.begin(), taken_.end(), name) != taken_.end()) return wrong(name + " is named twice");
  taken_.push_back(name);
  return {};
}

base::Result<void> Facts::add(std::string_view text, int line) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(';'), text.size());
    const Words words = words_of(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!words.empty()) TRY(add_fact(words, line));
  }
  return {};
}

base::Result<void> Facts::add_fact(const Words& words, int line) {
  if (words[0] == "people" || words[0] == "operators") {
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (words[i] == ",") continue;
      add_once(people_, words[i]);
      if (words[0] == "operators") add_once(operators_, words[i]);
    }
    return {};
  }
  if (words[0] == "account") return add_account(words, line);
  if (words[0] == "node") return add_node(words, line);
  if (words[0] == "team") return add_team(words);
  if (words[0].ends_with(':')) return add_workspace(words);
  return wrong(fmt::format("\"{}\" begins no fact: people, operators, account, node, team or a workspace and a colon",
                           words[0]));
}

base::Result<void> Facts::add_workspace(const Words& words) {
  Workspace workspace{words[0].substr(0, words[0].size() - 1), {}, {}};
  Reader reader(words, 1);
  while (!reader.done()) {
    const std::string user = reader.next(), role = reader.next();
    const auto found = std::find_if(kRoles.begin(), kRoles.end(), [&](const auto& each) { return each.first == role; });
    if (found == kRoles.end()) return wrong(fmt::format("{} has the role \"{}\", which there is not", user, role));
    workspace.members.push_back({user, found->second});
    add_once(people_, user);
    if (!reader.done() && !reader.take(",")) return wrong("members are separated by commas");
  }
  const auto same = std::find_if(workspaces_.begin(), workspaces_.end(),
                                 [&](const Workspace& each) { return each.name == workspace.name; });
  last_workspace_ = static_cast<std::size_t>(same - workspaces_.begin());
  if (same == workspaces_.end()) {
    TRY(claim(workspace.name));
    workspaces_.push_back(std::move(workspace));
  } else {
    *same = std::move(workspace);
  }
  return {};
}

base::Result<void> Facts::add_team(const Words& words) {
  if (words.size() < 2 || !words[1].ends_with(':')) return wrong("team NAME: members");
  if (last_workspace_ >= workspaces_.size()) return wrong("a team stands after its workspace");
  Team team{words[1].substr(0, words[1].size() - 1), {}};
  for (std::size_t i = 2; i < words.size(); ++i) {
    if (words[i] != ",") team.members.push_back(words[i]);
  }
  workspaces_[last_workspace_].teams.push_back(std::move(team));
  return {};
}

base::Result<void> Facts::add_account(const Words& words, int line) {
  AccountFact account;
  account.line = line;
  Reader reader(words, 1);
  account.name = reader.next();
  TRY(claim(account.name));
  if (!reader.take("of")) return wrong("account NAME of USER");
  account.owner = reader.next();
  while (reader.take(",")) {
    const std::string word = reader.next();
    if (word == "paused") {
      account.paused = true;
    } else if ((word == "private" || word == "public") && reader.take("in")) {
      account.enablements.push_back({reader.next(), word == "public"});
    } else {
      return wrong(fmt::format("an account is private in, public in, or paused; not {}", word));
    }
  }
  if (!reader.done()) return wrong("what is said of an account is separated by commas");
  accounts_.push_back(std::move(account));
  return {};
}

base::Result<void> Facts::add_node(const Words& words, int line) {
  NodeFact node;
  node.line = line;
  Reader reader(words, 1);
  node.name = reader.next();
  TRY(claim(node.name));
  if (!reader.take("of")) return wrong("node NAME of USER");
  node.owner = reader.next();
  if (reader.take("on")) node.account = reader.next();
  if (reader.take("in")) node.workspace = reader.next();
  while (reader.take(",")) {
    const std::string word = reader.next();
    if (word == "open" && reader.take("to")) {
      node.open = true;
      if (reader.next() != node.workspace) return wrong("a node is open to its own workspace");
    } else if (word == "shared" && reader.take("with")) {
      do {
        std::vector<std::string>& list = reader.take("team") ? node.teams : node.users;
        list.push_back(reader.next());
      } while (reader.take("and"));
    } else if (word == "made" && reader.take("by")) {
      node.maker = reader.next();
    } else if (word == "pending" || word == "failed" || word == "paused" || word == "destroying") {
      node.state = word;
    } else {
      return wrong(fmt::format("of a node nobody says \"{}\"", word));
    }
  }
  if (!reader.done()) return wrong("what is said of a node is separated by commas");
  if (node.account.empty()) {
    if (accounts_.size() != 1) return wrong("with several accounts, say which one: on ACCOUNT");
    node.account = accounts_.front().name;
  }
  if (node.maker.empty()) node.maker = node.owner;
  nodes_.push_back(std::move(node));
  return {};
}

base::Result<void> Facts::give_id(Names& names, const std::string& name, std::string_view kind) {
  const std::string start = fmt::format("N:{}:", kind);
  if (names.has(name)) {
    if (names.at(name).starts_with(start)) return {};
    return wrong(name + " is the name of two things");
  }
  names.set(name, fmt::format("{}a0000000-0000-4000-8000-{:012x}", start, ++ids_));
  return {};
}

base::Result<std::string> Facts::directory(Names& names) {
  json::Array users, workspaces, operators;
  add_once(people_, "op");
  add_once(operators_, "op");
  add_once(people_, "svc");
  if (!names.has("svc")) names.set("svc", std::string(kAccessCaller));
  for (const std::string& each : people_) {
    TRY(give_id(names, each, "user"));
    users.push_back({{"id", names.at(each)}, {"name", each}, {"email", each + "@example.org"}});
  }
  for (const std::string& each : operators_) operators.emplace_back(names.at(each));
  for (const Workspace& each : workspaces_) {
    TRY(give_id(names, each.name, "organization"));
    json::Array members, teams;
    for (const Member& member : each.members)
      members.push_back({{"user", names.at(member.user)}, {"permissionBit", member.bit}});
    for (const Team& team : each.teams) {
      TRY(give_id(names, team.name, "team"));
      json::Array in_team;
      for (const std::string& member : team.members) in_team.emplace_back(TRY(names.fill('{' + member + '}')));
      teams.push_back({{"id", names.at(team.name)}, {"name", team.name}, {"members", std::move(in_team)}});
    }
    workspaces.push_back({{"id", names.at(each.name)},
                          {"name", each.name},
                          {"members", std::move(members)},
                          {"teams", std::move(teams)}});
  }
  return json::encode(json::Object{
      {"users", std::move(users)}, {"workspaces", std::move(workspaces)}, {"operators", std::move(operators)}});
}

}  // namespace test
