// What is decided before anything is sent.

#include "aws/plan.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "aws/aws_test_support.h"
#include "aws/state.h"
#include "base/text.h"

namespace aws {
namespace {

using namespace testing;

class TemporaryConfig {
 public:
  explicit TemporaryConfig(std::string_view text)
      : path_(::testing::TempDir() + "aws-plan-" + std::to_string(getpid())) {
    std::ofstream(path_) << text;
  }
  ~TemporaryConfig() { std::filesystem::remove(path_); }
  TemporaryConfig(const TemporaryConfig&) = delete;
  TemporaryConfig& operator=(const TemporaryConfig&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct Desk {
  explicit Desk(Env environment = {}) {
    environment.try_emplace("AWS_REGION", "eu-central-1");
    environment.try_emplace("AWS_CONFIG_FILE", "/nonexistent/aws");
    environment["AWS_SHARED_CREDENTIALS_FILE"] = "/nonexistent/aws";
    state = std::make_unique<ClientState>(Surroundings{library(), http, clock, entropy},
                                          aws_config::Config::load(std::move(environment)).value(),
                                          std::make_shared<CountingCredentials>());
  }
  Result<std::unique_ptr<Plan>> plan(std::string service, std::string operation, std::string_view input,
                                     Purpose purpose = Purpose::kSend) {
    Call call;
    call.service = std::move(service);
    call.operation = std::move(operation);
    call.input = parsed(input);
    call.deadline = base::Deadline::after(0ms);  // nothing that is planned here may need the network
    return state->plan(call, purpose);
  }
  std::string url(std::string service, std::string operation, std::string_view input) {
    const auto planned = plan(std::move(service), std::move(operation), input);
    return planned ? (*planned)->url() : planned.error().code;
  }

  net::HttpClient http;
  base::ManualClock clock{kNow};
  base::SeededEntropy entropy{1};
  std::unique_ptr<ClientState> state;
};

TEST(Plan, GoesWhereTheRulesSay) {
  Desk desk;
  EXPECT_EQ(desk.url("s3", "GetObject", R"({"Bucket": "b.c", "Key": "k"})"),
            "https://s3.eu-central-1.amazonaws.com/b.c/k");
  EXPECT_EQ(desk.url("s3", "GetObject", R"({"Bucket": "bucket", "Key": "/k//x"})"),
            "https://bucket.s3.eu-central-1.amazonaws.com//k//x");
  EXPECT_EQ(desk.url("s3", "ListBuckets", "{}"), "https://s3.eu-central-1.amazonaws.com/");
  EXPECT_EQ(desk.url("s3", "GetBucketLocation", R"({"Bucket": "bucket"})"),
            "https://s3.eu-central-1.amazonaws.com/bucket?location");
  EXPECT_EQ(desk.url("iam", "ListUsers", "{}"), "https://iam.amazonaws.com/");
  EXPECT_EQ(desk.url("dynamodb", "GetItem", R"({"TableName": "t", "Key": {}})"),
            "https://123456789012.ddb.eu-central-1.amazonaws.com/")
      << "the account is known from the credentials";
  EXPECT_EQ(desk.url("s3control", "GetPublicAccessBlock", R"({"AccountId": "123456789012"})"),
            "https://123456789012.s3-control.eu-central-1.amazonaws.com/v20180820/configuration/publicAccessBlock");
}

TEST(Plan, GoesWhereItIsTold) {
  Desk own(Env{{"AWS_ENDPOINT_URL", "https://own.example:8443/base/"}});
  EXPECT_EQ(own.url("s3", "GetObject", R"({"Bucket": "bucket", "Key": "k"})"),
            "https://own.example:8443/base/bucket/k");
  EXPECT_EQ(own.url("sqs", "ListQueues", "{}"), "https://own.example:8443/base/");
  const auto planned = own.plan("sqs", "ListQueues", "{}");
  EXPECT_EQ((*planned)->request.headers.get("Host"), "own.example:8443");
  const TemporaryConfig virtual_style("[default]\ns3 =\n  addressing_style = virtual\n");
  Desk named(Env{{"AWS_ENDPOINT_URL", "https://own.example"}, {"AWS_CONFIG_FILE", virtual_style.path()}});
  EXPECT_EQ(named.url("s3", "GetObject", R"({"Bucket": "bucket", "Key": "k"})"), "https://bucket.own.example/k");
  Desk plain(Env{{"AWS_ENDPOINT_URL", "https://own.example:443"}});
  EXPECT_EQ((*plain.plan("sqs", "ListQueues", "{}"))->request.headers.get("Host"), "own.example");
  Desk local(Env{{"AWS_ENDPOINT_URL", "http://127.0.0.1:4566"}});
  constexpr const char* kDiscover = R"({"NamespaceName": "n", "ServiceName": "s"})";
  EXPECT_EQ(local.url("servicediscovery", "DiscoverInstances", kDiscover), "http://127.0.0.1:4566/");
  Desk desk;
  EXPECT_EQ(desk.url("servicediscovery", "DiscoverInstances", kDiscover),
            "https://data-servicediscovery.eu-central-1.amazonaws.com/")
      << "a prefix of a name, not of an address";
}

TEST(Plan, KnowsWhoSigns) {
  Desk desk;
  EXPECT_EQ((*desk.plan("iam", "ListUsers", "{}"))->auth.signing_region, "us-east-1");
  EXPECT_EQ((*desk.plan("sesv2", "GetAccount", "{}"))->auth.signing_name, "ses");
  EXPECT_TRUE((*desk.plan("s3", "ListBuckets", "{}"))->auth.s3);
  EXPECT_EQ((*desk.plan("sts", "AssumeRoleWithSAML",
                        R"({"RoleArn": "arn:aws:iam::123456789012:role/r", "PrincipalArn":
                            "arn:aws:iam::123456789012:saml/p", "SAMLAssertion": "YWJjZA=="})"))
                ->auth.scheme,
            Scheme::kNone);
  const auto of_directory = desk.plan("s3", "GetObject", R"({"Bucket": "b--use1-az4--x-s3", "Key": "k"})");
  ASSERT_TRUE(of_directory) << words(of_directory);
  EXPECT_TRUE((*of_directory)->auth.bucket_session);
  EXPECT_EQ((*of_directory)->auth.signing_name, "s3express");
  EXPECT_EQ((*of_directory)->url(), "https://b--use1-az4--x-s3.s3express-use1-az4.eu-central-1.amazonaws.com/k");
  Desk by_keys(Env{{"AWS_S3_DISABLE_EXPRESS_SESSION_AUTH", "true"}});
  EXPECT_FALSE(
      (*by_keys.plan("s3", "GetObject", R"({"Bucket": "b--use1-az4--x-s3", "Key": "k"})"))->auth.bucket_session);
  EXPECT_EQ(desk.plan("s3", "GetObject",
                      R"({"Bucket": "arn:aws:s3::123456789012:accesspoint:mfzwi23gnjvgw.mrap", "Key": "k"})")
                .error()
                .code,
            "AuthNotSupported");
}

TEST(Plan, NeedsNoRegionForWhatIsEverywhere) {
  Desk nowhere(Env{{"AWS_REGION", ""}});
  EXPECT_EQ(nowhere.url("iam", "ListUsers", "{}"), "https://iam.amazonaws.com/");
  EXPECT_EQ(nowhere.url("sts", "GetCallerIdentity", "{}"), "NoRegion");
  EXPECT_EQ(nowhere.url("dynamodb", "ListTables", "{}"), "NoRegion");
}

TEST(Plan, CompressesWhatIsLarge) {
  Desk desk(Env{{"AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES", "100"}});
  const std::string large(200, 'n');
  const auto planned = desk.plan("cloudwatch", "PutMetricData",
                                 R"({"Namespace": "n", "MetricData": [{"MetricName": ")" + large + R"("}]})");
  ASSERT_TRUE(planned) << words(planned);
  EXPECT_EQ((*planned)->request.headers.get("Content-Encoding"), "gzip");
  EXPECT_TRUE((*planned)->request.body.starts_with("\x1f\x8b"));
  EXPECT_EQ((*planned)->payload_hash, sigv4::payload_hash((*planned)->request.body));
  const auto small = desk.plan("cloudwatch", "PutMetricData", R"({"Namespace": "n", "MetricData": []})");
  EXPECT_FALSE((*small)->request.headers.get("Content-Encoding"));
}

TEST(Plan, PresignsTheSameCallForAnotherRegion) {
  Desk desk;
  constexpr const char* kCopy = R"({"SourceDBSnapshotIdentifier": "a", "TargetDBSnapshotIdentifier": "b",
                                    "SourceRegion": "us-west-2"})";
  const auto planned = desk.plan("rds", "CopyDBSnapshot", kCopy);
  ASSERT_TRUE(planned) << words(planned);
  const std::string& body = (*planned)->request.body;
  EXPECT_EQ(body.find("&SourceRegion="), std::string::npos) << body;
  const std::size_t at =
      body.find("&PreSignedUrl=https%3A%2F%2Frds.us-west-2.amazonaws.com%2F%3FAction%3DCopyDBSnapshot");
  ASSERT_NE(at, std::string::npos) << body;
  const std::string url = *base::percent_decode(body.substr(at + 14));
  EXPECT_NE(url.find("&DestinationRegion=eu-central-1&"), std::string::npos) << url;
  EXPECT_NE(url.find("%2Fus-west-2%2Frds%2Faws4_request"), std::string::npos) << url;
  EXPECT_EQ((*planned)->payload_hash, sigv4::payload_hash(body));
  const auto shown = desk.plan("rds", "CopyDBSnapshot", kCopy, Purpose::kShow);
  EXPECT_TRUE((*shown)->request.body.ends_with("&PreSignedUrl=***")) << (*shown)->request.body;

  const auto ec2 = desk.plan("ec2", "CopySnapshot", R"({"SourceSnapshotId": "snap-1", "SourceRegion": "us-west-2"})");
  ASSERT_TRUE(ec2) << words(ec2);
  const std::string& form = (*ec2)->request.body;
  EXPECT_NE(form.find("&SourceRegion=us-west-2"), std::string::npos) << form;
  EXPECT_NE(form.find("&PresignedUrl=https%3A%2F%2Fec2.us-west-2"), std::string::npos) << form;
  EXPECT_TRUE(form.ends_with("&DestinationRegion=eu-central-1")) << form;
  const auto local =
      desk.plan("rds", "CopyDBSnapshot", R"({"SourceDBSnapshotIdentifier": "a", "TargetDBSnapshotIdentifier": "b"})");
  EXPECT_EQ((*local)->request.body.find("PreSignedUrl"), std::string::npos);
}

TEST(Plan, GoesToTheCellThatTheServiceNamed) {
  Desk desk;
  Book& book = **desk.state->shelf.book("timestream-query");
  book.remember_cell("eu-central-1", "query-cell2.timestream.eu-central-1.amazonaws.com", kNow + 1min);
  constexpr const char* kQuery = R"({"QueryString": "SELECT 1"})";
  EXPECT_EQ(desk.url("timestream-query", "Query", kQuery),
            "https://query-cell2.timestream.eu-central-1.amazonaws.com/");
  desk.clock.advance(1min);
  EXPECT_EQ(desk.url("timestream-query", "Query", kQuery), "Deadline") << "it asks again, and there is no time";
  EXPECT_EQ(cell_in(parsed(R"({"Endpoints": [{"Address": "a.example", "CachePeriodInMinutes": 5}]})"))->holds, 5min);
  for (const char* none : {"{}", R"({"Endpoints": []})", R"({"Endpoints": [{"Address": "evil/../x"}]})",
                           R"({"Endpoints": [{"Address": 5}]})"})
    EXPECT_FALSE(cell_in(parsed(none))) << none;
}

TEST(Plan, MasksWhatIsSensitiveWhereverItStands) {
  const aws_model::Service& service = **library().service("ssm");
  const aws_model::Shape& shape = *service.operation("PutParameter")->input;
  EXPECT_EQ(masked(shape, parsed(R"({"Name": "n", "Value": "hunter2", "Nobody": "x"})")),
            parsed(R"({"Name": "n", "Value": "***", "Nobody": "x"})"));
  const aws_model::Shape& answer = *service.operation("GetParameters")->output;
  EXPECT_EQ(masked(answer, parsed(R"({"Parameters": [{"Name": "n", "Value": "hunter2"}]})")),
            parsed(R"({"Parameters": [{"Name": "n", "Value": "***"}]})"));
}

}  // namespace
}  // namespace aws
