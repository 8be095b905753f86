#include <set>

#include "http/service_fixture.h"

namespace http::testing {
namespace {

class OpenapiTest : public ::testing::Test {
 public:
  OpenapiTest() : router({"/compute/resources"}) {
    ServiceTest::add_routes(router, [](Call&) {});
    options.tags = {{"Things", "What there is."}};
    options.description = "Everything.";
    const base::Result<json::Value> parsed = json::parse(openapi(router, options));
    EXPECT_TRUE(parsed.has_value()) << parsed.error().message;
    document = *parsed;
  }
  [[nodiscard]] const json::Object& operation(std::string_view path, std::string_view method) const {
    return document.at("paths").at(path).at(method).as_object();
  }
  static std::string keys(const json::Value& value) {
    std::string all;
    for (const auto& member : value.as_object()) all.append(all.empty() ? "" : " ").append(member.key());
    return all;
  }
  void collect_references(const json::Value& value, std::set<std::string>& into) const {
    if (const auto* object = value.if_object()) {
      for (const auto& member : *object) {
        if (member.key() == "$ref") into.emplace(member.value().as_string());
        collect_references(member.value(), into);
      }
    } else if (const auto* array = value.if_array()) {
      for (const json::Value& element : *array) collect_references(element, into);
    }
  }

  Router router;
  ServiceOptions options;
  json::Value document;
};

TEST_F(OpenapiTest, ShowsTheHouseAndItsServers) {
  EXPECT_EQ(keys(document), "openapi info servers tags paths components");
  EXPECT_EQ(document.at("servers").at(0).at("url").as_string(), "/");
  EXPECT_EQ(document.at("servers").at(1).at("url").as_string(), "/compute/resources");
  EXPECT_EQ(document.at("tags").at(0).at("description").as_string(), "What there is.");
  EXPECT_EQ(document.at("tags").at(1).at("name").as_string(), "Other") << "a tag that nobody told about follows";
  EXPECT_EQ(keys(document.at("paths")), "/things /things/{uuid} /open/{name} /fail/{how} /quick");
}

TEST_F(OpenapiTest, ShowsParametersOfEveryKind) {
  const json::Value& put = operation("/things/{uuid}", "put").at("parameters");
  EXPECT_EQ(put.at(0).at("in").as_string(), "path");
  EXPECT_TRUE(put.at(0).at("required").as_bool());
  EXPECT_EQ(put.at(1).at("$ref").as_string(), "#/components/parameters/IfMatch");
  EXPECT_EQ(operation("/things", "post").at("parameters").at(0).at("$ref").as_string(),
            "#/components/parameters/IdempotencyKey");
  const json::Value& list = operation("/things", "get").at("parameters");
  EXPECT_EQ(list.at(0).at("name").as_string(), "limit");
  EXPECT_EQ(list.at(0).at("schema").at("maximum").as_int64(), 1000);
  EXPECT_FALSE(list.at(1).at("required").as_bool());
}

TEST_F(OpenapiTest, ShowsBodiesAnswersAndProblems) {
  const json::Object& post = operation("/things", "post");
  EXPECT_TRUE(post.at("requestBody").at("required").as_bool());
  EXPECT_FALSE(operation("/things/{uuid}", "put").at("requestBody").at("required").as_bool());
  EXPECT_EQ(keys(post.at("responses")), "201 400 401 409 413 415 422 500 503");
  EXPECT_EQ(keys(post.at("responses").at("201").at("headers")), "ETag Location");
  EXPECT_EQ(keys(operation("/things/{uuid}", "put").at("responses")), "200 400 401 404 412 413 415 500 503");
  EXPECT_EQ(keys(operation("/open/{name}", "get").at("responses")), "200 400 500 503") << "without a token";
  EXPECT_TRUE(operation("/open/{name}", "get").at("security").as_array().empty());
  EXPECT_EQ(keys(operation("/things/{uuid}", "delete").at("responses").at("204")), "description");
  EXPECT_EQ(operation("/things", "get")
                .at("responses")
                .at("200")
                .at("content")
                .at("application/json")
                .at("schema")
                .at("items")
                .at("$ref")
                .as_string(),
            "#/components/schemas/Thing");
}

TEST_F(OpenapiTest, EveryReferenceLeadsSomewhere) {
  std::set<std::string> references;
  collect_references(document, references);
  EXPECT_GT(references.size(), 10U);
  for (const std::string& reference : references) {
    boost::json::error_code ec;
    EXPECT_NE(document.find_pointer(reference.substr(1), ec), nullptr) << reference;
  }
}

TEST_F(OpenapiTest, IsTheSameEachTime) { EXPECT_EQ(openapi(router, options), openapi(router, options)); }

TEST_F(OpenapiTest, ProblemDocumentsAreAsDescribed) {
  const json::Value& schema = document.at("components").at("schemas").at("Problem");
  const json::Value& example = document.at("components")
                                   .at("responses")
                                   .at("BadRequest")
                                   .at("content")
                                   .at("application/problem+json")
                                   .at("example");
  EXPECT_EQ(keys(schema.at("properties")), keys(example));
  EXPECT_EQ(keys(schema.at("properties")), "type title status detail message requestId errors");
}

}  // namespace
}  // namespace http::testing
