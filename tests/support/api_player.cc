#include "tests/support/api_player.h"

#include <charconv>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/ids.h"
#include "json/encode.h"
#include "json/parse.h"

namespace test {
namespace {

// What differs from request to request by itself.
bool is_of_the_request(std::string_view header) { return header == "X-Request-Id" || header == "traceparent"; }

// The member at "operation/id" or "0/uuid"; nullptr where there is none.
const json::Value* member(const json::Value& value, std::string_view path) {
  const json::Value* at = &value;
  while (at != nullptr && !path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    std::size_t index = 0;
    if (at->is_object()) {
      at = at->get_object().if_contains(boost::json::string_view(part.data(), part.size()));
    } else if (at->is_array() && std::from_chars(part.data(), part.data() + part.size(), index).ec == std::errc() &&
               index < at->get_array().size()) {
      at = &at->get_array()[index];
    } else {
      at = nullptr;
    }
  }
  return at;
}

std::string plain(const json::Value& value) {
  return value.is_string() ? std::string(json::view(value.get_string())) : json::encode(value);
}

// The body, with the request's own id blanked.
std::string without_request_id(const net::Response& response) {
  const std::string id(response.headers.get("X-Request-Id").value_or(""));
  std::string body = response.body;
  if (id.empty()) return body;
  for (std::size_t at = 0; (at = body.find(id, at)) != std::string::npos;) body.erase(at, id.size());
  return body;
}

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

}  // namespace

void Player::fail(int line, const std::string& what) {
  failed_ = true;
  ADD_FAILURE_AT(case_.file.c_str(), line) << names_.show(what);
}

bool Player::import_directory(int line) {
  const base::Result<std::string> document = facts_.directory(names_);
  if (!document) {
    fail(line, document.error().message);
    return false;
  }
  const base::Result<void> done = world_.import(*document);
  if (!done) fail(line, fmt::format("the directory refuses it: {} {}", done.error().message, *document));
  return done.has_value();
}

bool Player::ask(int line, const std::string& user, std::string_view method, const std::string& target,
                 std::string body, int status) {
  const base::Result<std::string> id = names_.fill('{' + user + '}');
  const base::Result<std::string> path = names_.fill(target), content = names_.fill(body);
  if (!id || !path || !content) {
    fail(line, (!id ? id : !path ? path : content).error().message);
    return false;
  }
  last_ = world_.call(*id, method, *path, *content);
  if (last_.status == status) return true;
  fail(line, fmt::format("the world cannot be made: {} {} {} {} gave {} {}", user, method, *path, *content,
                         last_.status, last_.body));
  return false;
}

bool Player::make(const AccountFact& account) {
  const std::string aws_id = fmt::format("{:012}", 100'000'000'000 + ++accounts_made_);
  if (!ask(account.line, account.owner, "POST", "/accounts",
           fmt::format(R"({{"accountId":"{}","accountType":"aws","roleName":"Role-{}","name":"{}"}})", aws_id,
                       account.name, account.name),
           201)) {
    return false;
  }
  const json::Value value = *json::parse(last_.body);
  names_.set(account.name, plain(*member(value, "uuid")));
  names_.set(account.name + ".accountId", aws_id);
  names_.set(account.name + ".externalId", plain(*member(value, "externalId")));
  for (const AccountFact::Enablement& each : account.enablements) {
    if (!ask(account.line, account.owner, "POST",
             fmt::format("/accounts/{{{}}}/workspaces?organization_id={{{}}}", account.name, each.workspace),
             fmt::format(R"({{"isPublic":{}}})", each.is_public), 201)) {
      return false;
    }
  }
  return true;
}

bool Player::bring_to_state(const NodeFact& node, const std::string& operation) {
  if (node.state == "pending") return true;
  if (node.state == "failed")
    return ask(node.line, "op", "POST", fmt::format("/operations/{}/fail", operation), R"({"reason":"no capacity"})",
               200);
  return ask(node.line, "op", "POST", fmt::format("/operations/{}/complete", operation), "", 200);
}

bool Player::share(const NodeFact& node) {
  const std::string target = fmt::format("/compute-nodes/{{{}}}/permissions", node.name);
  if (node.open && !ask(node.line, node.owner, "PUT", target, R"({"accessScope":"workspace"})", 200)) return false;
  for (const std::string& user : node.users) {
    if (!ask(node.line, node.owner, "POST", target + "/users", fmt::format(R"({{"userId":"{{{}}}"}})", user), 201))
      return false;
  }
  for (const std::string& team : node.teams) {
    if (!ask(node.line, node.owner, "POST", target + "/teams", fmt::format(R"({{"teamId":"{{{}}}"}})", team), 201))
      return false;
  }
  return true;
}

bool Player::make(const NodeFact& node) {
  const std::string workspace = node.workspace.empty() ? "" : '{' + node.workspace + '}';
  if (!ask(node.line, node.maker, "POST", "/compute-nodes",
           fmt::format(R"({{"accountId":"{{{}}}","name":"{}","organizationId":"{}"}})", node.account, node.name,
                       workspace),
           202)) {
    return false;
  }
  const json::Value value = *json::parse(last_.body);
  const std::string operation = plain(*member(value, "operation/id")), one = '{' + node.name + '}';
  names_.set(node.name, plain(*member(value, "uuid")));
  names_.set(node.name + ".operation", operation);
  if (!bring_to_state(node, operation)) return false;
  if (node.maker != node.owner && !ask(node.line, node.maker, "PUT", fmt::format("/compute-nodes/{}/owner", one),
                                       fmt::format(R"({{"userId":"{{{}}}"}})", node.owner), 200)) {
    return false;
  }
  if (!share(node)) return false;
  if (node.state == "paused")
    return ask(node.line, node.owner, "PATCH", "/compute-nodes/" + one, R"({"status":"Paused"})", 200);
  if (node.state != "destroying") return true;
  if (!ask(node.line, node.owner, "DELETE", "/compute-nodes/" + one, "", 202)) return false;
  names_.set(node.name + ".deletion", plain(*member(*json::parse(last_.body), "id")));
  return true;
}

bool Player::make_world() {
  for (const WorldLine& line : case_.world) {
    if (const base::Result<void> added = facts_.add(line.text, line.line); !added) {
      fail(line.line, added.error().message);
      return false;
    }
  }
  if (!import_directory(case_.world.empty() ? 1 : case_.world.front().line)) return false;
  for (const AccountFact& each : facts_.accounts()) {
    if (!make(each)) return false;
  }
  for (const NodeFact& each : facts_.nodes()) {
    if (!make(each)) return false;
  }
  for (const AccountFact& each : facts_.accounts()) {
    if (each.paused &&
        !ask(each.line, each.owner, "PATCH", fmt::format("/accounts/{{{}}}", each.name), R"({"status":"Paused"})", 200))
      return false;
  }
  return true;
}

void Player::play() {
  if (!make_world()) return;
  for (const Step& each : case_.steps) {
    step(each);
    if (failed_) return;  // what follows would only say the same in other words
  }
}

void Player::step(const Step& step) {
  switch (step.kind) {
    case Step::Kind::kRequest:
      return request(step);
    case Step::Kind::kImport:
      if (const base::Result<void> added = facts_.add(step.text, step.line); !added)
        return fail(step.line, added.error().message);
      import_directory(step.line);
      return;
    case Step::Kind::kClock: {
      const bool forward = step.text.starts_with('+');
      const std::optional<std::chrono::seconds> by =
          forward ? base::parse_duration(std::string_view(step.text).substr(1)) : std::nullopt;
      if (!by) return fail(step.line, "the clock goes forward: clock +25h");
      return world_.advance(*by);
    }
    case Step::Kind::kRestart:
      return world_.restart();
    case Step::Kind::kJanitor:
      if (const base::Result<void> done = world_.janitor_round(); !done) fail(step.line, done.error().message);
      return;
  }
}

void Player::request(const Step& step) {
  for (const std::string& user : step.request.users) {
    request_as(step, user);
    if (failed_) return;
  }
}

std::optional<Player::Asker> Player::asker(const Step& step, const std::string& user) {
  Asker asker;
  if (user == "nobody") return asker;
  const std::size_t at = user.find('@');
  const std::string name = user.substr(0, at);
  if (!names_.has(name) || !names_.at(name).starts_with("N:user:")) {
    fail(step.line, fmt::format("there is nobody of the name {}; strangers are: world people {}", name, name));
    return std::nullopt;
  }
  asker.user_id = names_.at(name);
  if (at == std::string::npos) return asker;
  const std::string workspace = user.substr(at + 1);
  if (!names_.has(workspace)) {
    fail(step.line, "there is no workspace " + workspace);
    return std::nullopt;
  }
  asker.workspace_id = names_.at(workspace);
  return asker;
}

void Player::request_as(const Step& step, const std::string& user) {
  const RequestStep& wanted = step.request;
  const std::optional<Asker> who = asker(step, user);
  if (!who) return;
  const base::Result<std::string> target = names_.fill(wanted.target), body = names_.fill(wanted.body);
  if (!target || !body) return fail(step.line, (!target ? target : body).error().message);
  HeaderList headers;
  for (const net::Header& each : wanted.headers) {
    base::Result<std::string> value = names_.fill(each.value);
    if (!value) return fail(step.line, value.error().message);
    headers.push_back({each.name, std::move(*value)});
  }
  look_at(step, user, world_.send(who->user_id, who->workspace_id, wanted.method, *target, *body, headers));
}

std::string Player::take_base_path_off(net::Response& response) const {
  const std::string& base = world_.base_path();
  if (base.empty()) return {};
  net::Headers headers;
  std::string wrong;
  for (const net::Header& each : response.headers.all()) {
    const bool path = each.name == "Location" || each.name == "Link";
    if (path && each.value.find(base + '/') == std::string::npos) wrong = each.name + " is not below the base path";
    headers.add(each.name, path ? replace_all(each.value, base + '/', "/") : each.value);
  }
  if (response.body.find(R"("href":"/operations)") != std::string::npos) wrong = "a href is not below the base path";
  response.headers = std::move(headers);
  response.body = replace_all(std::move(response.body), fmt::format(R"("href":"{}/)", base), R"("href":"/)");
  return wrong;
}

void Player::look_at(const Step& step, const std::string& user, net::Response response) {
  const RequestStep& wanted = step.request;
  std::string wrong = take_base_path_off(response);
  const auto add = [&](const std::string& line) { wrong += "\n  " + line; };
  if (response.status != wanted.status) add(fmt::format("expected {}, got {}", wanted.status, response.status));
  for (const std::string& rule : broken_rules(wanted.method, response)) add("broken rule: " + rule);
  for (const ExpectedHeader& each : wanted.expected_headers) {
    const base::Result<std::string> pattern = names_.fill(each.pattern);
    if (!pattern) return fail(each.line, pattern.error().message);
    const std::string_view value = response.headers.get(each.name).value_or("(absent)");
    if (!matches(*pattern, value)) add(fmt::format("{}: expected {}, got {}", each.name, *pattern, value));
  }
  if (wanted.expects_empty_body && !response.body.empty()) add("expected no body");
  if (wrong.empty() && !wanted.expected_body.empty()) compare_bodies(step, response, wrong);
  if (wanted.as_before) compare_with_last(response, wrong);
  last_ = std::move(response);
  if (!wrong.empty()) {
    const std::string shown = last_.body.size() > 4000 ? last_.body.substr(0, 4000) + "..." : last_.body;
    return fail(step.line, fmt::format("{} {} {}{}\n  the answer was {} {}", user, wanted.method, wanted.target, wrong,
                                       last_.status, shown));
  }
  for (const Keep& each : wanted.keeps) keep(each, last_);
}

void Player::compare_bodies(const Step& step, const net::Response& response, std::string& wrong) {
  const base::Result<std::string> text = names_.fill(step.request.expected_body);
  const base::Result<json::Value> expected =
      text ? parse_expected(*text) : base::Result<json::Value>(base::fail(text.error()));
  if (!expected) {
    wrong += "\n  what is expected is not JSON: " + expected.error().message;
    return;
  }
  const base::Result<json::Value> actual = json::parse(response.body);
  if (!actual) {
    wrong += "\n  the body is no JSON: " + actual.error().message;
    return;
  }
  for (const std::string& line : differences(*expected, *actual)) wrong += "\n  " + line;
}

void Player::compare_with_last(const net::Response& response, std::string& wrong) {
  if (response.status != last_.status) wrong += fmt::format("\n  the status before was {}", last_.status);
  if (without_request_id(response) != without_request_id(last_)) wrong += "\n  the body before was " + last_.body;
  const auto compare = [&](const net::Headers& one, const net::Headers& other) {
    for (const net::Header& each : one.all()) {
      if (!is_of_the_request(each.name) && other.get(each.name) != each.value)
        wrong += fmt::format("\n  {}: {} is in one answer, and {} in the other", each.name, each.value,
                             other.get(each.name).value_or("nothing"));
    }
  };
  compare(response.headers, last_.headers);
  compare(last_.headers, response.headers);
}

void Player::keep(const Keep& keep, const net::Response& response) {
  if (keep.source == "next page") {
    const std::string_view link = response.headers.get("Link").value_or("");
    const std::size_t end = link.find(">; rel=\"next\"");
    if (!link.starts_with('<') || end == std::string_view::npos) return fail(keep.line, "there is no next page");
    return names_.set(keep.name, std::string(link.substr(1, end - 1)));
  }
  if (keep.source.starts_with("header ")) {
    const std::optional<std::string_view> value = response.headers.get(keep.source.substr(7));
    if (!value) return fail(keep.line, "there is no " + keep.source);
    return names_.set(keep.name, std::string(*value));
  }
  const base::Result<json::Value> body = json::parse(response.body);
  const json::Value* found = body ? member(*body, keep.source) : nullptr;
  if (found == nullptr) return fail(keep.line, fmt::format("the answer has no {}: {}", keep.source, response.body));
  names_.set(keep.name, plain(*found));
}

}  // namespace test
