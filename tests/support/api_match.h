// What a case expects of an answer, and how it differs from what came.
//
// Expected JSON is JSON with three words more: `...` as the last element of a list lets more follow, as a member's
// value takes any value, and in an object says aloud that members may follow (they always may); `absent` as a member's
// value says that the member is not there. In a text, `...` stands for any characters. Objects match where they have
// what is expected, lists where they are as long.
//
//   Threads    plain values, and functions of their arguments.

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/value.h"
#include "net/message.h"

namespace test {

// The names of a case and what they stand for: ada is N:user:..., gpu-1 a uuid, next a target.
class Names {
 public:
  void set(std::string name, std::string value);
  [[nodiscard]] bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
  [[nodiscard]] const std::string& at(std::string_view name) const;  // CHECKed
  // The text with each {name} replaced. kInvalid names the first that stands for nothing.
  [[nodiscard]] base::Result<std::string> fill(std::string_view text) const;
  // The way back, for people: the ids of the text replaced by their {names}.
  [[nodiscard]] std::string show(std::string text) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

// From the text of a case, its {names} filled. kInvalid where it is no JSON of the kind above.
base::Result<json::Value> parse_expected(std::string_view text);

// One line for each difference, "/users/0/userId: expected ..., got ..."; none where it matches.
std::vector<std::string> differences(const json::Value& expected, const json::Value& actual);

// Whether the text is as the pattern says, in which `...` stands for any characters.
bool matches(std::string_view pattern, std::string_view text);

// What holds of every answer, whatever the case expects; one line for each rule that is broken.
std::vector<std::string> broken_rules(std::string_view method, const net::Response& response);

}  // namespace test
