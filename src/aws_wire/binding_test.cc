#include "aws_wire/binding.h"

#include <gtest/gtest.h>

#include "aws_wire/model_test_support.h"
#include "base/text.h"

namespace aws_wire {
namespace {

using aws_model::Location;
using aws_model::Member;
using aws_model::Operation;
using aws_model::Shape;
using aws_model::Type;

struct Bindings : testing::Test {
  Model model;
  const Shape* text = model.of(Type::kString);
  const Shape* number = model.of(Type::kInteger);
  const Shape* time = model.of(Type::kTimestamp);
  const Shape* flag = model.of(Type::kBoolean);
  Operation operation;

  void takes(std::string_view uri, std::vector<Member> members) {
    operation.method = "PUT";
    operation.request_uri = uri;
    operation.input = model.structure("In", std::move(members));
  }
  base::Result<Request> bound(std::string_view input) {
    Request request;
    const json::Value value = parsed(input);
    TRY(bind_request(operation, value.get_object(), request));
    return request;
  }
};

TEST_F(Bindings, LabelsAreEncodedAndGreedyOnesKeepTheirSlashes) {
  takes("/{Bucket}/{Key+}?list-type=2",
        {Model::located("Bucket", text, Location::kUri, "Bucket"), Model::located("Key", text, Location::kUri, "Key")});
  const Request request = bound(R"({"Bucket": "a/b", "Key": "x/y z/ü+~"})").value();
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.path, "/a%2Fb/x/y%20z/%C3%BC%2B~");
  EXPECT_EQ(request.query, "list-type=2");
}

TEST_F(Bindings, ALabelByItsWireNameAndOfEveryScalar) {
  takes("/{n}/{t}/{f}",
        {Model::located("Number", number, Location::kUri, "n"), Model::located("Time", time, Location::kUri, "t"),
         Model::located("Flag", flag, Location::kUri, "f")});
  EXPECT_EQ(bound(R"({"Number": 5, "Time": 1576540098, "Flag": true})").value().path,
            "/5/2019-12-16T23%3A48%3A18Z/true");
}

TEST_F(Bindings, AnEmptyOrAbsentLabelIsRefusedByName) {
  takes("/{Bucket}", {Model::located("Bucket", text, Location::kUri)});
  for (const std::string_view input : {R"({"Bucket": ""})", R"({"Bucket": null})", "{}"}) {
    const auto result = bound(input);
    ASSERT_FALSE(result) << input;
    EXPECT_EQ(result.error().code, base::Code::kInvalid);
    EXPECT_EQ(result.error().fields.at(0).pointer, "Bucket");
  }
}

TEST_F(Bindings, QueryOfScalarsListsAndMaps) {
  takes("/?fixed", {Model::located("Text", text, Location::kQuery, "text"),
                    Model::located("Empty", text, Location::kQuery, "empty"),
                    Model::located("Times", model.list(time), Location::kQuery, "times"),
                    Model::located("More", model.map(text, text), Location::kQuery),
                    Model::located("Lists", model.map(text, model.list(text)), Location::kQuery),
                    Model::located("Absent", text, Location::kQuery, "absent")});
  const Request request =
      bound(R"({"Text": "a b&c", "Empty": "", "Times": [1, 2], "More": {"x": "1", "text": "not this", "n": null},
                "Lists": {"y": ["2", "3"], "z": []}, "Absent": null})")
          .value();
  EXPECT_EQ(request.query,
            "fixed&text=a%20b%26c&empty=&times=1970-01-01T00%3A00%3A01Z&times=1970-01-01T00%3A00%3A02Z&x=1&y=2&y=3");
}

TEST_F(Bindings, HeadersListsPrefixesAndJson) {
  Member json_member = Model::located("Json", text, Location::kHeader, "x-json");
  json_member.json_value = true;
  takes("/", {Model::located("Name", text, Location::kHeader, "x-name"),
              Model::located("Since", time, Location::kHeader, "x-since"),
              Model::located("Names", model.list(text), Location::kHeader, "x-names"),
              Model::located("Numbers", model.list(number), Location::kHeader, "x-numbers"),
              Model::located("None", model.list(text), Location::kHeader, "x-none"),
              Model::located("Meta", model.map(text, text), Location::kHeaders, "x-meta-"), json_member});
  const Request request = bound(R"({"Name": "", "Since": 1576540098, "Names": ["b,c", "\"d\\e\"", "a b"],
      "Numbers": [1, 2], "None": [], "Meta": {"One": "1", "two": "", "three": null}, "Json": {"a": [1]}})")
                              .value();
  EXPECT_EQ(request.headers.get("x-name"), "") << "empty is not absent";
  EXPECT_EQ(request.headers.get("x-since"), "Mon, 16 Dec 2019 23:48:18 GMT");
  EXPECT_EQ(request.headers.get("x-names"), R"("b,c", "\"d\\e\"", a b)");
  EXPECT_EQ(request.headers.get("x-numbers"), "1, 2");
  EXPECT_FALSE(request.headers.get("x-none"));
  EXPECT_EQ(request.headers.get("x-meta-One"), "1");
  EXPECT_EQ(request.headers.get("x-meta-two"), "");
  EXPECT_FALSE(request.headers.get("x-meta-three"));
  EXPECT_EQ(base::parse_base64(*request.headers.get("x-json")), R"({"a":[1]})");
}

TEST_F(Bindings, AHeaderCannotBeSmuggledIn) {
  takes("/", {Model::located("Name", text, Location::kHeader, "x-name"),
              Model::located("Meta", model.map(text, text), Location::kHeaders, "x-meta-")});
  EXPECT_EQ(bound(R"({"Name": "a\r\nx-evil: 1"})").error().fields.at(0).pointer, "Name");
  EXPECT_FALSE(bound(R"({"Meta": {"a: b\r\nc": "1"}})"));
  EXPECT_FALSE(bound(R"({"Meta": {"a": "\n"}})"));
}

TEST_F(Bindings, BodyOfMembersAndOfPayloads) {
  takes("/", {Model::located("Name", text, Location::kHeader, "x-name"), Model::member("Part", text)});
  EXPECT_FALSE(body_of(operation, parsed(R"({"Name": "a", "Part": null})").get_object()).any_member);
  EXPECT_TRUE(body_of(operation, parsed(R"({"Part": ""})").get_object()).any_member);
  Shape* blob = model.structure("In", {Model::member("Data", model.of(Type::kBlob))});
  blob->payload = blob->members.data();
  operation.input = blob;
  const json::Value input = parsed(R"({"Data": "Zg=="})");
  const Body body = body_of(operation, input.get_object());
  EXPECT_TRUE(body.streams);
  ASSERT_NE(body.value, nullptr);
  EXPECT_EQ(body.value->as_string(), "Zg==");
  EXPECT_EQ(body_of(operation, {}).value, nullptr);
}

struct Replies : Bindings {
  Reply reply;
  base::Result<json::Object> bind(std::vector<Member> members) {
    json::Object output;
    TRY(bind_reply(*model.structure("Out", std::move(members)), reply, output));
    return output;
  }
};

TEST_F(Replies, StatusHeadersListsAndPrefixes) {
  reply.status = 206;
  reply.headers.add("X-Name", "caf\xe9");
  reply.headers.add("x-since", "Mon, 16 Dec 2019 23:48:18 GMT");
  reply.headers.add("x-names", R"("b,c",  "\"def\"" , a)");
  reply.headers.add("x-names", "again");
  reply.headers.add("x-times", "Mon, 16 Dec 2019 23:48:18 GMT, Mon, 16 Dec 2019 23:48:19 GMT");
  reply.headers.add("X-Meta-One", "1");
  reply.headers.add("x-meta-two", "2");
  reply.headers.add("x-json", base::base64(R"({"a":[1.5]})"));
  Member json_member = Model::located("Json", text, Location::kHeader, "x-json");
  json_member.json_value = true;
  const auto output = bind({Model::located("Code", number, Location::kStatusCode),
                            Model::located("Name", text, Location::kHeader, "x-name"),
                            Model::located("Since", time, Location::kHeader, "x-since"),
                            Model::located("Names", model.list(text), Location::kHeader, "x-names"),
                            Model::located("Times", model.list(time), Location::kHeader, "x-times"),
                            Model::located("Meta", model.map(text, text), Location::kHeaders, "x-meta-"),
                            Model::located("Absent", text, Location::kHeader, "x-absent"), json_member});
  EXPECT_EQ(json::Value(output.value()), parsed(R"({"Code": 206, "Name": "café", "Since": "2019-12-16T23:48:18Z",
      "Names": ["b,c", "\"def\"", "a", "again"], "Times": ["2019-12-16T23:48:18Z", "2019-12-16T23:48:19Z"],
      "Meta": {"One": "1", "two": "2"}, "Json": {"a": [1.5]}})"));
}

TEST_F(Replies, AHeaderThatIsNotOfItsTypeIsNamed) {
  reply.headers.add("x-count", "many");
  const auto output = bind({Model::located("Count", number, Location::kHeader, "x-count")});
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code, base::Code::kUnavailable);
  EXPECT_NE(output.error().message.find("x-count"), std::string::npos);
}

TEST_F(Replies, ListsOfDatesWithoutWeekdaysToo) {
  reply.headers.add("x-times", "2019-12-16T23:48:18Z,  1576540099");
  const auto output = bind({Model::located("Times", model.list(time), Location::kHeader, "x-times")});
  EXPECT_EQ(json::Value(output.value()), parsed(R"({"Times": ["2019-12-16T23:48:18Z", "2019-12-16T23:48:19Z"]})"));
}

TEST(PercentEncode, SlashesMayStay) {
  EXPECT_EQ(percent_encode("a/b c"), "a%2Fb%20c");
  EXPECT_EQ(percent_encode("/a//b c/", true), "/a//b%20c/");
  EXPECT_EQ(percent_encode("", true), "");
  EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
}

}  // namespace
}  // namespace aws_wire
