#include "aws_model/model.h"

#include <gtest/gtest.h>

#include "aws_model/suggest.h"

namespace aws_model {
namespace {

TEST(Model, NamesOfTypesAndProtocols) {
  EXPECT_EQ(name(Type::kStructure), "structure");
  EXPECT_EQ(name(Type::kTimestamp), "timestamp");
  EXPECT_EQ(name(Protocol::kJson), "json");
  EXPECT_EQ(name(Protocol::kCbor), "smithy-rpc-v2-cbor");
}

TEST(Model, AShapeBuiltByHandFindsItsMembers) {
  const Shape text{.name = "Text"};
  const Member members[] = {{.name = "b", .shape = &text}, {.name = "a", .shape = &text}};
  const Shape shape{.type = Type::kStructure, .members = members};
  EXPECT_EQ(shape.find("a"), &members[1]);
  EXPECT_EQ(shape.find("c"), nullptr);
  EXPECT_EQ(text.find("a"), nullptr);
}

TEST(Model, CommandNames) {
  const std::pair<std::string_view, std::string_view> names[] = {
      {"GetItem", "get-item"},
      {"DescribeDBInstances", "describe-db-instances"},
      {"ListWebACLs", "list-web-acls"},
      {"ListOpenIDConnectProviders", "list-open-id-connect-providers"},
      {"AssociateVPCWithHostedZone", "associate-vpc-with-hosted-zone"},
      {"PutBucketACL", "put-bucket-acl"},
      {"ListObjectsV2", "list-objects-v2"},
      {"UpdateDistributionWithStagingConfig2020_05_31", "update-distribution-with-staging-config2020_05_31"},
      {"ExecutePartiQLStatement", "execute-partiql-statement"},
      {"ListHITsForQualificationType", "list-hits-for-qualification-type"},
      {"Publish", "publish"},
      {"", ""}};
  for (const auto& [name, command] : names) EXPECT_EQ(command_name(name), command);
}

using Names = std::vector<std::string_view>;

TEST(Suggest, NearNamesAreMeant) {
  const Names known{"GetItem", "PutItem", "BatchGetItem", "DescribeTable", "DescribeTables", "cognito-idp", "s3"};
  EXPECT_EQ(closest("GetItme", known), Names{"GetItem"});
  EXPECT_EQ(closest("get_item", known).front(), "GetItem");
  EXPECT_EQ(closest("describe-tabels", known), (Names{"DescribeTables", "DescribeTable"}));
  EXPECT_EQ(closest("cognito", known), Names{"cognito-idp"});
  EXPECT_EQ(closest("S3", known), Names{"s3"});
  EXPECT_EQ(closest("Frobnicate", known), Names{});
  EXPECT_EQ(closest("", known), Names{});
  EXPECT_EQ(closest("-", known), Names{});
  EXPECT_EQ(closest(std::string(100000, 'a'), known), Names{});
}

TEST(Suggest, Sentence) {
  EXPECT_EQ(did_you_mean("x", {"frob"}), "");
  EXPECT_EQ(did_you_mean("putt", {"put", "puts", "putty", "get"}), " Did you mean put, puts or putty?");
}

}  // namespace
}  // namespace aws_model
