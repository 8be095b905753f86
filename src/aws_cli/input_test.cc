#include "aws_cli/input.h"

#include <fstream>

#include <gtest/gtest.h>

#include "aws_cli/report.h"
#include "json/encode.h"
#include "json/parse.h"

namespace aws_cli {
namespace {

base::Result<std::string> no_stdin() {
  ADD_FAILURE() << "stdin is not asked for";
  return std::string();
}

std::string read(const std::optional<std::string>& named, const std::string& piped = "") {
  const auto value = read_input(named, [&]() -> base::Result<std::string> { return piped; });
  return value ? json::encode(*value) : value.error().code + ": " + value.error().message;
}

struct TemporaryFile {
  explicit TemporaryFile(std::string_view text)
      : name(std::filesystem::temp_directory_path() / "stewardry-input-XXXXXX") {
    std::string made = name.string();
    ::close(::mkstemp(made.data()));
    name = made;
    std::ofstream(name, std::ios::binary) << text;
  }
  ~TemporaryFile() { std::filesystem::remove(name); }
  std::filesystem::path name;
};

TEST(Input, IsJsonAFileOrStdin) {
  EXPECT_EQ(read(std::nullopt), "{}");
  EXPECT_EQ(read(R"({"A":1})"), R"({"A":1})");
  EXPECT_EQ(read("\n {\"A\":1} "), R"({"A":1})");
  EXPECT_EQ(read("-", R"({"B":[null,"ü"]})"), R"({"B":[null,"ü"]})");
  EXPECT_EQ(read("-", "null"), "{}");
  const TemporaryFile file(R"({"C":1.5})");
  EXPECT_EQ(read(file.name.string()), R"({"C":1.5})");
  EXPECT_TRUE(read_input(R"({})", no_stdin));
}

TEST(Input, WhatIsWrongIsToldWithItsPlace) {
  for (const char* text : {"[1]", "3", "\"A\""})
    EXPECT_NE(read("-", text).find("must be a JSON object"), std::string::npos);
  EXPECT_NE(read("-", "").find("InvalidInput: The input (stdin)"), std::string::npos);
  EXPECT_NE(read("").find("--input is empty"), std::string::npos);
  EXPECT_NE(read("no/such/file").find("no file no/such/file"), std::string::npos);
  EXPECT_NE(read("/").find("cannot be read"), std::string::npos);
  EXPECT_NE(read("{\"A\":1,}").find("line 1, column 8"), std::string::npos);
  EXPECT_NE(read("{\"A\":\"\xff\"}").find("UTF-8"), std::string::npos);
}

TEST(Input, MembersThatStandTwiceAreRefused) {
  const auto value = read_input(R"({"Items":[{"a":1},{"Put":{"Key":1,"Key":2}}]})", no_stdin);
  ASSERT_FALSE(value);
  ASSERT_EQ(value.error().problems.size(), 1U);
  EXPECT_EQ(value.error().problems[0].path, "Items[1].Put.Key");
  EXPECT_EQ(exit_code(value.error()), 252);
}

TEST(Input, NestsAsDeepAsAnItemOfDynamoDbMayAndEndsSomewhere) {
  const auto nested = [](int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += R"({"M":)";
    return text + "{}" + std::string(static_cast<std::size_t>(depth), '}');
  };
  EXPECT_EQ(read(nested(100)), nested(100));
  EXPECT_NE(read(nested(200)).find("nested too deeply; 128 levels"), std::string::npos);
}

TEST(Input, PointersBecomePaths) {
  EXPECT_EQ(path_of_pointer(""), "");
  EXPECT_EQ(path_of_pointer("/A/b/0/C"), "A.b[0].C");
  EXPECT_EQ(path_of_pointer("/0/1"), "[0][1]");
  EXPECT_EQ(path_of_pointer("/a~1b/c~0d~01"), "a/b.c~d~1");
  EXPECT_EQ(path_of_pointer("/A//b"), "A..b");
}

TEST(Report, HasEveryMemberAlways) {
  aws::Failure failure;
  failure.kind = aws::Failure::Kind::kService;
  failure.code = "ConditionalCheckFailedException";
  failure.message = "The \"condition\" failed\n";
  failure.request_id = "r-1";
  failure.http_status = 400;
  failure.members = {{"Item", json::Object{{"S", "x"}}}};
  EXPECT_EQ(report(failure),
            R"({"error":{"code":"ConditionalCheckFailedException","message":"The \"condition\" failed\n",)"
            R"("requestId":"r-1","httpStatus":400,"retryable":false,"path":null,"problems":[],)"
            R"("members":{"Item":{"S":"x"}}}})"
            "\n");
  EXPECT_EQ(exit_code(failure), 254);
  failure = {};
  failure.kind = aws::Failure::Kind::kInput;
  failure.problems = {{"", "the whole"}, {"A.b", "this"}};
  const auto told = json::parse(report(failure))->at("error");
  EXPECT_EQ(json::encode(told.at("path")), R"("")");
  EXPECT_EQ(json::encode(told.at("requestId")), "null");
  EXPECT_EQ(json::encode(told.at("httpStatus")), "null");
  EXPECT_EQ(json::encode(told.at("problems")),
            R"([{"path":"","message":"the whole"},{"path":"A.b","message":"this"}])");
  failure.kind = aws::Failure::Kind::kConfiguration;
  EXPECT_EQ(exit_code(failure), 253);
  failure.kind = aws::Failure::Kind::kTransport;
  EXPECT_EQ(exit_code(failure), 255);
}

}  // namespace
}  // namespace aws_cli
