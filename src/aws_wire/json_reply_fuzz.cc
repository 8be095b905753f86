// Any bytes as an answer in rest-json and json: the first line is every bound header, the rest the body. Nothing is
// read outside, a refusal says why, and what is read is written so that it reads the same again.

#include <string_view>

#include "aws_wire/fuzz_model_support.h"
#include "aws_wire/wire.h"
#include "base/check.h"

namespace {

void round_trips(const aws_model::Service& service, aws_wire::Reply reply) {
  const aws_model::Operation& operation = service.operations.front();
  const aws_wire::ServiceError error = aws_wire::decode_error(service, operation, reply);
  CHECK(!error.members.contains("Secret"), "sensitive members are left out");
  json::Value read = json::Object();
  for (int turn = 0; turn < 3; ++turn) {
    auto again = aws_wire::decode(service, operation, reply);
    if (!again) {
      CHECK(turn == 0 && !again.error().message.empty(), "what we write, we read");
      return;
    }
    CHECK(turn < 2 || *again == read, "reading and writing is stable");
    read = std::move(*again);
    auto request = aws_wire::encode(service, operation, read);
    if (!request) return;  // a header that came with a control character does not go out again
    reply.headers = request->headers;
    reply.body = request->body;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto rest_json = aws_wire::fuzz_service("rest-json");
  static const auto json = aws_wire::fuzz_service("json");
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  aws_wire::Reply reply;
  reply.status = 200;
  reply.body = bytes;
  round_trips(*json, reply);
  const std::size_t line = bytes.find('\n');
  if (line == std::string_view::npos) return 0;
  for (const char* name : {"x-header", "x-times", "x-json", "x-amzn-errortype"})
    reply.headers.add(name, std::string(bytes.substr(0, line)));
  reply.body = bytes.substr(line + 1);
  round_trips(*rest_json, reply);
  return 0;
}
