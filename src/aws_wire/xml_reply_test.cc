#include <gtest/gtest.h>

#include "aws_wire/xml_test_support.h"

namespace aws_wire::testing {
namespace {

class XmlReplyTest : public ::testing::Test {
 protected:
  using Decode = base::Result<void>(const Service&, const Operation&, const Reply&, json::Object&);

  std::string decoded(Decode* decode, std::vector<Member> members, std::string_view body, bool wrapper = false) {
    Operation operation{.name = "Get"};
    Shape* output = models.structure("GetResult", std::move(members));
    output->wrapper = wrapper;
    operation.output = output;
    if (decode == &protocol::decode_query) operation.result_wrapper = "GetResult";
    return run(decode, operation, body);
  }
  std::string run(Decode* decode, const Operation& operation, std::string_view body) {
    json::Object output;
    const base::Result<void> result =
        decode(Service{}, operation, Reply{.status = 200, .body = std::string(body)}, output);
    if (result) return text_of(output);
    EXPECT_EQ(result.error().code, base::Code::kUnavailable);
    return result.error().message;
  }
  // The members out of <r>inner</r>.
  std::string ec2(std::vector<Member> members, std::string_view inner) {
    return decoded(&protocol::decode_ec2, std::move(members), "<r>" + std::string(inner) + "</r>");
  }

  Models models;
  const Shape* string = models.shape(Type::kString);
  const Shape* integer = models.shape(Type::kInteger);
};

TEST_F(XmlReplyTest, QueryResultsStandInTheirWrapper) {
  const std::vector<Member> members{{.name = "A", .shape = string}};
  EXPECT_EQ(decoded(&protocol::decode_query, members,
                    "<GetResponse xmlns='u'><GetResult><A>x</A></GetResult><ResponseMetadata/></GetResponse>"),
            R"({"A":"x"})");
  EXPECT_EQ(decoded(&protocol::decode_query, members, "<GetResponse><A>x</A></GetResponse>"),
            "The answer has no element GetResult, where the result of Get stands.");
  EXPECT_EQ(decoded(&protocol::decode_query, {}, "<GetResponse/>"), "{}");
}

TEST_F(XmlReplyTest, QueryWrapperShapesStandOneDeeper) {
  const std::vector<Member> members{{.name = "A", .shape = string}};
  EXPECT_EQ(
      decoded(&protocol::decode_query, members, "<R><GetResult><GetResult><A>x</A></GetResult></GetResult></R>", true),
      R"({"A":"x"})");
  EXPECT_EQ(decoded(&protocol::decode_query, members, "<R><GetResult><A>x</A></GetResult></R>", true), R"({"A":"x"})");
}

TEST_F(XmlReplyTest, NothingPromisedNeedsNoBodyButAnswersAreWhole) {
  const Operation operation{.name = "Delete"};
  for (auto* decode : {&protocol::decode_query, &protocol::decode_ec2}) {
    EXPECT_EQ(run(decode, operation, ""), "{}");
    EXPECT_EQ(run(decode, operation, "<R><ResponseMetadata/></R>"), "{}");
    EXPECT_NE(run(decode, operation, "<R><ResponseMetadata/>"), "{}");
    EXPECT_EQ(decoded(decode, {}, ""), "{}");
    EXPECT_NE(decoded(decode, {}, "<R>"), "{}");
    EXPECT_NE(decoded(decode, {{.name = "A", .shape = string}}, ""), "{}");
  }
}

TEST_F(XmlReplyTest, PagesOfHtmlAreNoAnswers) {
  EXPECT_EQ(decoded(&protocol::decode_ec2, {{.name = "A", .shape = string}}, "<HTML><body>Sign in</body></HTML>"),
            "The answer is a page of HTML, not the service's: something between here and there sent it.");
}

TEST_F(XmlReplyTest, ScalarsHaveTheModelsTypes) {
  const std::vector<Member> members{{.name = "S", .shape = string},
                                    {.name = "B", .shape = models.shape(Type::kBoolean)},
                                    {.name = "I", .shape = integer},
                                    {.name = "L", .shape = models.shape(Type::kLong)},
                                    {.name = "D", .shape = models.shape(Type::kDouble)},
                                    {.name = "F", .shape = models.shape(Type::kFloat)},
                                    {.name = "Bytes", .shape = models.shape(Type::kBlob)},
                                    {.name = "T", .shape = models.shape(Type::kTimestamp)}};
  EXPECT_EQ(ec2(members,
                "<S>1</S><B> true\n</B><I>-7</I><L>9223372036854775807</L><D>1.5</D><F>Infinity</F><Bytes>AP8=</Bytes>"
                "<T>2026-11-24T05:47:44.000Z</T>"),
            R"({"S":"1","B":true,"I":-7,"L":9223372036854775807,"D":1.5,"F":"Infinity","Bytes":"AP8=",)"
            R"("T":"2026-11-24T05:47:44Z"})");
}

TEST_F(XmlReplyTest, EmptyAndAbsentDiffer) {
  const std::vector<Member> members{{.name = "S", .shape = string},
                                    {.name = "I", .shape = integer},
                                    {.name = "T", .shape = models.shape(Type::kTimestamp)},
                                    {.name = "B", .shape = models.shape(Type::kBoolean)},
                                    {.name = "Bytes", .shape = models.shape(Type::kBlob)},
                                    {.name = "L", .shape = models.list_of(Type::kString)},
                                    {.name = "M", .shape = models.map_of(Type::kString)},
                                    {.name = "O", .shape = models.structure("O", {{.name = "A", .shape = string}})}};
  EXPECT_EQ(ec2(members, ""), "{}");
  EXPECT_EQ(ec2(members, "<S/><I/><T> </T><B/><Bytes/><L/><M/><O/>"), R"({"S":"","Bytes":"","L":[],"M":{},"O":{}})");
}

TEST_F(XmlReplyTest, NilIsAbsent) {
  const std::string nil = "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:nil='true'";
  EXPECT_EQ(ec2({{.name = "S", .shape = string}, {.name = "L", .shape = models.list_of(Type::kString)}},
                "<S " + nil + "/><L><i>a</i><i " + nil + "/></L>"),
            R"({"L":["a"]})");
}

TEST_F(XmlReplyTest, MembersComeInTheModelsOrderAndUnknownOnesAreLeftOut) {
  EXPECT_EQ(ec2({{.name = "A", .shape = string}, {.name = "B", .shape = string, .location_name = "bee"}},
                "<requestId>r</requestId><bee>2</bee><B>no</B><new><A>no</A></new><A>1</A>"),
            R"({"A":"1","B":"2"})");
}

TEST_F(XmlReplyTest, StringsKeepTheirWhiteSpace) {
  EXPECT_EQ(ec2({{.name = "A", .shape = string}, {.name = "B", .shape = string}}, "<A> x\n</A><B> </B>"),
            R"({"A":" x\n","B":" "})");
}

TEST_F(XmlReplyTest, OfOneThatStandsTwiceTheFirstCounts) {
  EXPECT_EQ(ec2({{.name = "A", .shape = string}}, "<A>1</A><A>2</A>"), R"({"A":"1"})");
}

TEST_F(XmlReplyTest, ListsTakeEveryChild) {
  EXPECT_EQ(ec2({{.name = "L", .shape = models.list_of(Type::kInteger)}}, "<L><item>1</item> <member>2</member></L>"),
            R"({"L":[1,2]})");
}

TEST_F(XmlReplyTest, FlattenedListsTakeEveryElementOfTheirElementsName) {
  const Shape* other = models.list({.shape = string, .location_name = "Nobody"});
  const Shape* named = models.list({.shape = string, .location_name = "Item"});
  EXPECT_EQ(ec2({{.name = "L", .shape = models.list_of(Type::kInteger), .flattened = true},
                 {.name = "Items", .shape = named, .flattened = true},
                 {.name = "None", .shape = other, .location_name = "Items", .flattened = true}},
                "<L>1</L><Item>a</Item><L>2</L><Items>no</Items><Item/><L>3</L>"),
            R"({"L":[1,2,3],"Items":["a",""]})");
}

TEST_F(XmlReplyTest, MapsOfEachForm) {
  const Shape* named = models.map({.shape = string, .location_name = "Name"}, {.shape = integer, .location_name = "V"});
  EXPECT_EQ(
      ec2({{.name = "M", .shape = models.map_of(Type::kString)},
           {.name = "F", .shape = named, .location_name = "Attr", .flattened = true}},
          "<M><entry><key>a</key><value>1</value></entry><entry><value/><key/></entry></M>"
          "<Attr><Name>x</Name><V>1</V></Attr><Attr><V>2</V><Name>y</Name></Attr><Attr><Name>x</Name><V>3</V></Attr>"),
      R"({"M":{"a":"1","":""},"F":{"x":3,"y":2}})");
  EXPECT_EQ(ec2({{.name = "M", .shape = models.map_of(Type::kString)}}, "<M><entry><value>1</value></entry></M>"),
            "The service's answer is not what its model promises: M must have a key in each entry.");
  EXPECT_EQ(ec2({{.name = "M", .shape = models.map_of(Type::kString)}}, "<M><entry><key>a</key></entry></M>"),
            R"({"M":{}})");
}

TEST_F(XmlReplyTest, FlattenedOnesAreNeverEmpty) {
  EXPECT_EQ(ec2({{.name = "L", .shape = models.list_of(Type::kInteger), .flattened = true},
                 {.name = "M", .shape = models.map_of(Type::kString), .flattened = true}},
                "<L/><M><key>a</key></M>"),
            "{}");
}

TEST_F(XmlReplyTest, AttributesAreMembersWhateverTheirPrefix) {
  const std::vector<Member> members{
      {.name = "Type", .shape = string, .location_name = "xsi:type", .xml_attribute = true},
      {.name = "Name", .shape = string}};
  const Shape* grantee = models.structure("Grantee", members);
  EXPECT_EQ(ec2({{.name = "G", .shape = grantee}},
                "<G xmlns:p='http://www.w3.org/2001/XMLSchema-instance' p:type='User'><Name>n</Name></G>"),
            R"({"G":{"Type":"User","Name":"n"}})");
}

TEST_F(XmlReplyTest, RecursiveShapesEndWithTheDocument) {
  Shape* node = models.structure("Node", {});
  models.set(*node, {{.name = "Next", .shape = node}, {.name = "All", .shape = models.list({.shape = node})}});
  EXPECT_EQ(ec2({{.name = "N", .shape = node}}, "<N><Next><Next/></Next><All><m/><m><All/></m></All></N>"),
            R"({"N":{"Next":{"Next":{}},"All":[{},{"All":[]}]}})");
  Shape* list = models.list_of(Type::kString);
  list->element = models.keep(Member{.shape = list, .flattened = true});
  list->flattened = true;
  EXPECT_EQ(ec2({{.name = "L", .shape = list, .flattened = true}}, "<L><L/></L><L/>"), R"({"L":[[[]],[]]})");
}

TEST_F(XmlReplyTest, WhatIsNotOfTheTypeIsNamedByItsPathAndNotEchoed) {
  const Shape* inner = models.structure("Inner", {{.name = "Count", .shape = integer, .location_name = "count"}});
  EXPECT_EQ(ec2({{.name = "Items", .shape = models.list({.shape = inner})}},
                "<Items><i><count>1</count></i><i><count>secret</count></i></Items>"),
            "The service's answer is not what its model promises: Items[1].Count must be of type integer.");
  for (const Type type : {Type::kBoolean, Type::kLong, Type::kDouble, Type::kTimestamp, Type::kBlob}) {
    EXPECT_EQ(ec2({{.name = "A", .shape = models.shape(type)}}, "<A>!secret!</A>"),
              "The service's answer is not what its model promises: A must be of type " +
                  std::string(aws_model::name(type)) + ".");
  }
}

TEST_F(XmlReplyTest, TwoMembersMayShareAnElement) {
  EXPECT_EQ(
      ec2({{.name = "A", .shape = string, .location_name = "x"}, {.name = "B", .shape = string, .location_name = "x"}},
          "<x>1</x>"),
      R"({"A":"1","B":"1"})");
}

TEST_F(XmlReplyTest, LargeAnswersAreReadWhole) {
  std::string body = "<r><L>";
  for (int i = 0; i < 100'000; ++i) body += "<i>" + std::to_string(i) + "</i>";
  json::Object output;
  Operation operation{.name = "Get"};
  operation.output = models.structure("R", {{.name = "L", .shape = models.list_of(Type::kInteger)}});
  ASSERT_TRUE(protocol::decode_ec2(Service{}, operation, Reply{.body = body + "</L></r>"}, output));
  ASSERT_EQ(output.at("L").as_array().size(), 100'000U);
  EXPECT_EQ(output.at("L").as_array().back(), 99'999);
  EXPECT_FALSE(protocol::decode_ec2(Service{}, operation, Reply{.body = body}, output)) << "cut";
}

}  // namespace
}  // namespace aws_wire::testing
