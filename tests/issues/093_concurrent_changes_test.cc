// 9.3: no write was conditional. Two changes of one thing at the same time lost one of them, the same account could be
// registered and enabled twice, and a change of scope could stop half way. Here many callers do each of these at once.

#include <atomic>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "json/parse.h"
#include "tests/support/api_player.h"

namespace test {
namespace {

constexpr int kCallers = 6;

const Case kCase{
    .file = "tests/issues/093_concurrent_changes_test.cc",
    .name = "concurrent",
    .world = {{"acme: ada owner, ben admin, cy collaborator, dee collaborator; team gpu: dee", 1},
              {"account lab of ada, public in acme; account other of ada; node n of ada on lab in acme", 2}},
    .steps = {}};

class ConcurrentChanges : public ::testing::TestWithParam<Store> {
 protected:
  ConcurrentChanges() : player_(kCase, {.store = GetParam(), .base_path = {}}) {}
  void SetUp() override { ASSERT_TRUE(player_.make_world()); }

  std::string fill(std::string_view text) { return *player_.names().fill(text); }
  net::Response call(std::string_view who, std::string_view method, std::string_view target,
                     std::string_view body = {}) {
    return player_.world().call(fill(who), method, fill(target), fill(body));
  }
  json::Value get(std::string_view who, std::string_view target) {
    const net::Response response = call(who, "GET", target);
    EXPECT_EQ(response.status, 200) << response.body;
    return json::parse(response.body).value_or(json::Value());
  }

  // Runs `each(0)` to `each(kCallers - 1)` at the same time.
  template <class Function>
  static void at_once(Function each) {
    std::atomic<int> waiting = kCallers;
    std::vector<std::thread> threads;
    for (int i = 0; i < kCallers; ++i) {
      threads.emplace_back([&, i] {
        --waiting;
        while (waiting > 0) std::this_thread::yield();
        each(i);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  // How many of the callers got each status, for one request of all of them.
  std::map<int, int> statuses(std::string_view who, std::string_view method, std::string_view target,
                              std::string_view body = {}) {
    std::array<int, kCallers> got{};
    at_once([&](int i) { got[static_cast<std::size_t>(i)] = call(who, method, target, body).status; });
    std::map<int, int> count;
    for (const int status : got) ++count[status];
    return count;
  }

  Player player_;
};

using Count = std::map<int, int>;

TEST_P(ConcurrentChanges, OfDifferentMembersAreAllThereAtTheEnd) {
  constexpr int kRounds = 10;
  at_once([&](int i) {
    for (int round = 0; round < kRounds; ++round) {
      const std::string body = i % 2 == 0 ? fmt::format(R"({{"name":"name-{}"}})", round)
                                          : fmt::format(R"({{"description":"text-{}"}})", round);
      // A crowd may be told to try again; what was answered 200 must be there.
      int status = 409;
      for (int attempt = 0; status == 409 && attempt < 50; ++attempt)
        status = call("{ada}", "PATCH", "/compute-nodes/{n}", body).status;
      EXPECT_EQ(status, 200);
    }
  });
  const json::Value node = get("{ada}", "/compute-nodes/{n}");
  EXPECT_EQ(json::view(node.at("name").as_string()), fmt::format("name-{}", kRounds - 1));
  EXPECT_EQ(json::view(node.at("description").as_string()), fmt::format("text-{}", kRounds - 1));
  const std::string etag(call("{ada}", "GET", "/compute-nodes/{n}").headers.get("ETag").value_or(""));
  EXPECT_EQ(etag, fmt::format("\"{}\"", 2 + kCallers * kRounds)) << "every change counted once";
}

TEST_P(ConcurrentChanges, WithOneVersionExactlyOneGoesThrough) {
  std::atomic<int> changed = 0, refused = 0;
  at_once([&](int i) {
    const net::Response response = player_.world().call(fill("{ada}"), "PATCH", fill("/compute-nodes/{n}"),
                                                        fmt::format(R"({{"name":"n{}"}})", i), {{"If-Match", "\"2\""}});
    ++(response.status == 200 ? changed : refused);
    EXPECT_TRUE(response.status == 200 || response.status == 412) << response.body;
  });
  EXPECT_EQ(changed, 1);
  EXPECT_EQ(refused, kCallers - 1);
}

TEST_P(ConcurrentChanges, AnAccountIsRegisteredOnce) {
  EXPECT_EQ(
      statuses("{ben}", "POST", "/accounts", R"({"accountId":"999999999999","accountType":"aws","roleName":"R"})"),
      (Count{{201, 1}, {409, kCallers - 1}}));
  EXPECT_EQ(get("{ben}", "/accounts").as_array().size(), 1U);
}

TEST_P(ConcurrentChanges, AnAccountIsEnabledOnce) {
  EXPECT_EQ(statuses("{ada}", "POST", "/accounts/{other}/workspaces?organization_id={acme}", R"({"isPublic":true})"),
            (Count{{201, 1}, {409, kCallers - 1}}));
  EXPECT_EQ(get("{ada}", "/accounts/{other}/workspaces").as_array().size(), 1U);
}

TEST_P(ConcurrentChanges, OneKeyMakesOneNode) {
  std::array<std::string, kCallers> bodies;
  at_once([&](int i) {
    const net::Response response = player_.world().call(
        fill("{ben}"), "POST", "/compute-nodes",
        fill(R"({"accountId":"{lab}","name":"one","organizationId":"{acme}"})"), {{"Idempotency-Key", "k"}});
    EXPECT_EQ(response.status, 202) << response.body;
    bodies[static_cast<std::size_t>(i)] = response.body;
  });
  for (const std::string& body : bodies) EXPECT_EQ(body, bodies[0]);
  EXPECT_EQ(get("{ben}", "/operations").as_array().size(), 1U);
}

TEST_P(ConcurrentChanges, DeletionsGiveOneOperation) {
  EXPECT_EQ(statuses("{ada}", "DELETE", "/compute-nodes/{n}"), (Count{{202, kCallers}}));
  EXPECT_EQ(get("{ada}", "/operations?status=Pending").as_array().size(), 1U);
}

TEST_P(ConcurrentChanges, AnOperationEndsOnce) {
  call("{ada}", "DELETE", "/compute-nodes/{n}");
  const std::string id(json::view(get("{ada}", "/operations?status=Pending").at(0).at("id").as_string()));
  EXPECT_EQ(statuses("{op}", "POST", "/operations/" + id + "/complete"), (Count{{200, 1}, {409, kCallers - 1}}));
  EXPECT_EQ(call("{ada}", "GET", "/compute-nodes/{n}").status, 404);
}

TEST_P(ConcurrentChanges, TheScopeAndTheGrantsAgreeAtEveryMoment) {
  constexpr int kRounds = 12;
  std::atomic<bool> over = false;
  std::thread reader([&] {
    while (!over) {
      const json::Value seen = get("{ada}", "/compute-nodes/{n}/permissions");
      const bool shared = seen.at("accessScope") == "shared";
      const bool granted =
          !seen.at("sharedWithUsers").as_array().empty() || !seen.at("sharedWithTeams").as_array().empty();
      EXPECT_TRUE(shared || !granted) << seen;
      EXPECT_EQ(seen.at("users").at(0).at("accessType"), "owner");
    }
  });
  at_once([&](int i) {
    for (int round = 0; round < kRounds; ++round) {
      net::Response response;
      if (i % 3 == 0) {
        response = call("{ada}", "POST", "/compute-nodes/{n}/permissions/users", R"({"userId":"{cy}"})");
      } else if (i % 3 == 1) {
        response = call("{ada}", "POST", "/compute-nodes/{n}/permissions/teams", R"({"teamId":"{gpu}"})");
      } else {
        response = call("{ada}", "PUT", "/compute-nodes/{n}/permissions",
                        round % 2 == 0 ? R"({"accessScope":"workspace"})" : R"({"accessScope":"private"})");
      }
      EXPECT_TRUE(response.status < 300 || response.status == 409) << response.body;
    }
  });
  over = true;
  reader.join();
}

TEST_P(ConcurrentChanges, NothingIsLeftStandingOnWhatIsGone) {
  // Some make nodes while others disable the workspace and delete the account.
  at_once([&](int i) {
    for (int round = 0; round < 5; ++round) {
      net::Response response;
      if (i % 3 == 0) {
        response =
            call("{ada}", "POST", "/compute-nodes", R"({"accountId":"{other}","name":"m","organizationId":"{acme}"})");
      } else if (i % 3 == 1) {
        call("{ada}", "POST", "/accounts/{other}/workspaces?organization_id={acme}", "{}");
        response = call("{ada}", "DELETE", "/accounts/{other}/workspaces/{acme}");
      } else {
        response = call("{ada}", "DELETE", "/accounts/{other}");
      }
      EXPECT_LT(response.status, 500) << response.body;
    }
  });
  const json::Value nodes = get("{ada}", "/compute-nodes?organization_id={acme}");
  bool stands = false;
  for (const json::Value& each : nodes.as_array()) stands = stands || each.at("name") == "m";
  const int account = call("{ada}", "GET", "/accounts/{other}").status;
  const int enablement = call("{ada}", "GET", "/accounts/{other}/workspaces/{acme}").status;
  if (stands) {
    EXPECT_EQ(account, 200);
    EXPECT_EQ(enablement, 200);
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, ConcurrentChanges, ::testing::Values(Store::kMemory, Store::kSqlite),
                         [](const auto& each) { return each.param == Store::kMemory ? "memory" : "sqlite"; });

}  // namespace
}  // namespace test
