// Any JSON as a rule set is compiled or refused with its place; and whatever was compiled answers any parameters with
// an endpoint or an error that says something. The first line is the rule set; the rest, with the names of the
// parameters in turn, their values.

#include <string_view>

#include <boost/json/parse.hpp>

#include "aws_endpoint/endpoint.h"
#include "base/check.h"
#include "json/parse.h"

namespace {

std::shared_ptr<const aws_endpoint::Partitions> partitions() {
  return *aws_endpoint::Partitions::make(
      *json::parse(R"({"partitions": [{"id": "aws", "regionRegex": "^(us|eu)\\-\\w+\\-\\d+$",
    "regions": {"us-east-1": {}}, "outputs": {"dnsSuffix": "amazonaws.com", "dualStackDnsSuffix": "api.aws",
    "implicitGlobalRegion": "us-east-1", "supportsFIPS": true, "supportsDualStack": true}}]})"));
}

aws_endpoint::Parameter parameter(std::string_view line) {
  if (line == "true" || line == "false") return line == "true";
  if (line.starts_with('[')) return std::vector<std::string>(line.size() % 4, std::string(line.substr(1)));
  return std::string(line);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::shared_ptr<const aws_endpoint::Partitions> known = partitions();
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = input.find('\n');
  const base::Result<json::Value> rule_set = json::parse(input.substr(0, end), 128);
  if (!rule_set) return 0;
  const auto rules = aws_endpoint::Rules::compile(*rule_set, known);
  if (!rules) {
    CHECK(rules.error().fields.size() == 1, "a refusal says where");
    return 0;
  }
  aws_endpoint::Parameters given;
  std::string_view rest = end == std::string_view::npos ? std::string_view() : input.substr(end + 1);
  for (const auto& member : rule_set->get_object().at("parameters").get_object()) {
    const std::size_t line = rest.find('\n');
    if (line != 0) given.emplace(member.key(), parameter(rest.substr(0, line)));
    rest = line == std::string_view::npos ? std::string_view() : rest.substr(line + 1);
  }
  const base::Result<aws_endpoint::Endpoint> endpoint = (*rules)->resolve(given);
  if (!endpoint) CHECK(endpoint.error().code == base::Code::kInvalid, "what goes wrong is the caller's");
  return 0;
}
