#include <gtest/gtest.h>

#include "aws_wire/xml_test_support.h"

namespace aws_wire::testing {
namespace {

class XmlErrorTest : public ::testing::Test {
 protected:
  ServiceError error(std::string_view body, int status = 400, net::Headers headers = {}) {
    return protocol::error_xml(Service{}, operation,
                               Reply{.status = status, .headers = std::move(headers), .body = std::string(body)});
  }
  // "code|message|request id"
  std::string shown(std::string_view body, int status = 400, net::Headers headers = {}) {
    const ServiceError found = error(body, status, std::move(headers));
    return found.code + "|" + found.message + "|" + found.request_id;
  }
  const Shape* raises(std::string_view name, std::vector<Member> members, std::string_view code = {}) {
    Shape* shape = models.structure(name, std::move(members));
    shape->is_exception = true;
    shape->error_code = code;
    raised.push_back(shape);
    operation.errors = raised;
    return shape;
  }

  Models models;
  const Shape* string = models.shape(Type::kString);
  std::vector<const Shape*> raised;
  Operation operation{.name = "Get"};
};

TEST_F(XmlErrorTest, OfQueryAndRestXml) {
  EXPECT_EQ(
      shown("<ErrorResponse xmlns='u'><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>The user</Message>"
            "</Error><RequestId>r-1</RequestId></ErrorResponse>"),
      "NoSuchEntity|The user|r-1");
}

TEST_F(XmlErrorTest, OfEc2AndSimpleDb) {
  EXPECT_EQ(shown("<?xml version='1.0'?><Response><Errors><Error><Code>InvalidVpcID.NotFound</Code>"
                  "<Message>The vpc ID</Message></Error><Error><Code>Second</Code></Error></Errors>"
                  "<RequestID>r-2</RequestID></Response>"),
            "InvalidVpcID.NotFound|The vpc ID|r-2");
}

TEST_F(XmlErrorTest, OfS3) {
  EXPECT_EQ(
      shown("<?xml version=\"1.0\"?>\n<Error><Code>NoSuchKey</Code><Message>The key\nis gone </Message><Key>k</Key>"
            "<RequestId>r-3</RequestId><HostId>h</HostId></Error>",
            404),
      "NoSuchKey|The key\nis gone |r-3");
}

TEST_F(XmlErrorTest, OfFrontEnds) {
  EXPECT_EQ(shown("<AccessDeniedException>\n  <Message>Unable to</Message>\n</AccessDeniedException>", 403),
            "AccessDeniedException|Unable to|");
  EXPECT_EQ(shown("<UnknownOperationException/>", 404), "UnknownOperationException||");
}

TEST_F(XmlErrorTest, RequestIdsFromHeaders) {
  net::Headers headers;
  headers.add("X-Amz-Request-Id", "h-1");
  EXPECT_EQ(shown("<Error><Code>C</Code></Error>", 400, headers), "C||h-1");
  headers.add("x-amzn-RequestId", "h-2");
  EXPECT_EQ(shown("", 404, headers), "404|Not Found|h-2");
  EXPECT_EQ(shown("<ErrorResponse><Error><Code>C</Code></Error><RequestId>b</RequestId></ErrorResponse>", 400, headers),
            "C||b");
}

TEST_F(XmlErrorTest, WithoutAnErrorInTheBodyTheStatusIsTheCode) {
  EXPECT_EQ(shown("", 404), "404|Not Found|");
  EXPECT_EQ(shown("", 301), "301|Moved Permanently|");
  EXPECT_EQ(shown("<html><body>Bad gateway</body></html>", 502), "502|Bad Gateway|");
  EXPECT_EQ(shown("<ErrorResponse><Error><Code>Cut</Code>", 503), "503|Service Unavailable|");
  EXPECT_EQ(shown("{\"message\":\"JSON\"}", 403), "403|Forbidden|");
  EXPECT_EQ(shown("<Response/>", 599), "599||");
  EXPECT_EQ(shown("<Error><Message>only</Message></Error>", 400), "400|only|");
}

TEST_F(XmlErrorTest, ShapesByCodeOrName) {
  const Shape* by_name = raises("NoSuchKey", {});
  const Shape* by_code = raises("NoSuchEntityException", {}, "NoSuchEntity");
  EXPECT_EQ(error("<Error><Code>NoSuchKey</Code></Error>").shape, by_name);
  EXPECT_EQ(error("<Error><Code>NoSuchEntity</Code></Error>").shape, by_code);
  EXPECT_EQ(error("<Error><Code>NoSuchEntityException</Code></Error>").shape, by_code);
  EXPECT_EQ(error("<Error><Code>Other</Code></Error>").shape, nullptr);
}

TEST_F(XmlErrorTest, MembersOfTheShape) {
  raises("InvalidObjectState", {{.name = "StorageClass", .shape = string},
                                {.name = "Days", .shape = models.shape(Type::kInteger)},
                                {.name = "message", .shape = string}});
  const ServiceError found = error(
      "<Error><Code>InvalidObjectState</Code><Message>cold</Message><StorageClass>GLACIER</StorageClass><Days>3</Days>"
      "<Other>x</Other></Error>");
  EXPECT_EQ(text_of(found.members), R"({"StorageClass":"GLACIER","Days":3,"message":"cold"})");
}

TEST_F(XmlErrorTest, MembersInHeaders) {
  raises("Busy",
         {{.name = "RetryAfter", .shape = string, .location_name = "Retry-After", .location = Location::kHeader},
          {.name = "Hint", .shape = string}});
  net::Headers headers;
  headers.add("retry-after", "30");
  const ServiceError found = error("<Error><Code>Busy</Code><Hint>h</Hint></Error>", 429, headers);
  EXPECT_EQ(text_of(found.members), R"({"RetryAfter":"30","Hint":"h"})");
}

TEST_F(XmlErrorTest, SensitiveMembersAreLeftOut) {
  Shape secret;
  secret.sensitive = true;
  const Shape* sensitive = models.of(Type::kString, secret);
  const Shape* inner =
      models.structure("Inner", {{.name = "Secret", .shape = sensitive}, {.name = "Open", .shape = string}});
  raises("Denied", {{.name = "Token", .shape = sensitive},
                    {.name = "Hint", .shape = string},
                    {.name = "In", .shape = inner},
                    {.name = "All", .shape = models.list({.shape = inner})}});
  const ServiceError found = error(
      "<Error><Code>Denied</Code><Token>s</Token><Hint>h</Hint><In><Secret>s</Secret><Open>o</Open></In>"
      "<All><i><Secret>s</Secret></i></All></Error>");
  EXPECT_EQ(json::Value(found.members), value_of(R"({"Hint":"h","In":{"Open":"o"},"All":[{}]})"));
}

TEST_F(XmlErrorTest, MembersThatCannotBeReadDoNotHideTheError) {
  raises("Slow", {{.name = "Seconds", .shape = models.shape(Type::kInteger)}});
  const ServiceError found = error("<Error><Code>Slow</Code><Message>m</Message><Seconds>soon</Seconds></Error>");
  EXPECT_EQ(found.code, "Slow");
  EXPECT_EQ(found.message, "m");
  EXPECT_EQ(text_of(found.members), "{}");
}

}  // namespace
}  // namespace aws_wire::testing
