// What a codec writes, a server that echoes it has read by the same codec as the same value: random shapes, random
// values.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "aws_wire/random_test_support.h"
#include "aws_wire/wire.h"
#include "json/encode.h"

namespace aws_wire {
namespace {

using aws_model::Location;
using aws_model::Member;
using aws_model::Operation;
using aws_model::Protocol;
using aws_model::Service;
using aws_model::Shape;
using aws_model::Type;

Reply echo(const Request& request) {
  Reply reply;
  reply.status = 200;
  reply.headers = request.headers;
  reply.body = request.body;
  return reply;
}

void round_trip(Protocol protocol, const Shape& shape, const json::Value& value) {
  const Protocol protocols[] = {protocol};
  Service service;
  service.protocols = protocols;
  Operation operation;
  operation.method = "POST";
  operation.request_uri = "/";
  operation.input = &shape;
  operation.output = &shape;
  const std::vector<Problem> problems = check(operation, value);
  if (!problems.empty()) RC_FAIL(problems[0].path + ": " + problems[0].message + " in " + json::encode(value));
  const base::Result<Request> request = encode(service, operation, value);
  RC_ASSERT(request.has_value());
  const base::Result<json::Value> again = decode(service, operation, echo(*request));
  if (!again) RC_FAIL(again.error().message + " in " + request->body);
  if (*again != value) RC_FAIL("sent " + json::encode(value) + "\nread " + json::encode(*again));
}

bool trips(Protocol protocol) {
  return rc::check([protocol](std::uint64_t seed) {
    Model model;
    Random random(model, seed);
    random.documents = protocol != Protocol::kCbor;
    Shape* shape = random.structure(4);
    shape->is_union = false;
    round_trip(protocol, *shape, random.value(*shape));
  });
}

TEST(RoundTrip, Json) { EXPECT_TRUE(trips(Protocol::kJson)); }
TEST(RoundTrip, RestJson) { EXPECT_TRUE(trips(Protocol::kRestJson)); }
TEST(RoundTrip, Cbor) { EXPECT_TRUE(trips(Protocol::kCbor)); }

TEST(RoundTrip, MembersInHeaders) {
  EXPECT_TRUE(rc::check([](std::uint64_t seed) {
    Model model;
    Random random(model, seed);
    const Shape* text = model.of(Type::kString);
    Member json_member = Model::located("Json", text, Location::kHeader, "x-json");
    json_member.json_value = true;
    const Shape* shape =
        model.structure("Bound", {Model::located("Text", text, Location::kHeader, "x-text"),
                                  Model::located("Long", model.of(Type::kLong), Location::kHeader, "x-long"),
                                  Model::located("Double", model.of(Type::kDouble), Location::kHeader, "x-double"),
                                  Model::located("Blob", model.of(Type::kBlob), Location::kHeader, "x-blob"),
                                  Model::located("List", model.list(text), Location::kHeader, "x-list"),
                                  Model::located("Meta", model.map(text, text), Location::kHeaders, "x-meta-"),
                                  json_member, Model::member("Rest", random.structure(2))});
    json::Object value;
    const auto put = [&](std::string_view name, json::Value given) {
      value.emplace(boost::json::string_view(name.data(), name.size()), std::move(given));
    };
    put("Text", json::Value(random.header_text()));
    for (const Member& member : shape->members) {
      if (member.shape->type == Type::kLong || member.shape->type == Type::kDouble || member.shape->type == Type::kBlob)
        put(member.name, random.value(*member.shape));
    }
    json::Array list;
    for (std::size_t i = 1 + random.below(4); i > 0; --i) list.push_back(json::Value(random.header_text()));
    put("List", std::move(list));
    json::Object meta;
    for (std::size_t i = random.below(4); i > 0; --i)
      meta.insert_or_assign(fmt::format("k{}", i), random.header_text());
    put("Meta", std::move(meta));
    put("Json", random.value(*model.document()));
    put("Rest", random.value(*shape->members.back().shape));
    round_trip(Protocol::kRestJson, *shape, value);
  }));
}

TEST(RoundTrip, RawPayloads) {
  EXPECT_TRUE(rc::check([](std::uint64_t seed) {
    Model model;
    Random random(model, seed);
    const Type type = random.chance(2) ? Type::kBlob : Type::kString;
    Shape* shape = model.structure("Raw", {Model::member("Body", model.of(type))});
    shape->payload = shape->members.data();
    round_trip(Protocol::kRestJson, *shape, json::Value{{"Body", random.value(*shape->members.front().shape)}});
  }));
}

}  // namespace
}  // namespace aws_wire
