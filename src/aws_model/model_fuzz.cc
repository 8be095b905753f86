// Any three JSON texts as model, paginators and waiters (divided by NUL): a service in which everything holds together,
// or an error that says where.

#include <array>
#include <cstdint>
#include <cstdlib>

#include "aws_model/library.h"
#include "base/check.h"
#include "base/limits.h"
#include "json/parse.h"

namespace {

void walk(const aws_model::Service& service) {
  for (const aws_model::Shape& shape : service.shapes) {
    CHECK(service.shape(shape.name) == &shape, "a shape is found by its name");
    for (const aws_model::Member& member : shape.members) {
      CHECK(member.shape != nullptr && service.shape(member.shape->name) == member.shape, "a member has a shape");
      CHECK(shape.find(member.name) == &member, "a member is found by its name");
    }
    const bool has_element = shape.type == aws_model::Type::kList || shape.type == aws_model::Type::kMap;
    CHECK(has_element == (shape.element != nullptr && shape.element->shape != nullptr), "what is in a list is known");
  }
  for (const aws_model::Operation& operation : service.operations) {
    CHECK(service.operation(operation.name) == &operation, "an operation is found by its name");
    CHECK(!aws_model::command_name(operation.name).empty() || operation.name.empty(), "it has a name for commands");
    for (const aws_model::Shape* error : operation.errors) CHECK(error != nullptr, "an error has a shape");
  }
  for (const aws_model::Paginator& paginator : service.paginators)
    CHECK(service.operation(paginator.operation) != nullptr, "a paginator has an operation");
  for (const aws_model::Waiter& waiter : service.waiters) CHECK(service.operation(waiter.operation), "so has a waiter");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::array<json::Value, 3> values;
  for (json::Value& value : values) {
    const std::size_t end = rest.find('\0');
    auto parsed = json::parse(rest.substr(0, end), base::limits::kModelDepthMax);
    if (parsed) value = *std::move(parsed);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  const auto service = aws_model::read_service("x", values[0], values[1], values[2]);
  if (service)
    walk(**service);
  else
    CHECK(service.error().code == base::Code::kInvalid && service.error().fields.size() == 1, "it says where");
  return 0;
}
