#include <gtest/gtest.h>

#include "aws_wire/xml_test_support.h"

namespace aws_wire::testing {
namespace {

const Service kService{.version = "2010-05-08"};

class QueryTest : public ::testing::Test {
 protected:
  std::string body(std::vector<Member> members, std::string_view input,
                   base::Result<void> (*encode)(const Service&, const Operation&, const json::Object&,
                                                Request&) = &protocol::encode_query) {
    Operation operation{.name = "DoIt"};
    operation.input = models.structure("DoItRequest", std::move(members));
    Request request;
    EXPECT_TRUE(encode(kService, operation, object_of(input), request));
    EXPECT_EQ(request.headers.get("content-type"), "application/x-www-form-urlencoded; charset=utf-8");
    const std::string_view prefix = "Action=DoIt&Version=2010-05-08";
    EXPECT_TRUE(request.body.starts_with(prefix)) << request.body;
    return request.body.substr(prefix.size());
  }
  std::string ec2(std::vector<Member> members, std::string_view input) {
    return body(std::move(members), input, &protocol::encode_ec2);
  }

  Models models;
  const Shape* string = models.shape(Type::kString);
};

TEST_F(QueryTest, NothingGivenIsActionAndVersion) {
  EXPECT_EQ(body({{.name = "A", .shape = string}}, "{}"), "");
  EXPECT_EQ(body({{.name = "A", .shape = string}}, R"({"A":null})"), "");
  Request request;
  EXPECT_TRUE(protocol::encode_query(kService, Operation{.name = "DoIt"}, {}, request));
  EXPECT_EQ(request.body, "Action=DoIt&Version=2010-05-08");
}

TEST_F(QueryTest, ScalarsAsTextInTheModelsOrder) {
  const std::vector<Member> members{{.name = "S", .shape = string},
                                    {.name = "B", .shape = models.shape(Type::kBoolean)},
                                    {.name = "I", .shape = models.shape(Type::kInteger)},
                                    {.name = "L", .shape = models.shape(Type::kLong)},
                                    {.name = "D", .shape = models.shape(Type::kDouble)},
                                    {.name = "Bytes", .shape = models.shape(Type::kBlob)},
                                    {.name = "T", .shape = models.shape(Type::kTimestamp)}};
  EXPECT_EQ(body(members, R"({"T":1795499264,"D":1.5,"L":-9223372036854775808,"I":7,"B":true,"S":"x","Bytes":"AP8="})"),
            "&S=x&B=true&I=7&L=-9223372036854775808&D=1.5&Bytes=AP8%3D&T=2026-11-24T05%3A47%3A44Z");
  EXPECT_EQ(body(members, R"({"D":"NaN","B":false,"T":"2026-11-24T06:47:44.5+01:00"})"),
            "&B=false&D=NaN&T=2026-11-24T05%3A47%3A44.5Z");
}

TEST_F(QueryTest, TimestampsInTheirMembersFormat) {
  EXPECT_EQ(
      body({{.name = "T", .shape = models.shape(Type::kTimestamp), .timestamp_format = TimestampFormat::kEpochSeconds}},
           R"({"T":"2026-11-24T05:47:44Z"})"),
      "&T=1795499264");
}

TEST_F(QueryTest, ValuesAreEncodedAsForms) {
  EXPECT_EQ(body({{.name = "S", .shape = string}}, "{\"S\":\"a b+c&d=e/f~\xC3\xA4\\n%\"}"),
            "&S=a%20b%2Bc%26d%3De%2Ff~%C3%A4%0A%25");
  EXPECT_EQ(body({{.name = "S", .shape = string}}, R"({"S":""})"), "&S=");
}

TEST_F(QueryTest, ListsHaveAMemberAndANumber) {
  EXPECT_EQ(body({{.name = "Names", .shape = models.list_of(Type::kString)}}, R"({"Names":["x","y"]})"),
            "&Names.member.1=x&Names.member.2=y");
  EXPECT_EQ(
      body({{.name = "Names", .shape = models.list({.shape = string, .location_name = "Name"})}}, R"({"Names":["x"]})"),
      "&Names.Name.1=x");
  EXPECT_EQ(
      body({{.name = "Names", .shape = models.list_of(Type::kString), .location_name = "N"}}, R"({"Names":["x"]})"),
      "&N.member.1=x");
}

TEST_F(QueryTest, EmptyListsAreSaidAndEmptyMapsAndStructuresAreNot) {
  const Shape* inner = models.structure("Inner", {{.name = "A", .shape = string}});
  const std::vector<Member> members{{.name = "L", .shape = models.list_of(Type::kString)},
                                    {.name = "F", .shape = models.list_of(Type::kString), .flattened = true},
                                    {.name = "M", .shape = models.map_of(Type::kString)},
                                    {.name = "S", .shape = inner}};
  EXPECT_EQ(body(members, R"({"L":[],"F":[],"M":{},"S":{}})"), "&L=&F=");
  EXPECT_EQ(ec2(members, R"({"L":[],"F":[],"M":{},"S":{}})"), "");
}

TEST_F(QueryTest, FlattenedListsGoByTheirElementsName) {
  EXPECT_EQ(
      body({{.name = "Names", .shape = models.list_of(Type::kString), .flattened = true}}, R"({"Names":["x","y"]})"),
      "&Names.1=x&Names.2=y");
  const Shape* items = models.list({.shape = string, .location_name = "Item"});
  const Shape* inner = models.structure("Inner", {{.name = "Items", .shape = items, .flattened = true}});
  EXPECT_EQ(body({{.name = "Items", .shape = items, .flattened = true}, {.name = "In", .shape = inner}},
                 R"({"Items":["x"],"In":{"Items":["y","z"]}})"),
            "&Item.1=x&In.Item.1=y&In.Item.2=z");
}

TEST_F(QueryTest, NullElementsTakeNoNumber) {
  EXPECT_EQ(body({{.name = "Names", .shape = models.list_of(Type::kString)}}, R"({"Names":[null,"x",null,"y"]})"),
            "&Names.member.1=x&Names.member.2=y");
}

TEST_F(QueryTest, MapsHaveEntries) {
  EXPECT_EQ(body({{.name = "M", .shape = models.map_of(Type::kInteger)}}, R"({"M":{"a b":1,"c":2}})"),
            "&M.entry.1.key=a%20b&M.entry.1.value=1&M.entry.2.key=c&M.entry.2.value=2");
  const Shape* named = models.map({.shape = string, .location_name = "Name"}, {.shape = string, .location_name = "V"});
  EXPECT_EQ(body({{.name = "M", .shape = named, .flattened = true}}, R"({"M":{"a":"1"}})"), "&M.1.Name=a&M.1.V=1");
}

TEST_F(QueryTest, EverythingMayStandInEverything) {
  Shape* node = models.structure("Node", {});
  models.set(*node, {{.name = "Name", .shape = string},
                     {.name = "Nodes", .shape = models.list({.shape = node})},
                     {.name = "ByName", .shape = models.map({.shape = string}, {.shape = node})},
                     {.name = "Grid", .shape = models.list({.shape = models.list_of(Type::kInteger)})}});
  EXPECT_EQ(body({{.name = "N", .shape = node}},
                 R"({"N":{"Nodes":[{"Name":"a"},{"Nodes":[{"Name":"b"}]}],"ByName":{"k":{"Name":"c"}},
                     "Grid":[[1,2],[],[3]]}})"),
            "&N.Nodes.member.1.Name=a&N.Nodes.member.2.Nodes.member.1.Name=b"
            "&N.ByName.entry.1.key=k&N.ByName.entry.1.value.Name=c"
            "&N.Grid.member.1.member.1=1&N.Grid.member.1.member.2=2&N.Grid.member.2=&N.Grid.member.3.member.1=3");
}

TEST_F(QueryTest, Ec2NamesAreCapitalisedUnlessGiven) {
  EXPECT_EQ(ec2({{.name = "plain", .shape = string},
                 {.name = "Located", .shape = string, .location_name = "locatedHere"},
                 {.name = "Given", .shape = string, .location_name = "locatedHere", .query_name = "asGiven"}},
                R"({"plain":"1","Located":"2","Given":"3"})"),
            "&plain=1&LocatedHere=2&asGiven=3");
}

TEST_F(QueryTest, Ec2ListsAreAlwaysFlat) {
  const Shape* tag = models.structure("Tag", {{.name = "Key", .shape = string, .location_name = "key"}});
  const Shape* tags = models.list({.shape = tag, .location_name = "item"});
  EXPECT_EQ(ec2({{.name = "Tags", .shape = tags, .location_name = "Tag"}}, R"({"Tags":[{"Key":"a"},{"Key":"b"}]})"),
            "&Tag.1.Key=a&Tag.2.Key=b");
}

}  // namespace
}  // namespace aws_wire::testing
