#include <gtest/gtest.h>

#include "aws_model/library.h"
#include "json/parse.h"

namespace aws_model {
namespace {

json::Value parsed(std::string_view text) {
  auto value = json::parse(text);
  EXPECT_TRUE(value) << (value ? "" : value.error().message);
  return value ? *value : json::Value();
}

constexpr std::string_view kModel = R"({
  "metadata": {
    "apiVersion": "2012-08-10", "serviceId": "Farm", "endpointPrefix": "orchard", "serviceFullName": "AWS Farm",
    "signatureVersion": "v4", "protocols": ["smithy-rpc-v2-cbor", "query", "json"], "protocol": "smithy-rpc-v2-cbor",
    "jsonVersion": "1.0", "targetPrefix": "Farm_2012", "auth": ["aws.auth#sigv4", "aws.auth#sigv4a"],
    "xmlNamespace": "http://orchard/", "awsQueryCompatible": {}, "globalEndpoint": "orchard.amazonaws.com"
  },
  "clientContextParams": {"Accelerate": {"type": "boolean", "documentation": "fast"}},
  "operations": {
    "PutHen": {
      "name": "PutHen",
      "http": {"method": "PUT", "requestUri": "/hens/{Name}", "responseCode": 201},
      "input": {"shape": "PutHenRequest", "locationName": "PutHen", "xmlNamespace": {"uri": "http://in/"}},
      "output": {"shape": "Hen", "resultWrapper": "PutHenResult"},
      "errors": [{"shape": "TooManyHens"}, {"shape": "FoxInside"}],
      "endpoint": {"hostPrefix": "{Owner}."},
      "endpointdiscovery": {"required": true},
      "httpChecksum": {"requestChecksumRequired": true, "requestAlgorithmMember": "Algorithm",
                       "requestValidationModeMember": "Mode", "responseAlgorithms": ["CRC32", "SHA1"]},
      "requestcompression": {"encodings": ["gzip"]},
      "staticContextParams": {"UseHouse": {"value": true}, "Kind": {"value": "HEN"}},
      "operationContextParams": {"Names": {"path": "Hens[*].Name"}},
      "authtype": "v4-unsigned-body", "auth": ["smithy.api#noAuth"], "idempotent": true, "deprecated": true
    },
    "GetHen": {"http": {"method": "GET", "requestUri": "/hens"}, "readonly": true, "endpointoperation": true,
               "unsignedPayload": true, "httpChecksumRequired": true},
    "ListHens": {"authtype": "none", "input": {"shape": "Hen"}}
  },
  "shapes": {
    "PutHenRequest": {
      "type": "structure", "required": ["Name", "Body"], "payload": "Body",
      "members": {
        "Name": {"shape": "Text", "location": "uri", "locationName": "name", "hostLabel": true,
                 "contextParam": {"name": "HenName"}},
        "Body": {"shape": "Stream"},
        "Token": {"shape": "Text", "idempotencyToken": true, "location": "header", "locationName": "X-Token"},
        "Meta": {"shape": "Tags", "location": "headers", "locationName": "x-meta-"},
        "Born": {"shape": "Time", "timestampFormat": "rfc822", "location": "querystring"},
        "Laid": {"shape": "Time", "queryName": "LaidAt", "deprecated": true},
        "Extra": {"shape": "Text", "jsonvalue": true, "location": "header"},
        "Type": {"shape": "Text", "xmlAttribute": true, "xmlNamespace": {"prefix": "xsi", "uri": "http://xsi/"}},
        "Code": {"shape": "Number", "location": "statusCode"},
        "Inner": {"shape": "Nested"}
      }
    },
    "Hen": {"type": "structure", "union": true, "sensitive": true, "wrapper": true,
            "members": {"Chicks": {"shape": "Hens"}, "Any": {"shape": "Any"}}},
    "Hens": {"type": "list", "member": {"shape": "Hen", "locationName": "hen"}, "flattened": true, "max": 5, "min": 1,
             "sparse": true},
    "Tags": {"type": "map", "key": {"shape": "Text", "locationName": "K"},
             "value": {"shape": "Text", "locationName": "V"}, "flattened": true},
    "Any": {"type": "structure", "document": true, "members": {}},
    "Text": {"type": "string", "min": 1, "max": 9007199254740992, "pattern": "[a-z]+", "enum": ["b", "a", "ö"]},
    "Nested": {"type": "structure", "locationName": "SSE-X", "members": {},
               "xmlNamespace": {"prefix": "p", "uri": "http://nested/"}},
    "Stream": {"type": "blob", "streaming": true, "requiresLength": true},
    "Time": {"type": "timestamp", "timestampFormat": "iso8601"},
    "Number": {"type": "integer", "min": -1.5},
    "TooManyHens": {"type": "structure", "members": {}, "exception": true, "retryable": {"throttling": true},
                    "error": {"code": "TooMany", "httpStatusCode": 429, "senderFault": true}},
    "FoxInside": {"type": "structure", "members": {}, "fault": true}
  }
})";

constexpr std::string_view kPaginators = R"({"pagination": {
  "ListHens": {"input_token": "next", "output_token": "next", "result_key": ["hens", "cocks"], "limit_key": "max",
               "more_results": "more", "non_aggregate_keys": ["house"]},
  "GoneHens": {"input_token": "next", "output_token": "next", "result_key": "hens"},
  "GetHen": {"input_token": ["a", "b"], "output_token": ["c", "d || e"], "result_key": "hens"}
}})";

constexpr std::string_view kWaiters = R"({"version": 2, "waiters": {
  "HenExists": {"operation": "GetHen", "delay": 5, "maxAttempts": 40, "acceptors": [
    {"matcher": "path", "argument": "Hen.Status", "expected": "ACTIVE", "state": "success"},
    {"matcher": "status", "expected": 404, "state": "retry"},
    {"matcher": "pathAny", "argument": "length(x) > `0`", "expected": true, "state": "failure"},
    {"matcher": "error", "expected": "TooMany", "state": "retry"}]},
  "HenFlown": {"operation": "GoneHens", "delay": 5, "maxAttempts": 40, "acceptors": []}
}})";

std::shared_ptr<const Service> orchard() {
  auto service = read_service("orchard", parsed(kModel), parsed(kPaginators), parsed(kWaiters));
  EXPECT_TRUE(service) << (service ? "" : service.error().message);
  return service ? *service : nullptr;
}

TEST(ReadService, Metadata) {
  const auto service = orchard();
  EXPECT_EQ(service->name, "orchard");
  EXPECT_EQ(service->version, "2012-08-10");
  EXPECT_EQ(service->service_id, "Farm");
  EXPECT_EQ(service->endpoint_prefix, "orchard");
  EXPECT_EQ(service->signing_name, "orchard") << "the endpoint's prefix, where no other is said";
  EXPECT_EQ(service->full_name, "AWS Farm");
  EXPECT_EQ(service->signature_version, "v4");
  EXPECT_EQ(service->json_version, "1.0");
  EXPECT_EQ(service->target_prefix, "Farm_2012");
  EXPECT_EQ(service->global_endpoint, "orchard.amazonaws.com");
  EXPECT_EQ(service->xml_namespace.uri, "http://orchard/");
  EXPECT_TRUE(service->query_compatible);
  EXPECT_EQ(std::vector(service->auth.begin(), service->auth.end()),
            (std::vector<std::string_view>{"aws.auth#sigv4", "aws.auth#sigv4a"}));
  EXPECT_EQ(std::vector(service->protocols.begin(), service->protocols.end()),
            (std::vector{Protocol::kJson, Protocol::kCbor, Protocol::kQuery}));
  ASSERT_EQ(service->client_context.size(), 1U);
  EXPECT_EQ(service->client_context[0].name, "Accelerate");
  EXPECT_EQ(service->client_context[0].value, "boolean");
}

TEST(ReadService, Operations) {
  const auto service = orchard();
  ASSERT_EQ(service->operations.size(), 3U);
  const Operation* put = service->operation("PutHen");
  ASSERT_NE(put, nullptr);
  EXPECT_EQ(put->method, "PUT");
  EXPECT_EQ(put->request_uri, "/hens/{Name}");
  EXPECT_EQ(put->response_code, 201);
  EXPECT_EQ(put->input, service->shape("PutHenRequest"));
  EXPECT_EQ(put->output, service->shape("Hen"));
  EXPECT_EQ(put->result_wrapper, "PutHenResult");
  EXPECT_EQ(put->input_as_member.location_name, "PutHen");
  EXPECT_EQ(put->input_as_member.xml_namespace.uri, "http://in/");
  ASSERT_EQ(put->errors.size(), 2U);
  EXPECT_EQ(put->errors[0], service->shape("TooManyHens"));
  EXPECT_EQ(put->host_prefix, "{Owner}.");
  EXPECT_TRUE(put->endpoint_discovery);
  EXPECT_TRUE(put->endpoint_discovery_required);
  EXPECT_TRUE(put->checksum.required);
  EXPECT_EQ(put->checksum.request_algorithm_member, "Algorithm");
  EXPECT_EQ(put->checksum.request_validation_mode_member, "Mode");
  ASSERT_EQ(put->checksum.response_algorithms.size(), 2U);
  EXPECT_EQ(put->checksum.response_algorithms[1], "SHA1");
  ASSERT_EQ(put->compression.size(), 1U);
  ASSERT_EQ(put->static_parameters.size(), 2U);
  EXPECT_EQ(put->static_parameters[0].value, "true");
  EXPECT_EQ(put->static_parameters[1].value, "\"HEN\"");
  ASSERT_EQ(put->input_parameters.size(), 1U);
  EXPECT_EQ(put->input_parameters[0].value, "Hens[*].Name");
  EXPECT_TRUE(put->no_auth);
  EXPECT_TRUE(put->unsigned_payload);
  EXPECT_TRUE(put->idempotent);
  EXPECT_TRUE(put->deprecated);
  EXPECT_FALSE(put->read_only);

  const Operation* get = service->operation("GetHen");
  ASSERT_NE(get, nullptr);
  EXPECT_EQ(get->input, nullptr);
  EXPECT_TRUE(get->checksum.required && get->unsigned_payload && get->read_only && get->endpoint_operation);
  EXPECT_FALSE(get->no_auth);
  EXPECT_TRUE(service->operation("ListHens")->no_auth);
  EXPECT_EQ(service->operation("ListHens")->method, "POST");
  EXPECT_EQ(service->operation("ListHens")->request_uri, "/");
}

TEST(ReadService, OperationsAreFoundByBothNames) {
  const auto service = orchard();
  EXPECT_EQ(service->operation("get-hen"), service->operation("GetHen"));
  EXPECT_EQ(service->operation("gethen"), service->operation("GetHen"));
  EXPECT_EQ(service->operation("Get-Hen"), nullptr);
  EXPECT_EQ(service->operation("GETHEN"), nullptr);
  EXPECT_EQ(service->operation("get-he"), nullptr);
  EXPECT_EQ(service->operation(""), nullptr);
  EXPECT_EQ(service->operation("-"), nullptr);
  EXPECT_EQ(service->waiter("hen-exists"), service->waiter("HenExists"));
  EXPECT_NE(service->waiter("hen-exists"), nullptr);
}

TEST(ReadService, Members) {
  const auto service = orchard();
  const Shape& shape = *service->shape("PutHenRequest");
  ASSERT_EQ(shape.members.size(), 10U);
  EXPECT_EQ(shape.members[0].name, "Name") << "the model's order";
  EXPECT_EQ(shape.payload, shape.find("Body"));
  EXPECT_TRUE(shape.find("Name")->required && shape.find("Body")->required);
  EXPECT_FALSE(shape.find("Token")->required);
  EXPECT_EQ(shape.find("Name")->location, Location::kUri);
  EXPECT_EQ(shape.find("Name")->location_name, "name");
  EXPECT_TRUE(shape.find("Name")->host_label);
  EXPECT_EQ(shape.find("Name")->context_param, "HenName");
  EXPECT_TRUE(shape.find("Token")->idempotency_token);
  EXPECT_EQ(shape.find("Token")->location, Location::kHeader);
  EXPECT_EQ(shape.find("Meta")->location, Location::kHeaders);
  EXPECT_EQ(shape.find("Code")->location, Location::kStatusCode);
  EXPECT_EQ(shape.find("Born")->location, Location::kQuery);
  EXPECT_EQ(shape.find("Laid")->query_name, "LaidAt");
  EXPECT_TRUE(shape.find("Laid")->deprecated);
  EXPECT_TRUE(shape.find("Extra")->json_value);
  EXPECT_TRUE(shape.find("Type")->xml_attribute);
  EXPECT_EQ(shape.find("Type")->xml_namespace.prefix, "xsi");
  EXPECT_EQ(shape.find("name"), nullptr);
}

TEST(ReadService, MembersHaveTheTraitsOfTheirShapes) {
  const auto service = orchard();
  const Shape& shape = *service->shape("PutHenRequest");
  EXPECT_EQ(shape.find("Born")->timestamp_format, TimestampFormat::kRfc822) << "the member's own comes first";
  EXPECT_EQ(shape.find("Laid")->timestamp_format, TimestampFormat::kIso8601);
  EXPECT_TRUE(shape.find("Body")->streaming);
  EXPECT_TRUE(shape.find("Meta")->flattened);
  EXPECT_EQ(shape.find("Inner")->location_name, "SSE-X");
  EXPECT_EQ(shape.find("Inner")->xml_namespace.uri, "http://nested/");
  EXPECT_FALSE(shape.find("Name")->streaming || shape.find("Name")->flattened);
}

TEST(ReadService, Shapes) {
  const auto service = orchard();
  const Shape& hen = *service->shape("Hen");
  EXPECT_TRUE(hen.is_union && hen.sensitive && hen.wrapper);
  EXPECT_EQ(hen.find("Chicks")->shape->element->shape, &hen) << "shapes may be recursive";
  const Shape& hens = *service->shape("Hens");
  EXPECT_EQ(hens.type, Type::kList);
  EXPECT_EQ(hens.element->location_name, "hen");
  EXPECT_TRUE(hens.flattened && hens.sparse);
  EXPECT_EQ(hens.max, 5);
  const Shape& tags = *service->shape("Tags");
  EXPECT_EQ(tags.type, Type::kMap);
  EXPECT_EQ(tags.key->location_name, "K");
  EXPECT_EQ(tags.element->location_name, "V");
  EXPECT_FALSE(tags.max.has_value());
  const Shape& text = *service->shape("Text");
  EXPECT_EQ(std::vector(text.enumeration.begin(), text.enumeration.end()),
            (std::vector<std::string_view>{"a", "b", "ö"}));
  EXPECT_EQ(text.pattern, "[a-z]+");
  EXPECT_EQ(text.max, 9007199254740992.0);
  EXPECT_EQ(service->shape("Number")->min, -1.5);
  EXPECT_TRUE(service->shape("Any")->is_document);
  EXPECT_TRUE(service->shape("Stream")->streaming && service->shape("Stream")->requires_length);
  const Shape& many = *service->shape("TooManyHens");
  EXPECT_TRUE(many.is_exception && many.retryable && many.throttling);
  EXPECT_FALSE(many.fault);
  EXPECT_EQ(many.error_code, "TooMany");
  EXPECT_EQ(many.error_status, 429);
  const Shape& fox = *service->shape("FoxInside");
  EXPECT_TRUE(fox.is_exception) << "an operation names it among its errors";
  EXPECT_TRUE(fox.fault);
  EXPECT_EQ(service->shape("text"), nullptr);
}

TEST(ReadService, PaginatorsAndWaiters) {
  const auto service = orchard();
  ASSERT_EQ(service->paginators.size(), 2U) << "that of an unknown operation is left out";
  const Paginator* list = service->paginator(*service->operation("ListHens"));
  ASSERT_NE(list, nullptr);
  ASSERT_EQ(list->result_keys.size(), 2U);
  EXPECT_EQ(list->result_keys[1], "cocks");
  EXPECT_EQ(list->limit_key, "max");
  EXPECT_EQ(list->more_results, "more");
  ASSERT_EQ(list->non_aggregate_keys.size(), 1U);
  EXPECT_EQ(service->paginator(*service->operation("GetHen"))->output_tokens[1], "d || e");
  EXPECT_EQ(service->paginator(*service->operation("PutHen")), nullptr);

  ASSERT_EQ(service->waiters.size(), 1U);
  const Waiter& waiter = service->waiters[0];
  EXPECT_EQ(waiter.operation, "GetHen");
  EXPECT_EQ(waiter.delay_s, 5);
  EXPECT_EQ(waiter.attempts_max, 40);
  ASSERT_EQ(waiter.acceptors.size(), 4U);
  EXPECT_EQ(waiter.acceptors[0].expected, "\"ACTIVE\"");
  EXPECT_EQ(waiter.acceptors[0].state, Acceptor::State::kSuccess);
  EXPECT_EQ(waiter.acceptors[1].matcher, Acceptor::Matcher::kStatus);
  EXPECT_EQ(waiter.acceptors[1].expected, "404");
  EXPECT_EQ(waiter.acceptors[2].argument, "length(x) > `0`");
  EXPECT_EQ(waiter.acceptors[2].expected, "true");
  EXPECT_EQ(waiter.acceptors[3].matcher, Acceptor::Matcher::kError);
}

TEST(ReadService, ManyMembersAreFoundByName) {
  json::Object members;
  for (int i = 0; i < 300; ++i) members["m" + std::to_string(i * 7 % 300)] = {{"shape", "S"}};
  json::Object shapes{{"S", {{"type", "string"}}}, {"Big", {{"type", "structure"}, {"members", members}}}};
  const json::Value model{{"metadata", {{"protocol", "json"}}}, {"shapes", shapes}};
  const auto service = read_service("big", model, nullptr, nullptr);
  ASSERT_TRUE(service);
  const Shape& big = *(*service)->shape("Big");
  ASSERT_EQ(big.members.size(), 300U);
  EXPECT_EQ(big.members[1].name, "m7");
  for (const Member& member : big.members) EXPECT_EQ(big.find(member.name), &member);
  EXPECT_EQ(big.find("m300"), nullptr);
  EXPECT_EQ(big.find(""), nullptr);
}

struct Wrong {
  std::string_view model, place, story;
};

TEST(ReadService, SaysWhatIsWrongAndWhere) {
  constexpr std::string_view kMeta = R"("metadata":{"protocol":"json"})";
  const Wrong cases[] = {
      {R"([])", "/", "must be an object"},
      {R"({})", "/metadata", "A model has an object"},
      {R"({"metadata":{}})", "/metadata/protocol", "must name a protocol"},
      {R"({"metadata":{"protocol":"soap"}})", "/metadata/protocols", "must name a protocol"},
      {R"({"metadata":{"protocol":"json","apiVersion":1}})", "/metadata/apiVersion", "must be a string"},
      {R"({"metadata":{"protocol":"json","auth":[1]}})", "/metadata/auth/0", "must be a string"},
      {R"({M,"shapes":[]})", "/shapes", "must be an object"},
      {R"({M,"shapes":{"A":{}}})", "/shapes/A/type", "type of the shape"},
      {R"({M,"shapes":{"A":{"type":"structur"}}})", "/shapes/A/type", "\"structur\" is not known"},
      {R"({M,"shapes":{"A":{"type":"list"}}})", "/shapes/A/member", "names a shape"},
      {R"({M,"shapes":{"A":{"type":"map","key":{"shape":"A"}}}})", "/shapes/A/value", "names a shape"},
      {R"({M,"shapes":{"A":{"type":"list","member":{"shape":"B"}}}})", "/shapes/A/member/shape", "no shape \"B\""},
      {R"({M,"shapes":{"A":{"type":"list","member":{}}}})", "/shapes/A/member/shape", "name of a shape"},
      {R"({M,"shapes":{"A":{"type":"structure","members":{"m/n":{"shape":3}}}}})", "/shapes/A/members/m~1n/shape",
       "name of a shape"},
      {R"({M,"shapes":{"A":{"type":"structure","required":["x"]}}})", "/shapes/A/required", "no member \"x\""},
      {R"({M,"shapes":{"A":{"type":"structure","payload":"x"}}})", "/shapes/A/payload", "no member \"x\""},
      {R"({M,"shapes":{"A":{"type":"string","min":"1"}}})", "/shapes/A/min", "must be a number"},
      {R"({M,"shapes":{"A":{"type":"string","sensitive":1}}})", "/shapes/A/sensitive", "true or false"},
      {R"({M,"shapes":{"A":{"type":"string","enum":{}}}})", "/shapes/A/enum", "list of strings"},
      {R"({M,"shapes":{"A":{"type":"string","error":{"httpStatusCode":-1}}}})", "/shapes/A/error/httpStatusCode",
       "whole number"},
      {R"({M,"operations":{"O":{"input":{"shape":"X"}}}})", "/operations/O/input/shape", "no shape \"X\""},
      {R"({M,"operations":{"O":{"input":{"shape":"S"}}},"shapes":{"S":{"type":"string"}}})",
       "/operations/O/input/shape", "no structure"},
      {R"({M,"operations":{"O":{"errors":{}}}})", "/operations/O/errors", "must be a list"},
      {R"({M,"operations":{"O":{"errors":["X"]}}})", "/operations/O/errors/0", "must be an object"},
      {R"({M,"operations":{"O":{"http":{"responseCode":1e300}}}})", "/operations/O/http/responseCode", "whole number"},
      {R"({M,"operations":{"O":{"staticContextParams":{"P":{}}}}})", "/operations/O/staticContextParams/P/value",
       "missing"},
      {R"({M,"operations":{"O":7}})", "/operations/O", "must be an object"},
  };
  for (const Wrong& wrong : cases) {
    std::string text(wrong.model);
    if (const auto at = text.find('M'); at == 1) text.replace(at, 1, kMeta);
    const auto service = read_service("x", parsed(text), nullptr, nullptr);
    ASSERT_FALSE(service) << text;
    EXPECT_EQ(service.error().code, base::Code::kInvalid);
    EXPECT_TRUE(service.error().message.starts_with("service-2: " + std::string(wrong.place) + ": "))
        << text << ": " << service.error().message;
    EXPECT_NE(service.error().message.find(wrong.story), std::string::npos) << text << ": " << service.error().message;
  }
}

TEST(ReadService, SaysWhatIsWrongWithPaginatorsAndWaiters) {
  const json::Value model = parsed(R"({"metadata":{"protocol":"json"},"operations":{"O":{}}})");
  const auto paginators = [&](std::string_view text) {
    const auto read = read_service("x", model, parsed(text), nullptr);
    return read ? "fine" : read.error().message;
  };
  EXPECT_EQ(paginators("{}"), "fine");
  EXPECT_EQ(paginators("[]"), "paginators-1: /: This must be an object.");
  EXPECT_EQ(paginators(R"({"pagination":{"O":{"input_token":"a","output_token":["a","b"]}}})"),
            "paginators-1: /pagination/O: input_token and output_token must name equally many tokens, at least one.");
  const auto waiters = [&](std::string_view text) {
    const auto read = read_service("x", model, nullptr, parsed(text));
    return read ? "fine" : read.error().message;
  };
  EXPECT_EQ(waiters(R"({"waiters":{"W":{"operation":"O"}}})"), "waiters-2: /waiters/W/acceptors: This must be a list.");
  EXPECT_EQ(waiters(R"({"waiters":{"W":{"operation":"O","acceptors":[{"matcher":"eye","state":"retry"}]}}})"),
            "waiters-2: /waiters/W/acceptors/0/matcher: \"eye\" is not known here.");
  EXPECT_EQ(waiters(R"({"waiters":{"W":{"operation":"O","acceptors":[{"matcher":"path","state":"retry"}]}}})"),
            "waiters-2: /waiters/W/acceptors/0/expected: This is missing.");
}

}  // namespace
}  // namespace aws_model
