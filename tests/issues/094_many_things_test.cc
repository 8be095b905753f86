// 9.4: every query read one page of the store, so that a list lost what came after it. 9.5: a list read each node, also
// those of others, and each account, one by one; a single read took four. Here there are more things than a page of the
// store holds, and the reads are counted.

#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "json/parse.h"
#include "tests/support/api_player.h"

namespace test {
namespace {

constexpr int kMany = 1200;  // a page of the store has 1,000 items at most

const Case kCase{.file = "tests/issues/094_many_things_test.cc",
                 .name = "many",
                 .world = {{"acme: ada owner, ben admin, cy collaborator; beta: ada owner", 1},
                           {"account lab of ada, public in acme, private in beta", 2},
                           {"node shared of ada in acme, shared with cy; node open of ada in acme, open to acme", 3}},
                 .steps = {}};

class ManyThings : public ::testing::Test {
 protected:
  ManyThings() : player_(kCase, {}) {}
  void SetUp() override { ASSERT_TRUE(player_.make_world()); }

  std::string fill(std::string_view text) { return *player_.names().fill(text); }
  net::Response call(std::string_view who, std::string_view method, std::string_view target,
                     std::string_view body = {}) {
    return player_.world().call(fill(who), method, fill(target), fill(body));
  }
  void make_nodes(int count, std::string_view workspace) {
    for (int i = 0; i < count; ++i) {
      const net::Response made =
          call("{ada}", "POST", "/compute-nodes",
               fmt::format(R"({{"accountId":"{{lab}}","name":"m{:04}","organizationId":"{}"}})", i, workspace));
      ASSERT_EQ(made.status, 202) << made.body;
    }
  }
  // Every element of a list, page by page.
  std::vector<json::Value> all(std::string_view who, std::string target) {
    std::vector<json::Value> list;
    for (;;) {
      const net::Response response = call(who, "GET", target);
      EXPECT_EQ(response.status, 200) << response.body;
      const base::Result<json::Value> page = json::parse(response.body);
      if (!page || !page->is_array()) return list;
      for (const json::Value& each : page->get_array()) list.push_back(each);
      const std::string_view link = response.headers.get("Link").value_or("");
      if (link.empty()) return list;
      target = link.substr(1, link.find('>') - 1);
    }
  }
  static std::set<std::string> different(const std::vector<json::Value>& list, std::string_view member) {
    std::set<std::string> found;
    for (const json::Value& each : list)
      found.emplace(json::view(each.at(boost::json::string_view(member.data(), member.size())).as_string()));
    return found;
  }
  std::size_t reads_of(std::string_view who, std::string_view target) {
    player_.world().table().take_reads();
    const net::Response response = call(who, "GET", target);
    EXPECT_EQ(response.status, 200) << response.body;
    return player_.world().table().take_reads();
  }

  Player player_;
};

TEST_F(ManyThings, ListsOfNodesAreComplete) {
  make_nodes(kMany, "{acme}");
  const std::size_t whole = kMany + 2;
  for (const char* target :
       {"/compute-nodes?organization_id={acme}&limit=1000", "/compute-nodes?account_owner=true&limit=1000"}) {
    const std::vector<json::Value> list = all("{ada}", target);
    EXPECT_EQ(list.size(), whole) << target;
    EXPECT_EQ(different(list, "uuid").size(), whole) << target;
    EXPECT_TRUE(std::is_sorted(list.begin(), list.end(), [](const json::Value& a, const json::Value& b) {
      return json::view(a.at("name").as_string()) < json::view(b.at("name").as_string());
    })) << target;
  }
  for (const char* target :
       {"/compute-nodes?organization_id={acme}&count=true", "/compute-nodes?account_owner=true&count=true"}) {
    EXPECT_EQ(call("{ada}", "GET", target).headers.get("X-Total-Count"), std::to_string(whole)) << target;
  }
  // Two of them may be read by cy, the first and the last of more than a page.
  EXPECT_EQ(all("{cy}", "/compute-nodes?organization_id={acme}&limit=1").size(), 2U);
  EXPECT_EQ(call("{cy}", "GET", "/compute-nodes?organization_id={acme}&count=true").headers.get("X-Total-Count"), "2");
}

TEST_F(ManyThings, DeletingAnAccountTakesEveryNode) {
  make_nodes(kMany, "");
  EXPECT_EQ(all("{ada}", "/compute-nodes?limit=1000").size(), std::size_t{kMany});
  const net::Response refused = call("{ada}", "DELETE", "/accounts/{lab}");
  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(refused.body.find(fmt::format("{} compute nodes stand", kMany + 2)), std::string::npos) << refused.body;
  EXPECT_EQ(call("{ada}", "DELETE", "/accounts/{lab}?force=true").status, 202);
  const std::vector<json::Value> deletions = all("{op}", "/operations?status=Pending&limit=1000");
  ASSERT_EQ(deletions.size(), std::size_t{kMany + 2});
  EXPECT_EQ(call("{op}", "GET", "/operations?status=Pending&count=true&limit=1").headers.get("X-Total-Count"),
            std::to_string(kMany + 2));
  EXPECT_EQ(all("{ada}", "/operations?status=Pending&limit=999").size(), std::size_t{kMany + 2});
  for (const json::Value& each : deletions) {
    const std::string id(json::view(each.at("id").as_string()));
    ASSERT_EQ(call("{op}", "POST", "/operations/" + id + "/complete").status, 200);
  }
  EXPECT_EQ(call("{ada}", "GET", "/accounts/{lab}").status, 404);
  EXPECT_TRUE(all("{ada}", "/compute-nodes").empty());
}

TEST_F(ManyThings, EnablementsAndAccountsAreComplete) {
  for (int i = 0; i < kMany; ++i) {
    ASSERT_EQ(call("{ben}", "POST", "/accounts",
                   fmt::format(R"({{"accountId":"{:012}","accountType":"aws","roleName":"R","name":"a{:04}"}})", i, i))
                  .status,
              201);
  }
  const std::vector<json::Value> accounts = all("{ben}", "/accounts?limit=1000");
  ASSERT_EQ(accounts.size(), std::size_t{kMany});
  for (const json::Value& each : accounts) {
    const std::string uuid(json::view(each.at("uuid").as_string()));
    ASSERT_EQ(call("{ben}", "POST", "/accounts/" + uuid + "/workspaces?organization_id={acme}", R"({"isPublic":true})")
                  .status,
              201);
  }
  EXPECT_EQ(all("{ben}", "/accounts?organization_id={acme}&limit=1000").size(), std::size_t{kMany + 1});
  EXPECT_EQ(all("{ada}", "/accounts?organization_id={acme}&limit=1000").size(), std::size_t{kMany + 1});
  EXPECT_EQ(call("{ben}", "GET", "/accounts?count=true&limit=1").headers.get("X-Total-Count"), std::to_string(kMany));
}

TEST_F(ManyThings, AReadOfOneNodeTakesTwoReadsOfTheStore) {
  for (const char* who : {"{ada}", "{cy}"}) {
    EXPECT_LE(reads_of(who, "/compute-nodes/{shared}"), 2U) << who;
    EXPECT_LE(reads_of(who, "/compute-nodes/{shared}/permissions"), 1U) << who;
  }
  EXPECT_EQ(reads_of("{ada}", "/accounts/{lab}"), 1U);
}

TEST_F(ManyThings, ReadsOfAListDoNotGrowWithItsNodes) {
  const std::size_t two = reads_of("{ada}", "/compute-nodes?organization_id={acme}");
  make_nodes(90, "{acme}");
  EXPECT_EQ(reads_of("{ada}", "/compute-nodes?organization_id={acme}"), two) << "ninety more of her own";
  const std::size_t before = reads_of("{cy}", "/compute-nodes?organization_id={acme}");
  make_nodes(90, "{beta}");
  make_nodes(90, "");
  EXPECT_EQ(reads_of("{cy}", "/compute-nodes?organization_id={acme}"), before) << "of another workspace, and of none";
  EXPECT_LE(reads_of("{ada}", "/compute-nodes"), two) << "ninety of no workspace";
}

TEST_F(ManyThings, ReadsOfAnEmptyPageAreBounded) {
  // All of them are private to ada: cy's page is found by reading the workspace's candidates by the hundred, not one by
  // one.
  make_nodes(300, "{acme}");
  EXPECT_LE(reads_of("{cy}", "/compute-nodes?organization_id={acme}"), 2U * (302 / 101 + 1) + 1);
}

}  // namespace
}  // namespace test
