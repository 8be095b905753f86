#include "aws_cli/shape_text.h"

#include <gtest/gtest.h>

#include "json/parse.h"

namespace aws_cli {
namespace {

// A service with every kind of shape that the help has words for.
constexpr std::string_view kModel = R"({
  "metadata": {"apiVersion": "2020-01-01", "endpointPrefix": "tree", "protocol": "json", "jsonVersion": "1.0",
               "protocols": ["json"], "serviceFullName": "Tree Service", "serviceId": "Tree",
               "signatureVersion": "v4", "uid": "tree-2020-01-01"},
  "operations": {
    "PlantDBTree": {"name": "PlantDBTree", "http": {"method": "POST", "requestUri": "/"},
                    "input": {"shape": "PlantInput"}, "output": {"shape": "PlantOutput"},
                    "errors": [{"shape": "TooTall"}, {"shape": "Busy"}]},
    "Rest": {"name": "Rest", "http": {"method": "POST", "requestUri": "/"}}
  },
  "shapes": {
    "PlantInput": {"type": "structure", "required": ["Name", "Root"], "members": {
      "Name": {"shape": "Name"}, "Kind": {"shape": "Kind"}, "Root": {"shape": "Node"}, "Other": {"shape": "Node"},
      "Rings": {"shape": "Rings"}, "Tags": {"shape": "Tags"}, "Fruit": {"shape": "Fruit"}, "Age": {"shape": "Age"},
      "Password": {"shape": "Password"}, "Token": {"shape": "Text", "idempotencyToken": true},
      "Photo": {"shape": "Photo"}, "When": {"shape": "When"}, "Any": {"shape": "Any"}, "Many": {"shape": "Many"}}},
    "PlantOutput": {"type": "structure", "members": {"Node": {"shape": "Node"}}},
    "Name": {"type": "string", "min": 1, "max": 10, "pattern": "[a-z]+"},
    "Kind": {"type": "string", "enum": ["OAK", "ELM"]},
    "Many": {"type": "string", "enum": ["VALUE_NUMBER_ONE", "VALUE_NUMBER_TWO", "VALUE_NUMBER_THREE", "VALUE_NUMBER_FOUR",
             "VALUE_NUMBER_FIVE", "VALUE_NUMBER_SIX", "VALUE_NUMBER_SEVEN"]},
    "Node": {"type": "structure", "members": {"Left": {"shape": "Node"}, "Leaves": {"shape": "Nodes"}}},
    "Nodes": {"type": "list", "member": {"shape": "Node"}, "max": 2},
    "Rings": {"type": "list", "member": {"shape": "Age"}, "min": 1},
    "Tags": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}},
    "Fruit": {"type": "structure", "union": true, "members": {"Apple": {"shape": "Text"}, "Pear": {"shape": "Text"}}},
    "Age": {"type": "integer", "min": 0, "max": 900},
    "Password": {"type": "string", "sensitive": true},
    "Photo": {"type": "blob", "streaming": true},
    "When": {"type": "timestamp"},
    "Any": {"type": "structure", "document": true, "members": {}},
    "Text": {"type": "string"},
    "TooTall": {"type": "structure", "members": {}, "exception": true, "error": {"httpStatusCode": 400, "code": "Tall"}},
    "Busy": {"type": "structure", "members": {}, "exception": true, "retryable": {"throttling": true}}
  }
})";

class Texts : public testing::Test {
 protected:
  void SetUp() override {
    const auto model = json::parse(kModel);
    ASSERT_TRUE(model) << model.error().message;
    const auto paginators =
        json::parse(R"({"pagination": {"PlantDBTree": {"input_token": "Name", "output_token": "Node",
                                            "result_key": "Node"}}})");
    const auto waiters = json::parse(R"({"version": 2, "waiters": {"TreeGrown": {"operation": "PlantDBTree", "delay": 5,
        "maxAttempts": 40, "acceptors": [{"matcher": "status", "expected": 200, "state": "success"}]}}})");
    const auto read = aws_model::read_service("tree", *model, *paginators, *waiters);
    ASSERT_TRUE(read) << read.error().message;
    service_ = *read;
  }
  std::shared_ptr<const aws_model::Service> service_;
};

TEST_F(Texts, ListsHaveBothFormsOfAName) {
  EXPECT_EQ(operations_text(*service_),
            "plant-db-tree  PlantDBTree\n"
            "rest           Rest\n");
  EXPECT_EQ(
      services_text({{"s3", "2006-03-01", "S3", "Amazon Simple Storage Service"}, {"tree", "1", "Tree", "Trees"}}),
      "s3    Amazon Simple Storage Service\n"
      "tree  Trees\n");
}

TEST_F(Texts, AnOperationsHelpIsItsShapesAndRecursionEnds) {
  EXPECT_EQ(operation_help(*service_, *service_->operation("plant-db-tree")), R"(Tree Service PlantDBTree

Usage
  stewardry aws tree plant-db-tree [--input FILE|-|JSON] [options]
  Comes in pages: --all-pages fetches them all.
  --wait takes TreeGrown.

Input
  Name      required string (1 to 10 characters; pattern [a-z]+)
  Kind      string (one of ELM, OAK)
  Root      required structure Node
    Left    structure Node
      (as above)
    Leaves  list (at most 2 items) of structure Node
      (as above)
  Other     structure Node
    (as above)
  Rings     list (at least 1 items) of integer (0 to 900)
  Tags      map of string to string
  Fruit     one member of Fruit
    Apple  string
    Pear   string
  Age       integer (0 to 900)
  Password  string (sensitive)
  Token     string, made up where it is absent
  Photo     blob (base64), streamed
  When      timestamp (ISO 8601)
  Any       any JSON value
  Many      string
    one of VALUE_NUMBER_FIVE, VALUE_NUMBER_FOUR, VALUE_NUMBER_ONE, VALUE_NUMBER_SEVEN, VALUE_NUMBER_SIX,
      VALUE_NUMBER_THREE, VALUE_NUMBER_TWO

Output
  Node  structure Node
    (as above)

Errors
  Tall  (HTTP 400)
  Busy  a retry helps
)");
}

TEST_F(Texts, NothingIsSaidToBeNothing) {
  const std::string text = operation_help(*service_, *service_->operation("Rest"));
  EXPECT_NE(text.find("Input\n  nothing: {}\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("Errors"), std::string::npos);
  EXPECT_EQ(text.find("--wait"), std::string::npos);
}

TEST_F(Texts, AServicesHelpHasItsWaiters) {
  const std::string text = service_help(*service_);
  EXPECT_NE(text.find("  plant-db-tree  PlantDBTree\n"), std::string::npos) << text;
  EXPECT_NE(text.find("  TreeGrown  of PlantDBTree, every 5 s, at most 40 times\n"), std::string::npos);
}

}  // namespace
}  // namespace aws_cli
