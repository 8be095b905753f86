// What is asked for an answer: that what one may not read costs what is not there costs, and that a thousand
// evaluations ask no more than one does.

#include <gtest/gtest.h>

#include "api/api_test_support.h"

namespace api {
namespace {

constexpr std::string_view kNobodys = "00000000-0000-4000-8000-999999999999";

struct Asked {
  int reads = 0, questions = 0;
  bool operator==(const Asked&) const = default;
};
void PrintTo(const Asked& asked, std::ostream* out) {
  *out << asked.reads << " reads, " << asked.questions << " questions";
}

struct AccessTest : testing::Test {
  accounts::Bench bench;
  Api api{bench};
  std::string account = api.server.registered();
  std::string hidden, independent;

  AccessTest() {
    EXPECT_TRUE(api.server.enable(account, 0, true));
    hidden = api.server.running(1, account, 0, "hidden");
    independent = api.server.running(0, account, -1, "independent");
  }

  Asked cost_of(const Sent& what) {
    const int reads = api.server.table.reads(), questions = bench.directory.questions();
    EXPECT_EQ(api.send(what).status, 200);
    return {api.server.table.reads() - reads, bench.directory.questions() - questions};
  }
  static std::string evaluation(std::string_view node, std::string_view action, int who = 2) {
    return fmt::format(
        R"({{"subject":{{"type":"user","id":"{}"}},"action":{{"name":"{}"}},"resource":{{"type":"compute-node","id":"{}"}}}})",
        user(who), action, node);
  }
};

TEST_F(AccessTest, WhatOneMayNotReadCostsAsMuchAsWhatIsNotThere) {
  for (const std::string& there : {hidden, independent}) {
    for (const char* action : {"read", "update", "attach", "fly"}) {
      const auto cost = [&](std::string_view id) {
        return cost_of({"POST", "/access/v1/evaluation", "", evaluation(id, action), "2"});
      };
      EXPECT_EQ(cost(there), cost(kNobodys)) << action;
    }
    const auto cost = [&](std::string_view id) {
      return cost_of({"GET", fmt::format("/compute-nodes/{}/access", id), "", "", "2"});
    };
    EXPECT_EQ(cost(there), cost(kNobodys));
  }
}

TEST_F(AccessTest, AThousandEvaluationsReadOnceAndAskOnceForEachWorkspace) {
  std::string body =
      fmt::format(R"({{"subject":{{"type":"user","id":"{}"}},"action":{{"name":"read"}},"evaluations":[)", user(2));
  for (int i = 0; i < 1000; ++i) {
    const std::string id = i % 3 == 0   ? hidden
                           : i % 3 == 1 ? independent
                                        : fmt::format("{:08x}{}", i, kNobodys.substr(8));
    body.append(i == 0 ? "" : ",").append(fmt::format(R"({{"resource":{{"type":"compute-node","id":"{}"}}}})", id));
  }
  const Asked all = cost_of({"POST", "/access/v1/evaluations", "", body + "]}", "2"});
  EXPECT_EQ(all.reads, 1);
  EXPECT_EQ(all.questions, 3);  // the node's workspace, nobody's workspace, whether the asker is an operator
}

TEST_F(AccessTest, AnOwnersOwnEvaluationAsksNothing) {
  const Asked own = cost_of({"POST", "/access/v1/evaluation", "", evaluation(hidden, "delete", 1), "1"});
  EXPECT_EQ(own, (Asked{1, 0}));
}

TEST_F(AccessTest, ADirectoryThatIsDownIsNoDecision) {
  bench.directory.set_down(true);
  EXPECT_EQ(api.send({"POST", "/access/v1/evaluation", "", evaluation(hidden, "read"), "2"}).status, 503);
  const std::string several = R"({"evaluations":[)" + evaluation(hidden, "read") + "]}";
  EXPECT_EQ(api.send({"POST", "/access/v1/evaluations", "", several, "2"}).status, 503);
  EXPECT_EQ(api.send({"GET", "/compute-nodes/" + hidden + "/access", "", "", "2"}).status, 503);
}

}  // namespace
}  // namespace api
