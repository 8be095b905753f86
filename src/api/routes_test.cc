// Cursors and Link, what views show to whom, and the ways through several endpoints. Single endpoints are tested by the
// declarative cases in test/api.

#include <gtest/gtest.h>

#include "api/api_test_support.h"
#include "base/text.h"

namespace api {
namespace {

class Routes : public testing::Test {
 protected:
  Routes() : account(api.server.registered(0, "123456789012", "main")) {
    EXPECT_TRUE(api.server.enable(account, 0, true));
    bench.directory.add_user(user(9));
    bench.directory.add_operator(user(9));
  }
  net::Response get(const std::string& path, const std::string& query = "", const std::string& token = "0") {
    return api.send({"GET", path, query, "", token});
  }
  // Path and query of Link: rel="next"; empty: there is none.
  static std::pair<std::string, std::string> next_of(const net::Response& response) {
    const std::string link = header(response, "Link");
    if (link == "(absent)") return {};
    EXPECT_TRUE(link.starts_with("<") && link.ends_with(">; rel=\"next\"")) << link;
    const std::string target = link.substr(1, link.find('>') - 1);
    const std::size_t mark = target.find('?');
    return {target.substr(0, mark), target.substr(mark + 1)};
  }
  static std::string cursor_of(const net::Response& response) {
    const std::string query = next_of(response).second;
    return query.substr(query.find("cursor=") + 7);
  }
  std::string one_node(int w = 0, const std::string& name = "n") { return api.server.running(0, account, w, name); }

  accounts::Bench bench;
  Api api{bench};
  std::string account;
};

TEST_F(Routes, LinkKeepsEverythingButTheCursor) {
  for (int n = 0; n < 5; ++n) one_node(0, fmt::format("n{}", n));
  const std::string w = base::percent_encode(workspace(0));
  std::pair<std::string, std::string> target{"/compute/resources/compute-nodes",
                                             "organization_id=" + w + "&limit=2&count=true"};
  std::vector<std::string> names;
  int pages = 0;
  while (!target.first.empty()) {
    const net::Response page = get(target.first, target.second);
    ASSERT_EQ(page.status, 200) << page.body;
    EXPECT_EQ(header(page, "X-Total-Count"), "5");
    const json::Value list = document(page);
    for (const json::Value& each : list.as_array()) names.push_back(text(each, "name"));
    target = next_of(page);
    if (!target.first.empty()) {
      EXPECT_EQ(target.first, "/compute/resources/compute-nodes");
      EXPECT_NE(target.second.find("organization_id=" + w + "&limit=2&count=true&cursor="), std::string::npos)
          << target.second;
      EXPECT_EQ(target.second.find("cursor="), target.second.rfind("cursor=")) << "one alone";
    }
    ASSERT_LT(++pages, 10);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"n0", "n1", "n2", "n3", "n4"}));
}

TEST_F(Routes, ACursorThatWasSentInAnotherSpellingIsExchangedToo) {
  for (int n = 0; n < 5; ++n) one_node(-1, fmt::format("n{}", n));
  const std::string cursor = cursor_of(get("/compute-nodes", "limit=1"));
  const net::Response page = get("/compute-nodes", "limit=1&c%75rsor=" + cursor);
  ASSERT_EQ(page.status, 200) << page.body;
  const auto [path, query] = next_of(page);
  EXPECT_EQ(get(path, query).status, 200) << query;
}

TEST_F(Routes, ACursorIsBoundToCallerAndQuery) {
  for (int n = 0; n < 4; ++n) {
    const std::string uuid = one_node(0, fmt::format("n{}", n));
    ASSERT_TRUE(api.server.set_scope(0, uuid, authz::Scope::kWorkspace));
    one_node(-1, fmt::format("alone {}", n));
  }
  const std::string here = "organization_id=" + workspace(0);
  const std::string cursor = cursor_of(get("/compute-nodes", here + "&limit=2"));
  EXPECT_EQ(get("/compute-nodes", here + "&limit=3&cursor=" + cursor).status, 200) << "the limit may change";
  EXPECT_EQ(get("/compute-nodes", here + "&count=true&cursor=" + cursor).status, 200);
  for (const net::Response& refused :
       {get("/compute-nodes", here + "&cursor=" + cursor, "2"), get("/compute-nodes", "cursor=" + cursor),
        get("/compute-nodes", "organization_id=" + workspace(1) + "&cursor=" + cursor),
        get("/compute-nodes", here + "&account_owner=true&cursor=" + cursor), get("/accounts", "cursor=" + cursor),
        get("/operations", "cursor=" + cursor), get("/compute-nodes", here + "&cursor=" + cursor.substr(1)),
        get("/compute-nodes", here + "&cursor=" + cursor + "AAAA")}) {
    EXPECT_EQ(refused.status, 400) << refused.body;
    EXPECT_EQ(pointers(refused), "query:cursor");
  }
  Api other(bench);
  EXPECT_EQ(other.send({"GET", "/compute-nodes", here + "&cursor=" + cursor}).status, 200)
      << "another server's is good";
}

TEST_F(Routes, EveryListPages) {
  for (int n = 0; n < 3; ++n) {
    api.server.registered(0, std::to_string(100'000'000'000 + n), fmt::format("a{}", n));
    one_node();
  }
  ASSERT_TRUE(api.server.enable(account, 1, false));
  for (const std::string& path :
       {std::string("/accounts"), "/accounts/" + account + "/workspaces", std::string("/operations")}) {
    std::size_t found = 0, total = 0;
    std::pair<std::string, std::string> target{path, "limit=1&count=true"};
    while (!target.first.empty()) {
      const net::Response page = get(target.first, target.second);
      ASSERT_EQ(page.status, 200) << page.body;
      found += document(page).as_array().size();
      total = std::stoul(header(page, "X-Total-Count"));
      target = next_of(page);
      ASSERT_LT(found, 100U);
    }
    EXPECT_EQ(found, total) << path;
    EXPECT_GT(found, 1U) << path;
  }
}

TEST_F(Routes, AnAdministratorSeesNoRoleNoExternalIdAndNoTrustPolicy) {
  const json::Value owners = document(get("/accounts/" + account));
  const json::Value administrators = document(get("/accounts/" + account, "", "1"));
  for (const char* name : {"roleName", "externalId", "trustPolicy"}) {
    EXPECT_NE(text(owners, name), "(absent)") << name;
    EXPECT_EQ(text(administrators, name), "(absent)") << name;
  }
  EXPECT_EQ(text(administrators, "uuid"), account);
  const std::string listed = get("/accounts", "organization_id=" + workspace(0) + "&includeWorkspaces=true", "1").body;
  EXPECT_NE(listed.find(account), std::string::npos);
  EXPECT_EQ(listed.find("externalId"), std::string::npos);
  const std::string policy = text(owners, "trustPolicy");
  EXPECT_NE(policy.find("arn:aws:iam::111122223333:root"), std::string::npos) << policy;
  EXPECT_NE(policy.find(text(owners, "externalId")), std::string::npos) << policy;
}

TEST_F(Routes, ANodeHasTheDocumentsNamesAndTheNewerOnes) {
  const std::string uuid = one_node(0, "gpu");
  const json::Value node = document(get("/compute-nodes/" + uuid));
  EXPECT_EQ(text(node, "userId"), user(0));
  EXPECT_EQ(text(node, "ownerId"), user(0));
  EXPECT_EQ(text(node, "organizationId"), workspace(0));
  EXPECT_EQ(text(node, "status"), "Enabled");
  EXPECT_EQ(text(node, "accessScope"), "private");
  EXPECT_EQ(text(node, "statusReason"), "(absent)");
  EXPECT_EQ(text(node.at("account"), "uuid"), account);
  ASSERT_TRUE(api.server.grant(0, uuid, nodes::Nodes::Grantee::kUser, user(2)));
  const json::Value access = document(get("/compute-nodes/" + uuid + "/permissions", "", "2"));
  EXPECT_EQ(text(access, "owner"), user(0));
  EXPECT_EQ(text(access, "sharedWithUsers"), "[\"" + user(2) + "\"]");
  EXPECT_EQ(access.at("users").as_array().size(), 2U) << "the owner is among the users";
}

TEST_F(Routes, ANodeThatIsBeingDeletedShowsNoOlderReason) {
  const nodes::Started made = api.server.create(0, account, -1, "n").value();
  const std::string path = "/compute-nodes/" + made.node.node.uuid;
  ASSERT_TRUE(api.server.end(made.operation.id, operations::Status::kFailed));
  EXPECT_NE(text(document(get(path)), "statusReason").find("by the test"), std::string::npos);
  ASSERT_EQ(api.send({"DELETE", path}).status, 202);
  EXPECT_EQ(text(document(get(path)), "status"), "Destroying");
  EXPECT_EQ(text(document(get(path)), "statusReason"), "(absent)");
}

TEST_F(Routes, AForcedDeletionGoesToItsEndByTheOperations) {
  const std::string first = one_node(0, "a"), second = one_node(-1, "b");
  const std::string path = "/accounts/" + account;
  const net::Response refused = api.send({"DELETE", path});
  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(refused.body.find("2 compute nodes"), std::string::npos) << refused.body;
  const net::Response begun = api.send({"DELETE", path, "force=true"});
  ASSERT_EQ(begun.status, 202) << begun.body;
  const json::Value view = document(begun);
  ASSERT_EQ(view.at("operations").as_array().size(), 2U);
  EXPECT_EQ(text(view, "status"), "Deleting");
  for (const json::Value& each : view.at("operations").as_array()) {
    EXPECT_EQ(get(path).status, 200) << "there until the last node is gone";
    EXPECT_EQ(api.send({"POST", text(each, "href") + "/complete", "", "", "9"}).status, 200);
  }
  EXPECT_EQ(get(path).status, 404);
  EXPECT_EQ(get("/compute-nodes/" + first).status, 404);
  EXPECT_EQ(get("/compute-nodes/" + second).status, 404);
}

TEST_F(Routes, ADirectoryThatIsDownIs503AndNeverA404) {
  const std::string uuid = one_node();
  bench.directory.set_down(true);
  EXPECT_EQ(get("/compute-nodes/" + uuid, "", "2").status, 503);
  EXPECT_EQ(get("/accounts/" + account, "", "1").status, 503);
  EXPECT_EQ(get("/compute-nodes", "organization_id=" + workspace(0), "2").status, 503);
  EXPECT_EQ(get("/compute-nodes/" + uuid).status, 200) << "the owner's own read needs no directory";
}

TEST_F(Routes, AStateTableThatIsDownIs503) {
  api.server.table.die_at(1, accounts::TableProbe::Death::kBefore);
  EXPECT_EQ(api.send({"PATCH", "/accounts/" + account, "", R"({"name":"x"})"}).status, 503);
  EXPECT_EQ(get("/accounts/" + account).status, 503);
}

}  // namespace
}  // namespace api
