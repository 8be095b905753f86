// Declarative cases of the API: a story, a world, and requests with what must come back. tests/api/README.md is the
// grammar, for whoever reads or writes cases.
//
//   Errors     kInvalid, "file:line: what is wrong".

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tests/support/api_world.h"

namespace test {

struct ExpectedHeader {
  std::string name, pattern;
  int line = 0;
};
struct Keep {
  std::string name, source;  // "uuid", "operation/id", "header ETag", "next page"
  int line = 0;
};

struct RequestStep {
  std::vector<std::string> users;  // "ada", "ada@acme", "nobody"; each of them asks
  std::string method, target;
  HeaderList headers;
  std::string body;
  int status = 0;
  std::vector<ExpectedHeader> expected_headers;
  std::string expected_body;  // as api_match.h; empty: not looked at
  bool expects_empty_body = false;
  bool as_before = false;  // the same answer as the request before, save the request's own ids
  std::vector<Keep> keeps;
};

struct Step {
  enum class Kind { kRequest, kImport, kClock, kRestart, kJanitor };
  Kind kind = Kind::kRequest;
  int line = 0;
  RequestStep request;
  std::string text;  // of an import: facts; of the clock: how far
};

struct WorldLine {
  std::string text;
  int line = 0;
};

struct Case {
  std::string file, name;
  std::vector<WorldLine> world;
  std::vector<Step> steps;
};

base::Result<Case> parse_case(std::string file, std::string_view text);

}  // namespace test
