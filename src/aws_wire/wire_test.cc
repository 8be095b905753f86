#include "aws_wire/wire.h"

#include <limits>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "aws_model/library.h"
#include "aws_wire/json_body.h"
#include "aws_wire/model_test_support.h"
#include "base/text.h"
#include "json/encode.h"

namespace aws_wire {
namespace {

using aws_model::Operation;
using aws_model::Service;
using aws_model::Shape;

// A service out of the parts that a test is about: its protocol, its one operation, its shapes.
struct Wire : testing::Test {
  std::shared_ptr<const Service> service;

  void speaks(std::string_view metadata, std::string_view operation, std::string_view shapes) {
    const std::string model =
        fmt::format(R"({{"metadata": {{"apiVersion": "1", "endpointPrefix": "x", "serviceId": "X", {}}},
                         "operations": {{"Do": {{"name": "Do", {}}}}},
                         "shapes": {{"String": {{"type": "string"}}, "Long": {{"type": "long"}},
                                     "Double": {{"type": "double"}}, "Float": {{"type": "float"}},
                                     "Time": {{"type": "timestamp"}}, "Blob": {{"type": "blob"}},
                                     "Bool": {{"type": "boolean"}}, "Int": {{"type": "integer"}}, {}}}}})",
                    metadata, operation, shapes);
    auto read = aws_model::read_service("x", parsed(model), {}, {});
    ASSERT_TRUE(read) << read.error().message;
    service = *read;
  }
  const Operation& operation() { return service->operations.front(); }
  base::Result<Request> sent(std::string_view input) { return encode(*service, operation(), parsed(input)); }
  std::string read(std::string_view body) {
    Reply reply{200, {}, std::string(body)};
    const auto output = decode(*service, operation(), reply);
    return output ? json::encode(*output) : output.error().message;
  }
};

constexpr std::string_view kJson = R"("protocol": "json", "jsonVersion": "1.1", "targetPrefix": "Target_1")";
constexpr std::string_view kRestJson = R"("protocol": "rest-json")";
constexpr std::string_view kPost = R"("http": {"method": "POST", "requestUri": "/"})";
constexpr std::string_view kBoth = R"("http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "All"},
    "output": {"shape": "All"})";
constexpr std::string_view kAll = R"("All": {"type": "structure", "members": {
    "S": {"shape": "String"}, "L": {"shape": "Long"}, "I": {"shape": "Int"}, "D": {"shape": "Double"},
    "T": {"shape": "Time"}, "Iso": {"shape": "Time", "timestampFormat": "iso8601"},
    "Http": {"shape": "Time", "timestampFormat": "rfc822"}, "B": {"shape": "Blob"}, "Flag": {"shape": "Bool"},
    "Renamed": {"shape": "String", "locationName": "re-named"}, "List": {"shape": "Strings"},
    "Sparse": {"shape": "Nullable"}, "Map": {"shape": "Map"}, "Any": {"shape": "Any"}, "Again": {"shape": "All"},
    "Policy": {"shape": "String", "jsonvalue": true}}},
  "Strings": {"type": "list", "member": {"shape": "String"}},
  "Nullable": {"type": "list", "member": {"shape": "String"}, "sparse": true},
  "Map": {"type": "map", "key": {"shape": "String"}, "value": {"shape": "Long"}},
  "Any": {"type": "structure", "document": true, "members": {}})";

TEST_F(Wire, JsonRequest) {
  speaks(kJson, kBoth, kAll);
  const Request request =
      sent(R"({"S": "a\"ü\n", "L": 9007199254740993, "I": 5.0, "D": 1, "T": "2026-11-24T05:47:44.5Z",
      "Iso": 1795499264, "Http": 1795499264, "B": "Zm9v", "Flag": false, "Renamed": "x", "List": [], "Sparse": [null],
      "Map": {"a": 1, "b": null}, "Any": {"x": [null, 1.5]}, "Again": {"Again": {}}, "Policy": {"v": 1}})")
          .value();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/");
  EXPECT_EQ(request.query, "");
  EXPECT_EQ(request.headers.get("X-Amz-Target"), "Target_1.Do");
  EXPECT_EQ(request.headers.get("Content-Type"), "application/x-amz-json-1.1");
  EXPECT_FALSE(request.headers.get("x-amzn-query-mode"));
  EXPECT_EQ(request.body,
            R"({"S":"a\"ü\n","L":9007199254740993,"I":5,"D":1,"T":1795499264.5,"Iso":"2026-11-24T05:47:44Z",)"
            R"("Http":"Tue, 24 Nov 2026 05:47:44 GMT","B":"Zm9v","Flag":false,"re-named":"x","List":[],)"
            R"("Sparse":[null],"Map":{"a":1},"Any":{"x":[null,1.5]},"Again":{"Again":{}},"Policy":"{\"v\":1}"})");
  EXPECT_EQ(sent(R"({"S": null})").value().body, "{}");
  EXPECT_EQ(sent(R"({"Policy": "{ \"v\": 1 }"})").value().body, R"({"Policy":"{ \"v\": 1 }"})") << "a text stays";
}

TEST_F(Wire, JsonRequestOfAnOperationThatTakesNothing) {
  speaks(R"("protocol": "json", "jsonVersion": "1.0", "targetPrefix": "T", "awsQueryCompatible": {})", kPost,
         R"("None": {"type": "structure", "members": {}})");
  const Request request = sent("{}").value();
  EXPECT_EQ(request.body, "{}");
  EXPECT_EQ(request.headers.get("Content-Type"), "application/x-amz-json-1.0");
  EXPECT_EQ(request.headers.get("x-amzn-query-mode"), "true");
  EXPECT_EQ(read("{\"anything\": 1}"), "{}");
}

TEST_F(Wire, JsonAnswer) {
  speaks(kJson, kBoth, kAll);
  EXPECT_EQ(read(R"({"S": "x", "L": 9007199254740993, "D": 3, "T": 1795499264.123, "Iso": "2026-11-24T05:47:44Z",
                     "Http": 1795499264, "B": "Zm9v", "re-named": "y", "Sparse": [null, "a"], "List": ["b", null],
                     "Map": {"a": 1, "b": null}, "Any": [{"x": null}], "Again": {"Flag": true}, "new": {"z": 1},
                     "Renamed": "not this", "__type": "x"})"),
            R"({"S":"x","L":9007199254740993,"D":3,"T":"2026-11-24T05:47:44.123Z","Iso":"2026-11-24T05:47:44Z",)"
            R"("Http":"2026-11-24T05:47:44Z","B":"Zm9v","Renamed":"y","List":["b"],"Sparse":[null,"a"],)"
            R"("Map":{"a":1},"Any":[{"x":null}],"Again":{"Flag":true}})");
  EXPECT_EQ(read(""), "{}");
  EXPECT_EQ(read("{}"), "{}");
  EXPECT_EQ(read("null"), "{}");
  EXPECT_EQ(read(R"({"re-named": "y"})"), R"({"Renamed":"y"})");
  EXPECT_EQ(read(R"({"Renamed": "not this"})"), "{}");
  EXPECT_EQ(read(R"({"new": 1})"), "{}");
  EXPECT_EQ(read(R"({"S": null})"), "{}");
  EXPECT_EQ(read(R"({"D": "NaN"})"), R"({"D":"NaN"})");
}

TEST_F(Wire, AnswersAreReadKindlyWhereServicesAreLoose) {
  speaks(kJson, kBoth, kAll);
  EXPECT_EQ(read(R"({"S": 5, "L": "7", "I": 3.0, "D": "1.5", "B": "Zm9\nvZg", "Flag": "true", "T": "1795499264"})"),
            R"({"S":"5","L":7,"I":3,"D":1.5,"T":"2026-11-24T05:47:44Z","B":"Zm9vZg==","Flag":true})");
}

TEST_F(Wire, AnswersThatAreNotAsPromisedAreToldWithTheirPath) {
  speaks(kJson, kBoth, kAll);
  const std::string begins = "The service's answer is not what its model promises: ";
  EXPECT_EQ(read(R"({"Again": {"List": ["a", {}]}})"), begins + "Again.List[1] is no string.");
  EXPECT_EQ(read(R"({"Map": {"a b": "x"}})"), begins + "Map[\"a b\"] is no long.");
  EXPECT_EQ(read(R"({"I": 1.5})"), begins + "I is no integer.");
  EXPECT_EQ(read(R"({"T": "soon"})"), begins + "T is no timestamp.");
  EXPECT_EQ(read(R"({"Again": []})"), begins + "Again must be an object.");
  EXPECT_EQ(read("[]"), begins + "it must be an object.");
  EXPECT_NE(read("<html>").find("is not what its protocol promises"), std::string::npos);
  EXPECT_NE(read(R"({"S": "x"} x)").find("is not what its protocol promises"), std::string::npos);
}

TEST_F(Wire, AnswersMayNestDeeperThanOurOwn) {
  speaks(kJson, kBoth, kAll);
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "{\"Again\":";
  const std::string ends(100, '}');
  EXPECT_EQ(read(deep + "{}" + ends), deep + "{}" + ends);
  EXPECT_NE(read(deep + deep + "{}" + ends + ends).find("nested too deeply"), std::string::npos);
}

TEST_F(Wire, RestJsonBindsAndHasTheRestAsBody) {
  speaks(kRestJson,
         R"("http": {"method": "PUT", "requestUri": "/things/{id}?v=2"}, "input": {"shape": "In"},
            "output": {"shape": "Out"})",
         R"("In": {"type": "structure", "required": ["Id"], "members": {
              "Id": {"shape": "String", "location": "uri", "locationName": "id"},
              "Page": {"shape": "Int", "location": "querystring", "locationName": "page"},
              "Token": {"shape": "String", "location": "header", "locationName": "x-token"},
              "Name": {"shape": "String", "locationName": "name"}}},
            "Out": {"type": "structure", "members": {
              "Status": {"shape": "Int", "location": "statusCode"},
              "Next": {"shape": "String", "location": "header", "locationName": "x-next"},
              "Name": {"shape": "String", "locationName": "name"}}})");
  const Request request = sent(R"({"Id": "a/b", "Page": 3, "Token": "t", "Name": "n"})").value();
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.path, "/things/a%2Fb");
  EXPECT_EQ(request.query, "v=2&page=3");
  EXPECT_EQ(request.headers.get("x-token"), "t");
  EXPECT_EQ(request.headers.get("Content-Type"), "application/json");
  EXPECT_EQ(request.body, R"({"name":"n"})");
  EXPECT_EQ(sent(R"({"Id": "a"})").value().body, "{}") << "a body that could have members is never empty";

  Reply reply{201, {}, R"({"name": "n", "x-next": "no"})"};
  reply.headers.add("X-Next", "page");
  EXPECT_EQ(decode(*service, operation(), reply).value(), parsed(R"({"Status": 201, "Next": "page", "Name": "n"})"));
}

TEST_F(Wire, RestJsonWithoutABodyHasNoContentType) {
  speaks(
      kRestJson, R"("http": {"method": "GET", "requestUri": "/{id}"}, "input": {"shape": "In"})",
      R"("In": {"type": "structure", "members": {"Id": {"shape": "String", "location": "uri", "locationName": "id"}}})");
  const Request request = sent(R"({"Id": "a"})").value();
  EXPECT_EQ(request.body, "");
  EXPECT_FALSE(request.headers.get("Content-Type"));
  EXPECT_FALSE(request.body_streams);
}

constexpr std::string_view kPayload = R"("http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "In"},
    "output": {"shape": "In"})";

TEST_F(Wire, RestJsonPayloads) {
  speaks(kRestJson, kPayload,
         R"("In": {"type": "structure", "payload": "Body", "members": {"Body": {"shape": "Inner"},
                   "Name": {"shape": "String", "location": "header", "locationName": "x-name"}}},
            "Inner": {"type": "structure", "members": {"A": {"shape": "String"}}})");
  EXPECT_EQ(sent(R"({"Body": {"A": "x"}, "Name": "n"})").value().body, R"({"A":"x"})");
  EXPECT_EQ(sent("{}").value().body, "{}");
  EXPECT_EQ(read(R"({"A": "x"})"), R"({"Body":{"A":"x"}})");
  EXPECT_EQ(read(""), "{}");
  EXPECT_FALSE(answer_streams(operation()));
}

TEST_F(Wire, StreamsAreTheirBytes) {
  speaks(kRestJson, kPayload,
         R"("In": {"type": "structure", "payload": "Body", "members": {"Body": {"shape": "Stream"}}},
            "Stream": {"type": "blob", "streaming": true})");
  EXPECT_EQ(sent(R"({"Body": "AP8="})").value().body, std::string("\x00\xff", 2));
  EXPECT_FALSE(sent(R"({"Body": "AP8="})").value().headers.get("Content-Type"));
  EXPECT_FALSE(sent(R"({"Body": "AP8="})").value().body_streams);
  EXPECT_TRUE(sent("{}").value().body_streams);
  EXPECT_TRUE(answer_streams(operation()));
  EXPECT_EQ(read(std::string_view("\x00\xff", 2)), R"({"Body":"AP8="})");
  EXPECT_EQ(read(""), R"({"Body":""})");
  Reply elsewhere;
  elsewhere.status = 200;
  elsewhere.body_went_elsewhere = true;
  EXPECT_EQ(decode(*service, operation(), elsewhere).value(), parsed("{}"));
}

TEST_F(Wire, TextPayloadsAreTheirText) {
  speaks(kRestJson, kPayload,
         R"("In": {"type": "structure", "payload": "Body", "members": {"Body": {"shape": "String"}}})");
  EXPECT_EQ(sent(R"({"Body": "plain \"text\""})").value().body, "plain \"text\"");
  EXPECT_EQ(read("plain \"text\""), R"({"Body":"plain \"text\""})");
  EXPECT_NE(read("\xff").find("UTF-8"), std::string::npos);
}

TEST_F(Wire, HostPrefixes) {
  speaks(kJson, R"("http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "In"},
                   "endpoint": {"hostPrefix": "data-{Account}."})",
         R"("In": {"type": "structure", "members": {"Account": {"shape": "String", "hostLabel": true}}})");
  const Request request = sent(R"({"Account": "123"})").value();
  EXPECT_EQ(request.host_prefix, "data-123.");
  EXPECT_EQ(request.body, R"({"Account":"123"})") << "a label of the host stays in the body";
  EXPECT_EQ(sent("{}").error().fields.at(0).pointer, "Account");
}

TEST_F(Wire, EventStreamsAreRefusedBothWays) {
  constexpr std::string_view kShapes =
      R"("In": {"type": "structure", "members": {"Events": {"shape": "Events"}}},
         "Events": {"type": "structure", "eventstream": true, "members": {"E": {"shape": "E"}}},
         "E": {"type": "structure", "event": true, "members": {}})";
  for (const std::string_view place : {"input", "output"}) {
    speaks(kJson, fmt::format(R"("http": {{"method": "POST", "requestUri": "/"}}, "{}": {{"shape": "In"}})", place),
           kShapes);
    const auto request = sent("{}");
    ASSERT_FALSE(request) << place;
    EXPECT_EQ(request.error().code, base::Code::kInvalid);
    EXPECT_NE(request.error().message.find("event stream"), std::string::npos);
  }
}

// --- errors

struct Errors : Wire {
  ServiceError error_of(std::string_view body, std::vector<net::Header> headers = {}) {
    Reply reply{400, {}, std::string(body)};
    for (net::Header& header : headers) reply.headers.add(header.name, header.value);
    return decode_error(*service, operation(), reply);
  }
  void errs(std::string_view metadata) {
    speaks(metadata,
           R"("http": {"method": "POST", "requestUri": "/"}, "errors": [{"shape": "Busy"}, {"shape": "Gone"}])",
           R"("Busy": {"type": "structure", "exception": true, "members": {
                "message": {"shape": "String"}, "Wait": {"shape": "Int", "locationName": "wait"},
                "After": {"shape": "Int", "location": "header", "locationName": "x-after"},
                "Secret": {"shape": "Secret"}, "Details": {"shape": "Details"}}},
              "Gone": {"type": "structure", "exception": true, "error": {"code": "ResourceGone"}, "members": {}},
              "Secret": {"type": "string", "sensitive": true},
              "Details": {"type": "list", "member": {"shape": "Detail"}},
              "Detail": {"type": "structure", "members": {"Key": {"shape": "Secret"}, "Name": {"shape": "String"}}})");
  }
};

TEST_F(Errors, TheCodeWhereverItStands) {
  for (const std::string_view metadata : {kJson, kRestJson}) {
    errs(metadata);
    for (const std::string_view written : {"Busy", "com.amazon.x#Busy", "Busy:http://internal/", "x#Busy:http://a#b"}) {
      EXPECT_EQ(error_of(json::encode(json::Value{{"__type", written}})).code, "Busy") << written;
      EXPECT_EQ(error_of(json::encode(json::Value{{"code", written}})).code, "Busy") << written;
      EXPECT_EQ(error_of("{}", {{"X-Amzn-ErrorType", std::string(written)}}).code, "Busy") << written;
    }
    ASSERT_NE(error_of(R"({"__type": "Busy"})").shape, nullptr);
    EXPECT_EQ(error_of(R"({"__type": "Busy"})").shape->name, "Busy");
    EXPECT_EQ(error_of(R"({"__type": "ResourceGone"})").shape->name, "Gone") << "by the code of its model";
    EXPECT_EQ(error_of(R"({"__type": "New"})").shape, nullptr);
    EXPECT_EQ(error_of("{}").code, "");
  }
}

TEST_F(Errors, MessageMembersAndRequestId) {
  errs(kRestJson);
  const ServiceError error =
      error_of(R"({"__type": "Busy", "message": "too much", "wait": 5, "Secret": "hunter2", "new": 1,
                   "Details": [{"Key": "hunter2", "Name": "n"}]})",
               {{"x-amzn-RequestId", "id-1"}, {"X-After", "7"}});
  EXPECT_EQ(error.message, "too much");
  EXPECT_EQ(error.request_id, "id-1");
  EXPECT_EQ(json::Value(error.members),
            parsed(R"({"message": "too much", "Wait": 5, "After": 7, "Details": [{"Name": "n"}]})"))
      << "what is sensitive is left out, at any depth";
  EXPECT_EQ(error_of(R"({"Message": "M"})").message, "M");
  EXPECT_EQ(error_of("{}", {{"x-amzn-error-message", "H"}}).message, "H");
}

TEST_F(Errors, ABodyThatIsNoneOfTheServices) {
  errs(kJson);
  const ServiceError page = error_of("<html>502 Bad Gateway</html>\n", {{"x-amz-request-id", "r"}});
  EXPECT_EQ(page.code, "");
  EXPECT_EQ(page.message, "<html>502 Bad Gateway</html>");
  EXPECT_EQ(page.request_id, "r");
  EXPECT_EQ(error_of("").message, "");
  EXPECT_EQ(error_of("\xff\xfe").message, "");
  EXPECT_LE(error_of(std::string(100000, 'x')).message.size(), 1000U);
  EXPECT_EQ(error_of("[1]").code, "");
  EXPECT_EQ(error_of(R"({"__type": "Busy", "wait": {}})").shape->name, "Busy")
      << "members that are not as modelled hide no error";
}

TEST_F(Errors, CodesOfTheTimeOfQuery) {
  errs(R"("protocol": "json", "jsonVersion": "1.0", "targetPrefix": "T", "awsQueryCompatible": {})");
  const ServiceError error = error_of(R"({"__type": "x#Busy"})", {{"x-amzn-query-error", "AWS.Busy;Sender"}});
  EXPECT_EQ(error.code, "AWS.Busy");
  ASSERT_NE(error.shape, nullptr);
  EXPECT_EQ(error.shape->name, "Busy");
  EXPECT_EQ(error_of(R"({"__type": "Other"})", {{"x-amzn-query-error", "ResourceGone;Sender"}}).shape->name, "Gone");
  EXPECT_EQ(error_of(R"({"__type": "Busy"})", {{"x-amzn-query-error", "nonsense"}}).code, "Busy");
  errs(kJson);
  EXPECT_EQ(error_of(R"({"__type": "Busy"})", {{"x-amzn-query-error", "AWS.Busy;Sender"}}).code, "Busy")
      << "of a service that never spoke query";
}

TEST_F(Errors, Cbor) {
  errs(R"("protocol": "smithy-rpc-v2-cbor", "targetPrefix": "T")");
  std::string body = "\xa3";
  body += "\x66__type\x66x#Busy\x67message\x68too much\x64Wait";
  body.push_back('\x05');
  const ServiceError error = error_of(body, {{"x-amzn-RequestId", "id"}});
  EXPECT_EQ(error.code, "Busy");
  EXPECT_EQ(error.message, "too much");
  EXPECT_EQ(error.request_id, "id");
  ASSERT_NE(error.shape, nullptr);
  EXPECT_EQ(error.members.at("message"), json::Value("too much"));
  EXPECT_EQ(error_of("\xff\xff").code, "");
  EXPECT_EQ(error_of("").code, "");
}

TEST_F(Wire, CborRequest) {
  speaks(R"("protocol": "smithy-rpc-v2-cbor", "targetPrefix": "Target_1", "awsQueryCompatible": {})", kBoth, kAll);
  const Request request = sent(R"({"S": "a"})").value();
  EXPECT_EQ(request.path, "/service/Target_1/operation/Do");
  EXPECT_EQ(request.headers.get("smithy-protocol"), "rpc-v2-cbor");
  EXPECT_EQ(request.headers.get("Accept"), "application/cbor");
  EXPECT_EQ(request.headers.get("Content-Type"), "application/cbor");
  EXPECT_EQ(request.headers.get("x-amzn-query-mode"), "true");
  EXPECT_EQ(base::hex(request.body), "a161536161");
  EXPECT_EQ(read(std::string_view("\xa1\x61S\x61x", 5)), R"({"S":"x"})");
  EXPECT_EQ(read(""), "{}");
}

TEST_F(Wire, CborRequestOfAnOperationThatTakesNothing) {
  speaks(R"("protocol": "smithy-rpc-v2-cbor", "targetPrefix": "T")", kPost,
         R"("None": {"type": "structure", "members": {}})");
  const Request request = sent("{}").value();
  EXPECT_EQ(request.body, "");
  EXPECT_FALSE(request.headers.get("Content-Type"));
}

TEST(BareCode, WithoutNamespaceAndUrl) {
  EXPECT_EQ(bare_code("a.b#Code:http://x#y"), "Code");
  EXPECT_EQ(bare_code(""), "");
  EXPECT_EQ(bare_code("#"), "");
  EXPECT_EQ(bare_code("Code "), "Code");
}

}  // namespace
}  // namespace aws_wire
