// Any bytes as an answer in CBOR: nothing is read outside, a refusal says why, and what is read is written so that it
// reads the same again. (What a service sends may be finer than what we write, a timestamp's nanoseconds; so the
// second reading is compared with the third.)

#include <string_view>

#include "aws_wire/cbor.h"
#include "aws_wire/fuzz_model_support.h"
#include "aws_wire/wire.h"
#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto service = aws_wire::fuzz_service("smithy-rpc-v2-cbor");
  const aws_model::Operation& operation = service->operations.front();
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto any = aws_wire::read_cbor(bytes);
  CHECK(any.has_value() || !any.error().message.empty(), "a refusal says why");

  aws_wire::Reply reply;
  reply.status = 200;
  reply.body = bytes;
  const aws_wire::ServiceError error = aws_wire::decode_error(*service, operation, reply);
  CHECK(!error.members.contains("Secret"), "sensitive members are left out");
  json::Value read = json::Object();
  for (int turn = 0; turn < 3; ++turn) {
    auto again = aws_wire::decode(*service, operation, reply);
    if (!again) {
      CHECK(turn == 0 && !again.error().message.empty(), "what we write, we read");
      return 0;
    }
    CHECK(turn < 2 || *again == read, "reading and writing is stable");
    read = std::move(*again);
    reply.body = aws_wire::encode(*service, operation, read).value().body;
  }
  return 0;
}
