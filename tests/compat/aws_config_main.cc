// Shows what src/aws_config reads, as JSON, for aws_config_test.py to compare with botocore:
//
//   compat_aws_config config|credentials FILE     the sections of a file, or {"error": ...}
//   compat_aws_config settings SERVICE-ID         what the environment and the files that it names say
//   compat_aws_config proxy URL-SCHEME HOST PORT  the proxy, or ""
//   compat_aws_config words TEXT...               each text's words; null: a quote is not closed

#include <charconv>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "aws_config/config.h"
#include "aws_config/words.h"
#include "base/log.h"

namespace {

using Sections = std::map<std::string, aws_config::Section, std::less<>>;

class Object {
 public:
  void add(std::string_view name, std::string_view json) {
    if (text_.size() > 1) text_ += ',';
    base::append_json_string(text_, name);
    (text_ += ':') += json;
  }
  void add_text(std::string_view name, std::string_view value) {
    std::string json;
    base::append_json_string(json, value);
    add(name, json);
  }
  [[nodiscard]] std::string text() const { return text_ + "}"; }

 private:
  std::string text_ = "{";
};

std::string sections(const Sections& all) {
  Object object;
  for (const auto& [name, section] : all) {
    Object settings;
    for (const auto& [key, value] : section) settings.add_text(key, value);
    object.add(name, settings.text());
  }
  return object.text();
}

std::string error(const base::Error& what) {
  Object object;
  object.add_text("error", what.message);
  return object.text();
}

std::string file(const std::string& path, bool credentials) {
  std::ifstream in(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  const base::Result<aws_config::File> read = aws_config::parse(text, path, credentials);
  if (!read) return error(read.error());
  Object object;
  object.add("profiles", sections(read->profiles));
  object.add("sso_sessions", sections(read->sso_sessions));
  object.add("services", sections(read->services));
  return object.text();
}

std::string settings(const std::string& service_id) {
  const base::Result<aws_config::Config> config = aws_config::Config::load(aws_config::environment_of_process());
  if (!config) return error(config.error());
  const base::Result<aws_config::Settings> made = aws_config::settings_of(*config, service_id);
  if (!made) return error(made.error());
  const auto flag = [](bool on) { return on ? "true" : "false"; };
  Object object;
  object.add_text("region", made->region);
  object.add_text("endpoint_url", made->endpoint_url);
  object.add("use_fips_endpoint", flag(made->fips));
  object.add("use_dualstack_endpoint", flag(made->dual_stack));
  object.add("max_attempts", std::to_string(made->attempts_max));
  object.add_text("retry_mode", made->retry_mode);
  object.add_text("ca_bundle", made->ca_bundle);
  object.add_text("sts_regional_endpoints", made->sts_regional_endpoints);
  object.add_text("account_id_endpoint_mode", made->account_id_endpoint_mode);
  object.add_text("request_checksum_calculation", made->request_checksum_calculation);
  object.add_text("response_checksum_validation", made->response_checksum_validation);
  object.add("disable_request_compression", flag(!made->request_compression));
  object.add("request_min_compression_size_bytes", std::to_string(made->request_compression_bytes_min));
  object.add_text("s3.addressing_style", made->s3_addressing_style);
  object.add("s3.use_arn_region", flag(made->s3_use_arn_region));
  object.add("s3.use_accelerate_endpoint", flag(made->s3_use_accelerate));
  object.add("s3.s3_disable_multiregion_access_points", flag(made->s3_disable_multi_region));
  return object.text();
}

std::string proxy(const std::string& scheme, const std::string& host, std::string_view port) {
  int number = 0;
  std::from_chars(port.data(), port.data() + port.size(), number);
  std::string json;
  base::append_json_string(json, aws_config::proxy_for(aws_config::environment_of_process(), scheme, host, number));
  return json;
}

std::string words_of(const std::vector<std::string>& texts) {
  std::string json = "[";
  for (const std::string& text : texts) {
    if (json.size() > 1) json += ',';
    const std::optional<std::vector<std::string>> words = aws_config::split_words(text);
    if (!words) {
      json += "null";
      continue;
    }
    json += '[';
    for (const std::string& word : *words) {
      if (json.back() != '[') json += ',';
      base::append_json_string(json, word);
    }
    json += ']';
  }
  return json + "]";
}

}  // namespace

int main(int count, char** values) {
  const std::vector<std::string> words(values, values + count);
  std::string out;
  if (count == 3 && (words[1] == "config" || words[1] == "credentials")) {
    out = file(words[2], words[1] == "credentials");
  } else if (count == 3 && words[1] == "settings") {
    out = settings(words[2]);
  } else if (count == 5 && words[1] == "proxy") {
    out = proxy(words[2], words[3], words[4]);
  } else if (count >= 2 && words[1] == "words") {
    out = words_of({words.begin() + 2, words.end()});
  } else {
    return 2;
  }
  std::fwrite(out.data(), 1, out.size(), stdout);
  return 0;
}
