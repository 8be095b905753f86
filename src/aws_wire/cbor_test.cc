#include "aws_wire/cbor.h"

#include <limits>

#include <gtest/gtest.h>

#include "aws_wire/model_test_support.h"
#include "base/limits.h"
#include "base/text.h"
#include "json/encode.h"

namespace aws_wire {
namespace {

using aws_model::Member;
using aws_model::Shape;
using aws_model::Type;

std::string bytes_of(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1])));
  return bytes;
}

// As JSON text, or what was wrong.
std::string any(std::string_view hex) {
  const auto value = read_cbor(bytes_of(hex));
  return value ? json::encode(*value) : value.error().message;
}

TEST(Cbor, ExamplesOfRfc8949AppendixA) {
  const std::vector<std::pair<std::string_view, std::string_view>> examples = {
      {"00", "0"},
      {"17", "23"},
      {"1818", "24"},
      {"1903e8", "1000"},
      {"1a000f4240", "1000000"},
      {"1b000000e8d4a51000", "1000000000000"},
      {"1bffffffffffffffff", "18446744073709551615"},
      {"20", "-1"},
      {"3863", "-100"},
      {"3903e7", "-1000"},
      {"3b7fffffffffffffff", "-9223372036854775808"},
      {"f90000", "0"},
      {"f98000", "-0.0"},
      {"f93c00", "1"},
      {"fb3ff199999999999a", "1.1"},
      {"f93e00", "1.5"},
      {"f97bff", "65504"},
      {"fa47c35000", "1e+05"},
      {"fa7f7fffff", "3.4028235e+38"},
      {"fb7e37e43c8800759c", "1e+300"},
      {"f90001", "5.960464477539063e-08"},
      {"f90400", "6.103515625e-05"},
      {"f9c400", "-4"},
      {"f97c00", "\"Infinity\""},
      {"f97e00", "\"NaN\""},
      {"f9fc00", "\"-Infinity\""},
      {"fa7f800000", "\"Infinity\""},
      {"fb7ff8000000000000", "\"NaN\""},
      {"f4", "false"},
      {"f5", "true"},
      {"f6", "null"},
      {"f7", "null"},
      {"c11a514b67b0", "\"2013-03-21T20:04:00Z\""},
      {"c1fb41d452d9ec200000", "\"2013-03-21T20:04:00.5Z\""},
      {"d74401020304", "\"AQIDBA==\""},
      {"40", "\"\""},
      {"6449455446", "\"IETF\""},
      {"62c3bc", "\"\xc3\xbc\""},
      {"80", "[]"},
      {"83010203", "[1,2,3]"},
      {"8301820203820405", "[1,[2,3],[4,5]]"},
      {"a26161016162820203", R"({"a":1,"b":[2,3]})"},
      {"5f42010243030405ff", "\"AQIDBAU=\""},
      {"7f657374726561646d696e67ff", "\"streaming\""},
      {"9fff", "[]"},
      {"9f018202039f0405ffff", "[1,[2,3],[4,5]]"},
      {"bf61610161629f0203ffff", R"({"a":1,"b":[2,3]})"},
      {"bf6346756ef563416d7421ff", R"({"Fun":true,"Amt":-2})"},
  };
  for (const auto& [hex, expected] : examples) EXPECT_EQ(any(hex), expected) << hex;
}

TEST(Cbor, WhatIsNotWellFormedIsToldWithItsPlace) {
  const std::vector<std::pair<std::string_view, std::string_view>> broken = {
      {"", "ends too early"},
      {"18", "ends too early"},
      {"62c3", "ends too early"},
      {"61ff", "not UTF-8"},
      {"83", "ends too early"},
      {"9f01", "ends too early"},
      {"7f61", "ends too early"},
      {"bf6161ff", "a break that ends nothing"},
      {"ff", "a break that ends nothing"},
      {"1f", "indefinite length where none can be"},
      {"1c", "a reserved head"},
      {"5f01ff", "part of another type"},
      {"5f5f4101ffff", "part of another type"},
      {"7f4101ff", "part of another type"},
      {"a10101", "a key that is not text"},
      {"0000", "something follows"},
      {"c249010000000000000000", "bignum"},
      {"c349010000000000000000", "bignum"},
      {"3bffffffffffffffff", "beyond 64 bits"},
      {"e0", "simple value"},
      {"9bffffffffffffffff", "ends too early"},
      {"bbffffffffffffffff", "ends too early"},
      {"5bffffffffffffffff", "ends too early"},
  };
  for (const auto& [hex, story] : broken) {
    const std::string told = any(hex);
    EXPECT_NE(told.find(story), std::string::npos) << hex << ": " << told;
    EXPECT_NE(told.find("(byte "), std::string::npos) << hex;
  }
}

TEST(Cbor, DepthAndTagsAreLimited) {
  std::string deep;
  for (std::size_t i = 0; i < base::limits::kAwsDepthMax; ++i) deep += "81";
  EXPECT_EQ(any(deep + "00").find("nested"), std::string::npos);
  EXPECT_NE(any(deep + "8100").find("nested too deeply"), std::string::npos);
  std::string hostile;
  for (int i = 0; i < 100000; ++i) hostile += "9f";
  EXPECT_NE(any(hostile).find("nested too deeply"), std::string::npos);
  std::string tags;
  for (std::size_t i = 0; i < 2 * base::limits::kAwsDepthMax; ++i) tags += "c6";
  EXPECT_NE(any(tags + "00").find("too many tags"), std::string::npos);
}

struct CborModel : testing::Test {
  Model model;
  const Shape* text = model.of(Type::kString);

  std::string written(const Shape* shape, std::string_view value) {
    std::string out;
    append_cbor(out, *shape, parsed(value).get_object());
    return base::hex(out);
  }
  std::string read(const Shape* shape, std::string_view hex) {
    json::Object output;
    const auto result = read_cbor(*shape, bytes_of(hex), output);
    return result ? json::encode(json::Value(output)) : result.error().message;
  }
  const Shape* one(const Shape* shape) { return model.structure("S", {Model::member("a", shape)}); }
  const Shape* one(Type type) { return one(model.of(type)); }
};

TEST_F(CborModel, EachTypeAsItIsWritten) {
  EXPECT_EQ(written(one(Type::kString), R"({"a": "ü"})"), "a1616162c3bc");
  EXPECT_EQ(written(one(Type::kBoolean), R"({"a": true})"), "a16161f5");
  EXPECT_EQ(written(one(Type::kInteger), R"({"a": 5.0})"), "a1616105");
  EXPECT_EQ(written(one(Type::kLong), R"({"a": -9223372036854775808})"), "a161613b7fffffffffffffff");
  EXPECT_EQ(written(one(Type::kFloat), R"({"a": 1.5})"), "a16161fa3fc00000");
  EXPECT_EQ(written(one(Type::kDouble), R"({"a": 1})"), "a16161fb3ff0000000000000") << "a double, however it came";
  EXPECT_EQ(written(one(Type::kDouble), R"({"a": "-Infinity"})"), "a16161f9fc00");
  EXPECT_EQ(written(one(Type::kBlob), R"({"a": "Zm9v"})"), "a1616143666f6f");
  EXPECT_EQ(written(one(Type::kTimestamp), R"({"a": "2013-03-21T20:04:00Z"})"), "a16161c11a514b67b0");
  EXPECT_EQ(written(one(Type::kTimestamp), R"({"a": 1363896240.5})"), "a16161c1fb41d452d9ec200000");
  EXPECT_EQ(written(one(text), R"({"a": null})"), "a0") << "null is absent";
  EXPECT_EQ(written(one(model.map(text, text)), R"({"a": {"x": null, "y": "z"}})"), "a16161a16179617a");
  Shape* sparse = model.map(text, text);
  sparse->sparse = true;
  EXPECT_EQ(written(one(sparse), R"({"a": {"x": null}})"), "a16161a16178f6");
}

TEST_F(CborModel, ReadsKindlyWhatMeansTheSame) {
  EXPECT_EQ(read(one(Type::kDouble), "a1616105"), R"({"a":5})");
  EXPECT_EQ(read(one(Type::kInteger), "a16161f94500"), R"({"a":5})");
  EXPECT_EQ(read(one(Type::kFloat), "a16161fa3f8ccccd"), R"({"a":1.1})") << "by the digits of a float";
  EXPECT_EQ(read(one(Type::kTimestamp), "a161611a514b67b0"), R"({"a":"2013-03-21T20:04:00Z"})") << "without its tag";
  EXPECT_EQ(read(one(Type::kString), "bf7f6161ff7f61616162ffff"), R"({"a":"ab"})") << "key and text in parts";
  EXPECT_EQ(read(one(Type::kString), "a2616101616101"),
            "The service's answer is not what its model promises: a must be a text.");
  EXPECT_EQ(read(one(Type::kString), "a26161616261616163"), R"({"a":"c"})") << "of two the last";
  EXPECT_EQ(read(one(Type::kString), "f6"), "{}");
}

TEST_F(CborModel, UnknownMembersAreDroppedWhateverTheyAre) {
  EXPECT_EQ(read(one(text), "a461780061799f01a10203ff617ac1fb41d452d9ec20000061616162"), R"({"a":"b"})");
  EXPECT_EQ(read(one(text), "a26178a1f6f661616162"), R"({"a":"b"})");
}

TEST_F(CborModel, NullsInListsAndMaps) {
  EXPECT_EQ(read(one(model.list(text)), "a1616182f66162"), R"({"a":["b"]})") << "a dense list has none";
  Shape* sparse = model.list(text);
  sparse->sparse = true;
  EXPECT_EQ(read(one(sparse), "a1616182f66162"), R"({"a":[null,"b"]})");
  EXPECT_EQ(read(one(model.map(text, text)), "a16161a16178f6"), R"({"a":{}})");
}

TEST_F(CborModel, MistypedMembersAreToldByPath) {
  const Shape* inner = model.structure("I", {Model::member("b", model.list(model.of(Type::kLong)))});
  EXPECT_EQ(read(one(inner), "a16161a1616282006161"),
            "The service's answer is not what its model promises: a.b[1] must be a whole number.");
  EXPECT_EQ(read(one(text), "80"), "The service's answer is not what its model promises: it must be a map.");
}

}  // namespace
}  // namespace aws_wire
