#include <gtest/gtest.h>

#include "aws_wire/xml_test_support.h"

namespace aws_wire::testing {
namespace {

class RestXmlTest : public ::testing::Test {
 protected:
  Request encoded(const Operation& operation, std::string_view input, const Service& service = {},
                  Request request = {}) {
    EXPECT_TRUE(protocol::encode_rest_xml(service, operation, object_of(input), request));
    return request;
  }
  // The members in <In>...</In>.
  std::string body(std::vector<Member> members, std::string_view input) {
    Operation operation{.name = "Put", .input_as_member = {.location_name = "In"}};
    operation.input = models.structure("PutRequest", std::move(members));
    return encoded(operation, input).body;
  }
  Operation with_payload(Member member, bool output = false) {
    Shape* shape = models.structure("PutRequest", {std::move(member)});
    shape->payload = shape->members.data();
    Operation operation{.name = "Put"};
    (output ? operation.output : operation.input) = shape;
    return operation;
  }
  std::string decoded(const Operation& operation, std::string_view body, bool went_elsewhere = false) {
    json::Object output;
    const base::Result<void> result = protocol::decode_rest_xml(
        Service{}, operation, Reply{.status = 200, .body = std::string(body), .body_went_elsewhere = went_elsewhere},
        output);
    return result ? text_of(output) : result.error().message;
  }

  Models models;
  const Shape* string = models.shape(Type::kString);
};

TEST_F(RestXmlTest, MembersWithoutALocationAreTheBody) {
  const std::vector<Member> members{{.name = "Id", .shape = string, .location = Location::kUri},
                                    {.name = "A", .shape = string},
                                    {.name = "Q", .shape = string, .location = Location::kQuery},
                                    {.name = "H", .shape = string, .location = Location::kHeader},
                                    {.name = "B", .shape = models.shape(Type::kInteger), .location_name = "bee"}};
  EXPECT_EQ(body(members, R"({"B":2,"A":"x<y","Id":"i","Q":"q","H":"h"})"), "<In><A>x&lt;y</A><bee>2</bee></In>");
  EXPECT_EQ(body(members, R"({"Id":"i"})"), "") << "no member of the body, no body";
}

TEST_F(RestXmlTest, TheRootsNameAndNamespace) {
  const std::vector<Member> members{{.name = "A", .shape = string}};
  Operation operation{.name = "Put"};
  operation.input = models.structure("PutRequest", members);
  EXPECT_EQ(encoded(operation, R"({"A":""})").body, "<PutRequest><A/></PutRequest>");
  operation.input_as_member = {.location_name = "Root", .xml_namespace = {"", "urn:op"}};
  EXPECT_EQ(encoded(operation, R"({"A":""})").body, "<Root xmlns=\"urn:op\"><A/></Root>");
  const Service service{.xml_namespace = {"", "urn:service"}};
  EXPECT_EQ(encoded(operation, R"({"A":""})", service).body, "<Root xmlns=\"urn:op\"><A/></Root>");
  operation.input_as_member.xml_namespace = {};
  EXPECT_EQ(encoded(operation, R"({"A":""})", service).body, "<Root xmlns=\"urn:service\"><A/></Root>");
}

TEST_F(RestXmlTest, TheContentTypeIsXmlUnlessGiven) {
  Operation operation{.name = "Put"};
  operation.input = models.structure("PutRequest", {{.name = "A", .shape = string}});
  EXPECT_EQ(encoded(operation, R"({"A":"x"})").headers.get("content-type"), "application/xml");
  EXPECT_EQ(encoded(operation, "{}").headers.get("content-type"), std::nullopt);
  Request given;
  given.headers.set("content-type", "text/xml");
  EXPECT_EQ(encoded(operation, R"({"A":"x"})", {}, given).headers.get("content-type"), "text/xml");
}

TEST_F(RestXmlTest, PayloadStructuresAreTheWholeBody) {
  const Shape* config = models.structure("Config", {{.name = "A", .shape = string}});
  Operation operation =
      with_payload({.name = "Configuration", .shape = config, .location_name = "Conf", .xml_namespace = {"", "urn:c"}});
  EXPECT_EQ(encoded(operation, R"({"Configuration":{"A":"x"}})").body, "<Conf xmlns=\"urn:c\"><A>x</A></Conf>");
  EXPECT_EQ(encoded(operation, R"({"Configuration":{}})").body, "<Conf xmlns=\"urn:c\"/>");
  EXPECT_EQ(encoded(operation, "{}").body, "");
  operation = with_payload({.name = "Configuration", .shape = config});
  EXPECT_EQ(encoded(operation, R"({"Configuration":{"A":"x"}})").body, "<Config><A>x</A></Config>");
}

TEST_F(RestXmlTest, PayloadBytesAndTextGoAsTheyAre) {
  const Operation blob = with_payload({.name = "Body", .shape = models.shape(Type::kBlob)});
  EXPECT_EQ(encoded(blob, R"({"Body":"AP8="})").body, std::string("\0\xFF", 2));
  EXPECT_EQ(encoded(blob, R"({"Body":"AP8="})").headers.get("content-type"), std::nullopt);
  EXPECT_EQ(encoded(blob, "{}").body, "");
  const Operation text = with_payload({.name = "Policy", .shape = string});
  EXPECT_EQ(encoded(text, R"({"Policy":"{\"a\":\"<b>\"}"})").body, R"({"a":"<b>"})");
  Request streams;
  streams.body_streams = true;
  EXPECT_EQ(encoded(blob, R"({"Body":"AP8="})", {}, streams).body, "");
}

TEST_F(RestXmlTest, Lists) {
  const Shape* plain = models.list_of(Type::kInteger);
  const Shape* named = models.list({.shape = string, .location_name = "Item"});
  const std::vector<Member> members{{.name = "L", .shape = plain},
                                    {.name = "N", .shape = named, .location_name = "Names"},
                                    {.name = "F", .shape = named, .location_name = "Flat", .flattened = true}};
  EXPECT_EQ(body(members, R"({"L":[1,2],"N":["a"],"F":["x",null,""]})"),
            "<In><L><member>1</member><member>2</member></L><Names><Item>a</Item></Names><Flat>x</Flat><Flat/></In>");
  EXPECT_EQ(body(members, R"({"L":[],"N":[],"F":[]})"), "<In><L/><Names/></In>");
}

TEST_F(RestXmlTest, Maps) {
  const Shape* named = models.map({.shape = string, .location_name = "K"}, {.shape = string, .location_name = "V"});
  const std::vector<Member> members{{.name = "M", .shape = models.map_of(Type::kInteger)},
                                    {.name = "F", .shape = named, .location_name = "Flat", .flattened = true}};
  EXPECT_EQ(body(members, R"({"M":{"a":1},"F":{"b":"2","c":"3"}})"),
            "<In><M><entry><key>a</key><value>1</value></entry></M>"
            "<Flat><K>b</K><V>2</V></Flat><Flat><K>c</K><V>3</V></Flat></In>");
  EXPECT_EQ(body(members, R"({"M":{},"F":{}})"), "<In><M/></In>");
}

TEST_F(RestXmlTest, AttributesStandInTheTagWhereverTheModelHasThem) {
  const Shape* grantee = models.structure(
      "Grantee", {{.name = "Name", .shape = string},
                  {.name = "Type", .shape = string, .location_name = "xsi:type", .xml_attribute = true}});
  EXPECT_EQ(body({{.name = "G", .shape = grantee, .xml_namespace = {"xsi", "urn:xsi"}}},
                 R"({"G":{"Name":"n","Type":"User"}})"),
            "<In><G xmlns:xsi=\"urn:xsi\" xsi:type=\"User\"><Name>n</Name></G></In>");
}

TEST_F(RestXmlTest, LocationsBelowTheInputMeanNothing) {
  const Shape* inner = models.structure("Inner", {{.name = "H", .shape = string, .location = Location::kHeader}});
  EXPECT_EQ(body({{.name = "I", .shape = inner}}, R"({"I":{"H":"x"}})"), "<In><I><H>x</H></I></In>");
}

TEST_F(RestXmlTest, ScalarsOfEachType) {
  const std::vector<Member> members{
      {.name = "B", .shape = models.shape(Type::kBoolean)},
      {.name = "D", .shape = models.shape(Type::kDouble)},
      {.name = "Bytes", .shape = models.shape(Type::kBlob)},
      {.name = "T", .shape = models.shape(Type::kTimestamp)},
      {.name = "R", .shape = models.shape(Type::kTimestamp), .timestamp_format = TimestampFormat::kRfc822}};
  EXPECT_EQ(body(members, R"({"B":false,"D":0.1,"Bytes":"AP8=","T":0,"R":0})"),
            "<In><B>false</B><D>0.1</D><Bytes>AP8=</Bytes><T>1970-01-01T00:00:00Z</T>"
            "<R>Thu, 01 Jan 1970 00:00:00 GMT</R></In>");
}

TEST_F(RestXmlTest, AnswersAreTheirRootsMembers) {
  Operation operation{.name = "Get"};
  operation.output = models.structure("GetResult", {{.name = "Id", .shape = string, .location = Location::kHeader},
                                                    {.name = "A", .shape = string},
                                                    {.name = "U", .shape = string, .location = Location::kUri}});
  EXPECT_EQ(decoded(operation, "<?xml version='1.0'?>\n<Any xmlns='u'><A>x</A><Id>no</Id><U>u</U></Any>"),
            R"({"A":"x","U":"u"})");
  EXPECT_EQ(decoded(operation, ""), "{}");
  EXPECT_NE(decoded(operation, "<Any><A>x</A>").find("not well-formed"), std::string::npos);
  EXPECT_NE(decoded(operation, "<html/>").find("HTML"), std::string::npos);
}

TEST_F(RestXmlTest, AnswersWithoutMembersInTheBodyAreNotRead) {
  Operation operation{.name = "Put"};
  EXPECT_EQ(decoded(operation, "anything"), "{}");
  operation.output = models.structure("PutResult", {{.name = "ETag", .shape = string, .location = Location::kHeader}});
  EXPECT_EQ(decoded(operation, "anything"), "{}");
}

TEST_F(RestXmlTest, PayloadsOfAnswers) {
  const Shape* config = models.structure("Config", {{.name = "A", .shape = string}});
  const Operation structure = with_payload({.name = "Configuration", .shape = config}, true);
  EXPECT_EQ(decoded(structure, "<Whatever><A>x</A></Whatever>"), R"({"Configuration":{"A":"x"}})");
  EXPECT_EQ(decoded(structure, ""), "{}");
  const Operation blob = with_payload({.name = "Body", .shape = models.shape(Type::kBlob)}, true);
  EXPECT_EQ(decoded(blob, std::string("\0\xFF", 2)), R"({"Body":"AP8="})");
  EXPECT_EQ(decoded(blob, ""), R"({"Body":""})");
  EXPECT_EQ(decoded(blob, "", true), "{}");
  const Operation text = with_payload({.name = "Policy", .shape = string}, true);
  EXPECT_EQ(decoded(text, R"({"a":1})"), R"({"Policy":"{\"a\":1}"})");
  EXPECT_EQ(decoded(text, "\xFF"), "The service's answer is not what its model promises: Policy must be UTF-8.");
}

}  // namespace
}  // namespace aws_wire::testing
