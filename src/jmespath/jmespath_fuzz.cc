// Any bytes as an expression are read or refused, and whatever was read can be evaluated over any JSON: to a value, or
// an error that says something. The first line is the expression, the rest the document.

#include <string_view>

#include "base/check.h"
#include "jmespath/jmespath.h"
#include "json/encode.h"
#include "json/parse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = input.find('\n');
  const base::Result<jmespath::Expression> expression = jmespath::Expression::compile(input.substr(0, end));
  if (!expression) {
    CHECK(!expression.error().message.empty(), "a refusal says why");
    return 0;
  }
  const base::Result<json::Value> given = json::parse(end == std::string_view::npos ? "{}" : input.substr(end + 1));
  const json::Value document = given ? *given : json::Value(json::Array{1, "a", json::Object{{"a", json::Array{}}}});
  const base::Result<json::Value> value = expression->evaluate(document);
  if (value)
    CHECK(!json::encode(*value).empty(), "what comes out is JSON");
  else
    CHECK(value.error().code == base::Code::kInvalid, "what goes wrong is the expression's fault");
  return 0;
}
