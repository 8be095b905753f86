// Any bytes are a file or an error that says where; and what is read of a file has the form that is promised.

#include <cstdint>
#include <cstdlib>

#include "aws_config/config.h"
#include "aws_config/words.h"
#include "base/check.h"
#include "base/text.h"

namespace {

void check_sections(const std::map<std::string, aws_config::Section, std::less<>>& sections) {
  for (const auto& [name, section] : sections) {
    CHECK(base::is_utf8(name), "names are UTF-8");
    for (const auto& [key, value] : section) {
      CHECK(!key.empty() && key == base::to_lower_ascii(key), "keys are in lower case, and not empty");
      CHECK(key.find_first_of(" \t\r\n=") == std::string::npos, "a key is one word");
      CHECK(base::is_utf8(value), "values are UTF-8");
      CHECK(value.empty() || value.front() == '\n' || base::trim(value).size() == value.size(), "values are trimmed");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const bool credentials : {false, true}) {
    if (const base::Result<aws_config::File> file = aws_config::parse(text, "f", credentials)) {
      check_sections(file->profiles);
      check_sections(file->sso_sessions);
      check_sections(file->services);
    } else {
      CHECK(file.error().message.starts_with("f, line ") || size > aws_config::kFileBytesMax, "a refusal says where");
    }
  }
  static_cast<void>(aws_config::split_words(text));
  const std::size_t half = size / 2;
  const aws_config::Environment environment = {{"HTTPS_PROXY", "p"}, {"NO_PROXY", std::string(text.substr(0, half))}};
  static_cast<void>(aws_config::proxy_for(environment, "https", text.substr(half), 443));
  return 0;
}
