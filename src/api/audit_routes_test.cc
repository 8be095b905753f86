// Who sees which events, by which filter, and what refusals and imports leave behind.

#include <set>

#include <gtest/gtest.h>

#include "api/api_test_support.h"
#include "api/refusals.h"
#include "audit/audit_test_support.h"
#include "base/text.h"

namespace api {
namespace {

// User 0 owns the account, 2 works in the workspace 0, 3 is a stranger, 9 an operator.
class AuditRoutes : public testing::Test {
 protected:
  AuditRoutes() : account(api.server.registered(0, "123456789012", "main")) {
    EXPECT_TRUE(api.server.enable(account, 0, true));
    bench.directory.add_user(user(9));
    bench.directory.add_operator(user(9));
    node = api.server.running(1, account, 0, "n");  // of the administrator
  }
  net::Response get(const std::string& token, const std::string& query = "") {
    return api.send({"GET", "/audit", query, "", token});
  }
  // The actions, newest first.
  std::vector<std::string> actions(const std::string& token, const std::string& query = "") {
    const net::Response response = get(token, query);
    EXPECT_EQ(response.status, 200) << response.body;
    std::vector<std::string> all;
    const json::Value list = document(response);
    for (const json::Value& each : list.as_array()) all.push_back(text(each, "action"));
    return all;
  }
  using Actions = std::vector<std::string>;

  accounts::Bench bench;
  Api api{bench};
  std::string account, node;
};

TEST_F(AuditRoutes, OnesOwnThings) {
  EXPECT_EQ(actions("0"), (Actions{"account.enable", "account.register"}));
  EXPECT_EQ(actions("1"), (Actions{"operation.complete", "compute-node.create"}))
      << "what was done by the system to an operation that one started";
  EXPECT_EQ(actions("3"), Actions{});
  EXPECT_EQ(actions("9"), (Actions{"operation.complete", "compute-node.create", "account.enable", "account.register"}));
}

TEST_F(AuditRoutes, OfAThingThatOneOwnsEverything) {
  bench.clock.advance(std::chrono::seconds(1));
  ASSERT_TRUE(api.server.grant(1, node, nodes::Nodes::Grantee::kUser, user(2)));
  ASSERT_TRUE(api.server.hand_over(9, node, 2));
  const Actions whole{"compute-node.change-owner", "compute-node.share", "operation.complete", "compute-node.create"};
  EXPECT_EQ(actions("2", "target=" + node), whole) << "the new owner sees what was before";
  EXPECT_EQ(actions("1", "target=" + node), whole) << "what was theirs then, and what they did";
  EXPECT_EQ(actions("9", "target=" + base::percent_encode(node)), whole);
  EXPECT_EQ(actions("0", "target=" + node), Actions{}) << "the account's owner is not the node's";
  ASSERT_TRUE(api.server.rename(2, node, "m"));
  EXPECT_EQ(actions("1", "target=" + node), whole) << "not what came after";
  EXPECT_EQ(actions("2", "target=" + node + "&principal=" + base::percent_encode(user(1))),
            (Actions{"compute-node.share", "compute-node.create"}));
}

TEST_F(AuditRoutes, OtherPeoplesThingsAreAsThoseThatNeverWere) {
  const net::Response others = get("3", "target=" + node);
  const net::Response nobodys = get("3", "target=6f1c3e1e-0d0b-4e6a-9f57-0a3a2c1b7d10");
  EXPECT_EQ(others.status, 200);
  EXPECT_EQ(others.body, "[]");
  EXPECT_EQ(nobodys.body, "[]");
  EXPECT_EQ(get("3", "target=" + account + "&count=true").body, "[]");
  EXPECT_EQ(header(get("3", "target=" + account + "&count=true"), "X-Total-Count"), "0");
  EXPECT_EQ(get("3", "target=no%20id").body, "[]");
}

TEST_F(AuditRoutes, ByTime) {
  const base::Time middle = bench.clock.now() + std::chrono::milliseconds(1);
  bench.clock.advance(std::chrono::seconds(1));
  ASSERT_TRUE(api.server.rename(1, node, "m"));
  const std::string time = base::percent_encode(base::format_time(middle));
  EXPECT_EQ(actions("9", "since=" + time), Actions{"compute-node.update"});
  EXPECT_EQ(actions("9", "until=" + time).size(), 4U);
  EXPECT_EQ(actions("9", "since=" + time + "&until=" + time), Actions{});
  EXPECT_EQ(get("9", "since=yesterday").status, 400);
  EXPECT_EQ(pointers(get("9", "since=yesterday&until=2026-13-01T00:00:00Z")), "query:since query:until");
}

TEST_F(AuditRoutes, PagesJoinToTheWholeAndCursorsAreBound) {
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(api.server.rename(1, node, fmt::format("m{}", i)));
  std::set<std::string> ids;
  std::string query = "limit=2&count=true";
  int pages = 0;
  for (;;) {
    const net::Response page = get("1", query);
    ASSERT_EQ(page.status, 200) << page.body;
    EXPECT_EQ(header(page, "X-Total-Count"), "11");
    const json::Value list = document(page);
    for (const json::Value& each : list.as_array()) EXPECT_TRUE(ids.insert(text(each, "id")).second);
    ++pages;
    const std::string link = header(page, "Link");
    if (link == "(absent)") break;
    query = link.substr(link.find('?') + 1, link.find('>') - link.find('?') - 1);
    EXPECT_EQ(get("0", query).status, 400) << "a cursor of somebody else";
    EXPECT_EQ(get("1", query + "&target=" + node).status, 400) << "a cursor of another question";
  }
  EXPECT_EQ(ids.size(), 11U);
  EXPECT_EQ(pages, 6);
}

TEST_F(AuditRoutes, AnEventShowsWhatChangedAndNoSecret) {
  const json::Value list = document(get("0", "target=" + account));
  const json::Value& made = list.as_array().at(1);
  EXPECT_EQ(text(made, "action"), "account.register");
  EXPECT_EQ(text(made, "principalId"), user(0));
  EXPECT_EQ(text(made, "targetId"), account);
  EXPECT_EQ(text(made.at("after").at("account"), "externalId"), audit::kSecret);
  EXPECT_EQ(text(made.at("after").at("account"), "accountId"), "123456789012");
  EXPECT_EQ(text(made, "before"), "{}");
  EXPECT_EQ(text(list.as_array().at(0).at("after").at("enablement"), "isPublic"), "true");
}

TEST_F(AuditRoutes, ARepeatedRequestLeavesOneEvent) {
  const Sent create{"POST", "/compute-nodes",          "", R"({"accountId":")" + account + R"(","name":"once"})",
                    "0",    {{"Idempotency-Key", "k"}}};
  ASSERT_EQ(api.send(create).status, 202);
  ASSERT_EQ(api.send(create).status, 202);
  EXPECT_EQ(actions("0").size(), 3U);
  // What is so already: a grant that stands, a scope that is set.
  ASSERT_TRUE(api.server.grant(1, node, nodes::Nodes::Grantee::kUser, user(2)));
  const std::size_t before = actions("9").size();
  ASSERT_TRUE(api.server.grant(1, node, nodes::Nodes::Grantee::kUser, user(2)));
  ASSERT_TRUE(api.server.set_scope(1, node, authz::Scope::kShared));
  ASSERT_TRUE(api.server.revoke(1, node, nodes::Nodes::Grantee::kUser, user(0)));
  EXPECT_EQ(actions("9").size(), before);
}

TEST_F(AuditRoutes, AnAccountThatTheJanitorDeletesIsTheSystemsAct) {
  const net::Response deleted = api.send({"DELETE", "/accounts/" + account, "force=true"});
  ASSERT_EQ(deleted.status, 202) << deleted.body;
  const json::Value view = document(deleted);
  const std::string operation = text(view.at("operations").as_array().at(0), "id");
  ASSERT_TRUE(api.server.end(operation, operations::Status::kSuccess));
  ASSERT_TRUE(api.server.deletion.continue_all(bench.never));
  EXPECT_EQ(actions("9", "principal=system&target=" + account), (Actions{"account.delete", "account.disable"}));
  EXPECT_EQ(actions("0", "target=" + account),
            (Actions{"account.delete", "account.disable", "account.close", "account.enable", "account.register"}))
      << "what was theirs, though it is gone";
  EXPECT_EQ(actions("1", "target=" + node),
            (Actions{"operation.complete", "compute-node.delete", "operation.complete", "compute-node.create"}));
}

TEST_F(AuditRoutes, ImportsAreNotedBeforeAndAfter) {
  const Sent import{"PUT", "/directory", "", R"({"users":[]})", "9"};
  bool works = true;
  api.context.import_directory = [&](std::string_view, base::Deadline) -> base::Result<std::string> {
    if (!works) return base::fail(base::Code::kImpossible, "It names nobody.");
    return std::string(R"({"added":3})");
  };
  ASSERT_EQ(api.send(import).status, 200);
  works = false;
  ASSERT_EQ(api.send(import).status, 422);
  ASSERT_EQ(api.send({"PUT", "/directory", "", R"({"users":[]})", "0"}).status, 403);
  std::vector<std::string> stages;
  const json::Value list = document(get("9", "target=directory"));
  for (const json::Value& each : list.as_array()) stages.push_back(text(each, "after"));
  ASSERT_EQ(stages.size(), 4U);
  EXPECT_EQ(stages[0], R"({"stage":"failed","reason":"It names nobody."})");
  EXPECT_TRUE(stages[1].starts_with(R"({"stage":"begun","bytes":12,"sha256":")")) << stages[1];
  EXPECT_EQ(stages[2], R"({"stage":"done","report":{"added":3}})");
}

TEST_F(AuditRoutes, RefusalsAreNotedWhereTheyAreWanted) {
  const auto refuse = [&] {
    EXPECT_EQ(api.send({"GET", "/compute-nodes/" + node, "", "", "2"}).status, 404);  // hidden
    EXPECT_EQ(api.send({"GET", "/compute-nodes/6f1c3e1e-0d0b-4e6a-9f57-0a3a2c1b7d10", "", "", "2"}).status, 404);
    EXPECT_EQ(api.send({"DELETE", "/compute-nodes/" + node, "", "", "0"}).status, 403);  // known, and not allowed
    EXPECT_EQ(api.send({"GET", "/nothing/here", "", "", "2"}).status, 404);
  };
  refuse();
  EXPECT_EQ(actions("9").size(), 4U) << "by default nobody asks for them";
  api.options.on_refused = note_refusals(api.server.trail, api.server.log);
  api.service.emplace(api.options, api.router, api.verifier, bench.clock, bench.entropy, api.server.log, api.metrics,
                      [](base::Deadline) { return base::Result<void>(); });
  refuse();
  const json::Value list = document(get("9"));
  ASSERT_EQ(list.as_array().size(), 6U);
  EXPECT_EQ(text(list.as_array()[0], "action"), "access.refused");
  EXPECT_EQ(text(list.as_array()[0].at("after"), "method"), "DELETE");
  EXPECT_EQ(text(list.as_array()[0].at("after"), "hidden"), "false");
  EXPECT_EQ(text(list.as_array()[1].at("after"), "path"), "/compute-nodes/{id}");
  EXPECT_EQ(text(list.as_array()[1].at("after"), "hidden"), "true");
  EXPECT_EQ(text(list.as_array()[1], "principalId"), user(2));
  EXPECT_EQ(actions("2"), Actions{}) << "the reason is not for who was refused";
  EXPECT_EQ(actions("2", "target=" + node), Actions{});
  EXPECT_EQ(actions("1", "target=" + node).front(), "access.refused") << "the owner sees who tried";
}

}  // namespace
}  // namespace api
