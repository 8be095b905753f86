// Rules that change an input before it is checked. An input may still be anything here: what is not of the type that a
// rule is about is left for the check to complain of.

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "aws/customs_rules.h"
#include "base/text.h"
#include "crypto/hasher.h"

namespace aws::customs {

namespace {

// Null: absent, or not a text.
const json::Value* find_text(const json::Object& input, std::string_view member) {
  const json::Value* value = input.if_contains(member);
  return value != nullptr && value->is_string() ? value : nullptr;
}

std::string_view text_of(const json::Value& value) { return json::view(value.get_string()); }

bool is_absent(const json::Object& input, std::string_view member) {
  const json::Value* value = input.if_contains(member);
  return value == nullptr || value->is_null();
}

void rename(const CustomCall& call, json::Object& input, std::string_view from, std::string_view to,
            Problems& problems) {
  if (call.operation.input == nullptr || call.operation.input->find(to) == nullptr) return;
  if (call.operation.input->find(from) != nullptr || is_absent(input, from)) return;
  if (!is_absent(input, to)) {
    problems.push_back({std::string(from), fmt::format("is another name of {}, which is given too", to)});
    return;
  }
  json::Value value = std::move(input[from]);
  input.erase(from);
  input[to] = std::move(value);
}

// What RFC 3986 leaves as it is, and the slash.
std::string encode_key(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (c == '/')
      encoded += c;
    else
      encoded += base::percent_encode({&c, 1});
  }
  return encoded;
}

bool is_bucket_name(std::string_view text) {
  return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
  });
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c < 0x80; });
}

void protect_key(json::Object& input, const std::string& prefix) {
  const json::Value* key = find_text(input, prefix + "Key");
  if (key == nullptr || !is_absent(input, prefix + "KeyMD5")) return;
  const std::string bytes(text_of(*key));
  input[prefix + "KeyMD5"] = base::base64(crypto::Hasher::of(crypto::Hasher::Kind::kMd5, bytes));
  input[prefix + "Key"] = base::base64(bytes);
}

}  // namespace

bool is_arn(std::string_view bucket) { return bucket.starts_with("arn:"); }

void ec2_filters(CustomCall& call, json::Object& input, Problems& problems) {
  rename(call, input, "Filters", "Filter", problems);
}

void logs_from_time(CustomCall& call, json::Object& input, Problems& problems) {
  rename(call, input, "fromTime", "from", problems);
}

void search_return_fields(CustomCall& call, json::Object& input, Problems& problems) {
  rename(call, input, "returnFields", "return", problems);
}

void route53_ids(CustomCall& call, json::Object& input, Problems& /*problems*/) {
  if (call.operation.input == nullptr) return;
  for (const aws_model::Member& member : call.operation.input->members) {
    const std::string_view shape = member.shape->name;
    if (shape != "ResourceId" && shape != "DelegationSetId" && shape != "ChangeId") continue;
    const json::Value* id = find_text(input, member.name);
    if (id == nullptr) continue;
    const std::string last(text_of(*id).substr(text_of(*id).rfind('/') + 1));
    input[member.name] = last;
  }
}

void glacier_account(CustomCall& /*call*/, json::Object& input, Problems& /*problems*/) {
  if (is_absent(input, "accountId")) input["accountId"] = "-";
}

void user_data(CustomCall& /*call*/, json::Object& input, Problems& /*problems*/) {
  if (const json::Value* data = find_text(input, "UserData")) {
    const std::string encoded = base::base64(text_of(*data));
    input["UserData"] = encoded;
  }
}

void s3_bucket_name(CustomCall& /*call*/, json::Object& input, Problems& problems) {
  const json::Value* bucket = find_text(input, "Bucket");
  if (bucket == nullptr || is_bucket_name(text_of(*bucket)) || is_arn(text_of(*bucket))) return;
  problems.push_back(
      {"Bucket", "is neither the name of a bucket (1 to 255 letters, digits, '.', '-' and '_') nor an ARN"});
}

void s3_encode_keys(CustomCall& call, json::Object& input, Problems& /*problems*/) {
  if (!is_absent(input, "EncodingType")) return;
  input["EncodingType"] = "url";
  call.keys_are_encoded = true;
}

void s3_copy_source(CustomCall& /*call*/, json::Object& input, Problems& problems) {
  const json::Value* source = input.if_contains("CopySource");
  if (source == nullptr) return;
  if (const json::Object* parts = source->if_object()) {
    const json::Value *bucket = find_text(*parts, "Bucket"), *key = find_text(*parts, "Key");
    if (bucket == nullptr || key == nullptr) {
      problems.push_back({"CopySource", "as an object has Bucket and Key, and may have VersionId"});
      return;
    }
    std::string text =
        encode_key(fmt::format("{}{}{}", text_of(*bucket), is_arn(text_of(*bucket)) ? "/object/" : "/", text_of(*key)));
    if (const json::Value* version = find_text(*parts, "VersionId"))
      text += fmt::format("?versionId={}", text_of(*version));
    input["CopySource"] = text;
    return;
  }
  if (!source->is_string()) return;
  constexpr std::string_view kVersion = "?versionId=";
  const std::string text(text_of(*source));
  std::size_t version = text.rfind(kVersion);
  const bool has_version = version != std::string::npos && version + kVersion.size() < text.size() &&
                           text.find_first_of(" \t\r\n", version) == std::string::npos;
  if (!has_version) version = text.size();
  input["CopySource"] = encode_key(text.substr(0, version)) + text.substr(version);
}

void s3_ascii_metadata(CustomCall& /*call*/, json::Object& input, Problems& problems) {
  const json::Value* metadata = input.if_contains("Metadata");
  if (metadata == nullptr || !metadata->is_object()) return;
  for (const auto& [name, value] : metadata->get_object()) {
    const std::string_view key(name.data(), name.size());
    if (is_ascii(key) && (!value.is_string() || is_ascii(text_of(value)))) continue;
    problems.push_back({fmt::format("Metadata.{}", key), "S3 keeps metadata that is ASCII alone; encode it"});
  }
}

void s3_customer_key(CustomCall& /*call*/, json::Object& input, Problems& /*problems*/) {
  protect_key(input, "SSECustomer");
  protect_key(input, "CopySourceSSECustomer");
}

}  // namespace aws::customs
