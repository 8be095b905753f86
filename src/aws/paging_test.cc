#include "aws/paging.h"

#include <gtest/gtest.h>

#include "aws/aws_test_support.h"
#include "aws/waiting.h"

namespace aws {
namespace {

using namespace testing;

TEST(Pages, OfEveryPaginatorCanBeTurned) {
  int paginators = 0, waiters = 0;
  for (const aws_model::Entry& entry : library().services()) {
    const aws_model::Service& service = **library().service(entry.name);
    for (const aws_model::Paginator& paginator : service.paginators) {
      const Result<PageTurner> turner = PageTurner::make(paginator);
      EXPECT_TRUE(turner) << entry.name << " " << paginator.operation << words(turner);
      ++paginators;
    }
    for (const aws_model::Waiter& waiter : service.waiters) {
      const Result<WaitJudge> judge = WaitJudge::make(waiter);
      EXPECT_TRUE(judge) << entry.name << " " << waiter.name << words(judge);
      ++waiters;
    }
    if (paginators > 600) break;  // several hundred of both say what all would
  }
  EXPECT_GT(paginators, 500);
  EXPECT_GT(waiters, 20);
}

TEST(Pages, AreJoined) {
  const aws_model::Service& service = **library().service("dynamodb");
  PageJoiner joiner = *PageJoiner::make(*service.paginator(*service.operation("Query")));
  for (const char* page :
       {R"({"Items": [{"a": {"N": "1"}}], "Count": 1, "ScannedCount": 5,
                               "ConsumedCapacity": {"TableName": "t"}, "LastEvaluatedKey": {"a": {"N": "1"}}})",
        R"({"Count": 0, "ScannedCount": 5})", R"({"Items": [{"a": {"N": "2"}}], "Count": 1, "ScannedCount": 2})"})
    ASSERT_TRUE(joiner.add(parsed(page)));
  EXPECT_EQ(joiner.take(), parsed(R"({"Items": [{"a": {"N": "1"}}, {"a": {"N": "2"}}], "Count": 2, "ScannedCount": 12,
                                      "ConsumedCapacity": {"TableName": "t"}})"));
}

TEST(Pages, JoinMembersOfMembers) {
  const aws_model::Service& service = **library().service("cloudfront");
  PageJoiner joiner = *PageJoiner::make(*service.paginator(*service.operation("ListDistributions")));
  ASSERT_TRUE(joiner.add(parsed(R"({"DistributionList": {"Marker": "", "Items": [{"Id": "1"}]}})")));
  ASSERT_TRUE(joiner.add(parsed(R"({"DistributionList": {"Marker": "x", "Items": [{"Id": "2"}]}})")));
  EXPECT_EQ(joiner.take(), parsed(R"({"DistributionList": {"Items": [{"Id": "1"}, {"Id": "2"}]}})"));
}

TEST(Pages, FollowTheirTokens) {
  Theatre theatre;
  theatre.then({.body = R"({"TableNames": ["aaa"], "LastEvaluatedTableName": "aaa"})"});
  theatre.then({.body = R"({"TableNames": ["bbb"], "LastEvaluatedTableName": "bbb"})"});
  theatre.then({.body = R"({"TableNames": ["ccc"]})"});
  World world;
  const Result<json::Value> all =
      all_pages(*world.client, call_of(theatre, "dynamodb", "list-tables", R"({"Limit": 1})"), library());
  ASSERT_TRUE(all) << words(all);
  EXPECT_EQ(*all, parsed(R"({"TableNames": ["aaa", "bbb", "ccc"]})"));
  ASSERT_EQ(theatre.seen().size(), 3U);
  EXPECT_EQ(parsed(theatre.seen()[2].body), parsed(R"({"Limit": 1, "ExclusiveStartTableName": "bbb"})"));
}

TEST(Pages, StopWhereATokenComesTwiceOrTheCallerHasEnough) {
  Theatre theatre;
  theatre.otherwise = [](const auto&) {
    return Scene{.body = R"({"TableNames": ["aaa"], "LastEvaluatedTableName": "aaa"})"};
  };
  World world;
  const Call call = call_of(theatre, "dynamodb", "ListTables");
  const Result<json::Value> all = all_pages(*world.client, call, library());
  EXPECT_EQ(all.error().code, "PaginationError");
  EXPECT_EQ(theatre.seen().size(), 2U);
  int pages = 0;
  EXPECT_TRUE(each_page(*world.client, call, library(), [&](const json::Value&) { return ++pages < 1; }));
  EXPECT_EQ(pages, 1);
  EXPECT_EQ(all_pages(*world.client, call_of(theatre, "sts", "GetCallerIdentity"), library()).error().code, "NoPages");
}

TEST(Pages, GoByWhatSaysThatThereAreMore) {
  const aws_model::Service& service = **library().service("s3");
  PageTurner turner = *PageTurner::make(*service.paginator(*service.operation("ListObjects")));
  const json::Object input = parsed(R"({"Bucket": "b"})").get_object();
  const auto no_marker =
      turner.next(input, parsed(R"({"IsTruncated": true, "Contents": [{"Key": "a"}, {"Key": "b"}]})"));
  ASSERT_TRUE(no_marker && *no_marker);
  EXPECT_EQ((*no_marker)->at("Marker"), "b") << "the last key, where there is no NextMarker";
  EXPECT_FALSE(*turner.next(input, parsed(R"({"IsTruncated": false, "NextMarker": "c"})")));
}

struct Waits {
  Theatre theatre;
  World world;
  int pauses = 0;
  base::Deadline deadline = base::Deadline::never();
  Result<Answer> wait_for(std::string_view waiter, std::string_view operation = "DescribeTable") {
    Call call = call_of(theatre, "dynamodb", std::string(operation), R"({"TableName": "t"})");
    call.deadline = deadline;
    return wait(*world.client, call, waiter, library(), [this](std::chrono::seconds delay) {
      EXPECT_EQ(delay, 20s);
      return ++pauses < 100;
    });
  }
};

const Scene kAbsent{.status = 400, .body = R"({"__type": "ResourceNotFoundException"})"};
const Scene kCreating{.body = R"({"Table": {"TableStatus": "CREATING"}})"};
const Scene kActive{.body = R"({"Table": {"TableStatus": "ACTIVE"}})"};

TEST(Wait, UntilItComesAbout) {
  Waits waits;
  for (const Scene& scene : {kAbsent, kCreating, kActive}) waits.theatre.then(scene);
  const Result<Answer> answer = waits.wait_for("table-exists");
  ASSERT_TRUE(answer) << words(answer);
  EXPECT_EQ(answer->output, parsed(kActive.body));
  EXPECT_EQ(waits.pauses, 2);
}

TEST(Wait, ForSomethingToBeGone) {
  Waits waits;
  for (const Scene& scene : {kActive, kAbsent}) waits.theatre.then(scene);
  const Result<Answer> answer = waits.wait_for("TableNotExists");
  ASSERT_TRUE(answer) << words(answer);
  EXPECT_EQ(answer->output, json::Object());
  EXPECT_EQ(answer->http_status, 400);
}

TEST(Wait, EndsAfterItsAttemptsAndOnErrors) {
  Waits waits;
  waits.theatre.otherwise = [](const auto&) { return kCreating; };
  EXPECT_EQ(waits.wait_for("TableExists").error().code, "WaiterTimeout");
  EXPECT_EQ(waits.theatre.seen().size(), 25U);
  waits.theatre.then({.status = 400, .body = R"({"__type": "AccessDeniedException"})"});
  EXPECT_EQ(waits.wait_for("TableExists").error().code, "AccessDeniedException")
      << "what no acceptor knows is an error";
  EXPECT_EQ(waits.wait_for("TableExist").error().code, "UnknownWaiter");
  EXPECT_EQ(waits.wait_for("TableExists", "DeleteTable").error().code, "WrongOperation");
  waits.deadline = base::Deadline::after(10s);
  EXPECT_EQ(waits.wait_for("TableExists").error().code, "Deadline") << "the next look would be too late";
  waits.deadline = base::Deadline::never();
  waits.pauses = 99;
  EXPECT_EQ(waits.wait_for("TableExists").error().code, "Cancelled");
}

TEST(Wait, JudgesListsAndStatuses) {
  const auto judge = [](std::string_view service_name, std::string_view waiter, std::string_view output) {
    const aws_model::Service& service = **library().service(service_name);
    Answer answer;
    answer.output = parsed(output);
    answer.http_status = 200;
    return WaitJudge::make(*service.waiter(waiter))->judge(answer);
  };
  using State = aws_model::Acceptor::State;
  constexpr const char* kOf = "InstanceRunning";
  EXPECT_EQ(judge("ec2", kOf, R"({"Reservations": [{"Instances": [{"State": {"Name": "running"}}]}]})"),
            State::kSuccess);
  EXPECT_EQ(judge("ec2", kOf, R"({"Reservations": [{"Instances": [{"State": {"Name": "running"}},
                                                                  {"State": {"Name": "pending"}}]}]})"),
            std::nullopt);
  EXPECT_EQ(judge("ec2", kOf, R"({"Reservations": [{"Instances": [{"State": {"Name": "terminated"}},
                                                                  {"State": {"Name": "running"}}]}]})"),
            State::kFailure);
  EXPECT_EQ(judge("ec2", kOf, R"({"Reservations": []})"), std::nullopt) << "all of nothing is nothing";
  EXPECT_EQ(judge("s3", "BucketExists", "{}"), State::kSuccess);
}

}  // namespace
}  // namespace aws
