// JMESPath over a pipe, for jmespath_test.py: one JSON object a line, {"expression", "document"}, is answered with one,
// {"value"} or {"error"}.

#include <iostream>
#include <string>

#include "jmespath/jmespath.h"
#include "json/encode.h"
#include "json/parse.h"

namespace {

base::Result<json::Value> answer(const std::string& line) {
  const json::Value request = TRY(json::parse(line));
  const json::Object& members = request.as_object();
  const jmespath::Expression expression =
      TRY(jmespath::Expression::compile(json::view(members.at("expression").as_string())));
  return expression.evaluate(members.at("document"));
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  std::string line;
  while (std::getline(std::cin, line)) {
    base::Result<json::Value> value = answer(line);
    json::Object out;
    if (value)
      out["value"] = std::move(*value);
    else
      out["error"] = value.error().message;
    std::cout << json::encode(out) << '\n' << std::flush;
  }
  return 0;
}
