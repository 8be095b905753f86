#include <limits>

#include <gtest/gtest.h>

#include "aws_wire/model_test_support.h"
#include "aws_wire/wire.h"
#include "base/limits.h"
#include "json/encode.h"

namespace aws_wire {
namespace {

using aws_model::Location;
using aws_model::Member;
using aws_model::Operation;
using aws_model::Shape;
using aws_model::Type;

struct Check : testing::Test {
  Model model;
  const Shape* text = model.of(Type::kString);
  const Shape* number = model.of(Type::kInteger);
  Operation operation;
  CheckOptions options;

  void takes(std::vector<Member> members) { operation.input = model.structure("In", std::move(members)); }
  // "path: message" of each, in lines.
  std::string told_of(const json::Value& input) {
    std::string lines;
    for (const Problem& problem : check(operation, input, options))
      lines += problem.path + ": " + problem.message + "\n";
    return lines;
  }
  std::string told(std::string_view input) { return told_of(parsed(input)); }
  static Member required(Member member) {
    member.required = true;
    return member;
  }
};

TEST_F(Check, EveryProblemAtOnceWithItsPath) {
  const Shape* put = model.structure("Put", {required(Model::member("TableName", text)),
                                             Model::member("Count", model.of(Type::kInteger, {.min = 1, .max = 9}))});
  const Shape* item = model.structure("Item", {Model::member("Put", put)});
  takes({required(Model::member("TransactItems", model.list(item))), Model::member("Name", text)});
  EXPECT_EQ(told(R"({"TransactItems": [{"Put": {"Tablename": "a", "Count": 10}}, {"Put": 5}, null], "Name": 1})"),
            "TransactItems[0].Put.Tablename: There is no such member here. Did you mean TableName?\n"
            "TransactItems[0].Put.Count: This must be at most 9, and is 10.\n"
            "TransactItems[0].Put.TableName: This is required.\n"
            "TransactItems[1].Put: This must be an object, not a number.\n"
            "TransactItems[2]: This must not be null: leave the element out.\n"
            "Name: This must be a string, not a number.\n");
  EXPECT_EQ(told(R"({"TransactItems": [{"Put": {"TableName": "a", "Count": 9}}]})"), "");
}

TEST_F(Check, NullIsAbsentAlsoWhereSomethingIsRequired) {
  takes({required(Model::member("A", text)), Model::member("B", text)});
  EXPECT_EQ(told(R"({"A": null, "B": null, "C": null})"), "A: This is required.\n");
  EXPECT_EQ(told_of(json::Value(nullptr)), "A: This is required.\n");
  EXPECT_EQ(told("[]"), ": The input must be an object, not an array.\n");
}

TEST_F(Check, AnOperationThatTakesNothing) {
  EXPECT_EQ(told("{}"), "");
  EXPECT_EQ(told("null"), "");
  EXPECT_EQ(told(R"({"A": 1})"), "A: There is no such member here. This takes none.\n");
}

TEST_F(Check, UnknownMembersTellWhatThereIs) {
  takes({Model::member("Bucket", text), Model::member("Key", text)});
  EXPECT_EQ(told(R"({"zzzzzz": 1, "a b": 2})"),
            "zzzzzz: There is no such member here. There are Bucket, Key.\n"
            "[\"a b\"]: There is no such member here. There are Bucket, Key.\n");
}

TEST_F(Check, WhatWasExpectedAndWhatCame) {
  const std::vector<std::pair<Type, std::string_view>> wrong = {
      {Type::kString, "5"},           {Type::kString, "{}"},     {Type::kBoolean, R"("true")"},
      {Type::kInteger, R"("5")"},     {Type::kInteger, "5.5"},   {Type::kLong, "true"},
      {Type::kDouble, R"("5")"},      {Type::kBlob, R"("a")"},   {Type::kBlob, "[1]"},
      {Type::kTimestamp, R"("now")"}, {Type::kTimestamp, "true"}};
  std::string lines;
  for (const auto& [type, value] : wrong) {
    takes({Model::member("A", model.of(type))});
    lines += told_of(json::Value{{"A", parsed(value)}});
  }
  EXPECT_EQ(lines,
            "A: This must be a string, not a number.\n"
            "A: This must be a string, not an object. A JSON document stands here as text, in a string.\n"
            "A: This must be true or false, not a string.\n"
            "A: This must be a whole number, not a string.\n"
            "A: This must be a whole number.\n"
            "A: This must be a whole number, not a boolean.\n"
            "A: This must be a number, or one of the strings NaN, Infinity and -Infinity, not a string.\n"
            "A: This must be bytes as a base64 string.\n"
            "A: This must be bytes as a base64 string, not an array.\n"
            "A: This must be a timestamp: ISO 8601 with a zone, like 2026-11-24T05:47:44Z, or seconds since 1970.\n"
            "A: This must be a timestamp: ISO 8601 with a zone, like 2026-11-24T05:47:44Z, or seconds since 1970, "
            "not a boolean.\n");
}

TEST_F(Check, NumbersFitTheirTypes) {
  takes({Model::member("I", number), Model::member("L", model.of(Type::kLong)),
         Model::member("F", model.of(Type::kFloat)), Model::member("D", model.of(Type::kDouble, {.min = 0})),
         Model::member("B", model.of(Type::kBigInteger))});
  EXPECT_EQ(told(R"({"I": 2147483647, "L": 9223372036854775807, "F": 3.4e38, "D": 0, "B": 18446744073709551615})"), "");
  EXPECT_EQ(told(R"({"I": -2147483648, "L": -9223372036854775808, "F": "-Infinity", "D": "NaN",
                     "B": "123456789012345678901234567890"})"),
            "");
  EXPECT_EQ(told(R"({"I": 5.0, "L": 1e3})"), "") << "whole numbers, however they are written";
  EXPECT_EQ(told(R"({"I": 2147483648, "L": 9223372036854775808, "F": 1e39, "D": -0.5, "B": "1x"})"),
            "I: This must be a whole number of 32 bits.\n"
            "L: This must be a whole number of 64 bits.\n"
            "F: This is too large for a number of single precision.\n"
            "D: This must be at least 0, and is -0.5.\n"
            "B: This must be a whole number, not a string.\n");
}

TEST_F(Check, LengthsCountCodePointsBytesAndElements) {
  const Shape two_text{.min = 2, .max = 3};
  const Shape* sized = model.of(Type::kString, two_text);
  Shape* list = model.list(text);
  list->min = 1;
  list->max = 2;
  Shape* map = model.map(sized, text);
  map->max = 1;
  takes({Model::member("S", sized), Model::member("B", model.of(Type::kBlob, two_text)), Model::member("L", list),
         Model::member("M", map)});
  EXPECT_EQ(told(R"({"S": "äöü", "B": "Zm9v", "L": ["", ""], "M": {"ab": ""}})"), "");
  EXPECT_EQ(told(R"({"S": "ä", "B": "Zg==", "L": [], "M": {"a": "", "abcd": ""}})"),
            "S: This must have at least 2 characters, and has 1.\n"
            "B: This must have at least 2 bytes, and has 1.\n"
            "L: This must have at least 1 elements, and has 0.\n"
            "M.a: The key must have at least 2 characters, and has 1.\n"
            "M.abcd: The key must have at most 3 characters, and has 4.\n"
            "M: This must have at most 1 entries, and has 2.\n");
}

TEST_F(Check, Enumerations) {
  static constexpr std::string_view kValues[] = {"DISABLED", "ENABLED"};
  const Shape* status = model.of(Type::kString, {.enumeration = kValues});
  takes({Model::member("Status", status), Model::member("Map", model.map(status, text))});
  EXPECT_EQ(told(R"({"Status": "ENABLED", "Map": {"DISABLED": ""}})"), "");
  EXPECT_EQ(told(R"({"Status": "enabled", "Map": {"x": ""}})"),
            "Status: This must be one of DISABLED, ENABLED, not \"enabled\". Did you mean ENABLED?\n"
            "Map.x: The key must be one of DISABLED, ENABLED, not \"x\".\n");
  options.unknown_enumeration_allowed = true;
  EXPECT_EQ(told(R"({"Status": "NEW"})"), "");
}

TEST_F(Check, UnionsHaveExactlyOneMember) {
  Shape* either = model.structure("Either", {Model::member("A", text), Model::member("B", number)});
  either->is_union = true;
  takes({Model::member("U", either)});
  EXPECT_EQ(told(R"({"U": {"A": "x", "B": null}})"), "");
  EXPECT_EQ(told(R"({"U": {}})"), "U: Exactly one member must be given here, of A, B; there is none.\n");
  EXPECT_EQ(told(R"({"U": {"A": "x", "B": 1}})"), "U: Exactly one member must be given here, of A, B; there are 2.\n");
  EXPECT_EQ(told(R"({"U": {"C": 1}})"),
            "U.C: There is no such member here. There are A, B.\n"
            "U: Exactly one member must be given here, of A, B; there is none.\n");
}

TEST_F(Check, DocumentsAndJsonValuesAreAnything) {
  Member json_member = Model::located("J", text, Location::kHeader, "x-j");
  json_member.json_value = true;
  takes({Model::member("D", model.document()), json_member});
  for (const std::string_view any : {"1", "true", R"("a\nb")", R"([null, {"a": [1.5]}])", R"({"x": {}})"})
    EXPECT_EQ(told_of(json::Value{{"D", parsed(any)}, {"J", parsed(any)}}), "") << any;
}

TEST_F(Check, SparseListsAndMapsTakeNull) {
  Shape* list = model.list(text);
  list->sparse = true;
  takes({Model::member("L", list), Model::member("M", model.map(text, text))});
  EXPECT_EQ(told(R"({"L": [null], "M": {"a": null}})"), "") << "in a map null is an absent entry";
}

TEST_F(Check, SensitiveValuesAreNeverShown) {
  static constexpr std::string_view kValues[] = {"A", "B"};
  const Shape* pin = model.of(Type::kInteger, {.max = 9, .sensitive = true});
  const Shape* secret = model.of(Type::kString, {.enumeration = kValues, .max = 3, .sensitive = true});
  Shape* vault = model.structure("Vault", {Model::member("Plain", model.of(Type::kInteger, {.max = 9})),
                                           Model::member("Names", model.map(text, number))});
  vault->sensitive = true;
  takes({Model::member("Pin", pin), Model::member("Secret", secret), Model::member("Vault", vault),
         Model::member("Keys", model.map(model.of(Type::kString, {.sensitive = true}), number))});
  const std::string lines =
      told(R"({"Pin": 7777, "Secret": "hunter2", "Vault": {"Plain": 7777, "Names": {"hunter2": ""}},
                                     "Keys": {"hunter2": ""}})");
  EXPECT_EQ(lines,
            "Pin: This must be at most 9.\n"
            "Secret: This must have at most 3 characters, and has 7.\n"
            "Secret: This must be one of A, B.\n"
            "Vault.Plain: This must be at most 9.\n"
            "Vault.Names[*]: This must be a whole number, not a string.\n"
            "Keys[*]: This must be a whole number, not a string.\n");
}

TEST_F(Check, LabelsOfPathAndHostAndWhatHeadersCarry) {
  Member account = Model::member("Account", text);
  account.host_label = true;
  takes({required(Model::located("Bucket", text, Location::kUri)), account,
         Model::located("Meta", model.map(text, text), Location::kHeaders, "x-meta-"),
         Model::located("Agent", text, Location::kHeader, "x-agent")});
  EXPECT_EQ(told(R"({"Bucket": "b", "Account": "a-1.b", "Meta": {"ok": "ü"}, "Agent": "x\ty"})"), "");
  EXPECT_EQ(told(R"({"Bucket": "", "Account": "", "Meta": {"a b": "x", "c": "\r\n"}, "Agent": "\u0001"})"),
            "Bucket: This must not be empty: it is a part of the request's path.\n"
            "Account: This must not be empty: it is a part of the host's name.\n"
            "Meta[\"a b\"]: The key has a character that the name of a header cannot have.\n"
            "Meta.c: This has a control character, which a header cannot carry.\n"
            "Agent: This has a control character, which a header cannot carry.\n");
  for (const std::string_view label : {"a/b", ".a", "a.", "a..b", "a@b", "ä"})
    EXPECT_NE(told_of(json::Value{{"Bucket", "b"}, {"Account", label}}), "") << label;
}

TEST_F(Check, AStreamMayComeFromElsewhere) {
  Member body = required(Model::member("Body", model.of(Type::kBlob)));
  takes({body});
  Shape* input = model.structure("In", {body});
  input->payload = input->members.data();
  operation.input = input;
  EXPECT_EQ(told("{}"), "Body: This is required.\n");
  options.body_given = true;
  EXPECT_EQ(told("{}"), "");
  EXPECT_EQ(told(R"({"Body": ""})"), "Body: The body comes from elsewhere: leave this member out.\n");
}

TEST_F(Check, EventStreamsAreRefused) {
  Shape* stream = model.structure("Stream", {});
  stream->is_event_stream = true;
  takes({Model::member("Audio", stream)});
  EXPECT_EQ(told(R"({"Audio": {}})"), "Audio: This is an event stream, which is not spoken here: leave it out.\n");
}

TEST_F(Check, DepthIsLimited) {
  Shape* tree = model.structure("Tree", {});
  std::vector<Member> members = {Model::member("T", tree), Model::member("D", model.document())};
  tree->members = members;
  operation.input = tree;
  const auto nested = [](std::size_t levels, json::Value core) {
    for (std::size_t i = 0; i < levels; ++i) core = json::Value{{"T", std::move(core)}};
    return core;
  };
  EXPECT_EQ(told_of(nested(base::limits::kAwsDepthMax, json::Object())), "");
  EXPECT_NE(told_of(nested(base::limits::kAwsDepthMax + 1, json::Object())).find("nested too deeply"),
            std::string::npos);
  json::Value document = json::Array();
  for (std::size_t i = 0; i < base::limits::kAwsDepthMax; ++i) document = json::Value(json::Array{std::move(document)});
  EXPECT_NE(told_of(json::Value{{"D", document}}).find("nested too deeply"), std::string::npos);
}

TEST_F(Check, ProblemsAreLimited) {
  takes({});
  json::Object input;
  for (std::size_t i = 0; i < 2 * base::limits::kAwsProblemsMax; ++i) input.emplace(std::to_string(i), 1);
  const std::vector<Problem> problems = check(operation, input);
  EXPECT_EQ(problems.size(), base::limits::kAwsProblemsMax + 1);
  EXPECT_EQ(problems.back().message, "There are more problems than these.");
}

std::string fixed_token() { return "11111111-2222-3333-4444-555555555555"; }

TEST_F(Check, TokensAreFilledInWhereTheyAreAbsent) {
  Member token = required(Model::member("ClientToken", model.of(Type::kString, {.min = 36})));
  token.idempotency_token = true;
  takes({token, Model::member("Name", text)});
  EXPECT_EQ(told_of(with_tokens(operation, parsed("{}"), fixed_token)), "");
  EXPECT_EQ(with_tokens(operation, json::Value(nullptr), fixed_token).at("ClientToken"), json::Value(fixed_token()));
  EXPECT_EQ(with_tokens(operation, parsed(R"({"ClientToken": null})"), fixed_token).at("ClientToken"),
            json::Value(fixed_token()));
  EXPECT_EQ(with_tokens(operation, parsed(R"({"ClientToken": "mine"})"), fixed_token).at("ClientToken"),
            json::Value("mine"));
  EXPECT_EQ(with_tokens(operation, parsed("[1]"), fixed_token), parsed("[1]"));
  EXPECT_EQ(with_tokens({}, json::Value(nullptr), fixed_token), json::Value(nullptr));
}

}  // namespace
}  // namespace aws_wire
